"""How a change spreads, and when it stops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.wire import BadRequest
from doover_web.deployments.rings import Standing, must_stop, next_move, read_rings, spread, standing_of


@pytest.mark.parametrize("value", [[1, 10, 100], [100], [5, 50, 100]])
def test_rings_are_taken_as_they_are(value):
    assert read_rings(value) == value


@pytest.mark.parametrize(
    "value", [[50], [50, 10, 100], [10, 10, 100], [0, 100], [101], "100", [True, 100], [1.5, 100], list(range(1, 12))]
)
def test_rings_that_do_not_grow_to_everything_are_refused(value):
    with pytest.raises(BadRequest):
        read_rings(value)


def test_without_rings_there_are_some():
    assert read_rings(None)[-1] == 100


@given(
    st.lists(st.integers(1, 10**9), max_size=200, unique=True), st.sampled_from([[1, 10, 100], [100], [1, 2, 3, 100]])
)
def test_every_device_is_in_one_ring_and_the_shares_hold(ids, rings):
    found = spread(ids, rings, seed=7)

    assert set(found) == set(ids)
    for ring, share in enumerate(rings):
        reached = sum(1 for one in found.values() if one <= ring)
        assert reached >= len(ids) * share / 100
        assert reached <= len(ids) * share / 100 + ring + 1


def test_the_first_ring_is_never_empty():
    assert sorted(spread([1, 2, 3], [1, 100], seed=1).values()) == [0, 1, 1]


def test_another_seed_begins_elsewhere():
    firsts = {next(one for one, ring in spread(range(50), [2, 100], seed).items() if ring == 0) for seed in range(20)}

    assert len(firsts) > 5


@pytest.mark.parametrize(
    ("done", "failed", "percent", "stops"),
    [(9, 1, 10, False), (8, 2, 10, True), (0, 1, 10, True), (0, 1, 100, False), (5, 0, 0, False), (99, 1, 0, True)],
)
def test_it_stops_when_too_many_fail(done, failed, percent, stops):
    assert must_stop(Standing(done=done, failed=failed), percent) is stops


@pytest.mark.parametrize(
    ("ring", "begun", "is_last", "soaked", "move"),
    [
        (Standing(waiting=2), Standing(waiting=2), False, None, "fill"),
        (Standing(under_way=2, done=5), Standing(done=5), False, None, "wait"),
        (Standing(done=5), Standing(done=5), False, None, "soak"),
        (Standing(done=5), Standing(done=5), False, False, "wait"),
        (Standing(done=5), Standing(done=5), False, True, "next"),
        (Standing(done=5), Standing(done=5), True, None, "end"),
        (Standing(), Standing(done=5), False, None, "next"),
        (Standing(failed=1), Standing(failed=1, done=1), False, None, "stop"),
        (Standing(waiting=3), Standing(failed=1, done=1), False, None, "stop"),
        (Standing(absent=3), Standing(absent=3), False, None, "gate"),
        (Standing(absent=3, done=1), Standing(absent=3, done=1), False, None, "soak"),
        (Standing(absent=3), Standing(absent=3), True, None, "end"),
        (Standing(skipped=2), Standing(skipped=2), False, None, "gate"),
        (Standing(), Standing(), True, None, "end"),
    ],
)
def test_what_comes_next(ring, begun, is_last, soaked, move):
    assert next_move(ring, begun, abort_percent=10, is_last=is_last, soaked=soaked) == move


def test_counts_of_results_become_a_standing():
    assert standing_of({"done": 3, "failed": 1, "rolled_back": 9}) == Standing(done=3, failed=1)
