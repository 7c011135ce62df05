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
    told: Sequence[Point], runs: Iterable[Sequence[Point]], span: tuple[int, int], most: int, *, in_steps: bool
) -> list[Piece]:
    """What was `told`, in at most `most` pieces of equal width. With `in_steps` each value of the `runs` holds until
    the next, and a piece has the mean of its time."""
    after, before = span
    width = max(-(-(before - after) // most), 1)
    places: dict[int, _Place] = {}
    steps = itertools.chain.from_iterable(map(itertools.pairwise, runs)) if in_steps else ()
    moments = [(one.start, 1, one, 0) for one in told]
    moments += [(start, 0, one, end - start) for one, start, end in _cut(steps, after, width)]
    for start, is_told, one, length in sorted(moments, key=lambda moment: moment[:2]):
        at = (start - after) // width
        low, high, first = (one.min, one.max, one.first) if is_told else (one.last, one.last, one.last)
        place = places.setdefault(at, _Place(max(after + at * width, after), first, low, high, one.last))
        place.take(low, high, one.last)
        if is_told:
            place.told, place.total = place.told + one.count, place.total + one.sum
        place.area, place.length = place.area + one.last * length, place.length + length
    return [places[at].piece() for at in sorted(places)]


def _cut(steps, after: int, width: int) -> Iterable[tuple[Point, int, int]]:
    """Each point and from when to when it held, cut where a piece ends."""
    for one, other in steps:
        start = max(one.start, after)
        while start < other.start:
            end = min(other.start, start + width - (start - after) % width)
            yield one, start, end
            start = end
