"""The connection is lost and comes back: the page says so, and ends equal to the server."""

import os
import re
import signal
import time

import pytest
from playwright.sync_api import expect

LEVEL = {"type": "uiVariable", "varType": "float", "displayString": "Level", "currentValue": "$tag.app().level_pct"}
SETPOINT = {"type": "uiFloatParam", "displayString": "Full at", "min": 0, "max": 100}
FIELD = {"type": "uiApplication", "displayString": "Main tank", "children": {"full": SETPOINT}}
TANK = {"type": "uiApplication", "displayString": "Main tank", "children": {"level": LEVEL}}


def open_channel(page, portal, channel):
    page.goto(f"/channels/{portal.pump}/{channel}/")
    expect(page.locator("live-status")).to_have_text("Live")
    expect(page.locator("live-channel[drawn]")).to_have_count(1)


def test_after_a_cut_it_ends_equal_to_the_server(sits, portal, device, sees):
    device.state({"a": 1, "gone": 1}, "cut")
    kept, edited, deleted = (device.says({"n": n}, "cut") for n in range(3))
    page = sits("alice")
    open_channel(page, portal, "cut")
    page.context.set_offline(True)
    expect(page.locator("live-status")).to_have_text("Reconnecting")

    device.state({"a": 2, "gone": None, "new": {"x": 1}}, "cut")
    device.call("PATCH", f"cut/messages/{edited}", {"data": {"edited": True}})
    device.call("DELETE", f"cut/messages/{deleted}")
    for n in range(70):
        device.says({"during": n}, "cut")
    expect(page.locator("#stale-bar")).to_be_visible(timeout=20_000)
    expect(page.locator("#stale-bar")).to_be_in_viewport()
    sees(page, "stale")
    expect(page.locator("live-status")).to_contain_text("Stale since")

    page.context.set_offline(False)
    expect(page.locator("live-status")).to_have_text("Live")
    expect(page.locator("#stale-bar")).to_be_hidden()
    expect(page.locator(".dv-message")).to_have_count(72)
    expect(page.locator(f'[data-id="{deleted}"]')).to_have_count(0)
    expect(page.locator(f'[data-id="{edited}"] [data-line]')).to_contain_text("edited")
    expect(page.locator(f'[data-id="{kept}"]')).to_have_count(1)
    keys = page.locator("json-tree [role=tree] > li").evaluate_all("rows => rows.map(row => row.dataset.key)")
    assert keys == ["a", "new"]


@pytest.fixture
def lent(device):
    """The connection of Pump 7 may be written: afterwards it is as it was."""
    before = device.call("GET", "doover_connection/aggregate")["data"]
    yield
    device.call("PUT", "doover_connection/aggregate", before)


def test_a_page_that_hears_nothing_judges_no_device(sits, portal, device, lent):
    """What grows old is what the page knows, not the device: badges keep their last word, as the tally does."""
    page = sits("alice")
    now = int(time.time() * 1000)
    status = {"status": "ContinuousOnline", "last_online": now, "last_ping": now}
    badge = {"status": status, "determination": "Online", "config": {"expected_interval": 40, "offline_after": 80}}
    device.call("PUT", "doover_connection/aggregate", badge)
    page.clock.install()
    page.goto(f"/?search={portal.pump}")
    row = page.locator(f'tr[data-agent="{portal.pump}"]')
    expect(row.locator("[data-badge]")).to_have_text("Online")
    expect(page.locator("live-status")).to_have_text("Live")
    page.context.set_offline(True)
    page.clock.run_for(30_000)
    expect(page.locator("live-status")).to_contain_text("Stale since")

    page.clock.run_for(300_000)

    expect(row.locator("[data-badge]")).to_have_text(re.compile(r"^Online\s*as of \d\d:\d\d$"))
    expect(row.locator(".dv-badge.is-ok")).to_have_count(0)
    expect(row.locator("[data-seen]")).not_to_contain_text("ago")
    expect(page.locator('.dv-counts a[href*="state=online"]')).to_contain_text("1")

    gone = {**badge, "status": {**status, "last_online": now - 7_200_000}, "determination": "Offline"}
    device.call("PUT", "doover_connection/aggregate", gone)
    page.context.set_offline(False)
    page.clock.run_for(40_000)
    expect(row.locator("[data-badge]")).to_contain_text("Offline")
    expect(row.locator(".dv-as-of")).to_have_count(0)
    page.clock.run_for(2_000)
    expect(page.locator('.dv-counts a[href*="state=online"]')).to_contain_text("0")
    expect(page.locator('.dv-counts a[href*="state=offline"]')).to_contain_text("1")


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_wrong_clock_in_the_browser_tells_no_lies(sits, portal, device, lent, hours):
    page = sits("alice")
    wrong = "const real = Date.now; Date.now = () => real() + OFF;".replace("OFF", str(hours * 3_600_000))
    late = "Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + OFF });"
    page.add_init_script(wrong + late.replace("OFF", str(hours * 3_600_000)))
    now = int(time.time() * 1000)
    status = {"status": "ContinuousOnline", "last_online": now, "last_ping": now}
    badge = {"status": status, "determination": "Online", "config": {"expected_interval": 40, "offline_after": 80}}
    device.call("PUT", "doover_connection/aggregate", badge)
    page.goto(f"/?search={portal.pump}")
    row = page.locator(f'tr[data-agent="{portal.pump}"]')
    expect(page.locator("live-status")).to_have_text("Live")
    page.wait_for_timeout(2500)  # badges and moments are judged anew every second

    expect(row.locator("[data-badge]")).to_have_text("Online")
    expect(row.locator("[data-seen]")).to_contain_text(re.compile(r"^\s*\d+ s ago"))


def refuse(page, parts):
    """Reads of these parts fail until the function that this returns is called."""
    those = re.compile(rf"part=({parts})")
    page.route(those, lambda route: route.fulfill(status=503, body="busy"))
    return lambda: page.unroute(those)


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_page_that_cannot_read_what_it_heard_of_is_not_live(sits, tank, is_cut):
    page = sits("alice", played=503)
    page.goto(f"/device/{tank.id}/")
    live, meter = page.locator("live-status"), page.get_by_role("meter", name="Tank Level")
    expect(live).to_have_text("Live")
    listen = refuse(page, "board|elements")
    if is_cut:
        page.context.set_offline(True)
        expect(live).to_have_text("Reconnecting")

    tank.state({"tank_1": {"level_pct": 41.5}})
    page.context.set_offline(False)
    expect(live).to_contain_text("Stale since")
    expect(page.locator("live-commands[data-is-off]")).to_have_count(1)

    listen()
    expect(live).to_have_text("Live")
    expect(meter).to_have_attribute("aria-valuetext", re.compile("41.5 %"))
    tank.state({"tank_1": {"level_pct": 63.27}})


def test_the_tray_of_commands_is_read_before_a_page_is_live(sits, tank):
    page = sits("alice", played=503)
    page.goto(f"/device/{tank.id}/")
    expect(page.locator("live-status")).to_have_text("Live")
    listen = refuse(page, "commands")
    page.context.set_offline(True)
    expect(page.locator("live-status")).to_have_text("Reconnecting")
    page.context.set_offline(False)
    expect(page.locator("live-status")).to_contain_text("Stale since")

    listen()
    expect(page.locator("live-status")).to_have_text("Live")


AHEAD = """async () => {
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const known = loaded.find((one) => /\\/js\\/now[^/]*\\.js/.test(one));
  const { now } = await import(known);
  return now() - Date.now();
}"""


@pytest.mark.parametrize("hours", [0, 3])
def test_a_page_that_the_browser_had_kept_knows_what_time_it_is(sits, portal, hours):
    """Back shows a page as it was drawn, here an hour ago."""
    page = sits("alice")
    late = "const real = Date.now; Date.now = () => real() + OFF;"
    late += "Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + OFF });"
    page.add_init_script(late.replace("OFF", str(hours * 3_600_000)))
    page.goto("/alarms/")
    expect(page.locator("live-status")).to_have_text("Live")
    page.add_init_script(
        "const began = new MutationObserver(() => { const html = document.documentElement;"
        "if (html?.dataset.now) { html.dataset.now -= 3600000; began.disconnect(); } });"
        "began.observe(document, { childList: true });"
    )

    page.reload()

    expect(page.locator("live-status")).to_have_text("Live")
    end = time.monotonic() + 20
    while abs(page.evaluate(AHEAD) + hours * 3_600_000) > 5000:
        assert time.monotonic() < end, "it reckons by when the page was drawn"
        page.wait_for_timeout(100)


LOOKS = """() => ["tbody .dv-kv b", ".dv-counts b", ".dv-counts .dv-badge", ".dv-avail rect"].map((name) => {
  const { color, fill } = getComputedStyle(document.querySelector(name));
  return [name, color, fill].join(" ");
})"""


def test_what_a_list_says_is_grey_while_it_hears_nothing(sits, tank, sees):
    """Values and the tally as much as badges; in colour again as soon as it hears."""
    page = sits("alice")
    page.goto(f"/?search={tank.id}")
    expect(page.locator("live-status")).to_have_text("Live")
    before = page.evaluate(LOOKS)

    page.context.set_offline(True)
    expect(page.locator("live-status")).to_contain_text("Stale since", timeout=40_000)
    after = page.evaluate(LOOKS)
    assert [one for one, other in zip(before, after, strict=True) if one == other] == []
    sees(page, "stale-home")

    page.context.set_offline(False)
    expect(page.locator("live-status")).to_have_text("Live", timeout=40_000)
    expect(page.locator("html.is-stale")).to_have_count(0)
    assert page.evaluate(LOOKS) == before


@pytest.fixture
def brimful(sits, tank):
    """The tank has an alarm on its level, draws that alone, and is half full."""
    before = {name: tank.call("GET", f"{name}/aggregate")["data"] for name in ("ui_state", "tag_values")}
    tank.call("PUT", "ui_state/aggregate", {"state": {"children": {"tank_1": TANK}}})
    page = sits("alice")
    page.goto(f"/device/{tank.id}/alarms/?alarm=new&key=tank_1.level_pct")
    page.get_by_label("Name", exact=True).fill("Brimful")
    page.get_by_label("Value", exact=True).first.fill("97")
    tank.state({"tank_1": {"level_pct": 50}})
    page.get_by_role("button", name="Make alarm").click()
    expect(page.locator("tr", has_text="Brimful")).to_be_visible()
    yield page
    page.goto(f"/device/{tank.id}/alarms/")
    page.get_by_role("link", name="Delete Brimful").click()
    page.get_by_role("button", name="Delete alarm").click()
    for name, state in before.items():
        tank.call("PUT", f"{name}/aggregate", state)


def cut(page, *, happens):
    page.context.set_offline(True)
    expect(page.locator("live-status")).not_to_have_text("Live", timeout=30_000)
    happens()
    page.context.set_offline(False)
    expect(page.locator("live-status")).to_have_text("Live", timeout=40_000)


def test_alarms_that_came_and_went_during_a_cut(brimful, tank):
    """It is read at once, and not only with the next minute."""
    page = brimful
    page.goto(f"/device/{tank.id}/")
    expect(page.locator("live-status")).to_have_text("Live")
    strip, tab = page.locator("live-page .dv-strip"), page.locator("[data-alarms-here]")
    expect(strip.filter(has_text="Brimful")).to_have_count(0)

    cut(page, happens=lambda: tank.state({"tank_1": {"level_pct": 98}}))
    expect(strip).to_contain_text("Brimful")
    expect(tab).to_have_text("1")

    cut(page, happens=lambda: tank.state({"tank_1": {"level_pct": 50}}))
    expect(strip.filter(has_text="Brimful")).to_have_count(0)
    expect(tab).to_be_empty()

    page.goto(f"/device/{tank.id}/alarms/")
    expect(page.locator("live-status")).to_have_text("Live")
    tank.state({"tank_1": {"level_pct": 98}})
    expect(tab).to_have_text("1")

    page.goto(f"/device/{tank.id}/details/")  # which hears nothing of values
    expect(page.locator("live-status")).to_have_text("Live")
    expect(tab).to_have_text("1")
    tank.state({"tank_1": {"level_pct": 50}})
    expect(tab).to_be_hidden(timeout=25_000)


def test_live_is_what_has_heard_everything(sits, portal, device):
    """A connection alone is not enough: what stands on the page may be of before it."""
    page, held = sits("alice"), []

    def between(socket):
        def on_message(text):
            if '"ChannelSync"' in text and '"tag_values"' in text and not held:
                held.append((socket, text))
            else:
                socket.send(text)

        socket.connect_to_server().on_message(on_message)

    page.route_web_socket("**/gateway", between)
    device.call("PUT", "ui_state/aggregate", {"state": {"children": {"tank_1": FIELD}}})
    try:
        page.goto(f"/device/{portal.pump}/")
        end = time.monotonic() + 20
        while not held and time.monotonic() < end:
            page.wait_for_timeout(50)
        page.wait_for_timeout(500)
        field = page.get_by_role("textbox", name="Full at")
        expect(page.locator("live-status")).to_have_text("Connecting")
        expect(field).to_be_disabled()

        [(socket, text)] = held
        socket.send(text)
        expect(page.locator("live-status")).to_have_text("Live")
        expect(field).to_be_enabled()
    finally:
        device.call("PUT", "ui_state/aggregate", {})


def test_after_a_cut_live_is_what_is_shown_anew(sits, portal, device):
    """Nobody acts on numbers of before the cut because the chip was quicker than the page."""
    device.call("PUT", "ui_state/aggregate", {"state": {"children": {"tank_1": TANK}}})
    device.state({"tank_1": {"level_pct": 50}})
    try:
        page, held, is_slow = sits("alice"), [], True
        page.goto(f"/device/{portal.pump}/")
        expect(page.locator("live-page")).to_contain_text("50")
        expect(page.locator("live-status")).to_have_text("Live")
        page.context.set_offline(True)
        expect(page.locator("live-status")).to_contain_text("Stale since", timeout=30_000)
        device.state({"tank_1": {"level_pct": 77}})
        parts = re.compile("part=(board|elements)")
        page.route(parts, lambda route: held.append(route) if is_slow else route.continue_())
        page.context.set_offline(False)
        end = time.monotonic() + 40
        while not held and time.monotonic() < end:
            page.wait_for_timeout(50)
        page.wait_for_timeout(500)
        expect(page.locator("live-page")).not_to_contain_text("77")
        expect(page.locator("live-status")).not_to_have_text("Live")

        is_slow = False
        while held:
            held.pop().continue_()
        expect(page.locator("live-status")).to_have_text("Live")
        assert "77" in page.locator("live-page").inner_text()
    finally:
        device.call("PUT", "ui_state/aggregate", {})


def test_a_device_that_draws_nothing_yet(sits, portal, device):
    """What stands above its tags is live too, and once it draws the page is another one."""
    page = sits("alice")
    page.goto(f"/device/{portal.pump}/")
    expect(page.locator("live-readings")).to_contain_text("level pct")
    device.call("PUT", "ui_state/aggregate", {"state": {"children": {"tank_1": TANK}}})
    try:
        expect(page.locator("live-page")).to_contain_text("Main tank")
    finally:
        device.call("PUT", "ui_state/aggregate", {})


RIGHT = """
from doover_web.identity.actions.member import grant_group_role, revoke_group_role
from doover_web.identity.models import GroupGrant, GroupRole, Organisation, User

there, bob = Organisation.objects.get(name="Tallow Creek Water").root_group, User.objects.get(email="bob@example.com")
"""
WITHDRAW = RIGHT + "revoke_group_role(grant=GroupGrant.objects.get(group=there, user=bob), by=None)"
GIVE_BACK = RIGHT + "grant_group_role(group=there, user=bob, role=GroupRole.objects.built_in('Viewer'), by=None)"


@pytest.mark.parametrize("when", ["now", "during a cut"])
def test_a_right_that_is_withdrawn(sits, portal, tank, when):
    """What may no longer be seen does not stay on the screen as if it were live."""
    page = sits("bob", gone=f"/device/{tank.id}")
    page.goto(f"/device/{tank.id}/")
    expect(page.locator("live-status")).to_have_text("Live")
    try:
        if when == "now":
            portal.manage("shell", text=WITHDRAW)
        else:
            page.context.set_offline(True)
            expect(page.locator("live-status")).not_to_have_text("Live", timeout=30_000)
            portal.manage("shell", text=WITHDRAW)
            page.context.set_offline(False)
        expect(page.locator("live-page")).to_have_count(0)
        expect(page.locator("h1")).not_to_contain_text("tank")
    finally:
        portal.manage("shell", text=GIVE_BACK)


def test_the_head_of_a_device_that_goes(sits, portal, device, lent):
    page = sits("alice")
    page.goto(f"/device/{portal.pump}/")
    head = page.locator(".dv-head-meta")
    expect(head).to_contain_text("Updated")
    expect(head.get_by_text("Last seen")).to_be_hidden()

    seen = int(time.time() * 1000) - 7_200_000
    status = {"status": "ContinuousOffline", "last_online": seen}
    device.call("PUT", "doover_connection/aggregate", {"status": status, "determination": "Offline"})

    expect(head.get_by_text("Last seen 2 h")).to_be_visible()
    expect(head.get_by_text("Updated")).to_be_hidden()


def test_a_server_that_restarts(sits, portal, device):
    page = sits("alice")
    device.state({"boot": 1}, "restart")
    open_channel(page, portal, "restart")
    os.kill(portal.pids["web"], signal.SIGKILL)
    expect(page.locator("live-status")).not_to_have_text("Live")
    expect(page.locator("live-status")).to_have_text("Live", timeout=40_000)

    device.state({"boot": 2}, "restart")
    expect(page.locator('li[data-key="boot"] .num')).to_have_text("2")


def test_a_silent_socket_is_noticed(sits, portal, device):
    """Nothing closes it and nothing comes: the page asks for a sign of life when one looks at it again."""
    page = sits("alice")
    page.add_init_script("""
      const Real = WebSocket;
      window.WebSocket = class extends Real {
        send(text) { if (!window.deaf) super.send(text); }
        set onmessage(listener) { super.onmessage = listener && ((event) => { if (!window.deaf) listener(event); }); }
      };
    """)
    device.state({}, "silent")
    open_channel(page, portal, "silent")
    page.evaluate("window.deaf = true; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("live-status")).to_have_text("Reconnecting", timeout=16_000)  # the beat comes after twenty

    page.evaluate("window.deaf = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("live-status")).to_have_text("Live", timeout=20_000)


def test_signing_out_elsewhere_is_told(sits, portal, device):
    page = sits("alice")
    device.state({"seen": 1}, "sign_out")
    open_channel(page, portal, "sign_out")
    page.context.clear_cookies(name="doover_session")
    page.context.set_offline(True)
    expect(page.locator("live-status")).not_to_have_text("Live")
    page.context.set_offline(False)

    expect(page.locator("live-status")).to_have_text("Signed out", timeout=20_000)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_in_another_tab_is_told_at_once(sits, portal, device):
    page = sits("alice", anew=True)
    device.state({"seen": 1}, "two_tabs")
    open_channel(page, portal, "two_tabs")
    other = page.context.new_page()
    other.goto("/accounts/logout/")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()

    expect(page.locator("live-status")).to_have_text("Signed out", timeout=16_000)  # the beat comes after twenty
    expect(page.locator("#stale-bar")).to_contain_text("You have been signed out")
