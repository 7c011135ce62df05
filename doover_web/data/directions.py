"""Directions in the history: their means cannot be told from what is rolled up, so single values are read."""

from bisect import bisect_left
from collections.abc import Sequence

from doover_web.common.directions import mean_direction
from doover_web.common.snowflake import MS_MIN, ms_of, now_ms

from .buckets import DAY
from .heard import read_held
from .models import Channel
from .series import Course, Point, Reading

READ = 2  # points of an answer that is not drawn


def read_directions(channel: Channel, path: str, after: int, before: int) -> list[Point]:
    """The single values at `path` within [after, before) (ms); where those are too many, one each of some hundred
    stretches."""
    after = max(after, MS_MIN, channel.history_since if channel.history_since is not None else MS_MIN)
    before = min(before, now_ms() + DAY)
    if after >= before:
        return []
    reading = Reading(channel, path, None, after, before, READ)
    found = reading.values(after, before)
    rows = reading.samples(after, before) if found is None else found
    return [Point(ms_of(id_), 1, value, value, value, value, value) for id_, value in rows]


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
