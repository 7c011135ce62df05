"""Icons: whatever part of a page comes later, each of its icons is drawn."""

from playwright.sync_api import expect

from tests.browser.judge import HOLES

RINGS = """
from doover_web.data.access import reach_agent
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.publish import update_aggregate
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import User

at = reach_agent(caller_of_user(User.objects.get(email="alice@example.com")), {pump})
rule = {{"name": "Belt is loose", "key": "belt", "operator": "gt", "value": 1}}
create_alarm(reach=at, name="tag_values", body=rule)
update_aggregate(reach=at, name="tag_values", data={{"belt": 2}})
"""
SEES = """
from doover_web.data.access import reach_agent
from doover_web.data.actions.alarm_note import acknowledge_alarm
from doover_web.data.models import Alarm
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import User

at = reach_agent(caller_of_user(User.objects.get(email="alice@example.com")), {pump})
alarm = Alarm.objects.get(name="Belt is loose")
acknowledge_alarm(reach=at, name="tag_values", alarm_id=alarm.id, text="On my way")
"""
# How far the middle of the tick is from that of the first line of words beside it.
ASKEW = """(place) => {
  const tick = place.querySelector("svg").getBoundingClientRect(), range = document.createRange();
  range.selectNodeContents(place.lastElementChild);
  const line = range.getClientRects()[0];
  return Math.abs((tick.top + tick.bottom) / 2 - (line.top + line.bottom) / 2);
}"""
STRIPE = "(row) => [getComputedStyle(row).boxShadow, getComputedStyle(row).borderLeftWidth]"


def test_who_has_seen_an_alarm_has_its_tick_everywhere(sits, portal, device, sees):
    portal.manage("shell", text=RINGS.format(pump=portal.pump))
    page = sits("alice")
    page.goto("/")
    alarm = page.locator(".dv-open-alarms li", has_text="Belt is loose")
    expect(alarm).to_be_visible()

    portal.manage("shell", text=SEES.format(pump=portal.pump))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    seen = alarm.locator(".dv-seen-by")
    expect(seen).to_contain_text("Seen by Alice Moreau")
    assert page.evaluate(HOLES) == []
    assert seen.evaluate(ASKEW) <= 1.5
    sees(page, "seen-home")

    page.goto(f"/device/{portal.pump}/")
    expect(page.locator("live-status")).to_have_text("Live")
    strip = page.locator(".dv-strip li", has_text="Belt is loose")
    assert strip.locator(".dv-seen-by").evaluate(ASKEW) <= 1.5
    assert strip.evaluate(STRIPE) == ["none", "0px"]
    assert page.evaluate(HOLES) == []
    sees(page, "seen-strip")
    device.state({"belt": 0})


def test_a_part_brings_an_icon_that_its_page_lacks(sits):
    page = sits("alice")
    page.goto("/help/")
    expect(page.locator("#i-trash")).to_have_count(0)

    brought = '<p><svg class="dv-icon"><use href="#i-trash"></use></svg> Later</p>'
    page.evaluate("(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)", brought)

    expect(page.locator(".dv-sprite #i-trash path")).not_to_have_count(0)
    assert page.evaluate(HOLES) == []
