"""Every value that was told at a path over a span: what a report has time for, and a picture has not.

Where the series is rolled up its buckets of ten seconds say in which messages to look, so the time goes by how often
the value was told; what is not rolled up yet is read in pages. What is too much for either is rolled up while there is
time. What is left then comes from the pyramid or a selection, and says so.
"""

import time
from dataclasses import dataclass

from doover_web.common.snowflake import EPOCH_MS, MS_MIN, first_id_of, ms_of, now_ms

from .asking import ask
from .buckets import DAY, QUARTER, TEN_SECONDS, ceil
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
SELECT start, count, min, max, sum, first, last FROM data_seriesbucket
WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = %(series)s AND step = {QUARTER}
  AND start >= %(low)s AND start < %(high)s ORDER BY start
"""  # noqa: S608 (numbers of ours)
TURNS = f"""
SELECT start, count, first_at, first, changed_at, last FROM data_statebucket
WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = %(series)s AND step = {QUARTER}
  AND start >= %(low)s AND start < %(high)s AND changes < 2
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
        if time.monotonic() >= self.until:
            return None
        if self._is_much():  # quarters stand for what is whole of them
            self.floor = max(self.edge - self.edge % QUARTER, self.floor)
        begin = min(ceil(self.after, QUARTER), self.floor)
        if (self.floor - begin) // QUARTER > MOST_TOLD:
            return None
        points = self._inside(self.after, begin)
        quarters, is_about = self._quarters(begin, self.floor)
        points += quarters + self._inside(self.floor, self.edge)
        if self.edge < self.before and not self._read_pages(points):
            return None
        return Told(points, QUARTER if is_about else 0, is_about)

    def _is_much(self) -> bool:
        rolled = {**self.asked, "low": self.floor, "high": self.edge}
        return self.floor < self.edge and ask(COUNTED, rolled)[0][0] > MOST_TOLD

    def _inside(self, low: int, high: int) -> list[Point]:
        """The values of what is rolled up and whose messages are there."""
        return [_point(*row) for row in ask(INSIDE, {**self.asked, "low": low, "high": high})] if low < high else []

    def _read_pages(self, points: list[Point]) -> bool:
        """Take in what is not rolled up yet; False when that does not end."""
        low, high, read = first_id_of(self.edge), first_id_of(self.before), 0
        for _ in range(MOST_READ // PAGE):
            rows = ask(PAGES, {**self.asked, "low": low, "high": high})
            points += [_point(id_, value) for id_, value, _read in rows if value is not None]
            if not rows or rows[0][2] < PAGE:
                return True
            read += len(rows)
            if read > MOST_TOLD or time.monotonic() >= self.until:
                return False
            low = rows[-1][0] + 1
        return False

    def _quarters(self, low: int, high: int) -> tuple[list[Point], bool]:
        """What stands for messages that are gone or too many: of truths each moment, where it is known; and whether
        there is more that is not."""
        asked, is_about = {**self.asked, "low": low, "high": high}, False
        turns = {(start, count): turn for start, count, *turn in ask(TURNS, asked)} if low < high else {}
        found: list[Point] = []
        for point in [Point(*row) for row in ask(QUARTERS, asked)] if low < high else ():
            turn = turns.get((point.start, point.count))
            if turn is None:
                found.append(point)
                is_about = True
                continue
            first_at, first, changed_at, last = turn
            found.append(_several(first_at, point.count - (changed_at is not None), float(first == "true")))
            if changed_at is not None:
                found.append(_several(changed_at, 1, float(last == "true")))
        return found, is_about


def _point(message_id: int, value: float) -> Point:
    return _several(ms_of(message_id), 1, value)


def _several(ms: int, count: int, value: float) -> Point:
    return Point(ms, count, value, value, value * count, value, value)
