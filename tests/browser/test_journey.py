"""One person's morning, wide and narrow, from the door to the bell: each step stands on the one before it."""

import re

import pytest
from playwright.sync_api import expect

BANDS = [{"label": "Low", "min": 0, "max": 40, "colour": "red"}, {"label": "Good", "min": 40, "max": 100}]
LEVEL = {
    "type": "uiVariable",
    "varType": "float",
    "displayString": "Level",
    "units": "%",
    "decPrecision": 1,
    "currentValue": "$tag.app().level_pct:number:null",
    "ranges": BANDS,
}
REFILL = {
    "type": "uiFloatInput",
    "displayString": "Refill below",
    "units": "%",
    "min": 0,
    "max": 80,
    "currentValue": "$cmds.app().refill_below::30",
}
TANK = {"type": "uiApplication", "displayString": "Main tank", "children": {"level": LEVEL, "refill_below": REFILL}}


@pytest.fixture
def tank_drawn(device):
    """Pump 7 draws its tank and says how full it is."""
    before = device.call("GET", "tag_values/aggregate")["data"]
    device.call("PUT", "ui_state/aggregate", {"state": {"children": {"tank_1": TANK}}})
    device.call("PUT", "ui_cmds/aggregate", {"tank_1": {"refill_below": 30}})
    device.state({"tank_1": {"level_pct": 63.27}})
    yield device
    device.call("PUT", "ui_state/aggregate", {})
    device.call("PUT", "ui_cmds/aggregate", {})
    device.call("PUT", "tag_values/aggregate", before)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_a_morning(sits, portal, tank_drawn, obey, sees, width, height):
    page = sits("alice", viewport={"width": width, "height": height})
    hears_of_pump_7(page, portal, f"alice-{width}@example.com")

    finds(page)
    reads(page, tank_drawn)
    sees(page, f"journey-device-{width}")
    changes_the_setpoint(page, tank_drawn, obey)
    opens_the_chart_and_zooms(page)
    sees(page, f"journey-chart-{width}")
    makes_an_alarm(page, f"Nearly full, {width}")
    sees(page, f"journey-alarm-{width}")
    is_told(page, portal, tank_drawn, f"Nearly full, {width}")
    sees(page, f"journey-told-{width}")
    loses_the_network_and_has_it_again(page, portal, tank_drawn, f"Nearly full, {width}")
    sees(page, f"journey-back-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def hears_of_pump_7(page, portal, address):
    page.goto("/me/notifications/endpoints/")
    page.get_by_label("How", exact=True).select_option("Email")
    page.get_by_label("Address or number").fill(address)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Added, but nothing arrives there now").wait_for()  # this server has no mail
    page.goto(f"/me/notifications/subscriptions/?to={portal.pump}")
    page.get_by_role("button", name="Notify me").click()
    page.get_by_text(f"Nothing arrives at {address} now").wait_for()


def finds(page):
    page.goto("/")
    page.get_by_label("Filter devices").fill("pump")
    page.get_by_label("Filter devices").press("Enter")
    page.locator("table, .dv-device-cards").get_by_role("link", name="Pump 7", exact=True).click()
    expect(page.get_by_role("heading", name="Pump 7")).to_be_visible()


def reads(page, device):
    expect(page.locator("live-status")).to_have_text("Live")
    expect(page.locator("live-page")).to_contain_text("63.3")
    device.state({"tank_1": {"level_pct": 64.12}})
    expect(page.locator("live-page")).to_contain_text("64.1")
    expect(page.locator("live-page")).to_contain_text("Good")


def changes_the_setpoint(page, device, obey):
    row = page.locator("live-page [data-control]").filter(has_text="Refill below")
    row.get_by_role("textbox").fill("42")
    row.get_by_role("button", name="Apply").click()
    expect(row).to_contain_text("Sent, waiting for device")

    assert obey("acknowledged", {"timestamp": 1})["request"] == 42
    expect(row).to_contain_text("Device received it")
    obey("success")
    device.state({"tank_1": {"refill_below": 42}}, "ui_cmds")
    expect(row).to_contain_text("Done in")
    expect(row.get_by_role("textbox")).to_have_value("42")


def opens_the_chart_and_zooms(page):
    page.locator("live-page a[data-chart]").first.click()
    drawer = page.locator("chart-drawer dialog")
    expect(drawer.locator("device-chart .u-over")).to_be_visible()
    drawer.get_by_role("link", name="Open as a page").click()
    box = page.locator("device-chart .u-over")
    expect(box).to_be_visible()

    place = box.bounding_box()
    page.mouse.move(place["x"] + place["width"] * 0.7, place["y"] + 60)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.95, place["y"] + 60, steps=5)
    page.mouse.up()
    expect(page.locator("[data-chart-csv]")).to_have_attribute("href", re.compile("from="))
    expect(page.get_by_role("button", name="Back")).to_be_enabled()


def makes_an_alarm(page, name):
    page.get_by_text("Values and time").click()
    page.get_by_role("link", name="Make an alarm for Level").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Value", exact=True).first.fill("90")
    page.get_by_role("button", name="Rehearse over 30 days").click()
    expect(page.locator("[data-times]")).to_have_attribute("data-times", re.compile("[1-9]"))
    page.get_by_role("button", name="Make alarm").click()
    expect(page.locator("tr", has_text=name)).to_be_visible()


def is_told(page, portal, device, name):
    page.goto("/me/notifications/")  # what is new from before is seen
    page.goto(f"/device/{portal.pump}/")
    expect(page.locator("live-status")).to_have_text("Live")
    device.state({"tank_1": {"level_pct": 95.4}})
    bell = page.get_by_role("button", name=re.compile("Notifications, [0-9]+ new"))
    expect(bell).to_be_visible(timeout=45_000)

    bell.click()
    page.get_by_role("link", name="All notifications").click()
    for _ in range(20):
        if page.get_by_role("row").filter(has_text=name).count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.get_by_role("row").filter(has_text=name).first).to_contain_text("95.4")


def loses_the_network_and_has_it_again(page, portal, device, alarm):
    page.goto(f"/device/{portal.pump}/")
    expect(page.locator("live-status")).to_have_text("Live")
    apply = page.get_by_role("button", name="Apply")
    page.context.set_offline(True)
    expect(page.locator("live-status")).to_contain_text("Stale since", timeout=40_000)
    expect(page.locator("#stale-bar")).to_be_in_viewport()
    expect(apply).to_be_disabled()

    device.state({"tank_1": {"level_pct": 21.8}})
    device.state({"tank_1": {"refill_below": 35}}, "ui_cmds")
    page.context.set_offline(False)
    expect(page.locator("live-status")).to_have_text("Live", timeout=40_000)
    expect(page.locator("live-page")).to_contain_text("21.8")
    expect(page.locator("live-page")).to_contain_text("Low")
    expect(page.locator("live-page [data-control]").get_by_role("textbox")).to_have_value("35")
    expect(apply).to_be_enabled()
    expect(page.locator("live-page")).not_to_contain_text(alarm)  # it ended; values are there a moment before
    live = page.locator("live-page").inner_text()
    page.reload()
    expect(page.locator("live-status")).to_have_text("Live")
    assert without_ages(page.locator("live-page").inner_text()) == without_ages(live)


def without_ages(words):
    return re.sub(r"\d+ (s|min|h)( ago)?", "…", words)
