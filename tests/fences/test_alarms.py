"""A fence raises an alarm of the device that is on the wrong side of it, and takes it along wherever it goes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import BadRequest, Forbidden
from doover_web.control.actions.device import set_device_archived
from doover_web.data.access import GEOFENCES, reach_agent
from doover_web.data.actions.alarm import create_alarm, delete_alarm
from doover_web.data.actions.alarm_note import acknowledge_alarm
from doover_web.data.alarm_timer import judge_due
from doover_web.data.models import Aggregate, Alarm, AlarmMove, Channel, Message, OutboxEntry, Position
from doover_web.data.publish import open_channel, update_aggregate
from doover_web.fences import watch
from doover_web.fences.actions.fence import change_fence, remove_fence
from doover_web.fences.models import MINUTE_MS, Crossing, Stay
from doover_web.identity.actions.group import move_device, move_group
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, Group, GroupGrant, GroupRole

IN, OUT, FAR = (-27.5, 151.9), (-27.505, 151.9), (-27.51, 151.9)


@pytest.fixture
def change(alice):
    """`change(yard, name="Paddock")`: Alice changes the fence, and it is looked at."""

    def do(fence, **fields):
        change_fence(fence=fence, fields=fields, by=caller_of_user(alice))
        watch.judge_all()

    return do


@pytest.fixture
def weir(creek):
    return Group.objects.create(organisation=creek, parent=creek.root_group, name="Weir")


def alarms():
    return {one.name: one.state for one in Alarm.objects.order_by("id")}


def moves():
    return [(one.old_state, one.new_state) for one in AlarmMove.objects.order_by("id")]


def state():
    channel = Channel.objects.get(name=GEOFENCES)
    return Aggregate.objects.get(agent_id=channel.agent_id, channel_id=channel.id).data


def test_who_leaves_is_in_alarm_until_it_returns(fence, drive, pump):
    yard = fence(pump, alarm_while="outside")
    drive(*IN)
    assert alarms() == {"Yard": "OK"}

    drive(*OUT)
    assert alarms() == {"Yard": "Alarm"}
    assert state() == {str(yard.id): {"inside": False}}

    drive(*FAR)
    drive(*IN)
    assert alarms() == {"Yard": "OK"}
    assert moves() == [("NoData", "OK"), ("OK", "Alarm"), ("Alarm", "OK")]


def test_who_is_back_in_time_raises_none(fence, drive, pump):
    """Positions at an edge come and go: an alarm may wait for some minutes."""
    yard = fence(pump, alarm_while="outside", alarm_after=10)
    drive(*IN)
    drive(*OUT)
    assert (alarms(), yard.stays.in_alarm().count()) == ({"Yard": "AlarmPending"}, 0)
    judge_due(now_ms() + 9 * MINUTE_MS)
    assert alarms() == {"Yard": "AlarmPending"}
    drive(*IN)
    assert alarms() == {"Yard": "OK"}

    drive(*OUT)  # and says nothing more
    judge_due(now_ms() + 11 * MINUTE_MS)
    assert alarms() == {"Yard": "Alarm"}
    assert yard.stays.in_alarm().count() == 1


def test_what_is_judged_late_counts_from_when_the_device_was_there(fence, drive, pump, monkeypatch):
    """Nobody judged anything for a while: what was raised and over meanwhile was so, and who is out for long waits no
    more."""
    monkeypatch.setattr("doover_web.data.actions.alarm.now_ms", lambda: now_ms() - 2 * 60 * MINUTE_MS)
    yard = fence(pump, alarm_while="outside", alarm_after=10)
    drive(*IN)
    with monkeypatch.context() as stopped:
        stopped.setattr(watch, "judge_all", lambda: 0)
        drive(*OUT)
        drive(*IN, minutes=5)
        drive(*OUT)
        drive(*IN, minutes=20)
        drive(*OUT)
    watch.judge_all()

    told = AlarmMove.objects.news().order_by("id")
    assert [one.new_state for one in told] == ["AlarmPending", "OK", "AlarmPending", "Alarm", "OK", "AlarmPending"]
    begun = told[0].at
    assert [(one.at - begun) // MINUTE_MS for one in told] == [0, 5, 6, 16, 26, 27]
    judge_due(begun + 36 * MINUTE_MS)
    assert yard.stays.in_alarm().count() == 0
    judge_due(begun + 37 * MINUTE_MS)
    assert yard.stays.in_alarm().count() == 1


def test_another_delay_counts_for_who_is_out_already(fence, drive, change, pump):
    yard = fence(pump, alarm_while="outside", alarm_after=10)
    drive(*OUT)
    assert alarms() == {"Yard": "AlarmPending"}
    change(yard, alarm_after=0)
    assert alarms() == {"Yard": "Alarm"}


@pytest.mark.parametrize("bad", [-1, 1441, "10", None, True])
def test_a_delay_that_is_none(fence, change, pump, bad):
    with pytest.raises(BadRequest):
        change(fence(pump), alarm_after=bad)


def test_who_enters_where_nobody_should_be_is_in_alarm(fence, drive, pump):
    fence(pump, alarm_while="inside")
    drive(*OUT)
    drive(*IN)

    assert alarms() == {"Yard": "Alarm"}


def test_a_fence_without_alarms_makes_no_channel(fence, drive, pump):
    fence(pump)
    drive(*IN)
    drive(*OUT)

    assert alarms() == {}
    assert not Channel.objects.filter(name=GEOFENCES).exists()


def test_who_is_outside_when_it_is_drawn_is_in_alarm_at_once(fence, drive, pump):
    drive(*OUT)

    fence(pump, alarm_while="outside")
    watch.judge_all()

    assert alarms() == {"Yard": "Alarm"}
    assert not Message.objects.filter(data__has_key="topic").exists()


def test_an_alarm_follows_its_fence(fence, drive, change, pump):
    yard = fence(pump, alarm_while="outside")
    drive(*OUT)

    change(yard, name="Paddock")
    assert alarms() == {"Paddock": "Alarm"}
    change(yard, alarm_while="inside")
    assert alarms() == {"Paddock": "OK"}
    change(yard, shape={"type": "circle", "lat": OUT[0], "long": OUT[1], "radius": 200})
    assert alarms() == {"Paddock": "Alarm"}
    change(yard, alarm_while="")
    assert alarms() == {}
    assert state() == {}


def test_one_that_is_off_raises_none_and_is_looked_at_afresh(fence, drive, change, pump):
    yard = fence(pump, alarm_while="outside")
    drive(*OUT)

    change(yard, is_enabled=False)
    assert alarms() == {}
    assert not Stay.objects.exists()
    change(yard, is_enabled=True)
    assert alarms() == {"Yard": "Alarm"}


def test_no_alarm_outlives_its_fence(fence, drive, pump, alice):
    yard, kept = fence(pump, alarm_while="outside"), fence(pump, name="Dam", alarm_while="outside")
    drive(*OUT)

    remove_fence(fence=yard, by=caller_of_user(alice))
    watch.judge_all()

    assert alarms() == {"Dam": "Alarm"}
    assert list(state()) == [str(kept.id)]


def test_who_moves_out_of_reach_is_in_alarm_no_more(fence, drive, pump, alice, creek, weir):
    fence(weir, alarm_while="outside")
    drive(*OUT)
    assert alarms() == {}

    by = caller_of_user(alice)
    move_device(device=pump, group=weir, by=by)
    watch.judge_all()
    assert alarms() == {"Yard": "Alarm"}
    move_device(device=pump, group=creek.root_group, by=by)
    watch.judge_all()
    assert alarms() == {}
    assert not Stay.objects.exists()


def test_so_does_a_group_that_moves(fence, drive, pump, alice, creek, weir):
    north = Group.objects.create(organisation=creek, parent=creek.root_group, name="North")
    fence(north, alarm_while="outside")
    Agent.objects.filter(pk=pump.pk).update(group=weir)
    drive(*OUT)

    move_group(group=weir, parent=north, by=caller_of_user(alice))
    watch.judge_all()

    assert alarms() == {"Yard": "Alarm"}


def test_a_device_comes_back_from_the_archive_to_what_is_there_now(fence, drive, change, pump, creek, alice):
    yard = fence(creek, alarm_while="outside")
    drive(*OUT)
    assert Stay.objects.in_alarm().count() == 1
    set_device_archived(device=pump, on=True, by=caller_of_user(alice))
    assert Stay.objects.in_alarm().count() == 0

    change(yard, name="Paddock")
    set_device_archived(device=pump, on=False, by=caller_of_user(alice))
    watch.judge_all()

    assert alarms() == {"Paddock": "Alarm"}
    assert Stay.objects.in_alarm().count() == 1


def test_whoever_may_not_see_alarms_does_not_learn_what_fences_there_are(fence, drive, pump, alice, bob, creek, api):
    yard = fence(pump, name="Secret yard", alarm_while="outside")
    drive(*OUT)
    role = GroupRole.objects.create(organisation=creek, name="Reader", flags=["device_view", "device_history"])
    GroupGrant.objects.filter(user=bob).update(role=role)
    channel = f"/api/agents/{pump.id}/channels/{GEOFENCES}"

    assert "Secret yard" in api(alice).get(f"{channel}/alarms").content.decode()
    assert api(bob).get(f"{channel}/alarms").status_code == 403
    told = [api(bob).get(f"{channel}{part}") for part in ("", "/aggregate", "/messages")]
    assert {one.status_code for one in told} == {200}
    assert told[1].json()["data"] == {str(yard.id): {"inside": False}}
    assert not [one for one in told if "Secret yard" in one.content.decode()]


def test_a_fence_keeps_its_alarms_for_itself(fence, drive, pump, alice):
    yard = fence(pump, alarm_while="outside")
    drive(*OUT)
    reach = reach_agent(caller_of_user(alice), pump.id)

    body = {"name": "Mine", "key": "x", "operator": "eq", "value": 1}
    with pytest.raises(Forbidden, match="change the fence"):
        create_alarm(reach=reach, name=GEOFENCES, body=body)
    with pytest.raises(Forbidden, match="change the fence"):
        delete_alarm(reach=reach, name=GEOFENCES, alarm_id=yard.id)
    with pytest.raises(Forbidden, match="written by the platform"):
        update_aggregate(reach=reach, name=GEOFENCES, data={})
    acknowledge_alarm(reach=reach, name=GEOFENCES, alarm_id=yard.id, text="On my way")
    assert alarms() == {"Yard": "Alarm"}


def test_a_device_that_refuses_the_channel_is_seen_to_cross_all_the_same(fence, drive, pump, reach):
    nothing = {"aggregate_schema": {"type": "object", "maxProperties": 0}}
    open_channel(reach=reach(pump, pump), name=GEOFENCES, settings=nothing, update=True)
    fence(pump, alarm_while="outside")

    drive(*IN)
    drive(*OUT)
    assert [one.kind for one in Crossing.objects.all()] == ["left"]
    assert not OutboxEntry.objects.filter(kind__in=["place", "around"]).exists()


def test_only_a_side_is_taken(fence, pump):
    with pytest.raises(BadRequest, match="inside, outside, or never"):
        fence(pump, alarm_while="near")


def test_a_fence_is_changed_in_as_many_questions_however_many_it_watches(fence, creek, alice):
    yard, by = fence(creek, alarm_while="outside"), caller_of_user(alice)

    def asked(name):
        with CaptureQueriesContext(connection) as queries:
            change_fence(fence=yard, fields={"name": name}, by=by)
        return len(queries)

    none = asked("Paddock")
    for number in range(5):
        tank = Agent.objects.create(kind="device", organisation=creek, name=f"tank-{number}")
        Stay.objects.create(fence=yard, agent=tank, is_inside=False, since=0)

    assert asked("Yard") == none
    watch.judge_all()
    assert Alarm.objects.filter(state="Alarm").count() == 5


def test_looking_again_confirms_no_jump(fence, drive, change, pump):
    yard = fence(pump, alarm_while="outside")
    drive(*IN)
    drive(48.85, 2.35)

    change(yard, name="Paddock")

    assert alarms() == {"Paddock": "OK"}


def test_who_moves_goes_before_those_around_whom_something_changed(fence, drive, creek, pump, monkeypatch):
    fence(creek, alarm_while="outside")
    tank = Agent.objects.create(kind="device", organisation=creek, name="tank")
    watch.look_again(Agent.objects.devices(), "test")
    assert not OutboxEntry.objects.exists()  # nobody is anywhere
    Position.objects.create(agent=tank, lat=OUT[0], long=OUT[1], at=0)
    watch.look_again(Agent.objects.devices(), "test")
    OutboxEntry.objects.update(created_at=0, due_at=0)
    judged, judge = [], watch.judge
    monkeypatch.setattr(watch, "judge", lambda entry: (judged.append(entry.agent_id), judge(entry)))

    drive(*OUT)

    assert judged == [pump.id, tank.id]
