"""Reading a value of a report: what was told, what held meanwhile, and the mean over the time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from doover_web.common.directions import mean_direction
from doover_web.common.snowflake import now_ms
from doover_web.data.directions import mean_over, means_of
from doover_web.data.heard import (
    HOUR,
    cut_before,
    heard,
    held_at,
    held_to,
    is_steady,
    lasting,
    mean_held,
    mean_in_steps,
    mean_of,
    read_held,
    speaks_between,
)
from doover_web.data.models import Channel
from doover_web.data.series import Course, Point
from doover_web.data.told import Told, read_told

from .report_files import TRUTH, Piece
from .report_held import in_places, with_held

DIRECTION = "direction"
POINTS = 200  # pieces of a value
Runs = list[list[Point]]


class Found(NamedTuple):
    """What a value did: its `pieces`, its mean over the time, and what it is. `is_sampled`, `is_about`: see `Told`."""

    pieces: list[Piece]
    mean: float | None
    kind: str
    is_sampled: bool
    is_about: bool


def read_value(channel: Channel, path: str, span: tuple[int, int], kind: str, may_turn: bool, until: float) -> Found:
    """What the value at `path` did over `span` (ms), each that was told while there is time (`until`, of the monotonic
    clock). With `may_turn` it is a direction, if all that it told can be one."""
    told = read_told(channel, path, *span, until)
    before = None if told.is_sampled else held_at(channel, path, span[0], told.points, told.step)
    known = [*([before] if before else []), *told.points]
    if may_turn and known and all(one.min >= -360 and one.max <= 360 for one in known):
        kind = DIRECTION
    read = {DIRECTION: _direction, TRUTH: _truth}.get(kind, _number)
    pieces, mean = read(channel, path, span, told, known)
    return Found(pieces, mean, kind, told.is_sampled, told.is_about)


def _number(channel: Channel, path: str, span, told: Told, known: Sequence[Point]):
    """A number has lines between readings at a rhythm. Told on change, it holds until something else is told."""
    runs = _runs(channel, span, told, known)
    is_read = told.step == 0 and is_steady(told.points) and not speaks_between(channel, told.points)
    if told.is_sampled or is_read:
        return _pieces(path, span, told, runs, in_steps=False), mean_of(runs)
    return _pieces(path, span, told, runs, in_steps=True), mean_in_steps(runs, told.step)


def _truth(channel: Channel, path: str, span, told: Told, known: Sequence[Point]):
    """A truth holds until something else is told, and to the end of the span or to now, as charts draw it."""
    if told.is_sampled or not told.points:
        return _number(channel, path, span, told, known)
    until = min(span[1], now_ms())
    held = [replace(one, start=max(one.start, span[0])) for one in known]
    runs = [lasting(held, until)]
    return _pieces(path, span, told, runs, in_steps=True), mean_held(held, told.step, until)


def _direction(channel: Channel, path: str, span, told: Told, known: Sequence[Point]):
    """The mean of a direction is told by single values alone."""
    course = _course(path, span, told)
    towards = means_of(course, told.points)
    pieces = [_piece(one)._replace(towards=mean) for one, mean in zip(course.points, towards, strict=True)]
    if told.is_sampled:
        return pieces, mean_direction([[(one.start, one.last) for one in told.points]])
    found = with_held(pieces, _runs(channel, span, told, known), course)
    return found, mean_over(channel, told.points, *span) if pieces or not found else found[-1].last


def _runs(channel: Channel, span: tuple[int, int], told: Told, known: Sequence[Point]) -> Runs:
    """What was told within the span, with what held before and between; of a selection nobody knows what held."""
    runs = cut_before(read_held(channel, known, told.step, *span, is_sampled=told.is_sampled), span[0])
    last = runs[-1][-1] if runs and not told.is_sampled else None
    if last and (later := heard(channel, last.start + 1, min(span[1], last.start + HOUR), HOUR)):
        runs[-1].append(held_to(last, later[-1]))
    return runs


def _pieces(path: str, span: tuple[int, int], told: Told, runs: Runs, *, in_steps: bool) -> list[Piece]:
    if len(told.points) > POINTS:
        course = Course(path, *span, told.step)
        return in_places(told.points, runs, course, POINTS, in_steps=in_steps)
    own = [_piece(one) for one in told.points]
    return own if told.is_sampled else with_held(own, runs, _course(path, span, told))


def _course(path: str, span: tuple[int, int], told: Told) -> Course:
    """What was told in as many points as a report has room for."""
    is_many = len(told.points) > POINTS
    width = -(-(span[1] - span[0]) // POINTS) if is_many else told.step
    course = Course(path, *span, width)
    for one in told.points:
        start = one.start - (one.start - span[0]) % width if is_many else one.start
        course.add(start, (one.start, one.count, one.min, one.max, one.sum, one.first, one.last))
    return course


def _piece(one: Point) -> Piece:
    return Piece(one.start, one.count, one.min, one.max, one.sum, one.first, one.last)
