"""A state is changed only when it is still the one that was read."""

import pytest

from doover_web.common.wire import Conflict
from doover_web.data.publish import apply
from doover_web.data.writes import ChangeAggregate


def test_a_state_that_moved_is_left_alone(reach, alice, pump):
    there = reach(alice, pump)
    first = apply(ChangeAggregate(there, "level", {"metres": 1}, if_revision=0)).the_aggregate
    assert first.revision == 1
    apply(ChangeAggregate(there, "level", {"metres": 2}))

    with pytest.raises(Conflict, match="changed"):
        apply(ChangeAggregate(there, "level", {"metres": 3}, if_revision=1))
    assert (
        apply(ChangeAggregate(there, "level", {"feet": 9}, if_revision=2)).the_aggregate.data
        == b'{"metres":2,"feet":9}'
    )
