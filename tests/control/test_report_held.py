"""What held between the pieces of a report."""

import pytest

from doover_web.control.report_files import Piece
from doover_web.control.report_held import PLACES, with_held
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
