"""Every value that was told at a path over a span: what a report has time for, and a picture has not.

Where the series is rolled up its buckets of ten seconds say in which messages to look, so the time goes by how often
the value was told; what is not rolled up yet is read in pages. What is too much for either is rolled up while there is
time. What is left then comes from the pyramid or a selection, and says so.
"""

import time
from dataclasses import dataclass

from doover_web.common.snowflake import EPOCH_MS, MS_MIN, first_id_of, ms_of, now_ms

from .asking import ask
from .buckets import DAY, QUARTER, TEN_SECONDS
from .leaves import NUMBER, VALUE
from .models import Channel, Series
from .pyramid import roll
from .series import MOST_POINTS, Point, Reading, read_course

MOST_TOLD = 100_000  # values that are read one by one
MOST_READ, PAGE = 1_000_000, 20_000  # messages that are read for one value, and at a time
ROLLING = 60  # seconds for rolling up what is too much
FIELD = VALUE.format(data="data", path="%(path)s::text", parts="%(parts)s::text[]")
PAGES = f"""
SELECT id, value, read FROM (
    SELECT id, {NUMBER.format(v="v")} AS value, count(*) OVER () AS read, max(id) OVER () AS newest FROM (
        SELECT id, {FIELD} AS v FROM (
            SELECT id, data FROM data_message
            WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= %(low)s AND id < %(high)s
              AND (expires_at IS NULL OR expires_at > %(now)s)
            ORDER BY id LIMIT {PAGE}
        ) m
    ) f
) g WHERE value IS NOT NULL OR id = newest ORDER BY id
"""  # noqa: S608 (numbers of ours)
COUNTED = f"""
SELECT coalesce(sum(count), 0) FROM data_seriesbucket
WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = %(series)s AND step = {QUARTER}
  AND start > %(low)s - {QUARTER} AND start < %(high)s
"""  # noqa: S608 (numbers of ours)
INSIDE = f"""
SELECT m.id, m.value FROM (
    SELECT start FROM data_seriesbucket
    WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = %(series)s AND step = {TEN_SECONDS}
      AND start > %(low)s - {TEN_SECONDS} AND start < %(high)s
    ORDER BY start
) b CROSS JOIN LATERAL (
    SELECT id, {NUMBER.format(v="v")} AS value FROM (
        SELECT id, {FIELD} AS v FROM data_message
        WHERE agent_id = %(agent)s AND channel_id = %(channel)s
          AND id >= (greatest(b.start, %(low)s) - {EPOCH_MS}) << 22
          AND id < (least(b.start + {TEN_SECONDS}, %(high)s) - {EPOCH_MS}) << 22
          AND (expires_at IS NULL OR expires_at > %(now)s)
        OFFSET 0
    ) f
) m WHERE m.value IS NOT NULL ORDER BY m.id
"""  # noqa: S608 (numbers of ours)
QUARTERS = f"""
SELECT b.start, b.count, b.min, b.max, b.sum, b.first, b.last, s.first_at, s.first, s.changes, s.changed_at, s.last
FROM data_seriesbucket b LEFT JOIN data_statebucket s
  ON s.agent_id = b.agent_id AND s.channel_id = b.channel_id AND s.series = b.series AND s.step = b.step
  AND s.start = b.start AND s.count = b.count
WHERE b.agent_id = %(agent)s AND b.channel_id = %(channel)s AND b.series = %(series)s AND b.step = {QUARTER}
  AND b.start >= %(low)s AND b.start < %(high)s ORDER BY b.start
"""  # noqa: S608 (numbers of ours)


@dataclass(slots=True)
class Told:
    """The values told in a span, in order; truths count as 1 and 0. Points that stand for several values are `step` ms
    wide. `is_about`: there are such, and their own course is not known; `is_sampled`: messages were passed over, so
    extremes may be missing and nobody knows what held."""

    points: list[Point]
    step: int = 0
    is_about: bool = False
    is_sampled: bool = False


def read_told(channel: Channel, path: str, after: int, before: int, until: float) -> Told:
    """What was told at `path` from `after` to `before` (ms), each value by itself while there is time (`until`, of the
    monotonic clock)."""
    after = max(after, MS_MIN, channel.history_since if channel.history_since is not None else MS_MIN)
    before = min(before, now_ms() + DAY)  # no message lies more than a day ahead
    if after >= before:
        return Told([])
    found = _Looking(channel, path, after, before, until).told()
    if found is None and time.monotonic() < until:
        _roll_up(channel, path, before, until)
        found = _Looking(channel, path, after, before, until).told()
    return found or _roughly(channel, path, after, before)


def _roughly(channel: Channel, path: str, after: int, before: int) -> Told:
    """As pictures tell it."""
    course = read_course(channel, path, after, before, MOST_POINTS)
    is_about = course.step > 0 and not course.is_sampled
    return Told(course.points, course.step, is_about, course.is_sampled)


def _roll_up(channel: Channel, path: str, before: int, until: float) -> None:
    Reading(channel, path, None, before - 1, before, 2).open(False)
    end = min(until, time.monotonic() + ROLLING)
    while time.monotonic() < end and roll(channel.agent_id, channel.id):
        pass


class _Looking:
    """One answer in the making."""

    def __init__(self, channel: Channel, path: str, after: int, before: int, until: float):
        self.after, self.before, self.until = after, before, until
        series = Series.objects.filter(agent_id=channel.agent_id, channel_id=channel.id, path=path).first()
        edge = after if series is None or series.edge is None else series.edge
        self.edge = min(max(edge, after), before)
        floor = after if series is None or series.floor is None else series.floor
        self.floor = min(max(floor, after), self.edge)
        self.asked = {
            "agent": channel.agent_id,
            "channel": channel.id,
            "series": series.number if series else 0,
            "path": path,
            "parts": path.split("."),
            "now": now_ms(),
        }

    def told(self) -> Told | None:
        """None when it is too much, or takes too long."""
        rolled = {**self.asked, "low": self.floor, "high": self.edge}
        if time.monotonic() >= self.until or (self.floor < self.edge and ask(COUNTED, rolled)[0][0] > MOST_TOLD):
            return None
        old, is_about = self._quarters() if self.after < self.floor else ([], False)
        points = [_point(*row) for row in ask(INSIDE, rolled)] if self.floor < self.edge else []
        if self.edge < self.before and not self._read_pages(points):
            return None
        return Told(old + points, QUARTER if is_about else 0, is_about)

    def _read_pages(self, points: list[Point]) -> bool:
        """Take in what is not rolled up yet; False when that does not end."""
        low, high = first_id_of(self.edge), first_id_of(self.before)
        for _ in range(MOST_READ // PAGE):
            rows = ask(PAGES, {**self.asked, "low": low, "high": high})
            points += [_point(id_, value) for id_, value, _read in rows if value is not None]
            if not rows or rows[0][2] < PAGE:
                return True
            if len(points) > MOST_TOLD or time.monotonic() >= self.until:
                return False
            low = rows[-1][0] + 1
        return False

    def _quarters(self) -> tuple[list[Point], bool]:
        """What is left of the time whose messages are gone: of truths each moment, where it is known; and whether there
        is more that is not."""
        found, is_about = [], False
        for row in ask(QUARTERS, {**self.asked, "low": self.after, "high": self.floor}):
            point, (first_at, first, changes, changed_at, last) = Point(*row[:7]), row[7:]
            if first_at is None or changes > 1:
                found.append(point)
                is_about = True
                continue
            found.append(_several(first_at, point.count - changes, float(first == "true")))
            if changes:
                found.append(_several(changed_at, 1, float(last == "true")))
        return found, is_about


def _point(message_id: int, value: float) -> Point:
    return _several(ms_of(message_id), 1, value)


def _several(ms: int, count: int, value: float) -> Point:
    return Point(ms, count, value, value, value * count, value, value)
