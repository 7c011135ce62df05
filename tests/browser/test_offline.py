"""The site as an app: when the server is away one still reads what devices last said."""

import re

from playwright.sync_api import expect

READ_MS = 1_795_800_000_000
TREE = {
    "type": "uiApplication",
    "displayString": "Main tank",
    "fullWidth": False,
    "children": {
        "level": {
            "type": "uiVariable",
            "displayString": "Level",
            "units": "%",
            "decPrecision": 1,
            "currentValue": "$tag.app().level_pct:number:null",
        },
        "reading": {"type": "uiTimestamp", "displayString": "Last reading", "currentValue": "$tag.app().read:number"},
    },
}


LONG_AGO = """() => {
  const kept = JSON.parse(localStorage.getItem("dv-last-known"));
  for (const one of kept.devices) one.at -= 50 * 3_600_000;
  localStorage.setItem("dv-last-known", JSON.stringify(kept));
}"""


def look(page, portal, device):
    page.set_default_timeout(40_000)
    device.call("PUT", "ui_state/aggregate", {"state": {"children": {"tank_1": TREE}}})
    device.state({"tank_1": {"level_pct": 63.27, "read": READ_MS}})
    page.goto(f"/device/{portal.pump}")
    expect(page.locator("live-status")).to_have_text("Live")
    expect(page.locator("live-page")).to_contain_text("63.3")
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    for _ in range(200):
        if page.evaluate("caches.match('/offline/').then(Boolean)"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the page for the time without a server was not kept")


def test_what_was_seen_can_be_read_without_the_server(sits, portal, device, sees):
    page = sits("alice")
    look(page, portal, device)
    page.context.set_offline(True)

    page.goto(f"/device/{portal.pump}")

    expect(page.get_by_role("heading", name="The server cannot be reached")).to_be_visible()
    card = page.locator("last-known .card").filter(has_text="Pump 7")
    expect(card).to_contain_text("Level 63.3 %")
    expect(card).to_contain_text("Last reading 28 Nov")
    expect(card).to_contain_text(re.compile(r"As of today \d\d:\d\d:\d\d"))
    expect(card).not_to_contain_text("ago")
    # Neither the page that stands in, which therefore says no time, nor what it tells of was kept just now.
    assert page.evaluate("document.documentElement.dataset.now === undefined")
    page.evaluate(LONG_AGO)
    page.evaluate("location.reload()")
    expect(card).to_contain_text(re.compile(r"As of \d+ \w+"))
    expect(card).not_to_contain_text("today")
    assert page.evaluate("document.documentElement.dataset.zone") == "Australia/Brisbane"
    expect(page.locator(".dv-bar .dv-brand-mark")).to_be_visible()
    expect(page.get_by_role("banner").get_by_role("link", name="doover_web")).to_be_visible()
    sees(page, "offline")
    kept = page.evaluate(
        "caches.open('offline').then((shelf) => shelf.keys()).then((all) => all.map((one) => one.url))"
    )
    assert all(url.endswith("/offline/") or "/static/" in url for url in kept)

    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="The server cannot be reached")).to_be_hidden()
    expect(page.locator("live-status")).to_have_text("Live", timeout=30_000)
    device.call("PUT", "ui_state/aggregate", {})


def test_signing_out_leaves_nothing(sits, portal, device):
    page = sits("bob", anew=True)
    look(page, portal, device)
    assert page.evaluate("localStorage.getItem('dv-last-known')")

    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    assert page.evaluate("localStorage.getItem('dv-last-known')") is None
    device.call("PUT", "ui_state/aggregate", {})


def test_two_people_know_of_each_other(sits, portal, device):
    alice, bob = sits("alice", anew=True), sits("bob", anew=True)
    look(alice, portal, device)
    look(bob, portal, device)

    expect(alice.locator("live-look")).to_contain_text("Bob Tran is also here")
    expect(bob.locator("live-look")).to_contain_text("Alice Moreau is also here")
    bob.goto("/")
    expect(alice.locator("live-look")).not_to_contain_text("Bob")
    device.call("PUT", "ui_state/aggregate", {})
