"""What held and was not told among the pieces of a report, as charts draw it. Pure."""

import itertools
from collections.abc import Iterable, Sequence

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
