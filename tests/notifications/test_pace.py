"""A flood becomes one digest, and the night is quiet."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.notifications.pace import CRITICAL_TIMES, QuietHours, plan


@dataclass(eq=False)
class One:
    is_critical: bool = False


def split(count, sent, most=5, critical=0):
    made = plan([One(n < critical) for n in range(count)], sent=sent, most=most)
    return len(made.single), len(made.digest), len(made.held)


@pytest.mark.parametrize(
    ("count", "sent", "critical", "expected"),
    [
        (0, 0, 0, (0, 0, 0)),
        (5, 0, 0, (5, 0, 0)),
        (6, 0, 0, (0, 6, 0)),
        (300, 0, 0, (0, 300, 0)),
        (3, 3, 0, (0, 3, 0)),
        (1, 5, 0, (0, 0, 1)),
        (300, 5, 0, (0, 0, 300)),
        (300, 5, 2, (2, 0, 298)),
        (300, 0, 2, (2, 298, 0)),
        (300, 0, 300, (0, 300, 0)),
        (30, 20, 30, (0, 0, 30)),
        (3, 5, 3, (3, 0, 0)),
    ],
)
def test_what_goes_out_when(count, sent, critical, expected):
    assert split(count, sent, critical=critical) == expected


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 30), st.integers(1, 10))
def test_nothing_is_lost_and_the_bound_holds(urgent, sent, most):
    due = [One(one) for one in urgent]
    made = plan(due, sent=sent, most=most)

    assert sorted(map(id, [*made.single, *made.digest, *made.held])) == sorted(map(id, due))
    assert len(made.digest) != 1
    assert sent + made.outgoing <= max(most * CRITICAL_TIMES, sent)
    if not any(urgent):
        assert sent + made.outgoing <= max(most, sent)


NIGHT = QuietHours(time(22), time(6), "Australia/Brisbane")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-11-21T11:59:59", None),
        ("2026-11-21T12:00:00", "2026-11-21T20:00:00"),
        ("2026-11-21T19:59:59", "2026-11-21T20:00:00"),
        ("2026-11-21T20:00:00", None),
    ],
)
def test_across_midnight_on_the_clock_of_a_zone(moment, end):
    assert NIGHT.end_after(at(moment)) == (at(end) if end else None)


def test_by_day():
    siesta = QuietHours(time(13), time(15), "Europe/Madrid")
    assert siesta.end_after(at("2026-07-01T11:30:00")) == at("2026-07-01T13:00:00")
    assert siesta.end_after(at("2026-07-01T13:30:00")) is None


def test_the_night_in_which_the_clock_changes():
    berlin = QuietHours(time(22), time(6), "Europe/Berlin")
    # Seven hours in spring, nine in autumn; it always ends at six on that clock.
    assert berlin.end_after(at("2026-03-28T21:00:00")) == at("2026-03-29T04:00:00")
    assert berlin.end_after(at("2026-10-24T20:00:00")) == at("2026-10-25T05:00:00")


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.times(), st.times())
def test_an_end_is_near_and_out_of_the_quiet(moment, begins, ends):
    if begins == ends:
        return
    quiet = QuietHours(begins, ends, "Europe/Berlin")
    end = quiet.end_after(moment.replace(tzinfo=UTC))
    if end is not None:
        assert timedelta(0) < end - moment.replace(tzinfo=UTC) <= timedelta(hours=25)
