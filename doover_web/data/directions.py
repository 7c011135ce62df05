"""Directions in the history: their means cannot be told from what is rolled up, but from single values."""

from bisect import bisect_left
from collections.abc import Sequence

from doover_web.common.directions import mean_direction

from .heard import read_held
from .models import Channel
from .series import Course, Point


def mean_over(channel: Channel, told: Sequence[Point], after: int, before: int) -> float | None:
    """The mean of directions over the time that they held."""
    runs = read_held(channel, told, 0, after, before)
    return mean_direction([[(point.start, point.last) for point in run] for run in runs])


def means_of(course: Course, told: Sequence[Point]) -> list[float | None]:
    """The mean of each point of a course, from the single values in it."""
    starts = [point.start for point in told]
    edges = [bisect_left(starts, point.start) for point in course.points]
    ends = [bisect_left(starts, point.start + max(course.step, 1)) for point in course.points]
    return [
        mean_direction([[(one.start, one.last)] for one in told[low:high]])
        for low, high in zip(edges, ends, strict=True)
    ]
