"""Reading a series over any span of time, in a time that does not depend on how much was stored.

Whole buckets answer for the middle of the span; its ends, and what is younger than the last roll-up, come from the
messages. Where there are too many of those, and nothing is rolled up yet, one message stands for each point: the answer
says so (`is_sampled`), and the series is rolled up from then on.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from doover_web.common.snowflake import MS_MIN, first_id_of, ms_of, now_ms

from .asking import ask
from .buckets import DAY, QUARTER, RAW, TEN_SECONDS, Piece, ceil, edges_over, pieces, step_for
from .known import NUMBERS, is_known
from .leaves import NUMBER, VALUE
from .models import Channel, Series
from .zones import zone_of

MOST_POINTS, POINTS = 2000, 800
RAW_MOST = 10_000  # messages that are read for one answer at most
SAMPLES = 300  # that stand for more
MOST_SERIES = 64  # of a channel
LONG = 400 * DAY  # a span whose empty beginning is worth looking for

# Where one of several rows of a bucket's worth of time is.
Row = tuple[int, int, float, float, float, float, float]  # ms, count, min, max, sum, first, last
BUCKETS = """
SELECT width_bucket(b.start, %(edges)s::bigint[]) - 1 AS slot, sum(b.count)::bigint, min(b.min), max(b.max),
       sum(b.sum), (array_agg(b.first ORDER BY b.start))[1], (array_agg(b.last ORDER BY b.start DESC))[1]
FROM unnest(%(steps)s::int[], %(lows)s::bigint[], %(highs)s::bigint[]) AS p(step, low, high)
CROSS JOIN LATERAL (
    SELECT * FROM data_seriesbucket
    WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = %(series)s AND step = p.step
      AND start >= p.low AND start < p.high
    OFFSET 0
) b
GROUP BY slot ORDER BY slot
"""
# `{kind}` is NUMBER or STATE of a value `v`.
MESSAGES = f"""
SELECT id, {{kind}} FROM (
    SELECT id, {VALUE.format(data="data", path="%(path)s::text", parts="%(parts)s::text[]")} AS v
    FROM (
        SELECT id, data FROM data_message
        WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= %(low)s AND id < %(high)s
          AND (expires_at IS NULL OR expires_at > %(now)s)
        ORDER BY id LIMIT %(most)s
    ) m
) found ORDER BY id
"""  # noqa: S608 (numbers of ours)
ONE_EACH = f"""
SELECT m.id, {{kind}}
FROM unnest(%(lows)s::bigint[], %(highs)s::bigint[]) AS s(low, high)
CROSS JOIN LATERAL (
    SELECT id, {VALUE.format(data="data", path="%(path)s::text", parts="%(parts)s::text[]")} AS v FROM data_message
    WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= s.low AND id < s.high
      AND (expires_at IS NULL OR expires_at > %(now)s)
    ORDER BY id LIMIT 1
) m ORDER BY m.id
"""  # noqa: S608 (numbers of ours)
FIRST = f"""
SELECT (SELECT min(id) FROM data_message WHERE agent_id = %(agent)s AND channel_id = %(channel)s),
       (SELECT min(start) FROM data_seriesbucket WHERE agent_id = %(agent)s AND channel_id = %(channel)s
            AND series = %(series)s AND step = {QUARTER})
"""  # noqa: S608 (numbers of ours)
OPEN = """
INSERT INTO data_series (agent_id, channel_id, number, path, zone, opened_at)
SELECT %(agent)s, %(channel)s, coalesce(max(number), 0) + 1, %(path)s, %(zone)s, clock_timestamp()
FROM data_series WHERE agent_id = %(agent)s AND channel_id = %(channel)s HAVING count(*) < %(most)s
ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class Point:
    """What the values were from `start` (ms) on, until the next point; a single message stands at its own moment."""

    start: int
    count: int
    min: float
    max: float
    sum: float
    first: float
    last: float

    @property
    def mean(self) -> float:
        return min(max(self.sum / self.count, self.min), self.max)


@dataclass(slots=True)
class Course:
    """The course of a series over [after, before), both in ms. `step` is how wide a point is in ms, 0 when every
    message has its own; `is_sampled`: some messages stand for others, so extremes may be missing."""

    path: str
    after: int
    before: int
    step: int
    points: list[Point] = field(default_factory=list)
    is_sampled: bool = False

    def columns(self) -> dict[str, Any]:
        """The course in columns of equal length, for JSON."""
        columns: dict[str, Any] = {"times": [point.start for point in self.points]}
        for name in ("count", "min", "max", "mean", "first", "last"):
            columns[name] = [getattr(point, name) for point in self.points]
        return columns

    def add(self, start: int, row: Row) -> None:
        """Take in values that follow on all others; those of the same `start` become one point."""
        _, count, low, high, total, first, last = row
        if not self.points or self.points[-1].start != start:
            self.points.append(Point(start, count, low, high, total, first, last))
            return
        point = self.points[-1]
        point.count, point.sum, point.last = point.count + count, point.sum + total, last
        point.min, point.max = min(point.min, low), max(point.max, high)


def read_course(channel: Channel, path: str, after: int, before: int, points: int = POINTS) -> Course:
    """How the numbers at `path` went from `after` to `before` (ms), in at most `points` points.

    What the channel does not show (`history_since`) is left out. The time zone of whole days is the site's.
    """
    after = max(after, MS_MIN, channel.history_since if channel.history_since is not None else MS_MIN)
    before = min(before, now_ms() + DAY)  # no message lies more than a day ahead
    points = min(max(points, 2), MOST_POINTS)
    if after >= before:
        return Course(path, after, before, RAW)
    series = Series.objects.filter(agent_id=channel.agent_id, channel_id=channel.id, path=path).first()
    return Reading(channel, path, series, after, before, points).course()


class Reading:
    """One answer in the making."""

    kind, told = NUMBER.format(v="v"), NUMBERS

    def __init__(self, channel: Channel, path: str, series: Series | None, after: int, before: int, points: int):
        self.channel, self.path, self.series, self.most = channel, path, series, points
        self.after, self.before = after, before
        self.edge = after if series is None or series.edge is None else min(max(series.edge, after), before)
        self.zone = series.zone if series else "UTC"

    def course(self) -> Course:
        step = self.begin()
        if step == RAW and (course := self._of_messages()):
            return course
        if self.edge > self.after:
            return self._of_buckets(step or TEN_SECONDS)
        course = Course(self.path, self.after, self.before, self._width(), is_sampled=True)
        self._sample(course, self.after, self.before)
        self.open(bool(course.points))
        return course

    def begin(self) -> int:
        """The step that answers, once ages without anything are left out of the span."""
        if self.before - self.after > LONG:
            self.after = min(max(self.after, self._first()), self.before - 1)
            self.edge = max(self.edge, self.after)
        step = step_for(self.before - self.after, self.most)
        if self.edge == self.after:
            return RAW
        if self.series and self.series.floor is not None and self.after < self.series.floor:
            return max(step, QUARTER)
        return step

    def _first(self) -> int:
        """When what is stored begins, so that ages without anything cost nothing and take no points away."""
        [[message, bucket]] = ask(FIRST, {**self.key(), "series": self.series.number if self.series else 0})
        found = [ms for ms in (None if message is None else ms_of(message), bucket) if ms is not None]
        return min(found, default=self.before - 1)

    def _width(self) -> int:
        return max(1, math.ceil((self.before - self.after) / (self.most - 1)))

    def _of_messages(self) -> Course | None:
        """Every message by itself, or several in a place when they are more; None when that would be too many."""
        rows = self._messages(self.after, self.before)
        if rows is None:
            return None
        if len(rows) <= self.most:
            course = Course(self.path, self.after, self.before, RAW)
            course.points = [Point(*row) for row in rows]
            return course
        course = Course(self.path, self.after, self.before, self._width())
        for row in rows:
            course.add(row[0] - row[0] % course.step, row)
        return course

    def _of_buckets(self, step: int) -> Course:
        parts = self.trimmed(pieces(self.after, self.edge, step, self.zone))
        edges = edges_over(self.after, self.before, step, self.most, self.zone)
        course = Course(self.path, self.after, self.before, step)
        if len(edges) > 1:
            course.step = edges[-1] - edges[-2]  # the first may be narrower
        self._add_messages(course, edges, [part for part in parts if part.step == RAW and part.low == self.after])
        for slot, row in self._buckets([part for part in parts if part.step != RAW], edges):
            course.add(edges[slot], row)
        self._add_messages(course, edges, [part for part in parts if part.step == RAW and part.low != self.after])
        if self.edge < self.before:
            self._add_messages(course, edges, pieces(self.edge, self.before, RAW, self.zone))
        return course

    def trimmed(self, parts: Sequence[Piece]) -> Sequence[Piece]:
        """Below the floor only quarters and coarser are kept: the ends lose what is finer, never the middle."""
        floor = self.series.floor if self.series else None
        if floor is None or floor <= self.after:
            return parts
        low = min(ceil(self.after, QUARTER), self.edge)
        return pieces(low, self.edge, max(part.step for part in parts), self.zone) if parts else parts

    def _add_messages(self, course: Course, edges: Sequence[int], parts) -> None:
        slot = 0
        for part in parts:
            rows = self._messages(part.low, part.high)
            if rows is None:
                self._sample(course, part.low, part.high, edges)
                continue
            for row in rows:
                slot = _slot_of(row[0], edges, slot)
                course.add(edges[slot], row)

    def _buckets(self, parts, edges: Sequence[int]) -> Iterable[tuple[int, Row]]:
        asked = {
            **self.key(),
            "series": self.series.number if self.series else 0,
            "edges": list(edges),
            "steps": [part.step for part in parts],
            "lows": [part.low for part in parts],
            "highs": [part.high for part in parts],
        }
        return ((max(slot, 0), (0, *values)) for slot, *values in ask(BUCKETS, asked)) if parts else ()

    def _messages(self, low: int, high: int) -> list[Row] | None:
        """The values of messages in [low, high); None when they are too many to read."""
        found = self.values(low, high)
        return None if found is None else [_row(id_, value) for id_, value in found]

    def values(self, low: int, high: int) -> list[tuple] | None:
        """What messages in [low, high) say, with their ids; None when they are too many to read."""
        asked = {**self.key(), **self.named(), "low": first_id_of(low), "high": first_id_of(high)}
        asked["most"] = RAW_MOST + 1
        found = ask(MESSAGES.format(kind=self.kind), asked)
        if len(found) > RAW_MOST:
            return None
        return [(id_, value) for id_, value in found if value is not None]

    def _sample(self, course: Course, low: int, high: int, edges: Sequence[int] = ()) -> None:
        """The first message of each of some hundred stretches stands for the stretch."""
        course.is_sampled, slot = True, 0
        for id_, value in self.samples(low, high):
            row = _row(id_, value)
            slot = _slot_of(row[0], edges, slot)
            course.add(edges[slot] if edges else row[0], row)

    def samples(self, low: int, high: int) -> list[tuple]:
        """What one message of each stretch says, with its id."""
        width = max(1, math.ceil((high - low) / SAMPLES))
        starts = range(low, high, width)
        asked = {
            **self.key(),
            **self.named(),
            "lows": [first_id_of(start) for start in starts],
            "highs": [first_id_of(min(start + width, high)) for start in starts],
        }
        return [(id_, value) for id_, value in ask(ONE_EACH.format(kind=self.kind), asked) if value is not None]

    def open(self, is_told: bool) -> None:
        """Roll up from now on what was told in the span, or is told at all: a selection may well miss it."""
        if self.series is None and (is_told or is_known(self.channel, self.path, self.told, self.before)):
            open_series(self.channel, self.path)

    def key(self) -> dict:
        return {"agent": self.channel.agent_id, "channel": self.channel.id}

    def named(self) -> dict:
        return {"path": self.path, "parts": self.path.split("."), "now": now_ms()}


def open_series(channel: Channel, path: str) -> None:
    """Roll the numbers at `path` up from now on, unless the channel has as many series as it may have."""
    asked = {"agent": channel.agent_id, "channel": channel.id, "path": path, "most": MOST_SERIES}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {**asked, "zone": zone_of(channel.agent_id)})


def _row(message_id: int, value: float) -> Row:
    return (ms_of(message_id), 1, value, value, value, value, value)


def _slot_of(ms: int, edges: Sequence[int], slot: int) -> int:
    """The last edge at or before `ms`, looked for from `slot` on."""
    while slot + 1 < len(edges) and edges[slot + 1] <= ms:
        slot += 1
    return slot
