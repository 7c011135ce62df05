"""A fence around a device: who leaves it is in alarm, somebody sees to it, and it is over once it is back."""

import re

from playwright.sync_api import expect

INSIDE, OUTSIDE = {"lat": -27.5, "long": 152.9}, {"lat": -27.503, "long": 152.9}
FORGET = """
from doover_web.control.models import Device

Device.objects.filter(agent_id={device}).update(latitude=None, longitude=None)
"""
FAR = {"lat": -27.504, "long": 152.9}


def test_a_device_that_leaves_is_in_alarm_until_it_is_back(sits, portal, device):
    page = sits("alice")
    device.state(INSIDE, "location")
    page.goto(f"/map/fences/new/?device={portal.pump}")
    expect(page.get_by_label("Raise an alarm")).to_have_value("outside")
    for label, text in (("Name", "Home paddock"), ("Latitude", "-27.5"), ("Longitude", "152.9"), ("Radius", "200")):
        page.get_by_label(label, exact=label == "Name").fill(text)
    page.get_by_role("button", name="Save the fence").click()
    expect(page.get_by_text("No device is in alarm.")).to_be_visible()
    fence = page.url

    row = page.get_by_role("row", name="Home paddock")
    for _try in range(40):  # until the worker has looked around the fence
        page.goto("/alarms/?search=Home+paddock")
        if row.count():
            break
        page.wait_for_timeout(250)
    expect(row.get_by_text("Device is inside Home paddock")).to_be_visible()

    device.state(OUTSIDE, "location")
    expect(row.get_by_text("Device is outside Home paddock")).to_be_visible()
    row.get_by_text("I have seen it").click()
    row.get_by_label("Note on Home paddock").fill("On a truck")
    row.get_by_role("button", name="Note it").click()
    expect(row.get_by_text("On a truck")).to_be_visible()

    other = page.context.new_page()
    other.goto(fence)
    expect(other.locator("live-status")).to_have_text("Live")
    expect(other.get_by_text("1 device is in alarm")).to_be_visible()

    device.state(INSIDE, "location")
    expect(row.get_by_text("Device is inside Home paddock")).to_be_visible()
    expect(row.get_by_text("On a truck")).to_have_count(0)
    other.bring_to_front()
    expect(other.get_by_text("No device is in alarm.")).to_be_visible(timeout=30_000)
    other.close()

    for place in (INSIDE, FAR):
        device.says(place, "location")
    page.goto(f"/device/{portal.pump}/location/")
    expect(page.locator("place-map .dv-track")).to_be_attached()
    assert page.locator("place-map").evaluate("place => place.map.getBounds().contains(place.fences.getBounds())")


def test_devices_at_one_place_are_counted_and_part_when_chosen(sits, portal, device):
    page, tank = sits("alice"), portal.drawn["04"]["id"]  # another lies there from the beginning
    device.state(INSIDE, "location")
    page.goto(f"/device/{tank}/location/")
    page.get_by_label("Latitude").fill(str(INSIDE["lat"]))
    page.get_by_label("Longitude").fill(str(INSIDE["long"]))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The place was saved.")).to_be_visible()

    try:
        page.goto("/map/fences/new/")
        count = page.locator("fence-editor .dv-pins", has_text="3")
        expect(count.locator("span")).to_have_attribute("title", re.compile("04-plots, Pump 7"))
        count.click()
        expect(page.locator("fence-editor .dv-pin")).to_have_count(3)
        assert len({one.get_attribute("title") for one in page.locator("fence-editor .dv-pin").all()}) == 3
    finally:
        portal.manage("shell", text=FORGET.format(device=tank))
