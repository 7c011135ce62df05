"""The bell: what it opens, by hand and by keyboard, wide, narrow and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.judge import serious

WANTS = """
from doover_web.data.ids import new_message_id
from doover_web.identity.models import Agent, User
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Delivery, Endpoint
from doover_web.notifications.models import Notification
from django.utils import timezone

alice, pump = User.objects.get(email__startswith="alice").agent, Agent.objects.get(pk={pump})
endpoint, _ = Endpoint.objects.get_or_create(agent=alice, type=Kind.Email, name="Nowhere")
for n in range(24):
    words = f"Voltage at 10.{{n}} V, which is little for a night as cold as this one is going to be, they say"
    told = Notification.objects.create(
        agent=pump, message_id=new_message_id(), author_id=pump.id, message=words, severity=5 + n % 3, at=timezone.now()
    )
    Delivery.objects.create(
        notification=told, endpoint=endpoint, endpoint_name="Nowhere", endpoint_type=Kind.Email, subscriber=alice,
        status="sent", ended_at=timezone.now()
    )
"""


@pytest.fixture
def told(portal):
    """Alice was told two dozen things of Pump 7."""
    portal.manage("shell", text=WANTS.format(pump=portal.pump))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_bell_opens_the_newest_in_place(sits, sees, told, width, theme):
    page = sits("alice", viewport={"width": width, "height": 844}, color_scheme=theme)
    page.goto("/help/")
    bell = page.get_by_role("button", name="Notifications")
    bell.focus()

    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Notifications")
    expect(panel).to_be_focused()
    expect(panel.get_by_role("listitem")).to_have_count(20)
    expect(bell).to_have_attribute("aria-expanded", "true")
    sees(page, f"bell-{width}-{theme}")
    assert serious(page) == {}

    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(bell).to_be_focused()
    bell.click()
    expect(panel).to_be_visible()
    if width > 400:
        bell.click()
        expect(panel).to_be_hidden()


def test_all_are_marked_read_and_new_ones_come_by_themselves(sits, sees, told):
    page = sits("alice")
    page.goto("/help/")
    bell = page.get_by_role("button", name="Notifications")
    expect(bell).to_have_accessible_name(re.compile("Notifications, [0-9]+ new"))
    bell.click()
    page.get_by_role("button", name="Mark all read").click()
    expect(bell).to_have_accessible_name("Notifications")
    expect(page.get_by_role("button", name="Mark all read")).to_have_count(0)
    page.get_by_role("link", name="All notifications").click()
    page.wait_for_url("**/me/notifications/")


def test_the_number_at_the_bell_is_that_of_what_it_opens(sits, portal):
    """What came since the page was read is at the bell as soon as it is listed, and once an alarm has moved."""
    page = sits("alice")
    page.goto(f"/device/{portal.pump}/alarms/")
    bell = page.get_by_role("button", name="Notifications")
    bell.click()
    page.get_by_role("dialog").get_by_role("listitem").or_(page.get_by_text("Nothing yet.")).first.wait_for()
    if (read := page.get_by_role("button", name="Mark all read")).count():
        read.click()
    expect(bell).to_have_accessible_name("Notifications")
    page.keyboard.press("Escape")

    page.route("**/me/notifications/bell/", lambda route: route.abort())
    portal.manage("shell", text=WANTS.format(pump=portal.pump).replace("range(24)", "range(2)"))
    bell.click()
    expect(page.get_by_role("dialog").locator(".is-new")).to_have_count(2)
    expect(bell).to_have_accessible_name("Notifications, 2 new")

    page.unroute("**/me/notifications/bell/")
    portal.manage("shell", text=WANTS.format(pump=portal.pump).replace("range(24)", "range(1)"))
    page.evaluate("document.dispatchEvent(new CustomEvent('alarm-moved'))")
    expect(bell).to_have_accessible_name("Notifications, 3 new", timeout=16_000)
    expect(page.get_by_role("dialog").locator(".is-new")).to_have_count(3)


def test_without_scripts_it_is_a_link(sits, told):
    page = sits("alice", java_script_enabled=False)
    page.goto("/help/")
    page.get_by_role("link", name="Notifications").first.click()
    page.wait_for_url("**/me/notifications/")
