"""What held between the pieces of a report."""

import pytest

from doover_web.control.report_files import Piece
from doover_web.control.report_held import PLACES, in_places, with_held
from doover_web.data.series import Course, Point

MINUTE = 60_000
SPAN = PLACES * MINUTE


def point(minute, value=1.0):
    return Point(int(minute * MINUTE), 1, value, value, value, value, value)


def pieces_of(runs, told, step=0):
    pieces = [Piece(one.start, 1, one.min, one.max, one.sum, one.first, one.last) for one in told]
    found = with_held(pieces, runs, Course("rain", 0, SPAN, step, told))
    assert [one.start for one in found] == sorted(one.start for one in found)
    return found


def test_what_held_is_told_once_a_place_until_it_ended():
    told, end = point(3, 0.5), point(9.5, 0.5)

    found = pieces_of([[told, end]], [told])

    assert [one.start // MINUTE for one in found] == [3, 4, 5, 6, 7, 8, 9]
    assert {(one.low, one.high, one.last) for one in found} == {(0.5, 0.5, 0.5)}
    assert [one.told for one in found] == [1, 0, 0, 0, 0, 0, 0]


def test_nobody_knows_what_lies_between_runs_and_between_what_was_told():
    told = [point(3), point(20, 4.0)]

    assert len(pieces_of([told], told)) == 2
    assert [one.start // MINUTE for one in pieces_of([[told[0], point(5)], [told[1]]], told)] == [3, 4, 5, 20]


def test_what_it_began_with_is_told_though_something_else_was_soon():
    told = point(0.5, 4.0)

    found = pieces_of([[point(0, 2.0), told]], [told])

    assert [(one.told, one.last) for one in found] == [(0, 2.0), (1, 4.0)]


def test_nothing_held_while_a_point_stands_for_values_of_its_own():
    told = point(3)

    assert [one.start // MINUTE for one in pieces_of([[told, point(9)]], [told], step=4 * MINUTE)] == [3, 7, 8, 9]


@pytest.mark.parametrize("many", [1, 1000])
def test_however_often_it_was_heard_there_are_no_more_pieces_than_places(many):
    heard = [point(at * PLACES / many) for at in range(many)]

    assert len(pieces_of([[point(0), *heard[1:]]], [])) <= PLACES + 1


def test_a_piece_has_the_mean_of_its_time_and_what_it_began_with():
    told = [point(1, 10.0), point(11, 90.0), point(12, 10.0)]
    course = Course("level", 0, 20 * MINUTE, 0)

    first, second = in_places(told, [[*told, point(20, 10.0)]], course, 2, in_steps=True)
    readings = in_places(told, [told], course, 2, in_steps=False)

    assert (first.start, first.told, first.low, first.high, first.total) == (0, 1, 10, 10, 10)
    assert (second.told, second.first, second.low, second.high, second.last) == (2, 10, 10, 90, 10)
    assert second.total / second.told == pytest.approx(18)
    assert [one.total / one.told for one in readings] == [10, 50]


def test_a_piece_in_which_nothing_was_told_is_what_held():
    told = [point(1, 3.0)]

    pieces = in_places(told, [[*told, point(9, 3.0)]], Course("level", 0, 20 * MINUTE, 0), 5, in_steps=True)

    assert [(one.start // MINUTE, one.told, one.low, one.high, one.last) for one in pieces] == [
        (0, 1, 3, 3, 3),
        (4, 0, 3, 3, 3),
        (8, 0, 3, 3, 3),
    ]
