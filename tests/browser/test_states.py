"""States that only a browser can be in: a slow source, a sign-in that ends in the middle, names meant to harm on
a narrow screen, no pointer at all. The other states: `docs/states.md`."""

import re
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_journey import TANK

MAIN = {
    "home": "/",
    "cards": "/?view=cards",
    "map": "/map/",
    "device": "/device/{agent}/",
    "chart": "/device/{agent}/chart/",
    "alarms": "/device/{agent}/alarms/",
    "new-alarm": "/device/{agent}/alarms/?alarm=new",
    "activity": "/device/{agent}/activity/",
    "past": "/device/{agent}/past/",
    "location": "/device/{agent}/location/",
    "people": "/device/{agent}/people/",
    "details": "/device/{agent}/details/",
    "remote": "/device/{agent}/remote/",
    "all-alarms": "/alarms/",
    "all-activity": "/activity/",
    "notifications": "/me/notifications/",
    "search": "/search/?q=img",
    "channel": "/channels/{agent}/tag_values/",
}
# Everything that can be reached, each with a number; of radio buttons one stands for its group.
COUNT = """() => {
  const can = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const groups = new Set();
  const isOne = (one) => one.type !== "radio" || (!groups.has(one.name) && groups.add(one.name));
  const found = [...document.querySelectorAll(can)].filter((one) => one.checkVisibility({ visibilityProperty: true })
    && !one.disabled && !one.closest("fieldset[disabled]") && one.tabIndex >= 0 && isOne(one));
  found.forEach((one, number) => { one.dataset.nth = one.type === "radio" ? `radio ${one.name}` : number; });
  return found.map((one) => one.dataset.nth);
}"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect(), name = one.type === "radio" ? `radio ${one.name}` : one.dataset.nth;
  const has = (it, look) => getComputedStyle(it)[look] !== "none";
  const ringed = (it) => it && (has(it, "outlineStyle") || has(it, "boxShadow"));
  const seen = ringed(one) || ringed(one.parentElement) || ringed(one.nextElementSibling);
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return { name, seen: Boolean(seen), inside: inside || box.width < 3, html: one.outerHTML.slice(0, 160) };
}"""


@pytest.fixture
def drawn(device):
    """Pump 7 draws its tank."""
    device.call("PUT", "ui_state/aggregate", {"state": {"children": {"tank_1": TANK}}})
    device.state({"tank_1": {"level_pct": 63.27}})
    yield
    device.call("PUT", "ui_state/aggregate", {})
    device.call("PUT", "ui_cmds/aggregate", {})


def test_a_chart_stands_while_its_data_is_slow(sits, portal):
    page, held, is_slow = sits("alice"), [], True
    page.route(re.compile("part=data"), lambda route: held.append(route) if is_slow else route.continue_())
    page.goto(f"/device/{portal.pump}/chart/?s=tank_1.level_pct&range=6h")

    expect(page.locator("device-chart [data-drawn] path.series")).to_be_visible()
    expect(page.locator("device-chart .u-over")).to_have_count(0)
    is_slow = False
    while held:
        held.pop().continue_()
    expect(page.locator("device-chart .u-over")).to_be_visible(timeout=15_000)
    expect(page.locator("device-chart [data-drawn]")).to_be_hidden()


def test_an_old_answer_does_not_take_the_place_of_a_new_one(sits, portal, device, drawn):
    page, held = sits("alice"), []
    page.route(re.compile("part=elements"), lambda route: held.append(route))
    page.goto(f"/device/{portal.pump}/")
    expect(page.locator("live-status")).to_have_text("Live")
    for number, level in enumerate((11.1, 22.2), 1):
        device.state({"tank_1": {"level_pct": level}})
        end = time.monotonic() + 20
        while len(held) < number and time.monotonic() < end:
            page.wait_for_timeout(50)
    old, new = held[0], held[-1]
    assert old is not new
    stale = old.fetch()
    new.continue_()
    expect(page.locator("live-page")).to_contain_text("22.2")

    old.fulfill(response=stale, body=stale.text().replace("22.2", "11.1"))
    page.wait_for_timeout(1000)
    expect(page.locator("live-page")).to_contain_text("22.2")


def test_a_form_is_sent_after_signing_in_again(sits, portal):
    page = sits("alice")
    page.goto(f"/device/{portal.pump}/alarms/?alarm=new&key=tank_1.level_pct")
    page.get_by_label("Name", exact=True).fill("Kept through the night")
    page.get_by_label("Value", exact=True).first.fill("97")
    page.context.clear_cookies(name="doover_session")
    page.get_by_role("button", name="Make alarm").click()

    page.get_by_label("E-mail").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    expect(page.get_by_role("cell", name="Kept through the night")).to_be_visible()
    page.get_by_role("button", name="Send it now").click()

    row = page.locator("tr", has_text="Kept through the night")
    expect(row).to_be_visible()


def test_a_command_is_sent_after_signing_in_in_another_tab(sits, portal, device, drawn, obey):
    page = sits("alice")
    page.goto(f"/device/{portal.pump}/")
    expect(page.locator("live-status")).to_have_text("Live")
    field = page.locator("live-page [data-control]").get_by_role("textbox")
    field.fill("55")
    page.context.clear_cookies(name="doover_session")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("live-page [data-control]").get_by_role("alert")).to_contain_text("signed out")
    expect(field).to_have_value("55")

    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.get_by_label("E-mail").fill("alice@example.com")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url(lambda url: urlsplit(url).path == "/")
    expect(page.locator("live-status")).to_have_text("Live", timeout=40_000)
    page.get_by_role("button", name="Apply").click()

    expect(page.locator("live-page [data-control]")).to_contain_text("Sent, waiting for device")
    assert obey("success")["request"] == 55


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [360, 1440])
def test_names_that_are_meant_to_harm(sits, portal, sees, width):
    page, found = sits("alice", viewport={"width": width, "height": 800}), {}
    page.on("dialog", lambda dialog: found.update({"dialog": dialog.message}))
    for name, address in MAIN.items():
        page.goto(address.format(agent=portal.names["evil"]))
        page.wait_for_timeout(300)
        sees(page, f"evil-{name}-{width}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[name] = "scrolls sideways"
        if page.locator("img[src=x]").count():
            found[name] = "a name became an element"
    assert found == {}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["home", "device", "chart", "new-alarm", "map"])
def test_everything_is_reached_by_keyboard_at_360(sits, portal, drawn, name):
    page = sits("alice", viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    page.goto(MAIN[name].format(agent=portal.pump))
    expect(page.locator("live-status, #main").first).to_be_visible()
    page.wait_for_timeout(800)
    wanted, reached, hidden = page.evaluate(COUNT), set(), []
    for _ in range(len(wanted) + 40):
        page.keyboard.press("Tab")
        one = page.evaluate(FOCUSED)
        if one is None or one["name"] in reached:
            if len(reached) >= len(set(wanted)):
                break
            continue
        reached.add(one["name"])
        if not one["seen"] or not one["inside"]:
            hidden.append(one)

    assert hidden == [], "focus that one does not see"
    missing = set(map(str, wanted)) - set(map(str, reached))
    assert [
        page.evaluate("(n) => document.querySelector(`[data-nth='${n}']`).outerHTML.slice(0, 200)", n) for n in missing
    ] == []
