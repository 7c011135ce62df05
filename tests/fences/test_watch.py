"""Devices cross fences: once, for whom it concerns, whatever their receivers say."""

import json

import pytest

from doover_web.common.places import Place
from doover_web.common.wire import Forbidden, NotFound
from doover_web.data.models import Message, OutboxEntry
from doover_web.fences import watch
from doover_web.fences.actions.fence import change_fence, create_fence, fence_to_see, remove_fence
from doover_web.fences.judge import ENTERED, LEFT, Fix, Track, crossed, follow
from doover_web.fences.models import Crossing, Fence, Stay
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, AuditEntry, Group

IN, EDGE, OUT = (-27.5, 151.9), (-27.5018, 151.9), (-27.505, 151.9)
FAR = (48.85, 2.35)


def deeds():
    return list(Crossing.objects.order_by("id").values_list("kind", flat=True))


def told():
    return [message.data["message"] for message in Message.objects.filter(data__has_key="topic").order_by("id")]


def test_it_tells_of_entry_and_exit(fence, drive, pump):
    fence(pump)

    drive(*OUT)
    drive(*IN)
    drive(*IN)
    drive(*OUT)

    assert deeds() == [ENTERED, LEFT]
    assert told() == ["Pump 7 entered Yard", "Pump 7 left Yard"]
    assert Stay.objects.get().is_inside is False
    assert not OutboxEntry.objects.filter(kind="place").exists()


def test_who_is_inside_at_first_did_not_enter(fence, drive, pump):
    fence(pump)

    drive(*IN)

    assert deeds() == []
    assert Stay.objects.get().is_inside


def test_who_is_there_when_a_fence_is_drawn_is_inside_and_did_not_enter(fence, drive, pump):
    drive(*IN)

    fence(pump)
    watch.judge_all()

    assert Stay.objects.get().is_inside
    assert deeds() == []


def test_near_the_edge_nothing_is_decided(fence, drive, pump):
    fence(pump)
    drive(*IN)

    drive(*EDGE)
    drive(-27.5019, 151.9)
    drive(-27.5017, 151.9)
    assert deeds() == []
    drive(*OUT, accuracy=5000)
    assert deeds() == []
    drive(*OUT)
    assert deeds() == [LEFT]


def test_a_jump_counts_when_it_is_confirmed(fence, drive, pump):
    fence(pump)
    drive(*IN)

    drive(*FAR)
    drive(*IN)
    assert deeds() == []
    drive(*FAR)
    drive(*FAR)
    assert deeds() == [LEFT]


def test_a_place_that_comes_late_changes_nothing(fence, drive, pump):
    fence(pump)
    drive(*IN)
    drive(*OUT, minutes=10)

    watch.judge(OutboxEntry(agent_id=pump.id, payload={"lat": IN[0], "long": IN[1], "accuracy": None, "at": 5}))

    assert deeds() == [LEFT]


def test_whom_a_fence_concerns(fence, drive, creek, pump):
    weir = Group.objects.create(organisation=creek, parent=creek.root_group, name="Weir")
    other = Agent.objects.create(kind="device", organisation=creek, name="tank")
    fence(creek, name="All")
    fence(weir, name="Weir only")
    fence(other, name="Other's")
    fence(pump, name="Off", is_enabled=False)
    drive(*OUT)
    drive(*IN)
    assert [one.fence_name for one in Crossing.objects.all()] == ["All"]

    Agent.objects.filter(pk=pump.pk).update(group=weir)
    drive(*OUT)
    drive(*IN)
    assert {one.fence_name for one in Crossing.objects.all()} == {"All", "Weir only"}


def test_only_what_was_asked_for_is_told(fence, drive, pump):
    fence(pump, tells_exit=False)
    for place in (OUT, IN, OUT):
        drive(*place)

    assert deeds() == [ENTERED, LEFT]
    assert told() == ["Pump 7 entered Yard"]


def test_a_new_shape_is_looked_at_afresh(fence, drive, pump, alice):
    yard = fence(pump)
    drive(*OUT)

    moved = {"type": "circle", "lat": OUT[0], "long": OUT[1], "radius": 200}
    change_fence(fence=yard, fields={"shape": moved}, by=caller_of_user(alice))
    drive(*OUT)

    assert deeds() == []
    assert Stay.objects.get().is_inside
    remove_fence(fence=yard, by=caller_of_user(alice))
    drive(*IN)
    assert [entry.action for entry in AuditEntry.objects.filter(source="fences").order_by("id")] == [
        "fence.created",
        "fence.edited",
        "fence.deleted",
    ]


def test_a_crash_between_leaves_the_place_to_be_judged(fence, drive, pump, reach, monkeypatch):
    fence(pump)
    drive(*OUT)
    with monkeypatch.context() as broken:
        broken.setattr("doover_web.fences.watch._judge_one", lambda *_: json.loads("no"))
        drive(*IN)
    assert deeds() == []

    OutboxEntry.objects.filter(kind="place").update(due_at=0, created_at=0)
    watch.judge_all()

    assert deeds() == [ENTERED]


def test_who_may_draw_and_see(alice, bob, mallory, creek, pump, fence):
    yard = fence(pump)

    assert fence_to_see(caller_of_user(bob), yard.id) == yard
    with pytest.raises(NotFound):
        fence_to_see(caller_of_user(mallory), yard.id)
    with pytest.raises(Forbidden):
        change_fence(fence=yard, fields={"name": "Mine"}, by=caller_of_user(bob))
    with pytest.raises(NotFound):
        create_fence(place=pump, fields={"name": "x", "shape": yard.shape}, by=caller_of_user(mallory))
    assert Fence.objects.count() == 1


def test_the_rule_by_itself():
    assert crossed(None, 10, 20, None, 100) == (True, "")
    assert crossed(False, 10, 20, None, 100) == (False, "")
    assert crossed(False, 20, 20, None, 100) == (True, ENTERED)
    assert crossed(True, -20, 20, 30, 100) == (True, "")
    assert crossed(True, -30, 20, 30, 100) == (False, LEFT)
    # A place that is smaller than its margin can be entered all the same.
    assert crossed(False, 5, 25, None, 10) == (True, ENTERED)
    assert crossed(False, 4, 25, None, 10) == (False, "")
    assert crossed(False, 9, 25, 15, 10) == (True, ENTERED)
    # A receiver that may be off by kilometres says nothing of it, as it says nothing of having left.
    assert crossed(False, 200, 25, 5000, 200) == (False, "")
    assert crossed(True, -2200, 25, 5000, 200) == (True, "")
    here, there = Fix(Place(0, 0), 1000), Fix(Place(0, 10), 2000)
    assert follow(Track(here), there) == (Track(here, there), False)
    assert follow(Track(here), Fix(Place(0, 10), 10**8))[1]
