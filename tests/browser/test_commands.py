"""Somebody controls a device, and everybody who watches sees how it goes."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

FIXTURE = Path(__file__).parents[1] / "fixtures" / "ui" / "02-controls.json"

# Where the controls of the page stand, the buttons by themselves.
PLACES = """[...document.querySelectorAll("live-page form[data-command]")].map((one) => {
  const { x, y, width } = one.getBoundingClientRect();
  return [one.elements.name.value, x, y + scrollY, width].join(" ");
})"""


@pytest.fixture
def controls(device, portal):
    """Pump 7 with the controls of the fixture; nothing was ever commanded. The address of its page."""
    channels = json.loads(FIXTURE.read_text())["channels"]
    before = device.call("GET", "tag_values/aggregate")["data"]
    for name in ("ui_state", "tag_values", "ui_cmds"):
        device.call("PUT", f"{name}/aggregate", channels[name])
    for command in device.call("GET", "ui_cmds/messages?limit=50"):
        device.call("DELETE", f"ui_cmds/messages/{command['id']}")
    yield f"/device/{portal.pump}"
    device.call("PUT", "ui_state/aggregate", {})
    device.call("PUT", "tag_values/aggregate", before)  # others read them


def open_page(page, controls):
    page.goto(controls)
    expect(page.locator("live-status")).to_have_text("Live")
    return page


def row(page, label):
    return page.locator("live-page [data-control]").filter(has_text=label)


def test_a_setpoint_is_changed_and_another_browser_sees_it(sits, controls, device, obey, sees):
    alice, bob = open_page(sits("alice"), controls), open_page(sits("bob"), controls)
    speed = row(alice, "Speed Setpoint")

    speed.get_by_role("textbox").fill("42")
    speed.get_by_role("button", name="Apply").click()
    expect(speed).to_contain_text("Sent, waiting for device")
    expect(speed.locator("ins")).to_have_text("42")
    expect(row(bob, "Speed Setpoint")).to_contain_text("Sent, waiting for device")
    expect(bob.locator(".dv-tray")).to_contain_text("36 → 42 Hz")
    expect(bob.locator(".dv-tray")).to_contain_text("Alice")
    sees(alice, "command-sent")

    assert obey("acknowledged", {"timestamp": 1})["request"] == 42
    expect(row(bob, "Speed Setpoint")).to_contain_text("Device received it")
    obey("pending", {"text": "Ramping, 38 Hz", "percent": 43})
    expect(row(bob, "Speed Setpoint")).to_contain_text("Ramping, 38 Hz")
    expect(bob.locator("live-page progress")).to_have_attribute("value", "43")
    obey("success")
    device.state({"pump_1": {"speed_setpoint": 42}}, "ui_cmds")
    expect(row(bob, "Speed Setpoint")).to_contain_text("Done in")
    expect(speed.get_by_role("textbox")).to_have_value("42")
    expect(speed.locator(".dv-command")).to_have_count(0)


@pytest.mark.parametrize("view", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}])
def test_nothing_moves_while_a_command_of_a_button_is_open(sits, controls, obey, sees, view):
    page = open_page(sits("alice", viewport=view, has_touch=view["width"] < 400), controls)
    page.locator("[data-here]").evaluate("here => { here.hidden = true; }")  # who else looks comes and goes
    before = page.evaluate(PLACES)

    page.get_by_role("button", name="Start Pump").click()
    page.get_by_role("dialog").get_by_role("button", name="Start Pump").click()
    expect(row(page, "Start Pump")).to_contain_text("Start Pump · Sent, waiting for device")
    sees(page, f"press-open-{view['width']}")
    assert page.evaluate(PLACES) == before

    obey("success")
    expect(row(page, "Start Pump")).to_contain_text("Done in")
    assert page.evaluate(PLACES) == before


def test_it_asks_for_a_reason(sits, controls, obey, sees):
    page = open_page(sits("alice"), controls)

    page.get_by_role("button", name="Emergency Stop").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The pump must be reset on site afterwards.")
    expect(dialog.get_by_role("button", name="Emergency Stop")).to_be_disabled()
    sees(page, "command-reason")
    dialog.get_by_label("Why?").fill("Water on the floor")
    dialog.get_by_role("button", name="Emergency Stop").click()
    expect(dialog).to_have_count(0)

    assert obey("error", {"code": "INTERLOCK", "message": "Guard door is open"})["reason"] == "Water on the floor"
    failed = row(page, "Emergency Stop")
    expect(failed).to_contain_text("Failed. Guard door is open")
    sees(page, "command-failed")
    failed.get_by_role("button", name="Dismiss").click()
    expect(failed.locator(".dv-command")).to_have_count(0)


def test_keeping_it_as_it_is_sends_nothing(sits, controls, device):
    page = open_page(sits("alice"), controls)

    row(page, "Operating Mode").get_by_role("button", name="Off").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("del")).to_have_text("Manual")
    expect(dialog.locator("ins")).to_have_text("Off")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    assert device.call("GET", "ui_cmds/messages?limit=5") == []


def test_a_slider_goes_back_when_what_it_asked_for_is_kept_or_refused(sits, controls, device, obey):
    layout = json.loads(FIXTURE.read_text())["channels"]["ui_state"]
    layout["state"]["children"]["pump_1"]["children"]["speed_setpoint"]["requiresConfirm"] = True
    device.call("PUT", "ui_state/aggregate", layout)
    page = open_page(sits("alice"), controls)
    speed = row(page, "Speed Setpoint")
    box, slider, dialog = speed.get_by_role("textbox"), speed.get_by_role("slider"), page.get_by_role("dialog")

    def ask():
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(box).to_have_value("37")
        speed.get_by_role("button", name="Apply").click()

    ask()
    dialog.get_by_role("link", name="Keep as it is").click()
    expect(box).to_have_value("36")
    expect(slider).to_have_value("36")

    ask()
    dialog.get_by_role("button", name="Change").click()
    expect(speed.locator("ins")).to_have_text("37")
    obey("error", {"code": "INTERLOCK", "message": "Guard door is open"})
    expect(speed).to_contain_text("Failed. Guard door is open")
    expect(box).to_have_value("36")
    expect(slider).to_have_value("36")


# Where the controls end below a row, and how far from its thumb a slider's track is filled, in pixels.
BELOW = """(row) => [...document.querySelectorAll("live-page [data-control]")]
  .filter((one) => row.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)
  .map((one) => one.getBoundingClientRect().y - row.getBoundingClientRect().y)"""
APART = """(range) => {
  const { min, max, value } = range, thumb = 18, box = range.getBoundingClientRect();
  const at = box.x + thumb / 2 + (box.width - thumb) * (value - min) / (max - min);
  return Math.abs(at - range.closest(".dv-slider").querySelector(".done").getBoundingClientRect().right);
}"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_setpoint_moves_nothing_below_it(sits, controls, device, obey, language):
    layout = json.loads(FIXTURE.read_text())["channels"]["ui_state"]
    del layout["state"]["children"]["pump_1"]["children"]["speed_setpoint"]["colours"]
    device.call("PUT", "ui_state/aggregate", layout)
    page = open_page(sits("alice", locale=language), controls)
    speed = row(page, "Speed Setpoint")
    slider, line = speed.get_by_role("slider"), speed.locator("[data-line] > *")
    before = speed.evaluate(BELOW)
    assert slider.evaluate(APART) < 1

    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert slider.evaluate(APART) < 1
    assert speed.evaluate(BELOW) == before
    speed.locator("button[type=submit]").click()
    expect(line).to_be_visible()
    assert speed.evaluate(BELOW) == before
    obey("success")
    expect(speed.get_by_role("textbox")).to_have_value("41")
    assert speed.evaluate(BELOW) == before


def test_cancelling(sits, controls, obey, device):
    page = open_page(sits("alice"), controls)
    row(page, "Schedule Enabled").get_by_role("switch").click()
    obey("pending", {"text": "Working"})
    expect(row(page, "Schedule Enabled")).to_contain_text("Working")

    row(page, "Schedule Enabled").get_by_role("button", name="Cancel").click()

    expect(row(page, "Schedule Enabled")).to_contain_text("Cancelled by Alice")
    expect(row(page, "Schedule Enabled").get_by_role("switch")).to_be_checked()
    [message] = device.call("GET", "ui_cmds/messages?limit=5")
    assert message["data"]["status"]["message"]["info"] == "Command cancelled"


def test_no_answer_and_once_more(sits, controls, device):
    page = open_page(sits("alice"), controls)
    page.get_by_role("button", name="Start Pump").click()
    page.get_by_role("dialog").get_by_role("button", name="Start Pump").click()
    start = row(page, "Start Pump")

    expect(start).to_contain_text("No answer in 10 s", timeout=20_000)
    start.get_by_role("button", name="Try again").click()
    page.get_by_role("dialog").get_by_role("button", name="Start Pump").click()

    expect(start).to_contain_text("Sent, waiting for device")
    assert len(device.call("GET", "ui_cmds/messages?limit=5")) == 2


def test_what_is_refused_keeps_what_was_typed(sits, controls, device):
    page = open_page(sits("alice"), controls)
    flow = row(page, "Target Flow")

    flow.get_by_role("textbox").fill("999")
    flow.get_by_role("textbox").press("Enter")

    expect(flow.get_by_role("alert")).to_contain_text("Target Flow takes 0 to 120.5")
    expect(flow.get_by_role("textbox")).to_have_value("999")
    expect(flow.get_by_role("textbox")).to_be_focused()
    expect(flow.get_by_role("textbox")).to_have_attribute("aria-invalid", "true")
    expect(flow.get_by_role("textbox")).to_have_accessible_description(re.compile("^Target Flow takes 0 to 120.5"))
    page.keyboard.type("9")
    expect(flow.get_by_role("textbox")).not_to_have_attribute("aria-invalid", "true")
    expect(flow.get_by_role("textbox")).to_have_accessible_description("")
    assert device.call("GET", "ui_cmds/messages?limit=5") == []


def test_each_end_of_a_range_that_does_not_fit_says_so(sits, controls):
    page = open_page(sits("alice"), controls)
    band = page.locator("live-page [data-control]:has([data-of=high])").first

    band.get_by_role("textbox").first.fill("90")
    band.get_by_role("textbox").last.fill("80")
    band.get_by_role("button", name="Apply").click()

    expect(band.get_by_role("alert")).to_contain_text("The lower value is above the upper one")
    expect(band.locator("input[aria-invalid]")).to_have_count(2)
    band.get_by_role("slider").last.focus()
    page.keyboard.press("ArrowRight")
    expect(band.locator("input[aria-invalid]")).to_have_count(0)


@pytest.mark.parametrize("answer", [None, 502, 503])
def test_a_value_that_did_not_arrive_is_not_wrong(sits, controls, answer):
    page = open_page(sits("alice", played=answer), controls)
    flow = row(page, "Target Flow")

    def fail(route):
        if route.request.method != "POST":
            route.continue_()
        elif answer:
            route.fulfill(status=answer, body="<h1>Bad gateway</h1>")
        else:
            route.abort()

    page.route("**/commands?part=commands", fail)
    flow.get_by_role("textbox").fill("50")
    flow.get_by_role("textbox").press("Enter")

    expect(flow.get_by_role("alert")).to_contain_text("The server cannot be reached")
    expect(flow.get_by_role("textbox")).to_have_value("50")
    expect(flow.get_by_role("textbox")).to_be_focused()
    expect(flow.get_by_role("textbox")).not_to_have_attribute("aria-invalid", "true")


def test_what_is_typed_outlives_a_new_board(sits, controls, device):
    page = open_page(sits("alice"), controls)
    expect(page.locator("live-status")).to_have_text("Live")
    flow = row(page, "Target Flow").get_by_role("textbox")

    flow.fill("44")
    flow.blur()
    page.locator("live-page").evaluate("board => board.querySelector('summary').append(' (before)')")
    with page.expect_response(re.compile("part=board")):
        device.state({"state": {"children": {"pump_1": {"displayString": "Pump house"}}}}, "ui_overrides")
    expect(page.locator("live-page")).not_to_contain_text("(before)")

    expect(flow).to_have_value("44")


def test_who_may_only_look_cannot(sits, controls, sees):
    page = open_page(sits("bob"), controls)

    expect(page.get_by_role("button", name="Stop Pump")).to_be_disabled()
    expect(row(page, "Stop Pump")).to_contain_text("not control it")
    sees(page, "command-may-not")


def test_a_page_that_lost_touch_controls_nothing(sits, controls, device, sees):
    page = open_page(sits("alice"), controls)
    stop = page.get_by_role("button", name="Stop Pump")
    expect(stop).to_be_enabled()
    page.context.set_offline(True)
    expect(page.locator("live-status")).to_have_text("Reconnecting")
    expect(stop).to_be_disabled()
    device.state({"pump_1": {"speed_setpoint": 20}}, "ui_cmds")
    device.state({"pump_1": {"speed": 12}})
    expect(page.locator("#stale-bar")).to_be_visible(timeout=20_000)
    sees(page, "command-cut")

    page.context.set_offline(False)

    expect(page.locator("live-status")).to_have_text("Live", timeout=20_000)
    expect(stop).to_be_enabled()
    expect(row(page, "Speed Setpoint").get_by_role("textbox")).to_have_value("20")


def test_what_others_do_does_not_take_what_one_types(sits, controls, device, obey):
    page = open_page(sits("alice"), controls)
    note = row(page, "Handover").get_by_role("textbox")
    note.fill("Bearing noise, look at it")

    device.state({"pump_1": {"handover": "from the device", "speed_setpoint": 21}}, "ui_cmds")

    expect(row(page, "Speed Setpoint").get_by_role("textbox")).to_have_value("21")
    expect(note).to_have_value("Bearing noise, look at it")


def test_by_keyboard_on_a_telephone(sits, controls, obey, sees):
    page = open_page(sits("alice", viewport={"width": 390, "height": 844}, has_touch=True), controls)
    slider = row(page, "Speed Setpoint").get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    assert obey("acknowledged")["request"] == 38
    expect(row(page, "Speed Setpoint").get_by_role("button", name="Cancel")).to_be_focused()
    sees(page, "command-telephone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_a_script(sits, controls, obey):
    page = sits("alice", java_script_enabled=False)
    page.goto(controls)
    flow = row(page, "Target Flow")
    flow.get_by_role("textbox").fill("50")
    flow.get_by_role("button", name="Apply").click()

    expect(row(page, "Target Flow")).to_contain_text("Sent, waiting for device")
    obey("success")
    page.reload()
    expect(row(page, "Target Flow")).to_contain_text("Done in")
