"""What held and was not told among the pieces of a report, as charts draw it. Pure."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doover_web.data.series import Course, Point

from .report_files import Piece

PLACES = 60  # of a span; what held is told once in each of them that has no piece of its own


def with_held(pieces: Sequence[Piece], runs: Iterable[Sequence[Point]], course: Course) -> list[Piece]:
    """The `pieces` of a course, with what these runs say held before and between them."""
    width = max((course.before - course.after) // PLACES, 1)
    told = {piece.start for piece in pieces}
    taken = {(start - course.after) // width for start in told}
    found: dict[int, Piece] = {}
    for start, value in _untold(runs, told, max(course.step, width), width):
        place = -1 if start == course.after else (start - course.after) // width  # what it began with is always told
        if place not in taken:
            found.setdefault(place, Piece(start, 0, value, value, 0.0, value, value, value))
    return sorted([*pieces, *found.values()], key=lambda piece: piece.start)


def _untold(runs, told: set[int], first: int, width: int) -> Iterable[tuple[int, float]]:
    """Moments at which something held, `width` apart, the first of them so long after it was told."""
    for run in runs:
        for one, other in itertools.pairwise([None, *run]):
            if other.start not in told:
                begin = one.start + first if one else other.start
                yield from ((start, other.last) for start in [*range(begin, other.start, width), other.start])


@dataclass(slots=True)
class _Place:
    """A piece in the making: what it begins with, and how long (ms) what held in it."""

    start: int
    first: float
    low: float
    high: float
    last: float
    told: int = 0
    total: float = 0.0
    area: float = 0.0
    length: int = 0

    def take(self, low: float, high: float, last: float) -> None:
        self.low, self.high, self.last = min(self.low, low), max(self.high, high), last

    def piece(self) -> Piece:
        mean = self.area / self.length if self.length else self.total / max(self.told, 1)
        total = mean * self.told
        return Piece(self.start, self.told, self.low, self.high, total, self.first, self.last)


def in_places(
    told: Sequence[Point], runs: Iterable[Sequence[Point]], course: Course, most: int, *, in_steps: bool
) -> list[Piece]:
    """What was `told` in the span of a course, in at most `most` pieces of equal width. With `in_steps` each value of
    the `runs` holds until the next, and a piece has the mean of its time."""
    after, width = course.after, max(-(-(course.before - course.after) // most), 1)
    moments: list[tuple[int, int, Point, int, float]] = [(one.start, 0, one, 0, 0.0) for one in told]
    for one, other in itertools.chain.from_iterable(map(itertools.pairwise, runs)) if in_steps else ():
        moments += [(start, end - start, one, 1, value) for value, start, end in _cut(one, other, course, width)]
    places: dict[int, _Place] = {}
    for start, length, one, is_held, value in sorted(moments, key=lambda moment: (moment[0], moment[3])):
        at = (start - after) // width
        low, high, first = (value, value, one.last) if is_held else (one.min, one.max, one.first)
        place = places.setdefault(at, _Place(after + at * width, first, low, high, one.last))
        place.take(low, high, one.last)
        place.area, place.length = place.area + value * length, place.length + length
        if not is_held:
            place.told, place.total = place.told + one.count, place.total + one.sum
    return [places[at].piece() for at in sorted(places)]


def _cut(one: Point, other: Point, course: Course, width: int) -> Iterable[tuple[float, int, int]]:
    """What held from one point to the other, and from when to when, cut where a piece ends. A point that stands for
    several values has their mean for as long as it is wide."""
    inside = min(one.start + (course.step if one.count > 1 else 0), other.start)
    for value, begin, until in ((one.mean, one.start, inside), (one.last, inside, other.start)):
        start = max(begin, course.after)
        while start < until:
            end = min(until, start + width - (start - course.after) % width)
            yield value, start, end
            start = end
