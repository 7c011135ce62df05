"""The lines of a chart, read from the history: numbers, what controls were set to, texts and truth values."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from doover_web.common import directions
from doover_web.common.snowflake import now_ms
from doover_web.data.heard import cut_before, held_at, mean_of, read_held
from doover_web.data.models import Channel
from doover_web.data.series import Course, Point, read_course
from doover_web.data.values import Changes, read_changes

from .calm import FINE, calmed
from .drawing import number
from .picture import Drawn, Ink, Segment, segments, value_words
from .plots import NUMBER, SET, Line, kind_of, value_at
from .spans import Span
from .states import State


@dataclass(frozen=True, slots=True)
class Source:
    """Where values of a chart are from: the messages of a channel, and its state."""

    channel: Channel
    state: State

    def name(self, line: Line) -> str:
        """What a value is called in them."""
        return line.path.removeprefix(SET) if line.is_set else line.path

    def now(self, line: Line) -> Any:
        """What it is in the state."""
        return value_at(self.state.data, self.name(line))

    def changes(self, line: Line, after: int, before: int) -> Changes:
        """How it changed."""
        return read_changes(self.channel, self.name(line), after, before, is_set=line.is_set)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a line came to within the time shown, in words."""

    last: str = "—"
    lowest: str = "—"
    mean: str = "—"
    highest: str = "—"
    count: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A number in the legend: its line, what it came to, the ends of its scale when that has no place at an edge, and
    how wide (ms) what was read of it is: 0 where every reading is told by itself."""

    drawn: Drawn
    facts: Facts
    ends: tuple[str, str] | None = None
    each: int = 0


@dataclass(frozen=True, slots=True)
class Strip:
    """A text or a truth value as a row of stretches below the box."""

    line: Line
    ink: Ink
    changes: Changes
    segments: list[Segment]
    last: str

    @property
    def begins_ms(self) -> int | None:
        """Where it begins, when there were too many messages to look through them all."""
        return self.changes.since if self.changes.since > self.changes.after else None


def number_of(at: Source, line: Line, place: int, span: Span, points: int, silence: int) -> Shown:
    """A number that was told: its course, and the value of the state behind it."""
    channel, now = at.channel, _now(at, line, span)
    course = read_course(channel, line.path, span.after, span.before, max(points, FINE))
    is_sampled = course.is_sampled
    before = None if is_sampled else held_at(channel, line.path, span.after, course.points, course.step)
    told = [*([before] if before else []), *course.points]
    runs = read_held(channel, told, course.step, span.after, span.before, silence, is_sampled=is_sampled)
    if now is not None and (not told or told[-1].start < now.start):
        course.points.append(now)
        still = bool(told) and told[-1].last == now.last
        near = bool(runs) and now.start - runs[-1][-1].start <= silence
        runs = [*runs[:-1], [*runs[-1], now]] if still or near else [*runs, [now]]
    shown, step = calmed(runs, course.step, timezone.get_current_timezone(), points)
    drawn = replace(course, after=span.after, before=span.before, step=step)
    return Shown(
        Drawn(line, place, drawn, shown, is_calm=step != course.step), _facts(runs, line, span), each=course.step
    )


def set_number(at: Source, line: Line, place: int, span: Span) -> Shown:
    """What a control was set to holds until it is set to something else."""
    told = [(ms, value) for ms, value in _changes(at, line, span).points if kind_of(value) == NUMBER]
    until = min(span.before, now_ms())
    run: list[Point] = []
    for (ms, value), following in itertools.zip_longest(told, told[1:]):
        end = following[0] - 1 if following else until
        run += [Point(edge, 1, value, value, value, value, value) for edge in sorted({ms, max(ms, end)})]
    points = [Point(ms, 1, value, value, value, value, value) for ms, value in told]
    runs = [run] if run else []
    return Shown(
        Drawn(line, place, Course(line.path, span.after, span.before, 0, points), runs), _facts(runs, line, span)
    )


def _changes(at: Source, line: Line, span: Span) -> Changes:
    """The changes of a value within the time shown, the newest from the state where no message tells of it yet."""
    changes = at.changes(line, span.after, span.before)
    now, points, changed = at.now(line), changes.points, at.state.changed
    is_now = span.is_live and changed is not None and (not points or points[-1][0] < changed)
    if is_now and now is not None and not isinstance(now, dict | list) and (not points or points[-1][1] != now):
        points.append((max(changed or 0, span.after), now))
    return Changes(changes.path, span.after, span.before, points, changes.since)


def strip_of(at: Source, line: Line, place: int, span: Span) -> Strip:
    """A text or a truth value in stretches."""
    changes, changed = _changes(at, line, span), at.state.changed
    until = span.before if span.is_live or not changed else min(span.before, changed)
    last = value_words(changes.points[-1][1], line) if changes.points else "—"
    return Strip(line, Ink(place, line.colour), changes, segments(changes, line, until), last)


def _facts(runs: list[list[Point]], line: Line, span: Span) -> Facts:
    runs = cut_before(runs, span.after)
    points = [point for run in runs for point in run]
    mean = mean_of(runs)
    if mean is None:
        return Facts()
    low, high = min(point.min for point in points), max(point.max for point in points)
    is_direction = line.units in directions.UNITS
    return Facts(
        last=words_of(points[-1].last, line),
        lowest=words_of(low, line),
        mean=_direction(runs, line) if is_direction else words_of(min(max(mean, low), high), line),
        highest=words_of(high, line),
        count=len(points),
    )


def _direction(runs: list[list[Point]], line: Line) -> str:
    """Where to in the mean; empty where points stand for several, whose own mean is not known."""
    if any(point.min != point.max for run in runs for point in run):
        return ""
    mean = directions.mean_direction([[(point.start, point.last) for point in run] for run in runs])
    return "" if mean is None else words_of(mean, line)


def gathered(points: list[Point], wide: int) -> list[Point]:
    """One point for all that begin in the same stretch of `wide` ms."""
    found = Course("", 0, 0, wide)
    for one in points:
        found.add(one.start - one.start % wide, (one.start, one.count, one.min, one.max, one.sum, one.first, one.last))
    return found.points


def words_of(value: float, line: Line) -> str:
    """A number of a line, with its decimals and its unit."""
    return f"{number(value, line.decimals)} {line.units}".strip()


def point_words(point: Point, line: Line) -> str:
    """A point of a line; of one that stands for several values all of them."""
    mean = words_of(point.mean, line)
    if point.min == point.max:
        return mean
    return f"{mean} ({words_of(point.min, line)} – {words_of(point.max, line)})"


def _now(at: Source, line: Line, span: Span) -> Point | None:
    """The value of the state, when it is younger than the messages may be and the chart reaches to now."""
    value, changed = at.now(line), at.state.changed
    if kind_of(value) != NUMBER or changed is None or not span.is_live or not span.after <= changed:
        return None
    return Point(changed, 1, value, value, value, value, value) if abs(value) < 1e290 else None
