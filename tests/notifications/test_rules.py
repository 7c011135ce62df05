"""Who is told of what."""

import pytest
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.data import outbox
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.ids import new_message_id
from doover_web.data.models import OutboxEntry
from doover_web.data.publish import open_channel, post_message, update_aggregate
from doover_web.identity.actions.member import grant_group_role, revoke_group_role
from doover_web.identity.models import Agent, Group, GroupGrant, GroupRole, OrganisationRole
from doover_web.notifications import rules
from doover_web.notifications.actions.preference import set_quiet_hours
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Delivery, Notification

from .conftest import endpoint_of


@pytest.fixture
def told(log):
    """The endpoints that deliveries were made for."""
    return lambda: [one.endpoint for one in log()]


def test_a_subscriber_is_told(alice, pump, mail, wants, says, log):
    wants(alice, pump)
    sent = says(pump, "Battery at 10.2 V", title="Bore 4", severity=7, topic="tank/low")

    [row] = log()
    assert (row.endpoint, row.status, row.subscriber_id) == (mail, "queued", alice.agent_id)
    told = row.notification
    assert (told.message, told.title, told.severity, told.topic) == ("Battery at 10.2 V", "Bore 4", 7, "tank/low")
    assert (told.message_id, told.author_id, told.headline) == (sent.id, pump.id, "Bore 4")
    assert not OutboxEntry.objects.exists()


def test_severity_filter_and_exclusion(alice, pump, mail, wants, says, told):
    mute = "dev/applications/default/pump_1/.*"
    wants(alice, pump, severity=6, topic_filter=["dev/.*"], topic_filter_mode="regex", topic_filter_exclude=[mute])

    says(pump, severity=5, topic="dev/alarms/default/level/triggered")
    says(pump, severity=6, topic="dev/applications/default/pump_1/low")
    says(pump, severity=6, topic="elsewhere")
    assert told() == []
    says(pump, severity="Warn", topic="dev/alarms/default/level/triggered")
    assert told() == [mail]


def test_only_those_who_may_read_it_now(alice, bob, creek, pump, wants, says, told):
    mine, his = endpoint_of(alice), endpoint_of(bob)
    wants(alice, pump)
    wants(bob, pump)

    says(pump)
    revoke_group_role(grant=GroupGrant.objects.get(user=bob), by=None)
    says(pump)

    assert told() == [mine, his, mine]
    grant_group_role(group=creek.root_group, user=bob, role=GroupRole.objects.built_in("Viewer"), by=None)
    says(pump)
    assert told()[3:] == [mine, his]


def test_a_private_channel_is_for_those_who_may_see_it(alice, bob, pump, reach, wants, says, told):
    mine = endpoint_of(alice)
    wants(alice, pump)
    wants(bob, pump, endpoint_of(bob))
    open_channel(reach=reach(pump, pump), name="notifications", settings={"is_private": True})

    says(pump)

    assert told() == [mine]


def test_a_closed_account_hears_nothing(alice, pump, mail, wants, says, told):
    wants(alice, pump)
    alice.is_active = False
    alice.save()

    says(pump)

    assert told() == []


def test_the_organisation_stands_for_all_it_owns(alice, creek, pump, mail, wants, says, told):
    wants(alice, creek.agent)
    wants(alice, pump)

    says(pump)

    assert told() == [mail]  # once, however many subscriptions lead there


def test_to_a_guest_it_stands_for_what_they_may_hear_of(bob, creek, pump, browse, says, told):
    """And for nothing that the organisation says itself."""
    place = Group.objects.create(organisation=creek, parent=creek.root_group, name="North")
    gate = Agent.objects.create(kind="device", organisation=creek, group=place, name="gate")
    bob.memberships.update(role=OrganisationRole.objects.built_in("Guest"))
    bob.grants.update(group=place)
    his = endpoint_of(bob)
    page = browse(bob).get("/me/notifications/subscriptions/").content.decode()
    assert "Tallow Creek Water: all devices" in page

    browse(bob).post("/me/notifications/subscriptions/", {"do": "add", "to": creek.id, "severity": "4"})

    for agent in (pump, creek.agent):
        says(agent)
    assert told() == []
    says(gate)
    assert told() == [his]


def test_every_endpoint_once(alice, pump, mail, wants, says, told):
    hook = endpoint_of(alice, Kind.Http, {"url": "https://example.com/"}, is_default=False)
    wants(alice, pump)
    wants(alice, pump, hook)
    wants(alice, pump, hook)

    says(pump)

    assert told() == [mail, hook]


def test_the_same_message_again_is_told_once(alice, pump, mail, wants, says, log, reach):
    wants(alice, pump)
    sent = says(pump, "x")

    payload = {"message_id": sent.id, "author_id": pump.id, "text": '{"message":"x"}'}
    moment = now_ms()
    OutboxEntry.objects.create(
        agent_id=pump.id, kind="notification", key="again", payload=payload, created_at=moment, due_at=moment
    )
    rules.drain_all()

    assert len(log()) == Notification.objects.count() == 1


def test_history_that_is_brought_in_is_no_news(alice, pump, mail, wants, reach, log):
    wants(alice, pump)
    post_message(reach=reach(pump, pump), name="notifications", data={"message": "x"}, ts=1_772_600_767_890)

    rules.drain_all()

    assert Notification.objects.count() == 1
    assert log() == []


def test_what_cannot_be_read_is_told_as_it_is(alice, pump, mail, wants, reach, log):
    wants(alice, pump)
    post_message(reach=reach(pump, pump), name="notifications", data={"text": "no message key"})

    rules.drain_all()

    assert log()[0].notification.message == '{"text":"no message key"}'


def test_a_page_beyond_reading_does_not_silence_its_device(alice, pump, mail, wants, says, log, settings):
    settings.NOTIFICATION_WORDS = "operator.truediv"  # of a number and a text
    wants(alice, pump)
    says(pump, "pump_1.level is 5")

    assert [row.notification.message for row in log()] == ["pump_1.level is 5"]


def test_an_agent_that_is_gone(pump, says, log):
    says(pump, drain=False)
    Agent.objects.filter(pk=pump.pk).delete()

    rules.drain_all()

    assert (log(), OutboxEntry.objects.count()) == ([], 0)


@pytest.fixture
def alarm(pump):
    """`alarm({"message": …}, 5)`: what the judge of alarms leaves in the outbox."""

    def changed(data, message_id):
        moment = now_ms()
        values = {"payload": {"message_id": message_id, "data": data}, "created_at": moment, "due_at": moment}
        OutboxEntry.objects.create(agent_id=pump.id, kind=outbox.Kind.ALARM, key=str(message_id), **values)

    return changed


def test_an_alarm_becomes_a_message_and_is_told(alice, pump, mail, wants, alarm, api, at_notifications, log):
    wants(alice, pump, topic_filter=["dev/alarms/.*"], topic_filter_mode="regex")
    data = {"message": "Tank is nearly empty", "severity": 6, "topic": "dev/alarms/default/tank_low/triggered"}
    chosen = new_message_id()

    alarm(data, chosen)
    rules.drain_all()
    alarm(data, chosen)  # a worker that died after it was said
    rules.drain_all()

    [message] = api(alice).get(at_notifications).json()
    assert (message["id"], message["author_id"], message["data"]) == (str(chosen), str(pump.id), data)
    assert [row.notification.message for row in log()] == ["Tank is nearly empty"]


def test_what_a_private_channel_holds_is_told_to_those_who_may_see_it(
    alice, bob, pump, wants, reach, api, at_notifications, log
):
    at = reach(alice, pump)
    for who in (alice, bob):
        endpoint_of(who)
        wants(who, pump)
    open_channel(reach=at, name="vault", settings={"is_private": True})
    update_aggregate(reach=at, name="vault", data={"pin": 0})
    create_alarm(reach=at, name="vault", body={"name": "Turned", "key": "pin", "operator": "gt", "value": 1})

    update_aggregate(reach=at, name="vault", data={"pin": 4712})
    rules.drain_all()

    assert [row.subscriber for row in log()] == [alice.agent]
    assert "4712" in log()[0].notification.message
    assert "4712" not in api(bob).get(at_notifications.replace("/messages", "")).content.decode()
    assert "4712" not in api(bob).get(at_notifications).content.decode()


def test_a_schema_does_not_silence_an_alarm(alice, pump, mail, wants, alarm, reach, log):
    wants(alice, pump)
    schema = {"message_schema": {"type": "string"}}
    open_channel(reach=reach(pump, pump), name="notifications", settings=schema)

    alarm({"message": "Tank is nearly empty"}, new_message_id())
    rules.drain_all()

    assert [row.notification.message for row in log()] == ["Tank is nearly empty"]


@pytest.fixture
def at_notifications(pump):
    return f"/api/agents/{pump.id}/channels/notifications/messages"


def test_quiet_hours_hold_all_but_what_is_critical(alice, pump, mail, wants, says, log):
    hook = endpoint_of(alice, Kind.Http, {"url": "https://example.com/"})
    now = timezone.now()
    begins, ends = ((now + timezone.timedelta(hours=hours)).time() for hours in (-1, 1))
    set_quiet_hours(agent=alice.agent, begins=begins, ends=ends, zone="UTC")
    wants(alice, pump)

    says(pump, severity=6)
    says(pump, severity=7)

    waits = {(row.endpoint, row.notification.severity): row.waits_for for row in log()}
    assert waits == {(mail, 6): "quiet", (hook, 6): "", (mail, 7): "", (hook, 7): ""}
    [held] = Delivery.objects.filter(waits_for="quiet")
    assert timezone.timedelta(minutes=59) < held.due_at - now < timezone.timedelta(minutes=61)

    set_quiet_hours(agent=alice.agent, begins=None, ends=None, zone="")
    held.refresh_from_db()
    assert held.due_at <= timezone.now()


def test_the_cost_does_not_grow_with_the_subscribers(creek, pump, wants, says, statements):
    from tests.conftest import _person

    def subscribers(count):
        for _ in range(count):
            wants(_person("Nora Berg", creek, "Member", "Viewer"), pump)
        says(pump, drain=False)
        return statements(rules.drain_all)

    assert subscribers(2) == subscribers(8)


def test_a_wake_up_without_a_broker_is_survived(monkeypatch, heard, pump, says):
    def away(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(rules.current_app, "send_task", away)
    rules.wake()


def test_only_news_wakes_a_worker(monkeypatch, pump, reach, django_capture_on_commit_callbacks):
    woken = []
    monkeypatch.setattr("doover_web.data.events._listeners", lambda: [rules.heard])
    monkeypatch.setattr(rules, "wake", lambda: woken.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        post_message(reach=reach(pump, pump), name="level", data={"message": "x"})
    assert woken == []
    with django_capture_on_commit_callbacks(execute=True):
        post_message(reach=reach(pump, pump), name="notifications", data={"message": "x"})
    assert woken == [1]


def test_that_all_is_well_from_the_beginning_is_no_news(alice, pump, mail, wants, reach, told):
    """Nothing was known, then all is well: nobody is told; nor is what was never wrong back to normal."""
    at = reach(alice, pump)
    wants(alice, pump)
    body = {"name": "Tank low", "key": "level", "operator": "lt", "value": 20, "expiry_mins": 60}
    update_aggregate(reach=at, name="tag_values", data={"pressure": 3})
    create_alarm(reach=at, name="tag_values", body=body)

    def said(level):
        update_aggregate(reach=at, name="tag_values", data={"level": level})
        rules.drain_all()
        return [one.topic.rsplit("/")[-1] for one in Notification.objects.order_by("id")]

    assert said(47) == []
    assert said(12) == ["triggered"]
    assert said(47) == ["triggered", "cleared"]
    assert said(None) == ["triggered", "cleared", "no-data"]
    assert said(47) == ["triggered", "cleared", "no-data", "cleared"]
