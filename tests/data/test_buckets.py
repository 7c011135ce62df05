"""Which buckets make up a span of time."""

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.data.buckets import BELOW, DAY, QUARTER, RAW, STEPS, days_over, edges_over, pieces, span_of, step_for

HOUR = 3_600_000
ZONES = ["UTC", "Australia/Brisbane", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham", "America/Sao_Paulo"]
ZONES += ["Pacific/Apia", "America/Havana", "America/St_Johns"]
moments = st.integers(int(datetime(1975, 1, 1, tzinfo=UTC).timestamp()) * 1000, 4_000_000_000_000)
spans = st.one_of(st.integers(1, 10**5), st.integers(1, 40 * DAY), st.integers(1, 800 * DAY))


def at(zone, *when):
    return int(datetime(*when, tzinfo=ZoneInfo(zone)).timestamp()) * 1000


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Australia/Sydney", (2026, 10, 4), 23),
        ("Australia/Sydney", (2026, 4, 5), 25),
        ("Australia/Brisbane", (2026, 10, 4), 24),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Asia/Kathmandu", (2026, 4, 5), 24),
        ("America/Havana", (2026, 11, 1), 25),
        ("America/Sao_Paulo", (2018, 11, 4), 23),  # its clocks left midnight out
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(zone, day, hours):
    start = at(zone, *day)

    edges = days_over(start, start + 1, zone)

    assert edges == [start, start + int(hours * HOUR)]


def test_a_day_that_was_left_out_is_no_day():
    days = days_over(at("Pacific/Apia", 2011, 12, 29), at("Pacific/Apia", 2012, 1, 1), "Pacific/Apia")

    assert len(days) == 3
    assert {after - before for before, after in itertools.pairwise(days)} == {24 * HOUR}


@given(moments, spans, st.sampled_from(ZONES))
def test_days_follow_one_another_and_hold_the_span(low, span, zone):
    days = days_over(low, low + span, zone)

    assert days[0] <= low < days[1]
    assert days[-2] < low + span <= days[-1]
    assert all(22 * HOUR < after - before < 26 * HOUR for before, after in itertools.pairwise(days))
    assert all(day % QUARTER == 0 for day in days)


@given(moments, spans, st.sampled_from([RAW, *STEPS]), st.sampled_from(ZONES))
def test_pieces_cover_a_span_exactly(low, span, step, zone):
    found = pieces(low, low + span, step, zone)

    assert found[0].low == low
    assert found[-1].high == low + span
    assert all(one.high == two.low for one, two in itertools.pairwise(found))
    assert len(found) <= 9
    for piece in found:
        if piece.step:
            assert span_of(piece.low, piece.high, piece.step, zone) == (piece.low, piece.high)
            # Where no whole day lies inside, finer pieces cover what is left of two.
            assert piece.step == step or piece.high - piece.low < 50 * HOUR


@given(moments, spans, st.integers(2, 2000), st.sampled_from(ZONES))
def test_points_are_never_too_many_and_fill_the_width(low, span, points, zone):
    step = step_for(span, points)

    edges = edges_over(low, low + span, step, points, zone)

    assert edges[0] <= low
    assert edges == sorted(set(edges))
    assert len(edges) <= points + 1
    if step not in (RAW, DAY):
        assert len(edges) >= (points - 1) // 2


def test_each_step_is_made_of_a_finer_one():
    assert all(BELOW[step] < step for step in STEPS)
