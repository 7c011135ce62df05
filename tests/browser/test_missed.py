"""What happens after a page was drawn and before it listens is not missed."""

import time

from playwright.sync_api import expect

REPORT = """
from doover_web.control.reports import CHANNEL, reach_of
from doover_web.data.publish import post_message
from doover_web.identity.models import Organisation

creek = Organisation.objects.get(name="Tallow Creek Water")
fields = {{"name": "{name}", "status": "{status}", "logs": "", "period_start": 1, "period_end": 86400000}}
print(post_message(reach=reach_of(creek), name=CHANNEL, data=fields).id)
"""
DONE = """
from doover_web.control.reports import CHANNEL, COMPLETE, reach_of
from doover_web.data.publish import update_message
from doover_web.identity.models import Organisation

creek = Organisation.objects.get(name="Tallow Creek Water")
update_message(reach=reach_of(creek), name=CHANNEL, message_id={id}, data={{"status": COMPLETE}})
"""
LATITUDE = "(map) => map.here?.getLayers()[0].getLatLng().lat"


def before(page, script, happens, wait=0.0):
    """Let something happen just before the browser gets `script`, and after `wait` seconds for the others."""
    done = []

    def late(route):
        if not done:
            done.append(time.sleep(wait))
            happens()
            time.sleep(wait)
        route.continue_()

    page.route(f"**/js/elements/{script}*.js", late)


def test_an_alarm_in_the_channel_viewer(sits, portal, device):
    device.state({"t": 20}, "missed")
    page = sits("alice")
    page.goto(f"/channels/{portal.pump}/missed/?panel=alarms&alarm=new&key=t")
    page.get_by_label("Name", exact=True).fill("Too hot")
    page.locator("[name=value_0]").fill("30")
    page.get_by_role("button", name="Make alarm").click()
    expect(page.locator("alarm-list tr", has_text="Too hot")).to_contain_text("OK")

    page = sits("alice")
    before(page, "alarm-list", lambda: device.state({"t": 40}, "missed"))
    page.goto(f"/channels/{portal.pump}/missed/?panel=alarms")
    state = page.locator("alarm-list tr", has_text="Too hot").locator("[data-state]")
    expect(state).to_have_text("Alarm")

    device.state({"t": 20}, "missed")
    expect(state).to_have_text("OK")


def test_somebody_elses_command(sits, tank):
    page = sits("alice")
    given = {"type": "rpc", "app_key": "a", "method": "missed_command", "request": 1, "status": {"code": "sent"}}
    before(page, "live-commands", lambda: tank.says(given, "ui_cmds"), wait=2)
    page.goto(f"/device/{tank.id}/")
    expect(page.locator("live-status")).to_have_text("Live")

    expect(page.locator(".dv-tray [data-entry]").first).to_contain_text("missed_command")


def test_where_a_device_went(sits, portal, device):
    device.state({"lat": -27.5, "long": 152.5}, "location")
    page = sits("alice")
    before(page, "place-map", lambda: device.state({"lat": -28.5}, "location"))
    page.goto(f"/device/{portal.pump}/location/")

    end = time.monotonic() + 20
    while (lat := page.locator("place-map").evaluate(LATITUDE)) != -28.5 and time.monotonic() < end:
        page.wait_for_timeout(100)
    assert lat == -28.5


def told_by(portal, script):
    return portal.manage("shell", text=script).stdout.split()[-1:]


def test_a_report_that_was_ready_before_the_list_listened(sits, portal):
    page = sits("alice")
    before(page, "live-panel", lambda: told_by(portal, REPORT.format(name="Missed weeks", status="Complete")))
    page.goto("/report/")
    expect(page.locator("live-status")).to_have_text("Live")
    expect(page.get_by_role("row", name="Missed weeks")).to_contain_text("Ready")


def test_a_report_of_which_nothing_is_heard(sits, portal):
    """The page looks now and then while the report is not there."""
    [made] = told_by(portal, REPORT.format(name="Silent weeks", status="Generating"))
    page = sits("alice")
    page.route_web_socket("**/gateway", lambda socket: None)
    page.goto(f"/report/{made}/")
    state = page.locator("live-panel [data-undone]")
    expect(state).to_have_text("Being made")

    told_by(portal, DONE.format(id=made))
    expect(page.locator("live-panel")).to_contain_text("Ready")
    expect(state).to_have_count(0)
