"""Whoever hears of a device's alarms hears of a crossing once, as gravely as the fence has it, and of its end."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from doover_web.common.snowflake import now_ms
from doover_web.data.alarm_timer import judge_due
from doover_web.data.models import Alarm, AlarmMove
from doover_web.data.publish import open_channel
from doover_web.fences import watch
from doover_web.fences.actions.fence import change_fence
from doover_web.fences.models import MINUTE_MS, Crossing
from doover_web.identity.auth import caller_of_user
from doover_web.notifications import rules
from doover_web.notifications.actions.endpoint import create_endpoint
from doover_web.notifications.actions.preference import set_quiet_hours
from doover_web.notifications.actions.subscription import subscribe
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Delivery

IN, OUT = (-27.5, 151.9), (-27.505, 151.9)
ALARMS = {"topic_filter": ["dev/alarms/.*"], "topic_filter_mode": "regex"}


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch):
    """No worker runs beside the tests; they drain the outbox themselves."""
    monkeypatch.setattr("doover_web.data.events._listeners", list)


@pytest.fixture
def wants():
    """`wants(alice, pump)`: somebody subscribes by mail, from Info up to everything."""

    def subscribed(user, to, severity=5, **filters):
        extra = {"email": user.email}
        create_endpoint(agent=user.agent, name="Work", kind=Kind.Email, extra_data=extra, is_default=True)
        subscribe(subscriber=user.agent, to=to, endpoint=None, severity=severity, **filters)

    return subscribed


def told(user):
    """What somebody got: the event, how grave, in which words."""
    rules.drain_all()
    found = Delivery.objects.filter(subscriber=user.agent).order_by("id").select_related("notification")
    return [(one.topic.rsplit("/")[-1], one.severity, one.words) for one in (row.notification for row in found)]


def test_a_crossing_is_told_once_and_so_is_its_end(fence, drive, pump, alice, bob, wants):
    wants(alice, pump)
    wants(bob, pump, severity=6, **ALARMS)
    fence(pump, alarm_while="outside", severity=7)
    drive(*IN)
    assert told(alice) == []

    drive(*OUT)
    left = ("triggered", 7, "Yard — device is outside")
    assert (told(alice), told(bob)) == ([left], [left])

    drive(*IN)
    assert told(alice) == [left, ("cleared", 5, "Yard — back to normal, device is inside")]
    assert told(bob) == [left]
    with override("de"):
        assert [words for _event, _severity, words in told(alice)] == [
            "Yard — das Gerät ist außerhalb",
            "Yard — wieder normal, das Gerät ist innerhalb",
        ]
    assert list(AlarmMove.objects.news().order_by("id").values_list("severity", flat=True)) == [7, 5]
    assert Crossing.objects.count() == 2


def test_one_that_is_no_grave_matter_is_over_as_quietly(fence, drive, pump, alice, wants):
    wants(alice, pump, severity=3)
    fence(pump, alarm_while="outside", severity=4)
    for place in (IN, OUT, IN):
        drive(*place)

    assert [(event, severity) for event, severity, _words in told(alice)] == [("triggered", 4), ("cleared", 4)]


def test_who_is_back_in_time_is_not_told_of(fence, drive, pump, alice, wants):
    wants(alice, pump)
    fence(pump, alarm_while="outside", alarm_after=10)
    for place in (IN, OUT, IN, OUT, IN):
        drive(*place)
    assert told(alice) == []

    drive(*OUT)
    judge_due(now_ms() + 11 * MINUTE_MS)
    assert told(alice) == [("triggered", 6, "Yard — device is outside")]


@pytest.mark.parametrize(
    ("ticks", "events"), [({"tells_exit": False}, ["triggered"]), ({"tells_entry": False}, ["cleared"])]
)
def test_only_the_crossings_that_the_fence_tells(fence, drive, pump, alice, wants, ticks, events):
    wants(alice, pump)
    fence(pump, alarm_while="inside", **ticks)
    for place in (OUT, IN, OUT):
        drive(*place)

    assert [event for event, _severity, _words in told(alice)] == events
    assert list(AlarmMove.objects.news().order_by("id").values_list("new_state", flat=True)) == ["Alarm", "OK"]


def test_who_is_outside_already_is_told_of_once(fence, drive, pump, alice, wants):
    wants(alice, pump)
    drive(*OUT)
    yard = fence(pump, alarm_while="outside", alarm_after=0)
    watch.judge_all()
    assert told(alice) == [("triggered", 6, "Yard — device is outside")]

    for change in ({"name": "Paddock"}, {"severity": 7}, {"tells_exit": False}):
        change_fence(fence=yard, fields=change, by=caller_of_user(alice))
        watch.judge_all()
        assert len(told(alice)) == 1
    alarm = Alarm.objects.get()
    assert (alarm.name, alarm.severity, alarm.messages["alarm"]["notify"]) == ("Paddock", 7, False)


def test_who_is_outside_already_is_not_told_of_where_the_tick_is_off(fence, drive, pump, alice, wants):
    wants(alice, pump)
    drive(*OUT)
    fence(pump, alarm_while="outside", tells_exit=False)
    watch.judge_all()

    assert (told(alice), Alarm.objects.get().state) == ([], "Alarm")


def test_a_crossing_tells_of_itself_where_no_alarm_can(fence, drive, pump, reach, alice, wants):
    wants(alice, pump)
    nothing = {"aggregate_schema": {"type": "object", "maxProperties": 0}}
    open_channel(reach=reach(pump, pump), name="dv-geofences", settings=nothing, update=True)
    fence(pump, alarm_while="outside")
    drive(*IN)
    drive(*OUT)

    assert told(alice) == [("left", 6, "Pump 7 left Yard")]


def test_only_what_is_critical_breaks_the_night(fence, drive, pump, alice, wants):
    wants(alice, pump)
    now = timezone.now()
    begins, ends = (now - timedelta(hours=2)).time(), (now + timedelta(hours=2)).time()
    set_quiet_hours(agent=alice.agent, begins=begins, ends=ends, zone="UTC")
    fence(pump, name="Yard", alarm_while="outside")
    fence(pump, name="Dam", alarm_while="outside", severity=7)
    drive(*IN)
    drive(*OUT)

    assert len(told(alice)) == 2
    waits = {row.notification.severity: row.waits_for for row in Delivery.objects.select_related("notification")}
    assert waits == {6: "quiet", 7: ""}
