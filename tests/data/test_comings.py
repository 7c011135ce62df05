"""When devices came and went: signs of life are none of it, in whatever order they are told."""

from dataclasses import replace

import pytest

from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.data.comings import turns_of
from doover_web.data.models import Happening
from doover_web.data.publish import delete_message, post_message, update_message
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

NAME = "doover_connection"
QUARTER = 900_000


@pytest.fixture
def start():
    return now_ms() - 400 * QUARTER


@pytest.fixture
def says(alice, pump, reach, start):
    """`says(3, "Online")`: what was said of Pump 7 at the third quarter of an hour; the message."""

    def say(at, state, agent=pump):
        data = {"status": {"last_online": start + at * QUARTER}, **({"determination": state} if state else {})}
        id_ = first_id_of(start + at * QUARTER)
        return post_message(reach=reach(alice, agent), name=NAME, data=data, message_id=id_)

    return say


@pytest.fixture
def turns(alice, pump, reach, start):
    """`turns()`: at which quarters of an hour it came and went, oldest first."""

    def found():
        known = turns_of(reach(alice, pump), after_ms=0, most=100)
        return [((turn.ms - start) // QUARTER, turn.is_there) for turn in reversed(known)]

    return found


def test_a_sign_of_life_turns_nothing(says, turns):
    for at in range(60):
        says(at, "Online")
    says(60, "Offline")
    says(61, None)
    says(62, "Offline")
    says(70, "Online")

    assert turns() == [(0, True), (60, False), (70, True)]
    assert Happening.objects.filter(kind=Happening.Kind.CONNECTION).count() == 3


def test_what_is_told_later_is_put_in_its_place(says, turns):
    says(10, "Online")
    says(5, "Online")
    assert turns() == [(5, True)]

    says(7, "Offline")
    assert turns() == [(5, True), (7, False), (10, True)]


def test_what_is_edited_or_deleted_is_settled_anew(says, turns, alice, pump, reach):
    says(1, "Online")
    gone, other = says(2, "Offline"), says(3, "Online")
    at = {"reach": reach(alice, pump), "name": NAME}

    delete_message(**at, message_id=gone.id)
    assert turns() == [(1, True)]

    update_message(**at, message_id=other.id, data={"determination": "Offline"})
    assert turns() == [(1, True), (3, False)]


def test_each_device_has_its_own(says, turns, creek):
    says(1, "Online")
    says(2, "Offline", agent=Agent.objects.create(kind="device", organisation=creek, name="other"))
    says(3, "Online")

    assert turns() == [(1, True)]


def test_who_may_not_read_the_history_learns_nothing(says, alice, pump, reach):
    says(1, "Online")
    looks_only = replace(reach(alice, pump), rights=Rights.VIEW)

    assert turns_of(looks_only, after_ms=0, most=100) == []
