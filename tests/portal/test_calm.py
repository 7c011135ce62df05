"""What goes up and down too often to be read as a line is drawn as days, or hours, with a band."""

import math
from datetime import UTC, timedelta, timezone

import pytest

from doover_web.data.series import Point
from portal.ui.calm import DAY, HOUR, calmed, turns_of

MIDNIGHT = 1_790_000_000_000 // DAY * DAY


def at(ms: int, value: float) -> Point:
    return Point(ms, 1, value, value, value, value, value)


def tides(days: int, every: int = 2 * HOUR) -> list[Point]:
    """High at noon and low at midnight."""
    moments = range(0, days * DAY, every)
    return [at(MIDNIGHT + ms, 10 - 10 * math.cos(2 * math.pi * ms / DAY)) for ms in moments]


def test_a_week_of_tides_stays_a_line():
    week = tides(7)

    assert turns_of([week]) == 13
    assert calmed([week], 2 * HOUR, UTC) == ([week], 2 * HOUR)


def test_a_month_of_tides_is_a_band_of_days():
    [runs], step = calmed([tides(30)], 2 * HOUR, UTC)

    assert step == DAY
    assert len(runs) == 31  # the last is where it ends
    assert runs[0].start == MIDNIGHT
    assert {(round(one.min), round(one.max)) for one in runs[:-1]} == {(0, 20)}
    assert all(9 < one.mean < 12 for one in runs[:-1])
    assert (runs[-1].start, runs[-1].mean) == (tides(30)[-1].start, runs[-2].mean)


def test_what_has_hardly_begun_is_no_spike_at_the_end():
    month = [*tides(30), at(MIDNIGHT + 30 * DAY, 21), at(MIDNIGHT + 30 * DAY + HOUR, 21)]

    [run], _step = calmed([month], 2 * HOUR, UTC)

    assert run[-1].start == month[-1].start
    assert run[-1].mean == run[-2].mean < 15
    assert run[-1].max == 21


def test_little_room_takes_fewer_turns():
    days = tides(18)

    assert calmed([days], 2 * HOUR, UTC)[1] == 2 * HOUR
    assert calmed([days], 2 * HOUR, UTC, points=100)[1] == DAY
    assert calmed([tides(7)], 2 * HOUR, UTC, points=100)[1] == 2 * HOUR  # a week is read on a telephone


def test_days_are_those_of_the_viewer():
    [runs], _step = calmed([tides(30)], 2 * HOUR, timezone(timedelta(hours=10)))

    assert runs[1].start == MIDNIGHT + 14 * HOUR


def test_gaps_stay_and_what_is_small_is_no_turn():
    month = tides(30)
    runs, _step = calmed([month[:180], month[190:]], 2 * HOUR, UTC)

    assert len(runs) == 2
    rising = [at(MIDNIGHT + n * HOUR, n + (n % 2)) for n in range(300)]
    assert calmed([rising], HOUR, UTC) == ([rising], HOUR)


@pytest.mark.parametrize("runs", [[], [[at(0, 5)]], [[at(0, 5), at(1, 5)]]])
def test_little_is_left_as_it_is(runs):
    assert calmed(runs, 0, UTC) == (runs, 0)
