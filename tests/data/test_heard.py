"""What held while a channel spoke of something else."""

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.access import channel_to_read
from doover_web.data.heard import (
    cut_before,
    heard,
    is_steady,
    mean_held,
    mean_in_steps,
    mean_of,
    read_held,
    runs_held,
    speaks_between,
)
from doover_web.data.publish import post_message
from doover_web.data.series import Point

MINUTE = 60_000
HOUR = 60 * MINUTE


def point(minute, value):
    return Point(minute * MINUTE, 1, value, value, value, value, value)


def minutes(runs):
    return [[(one.start / MINUTE, one.mean) for one in run] for run in runs]


def held(values, moments, until=100):
    told = [point(*one) for one in values]
    return minutes(runs_held(told, HOUR, HOUR, [at * MINUTE for at in moments], until * MINUTE))


def test_a_value_holds_while_the_channel_speaks_of_something_else():
    assert held([(0, 5.0), (90, 7.0)], [0, 30, 75, 90]) == [[(0, 5), (75, 5), (90, 7)]]


def test_a_value_ends_where_the_channel_falls_silent_and_holds_again_when_it_speaks():
    before, after = held([(0, 5.0), (300, 7.0)], [0, 15, 30, 200, 250, 290, 300], until=301)
    assert before == [(0, 5), (30, 5)]
    assert after == [(200, 5), (290, 5), (300, 7)]


def test_silence_is_a_gap():
    assert held([(0, 5.0), (90, 7.0)], [0, 90]) == [[(0, 5)], [(90, 7)]]
    assert held([], [0, 90]) == []


def test_values_that_are_told_together_are_joined_by_straight_lines():
    assert held([(0, 5.0), (50, 7.0), (100, 3.0)], range(0, 101, 10)) == [[(0, 5), (50, 7), (100, 3)]]


def test_the_last_value_holds_to_what_was_heard_last():
    assert held([(0, 5.0)], [0, 40, 80]) == [[(0, 5), (80, 5)]]


def test_what_a_stretch_ended_with_holds_not_its_mean():
    wide = Point(0, 2, 0, 10, 10, 0, 10)
    [run] = runs_held([wide], HOUR, HOUR, [40 * MINUTE, 80 * MINUTE], 100 * MINUTE)
    assert [one.mean for one in run] == [5, 10, 10]


def test_the_mean_is_of_time():
    often = [point(0, 0.0), point(90, 0.0), point(90, 8.0), *(point(at, 8.0) for at in range(91, 101))]
    assert mean_of([often]) == pytest.approx(0.8)
    assert mean_of([[point(0, 2.0)], [point(5, 4.0)]]) == 3
    assert mean_of([]) is None


def test_what_holds_until_the_next_has_a_mean_in_steps():
    assert mean_held([point(0, 0.0), point(45, 1.0)], 0, 60 * MINUTE) == 0.25
    assert mean_held([point(0, 1.0), point(90, 0.0)], 0, 60 * MINUTE) == 1
    assert mean_held([point(0, 1.0)], 0, 0) == 1
    assert mean_held([], 0, 0) is None


def test_a_stretch_counts_with_its_mean_and_then_holds_what_it_ended_with():
    wide = Point(0, 2, 0, 1, 1, 0, 1)

    assert mean_held([wide, point(40, 0.0)], 20 * MINUTE, 80 * MINUTE) == pytest.approx((10 + 20) / 80)


def test_what_is_told_on_change_has_a_mean_in_steps_without_the_gaps():
    assert mean_in_steps([[point(0, 10.0), point(50, 90.0), point(60, 10.0)]], 0) == pytest.approx(70 / 3)
    assert mean_in_steps([[point(0, 1.0), point(10, 5.0)], [point(90, 3.0), point(100, 7.0)]], 0) == 2
    assert mean_in_steps([[Point(0, 2, 0, 8, 8, 0, 8), point(40, 0.0)]], 20 * MINUTE) == 6
    assert mean_in_steps([[point(0, 4.0)]], 0) == 4
    assert mean_in_steps([], 0) is None


def test_readings_come_at_a_rhythm():
    assert is_steady([point(at, 1.0) for at in (0, 10, 21, 30, 40, 75)])
    assert not is_steady([point(at, 1.0) for at in (0, 50, 60, 110, 120)])
    assert not is_steady([point(at, 1.0) for at in (0, 50)])


def test_where_a_line_is_cut_its_ends_are_what_was_told():
    [[cut, told]] = cut_before([[point(-60, 7.0), point(60, 1.0)]], 0)

    assert (cut.start, cut.mean, cut.first, cut.last) == (0, 4, 7, 7)
    assert {cut.min, cut.max, told.min, told.max} == {1, 7}


def test_what_is_told_while_the_channel_speaks_of_something_else(alice, pump, reach):
    now = now_ms() // MINUTE * MINUTE
    for ago in (50, 40, 30, 20, 10):
        post_message(reach=reach(alice, pump), name="tag_values", data={"a": 1}, ts=now - ago * MINUTE)
    channel = channel_to_read(reach(alice, pump), "tag_values")

    def at(*agos):
        return [point(now // MINUTE - ago, 1.0) for ago in agos]

    assert not speaks_between(channel, at(50, 40, 30, 20, 10))
    assert speaks_between(channel, at(50, 30, 10))
    assert not speaks_between(channel, at(50))
    assert len(read_held(channel, at(50, 49), 0, now - 200 * MINUTE, now + 200 * MINUTE)[0]) == 3
    assert len(read_held(channel, at(50, 49), 0, now - 200 * MINUTE, now + 200 * MINUTE, is_sampled=True)[0]) == 2


def test_it_is_read_from_the_messages(alice, pump, reach):
    now = now_ms() // MINUTE * MINUTE
    for ago in (50, 40, 35, 31, 5):
        post_message(reach=reach(alice, pump), name="tag_values", data={"a": 1}, ts=now - ago * MINUTE)
    channel = channel_to_read(reach(alice, pump), "tag_values")

    moments = heard(channel, now - 45 * MINUTE, now, 15 * MINUTE)
    assert [(now - ms) / MINUTE for ms in moments] == [40, 31, 5]
    channel.history_since = now - 10 * MINUTE
    assert heard(channel, now - 45 * MINUTE, now, 15 * MINUTE) == [now - 5 * MINUTE]
