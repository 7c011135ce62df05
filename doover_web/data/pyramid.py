"""Builds the history pyramid, off the hot path.

A series grows from the oldest message to a minute before now, in transactions of some ten thousand values; each ends
with the series' new edge, so that a builder that dies leaves what was before. What changed below the edge has left
marks (`marks.py`) and is rolled up again. Per channel one builder at a time works.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from doover_web.common.snowflake import EPOCH_MS, ID_MIN, first_id_of, ms_of, now_ms

from .asking import ask
from .buckets import BELOW, DAY, QUARTER, STEPS, TEN_SECONDS, days_over, floor, span_of
from .models import Series
from .pyramid_sql import BASE, CLEAR, COARSER, COARSER_STATES, DAY_START, FIXED_START
from .zones import zone_of

SETTLE_MS = 60_000  # what is younger may still be on its way
# A change that takes longer than the difference to SETTLE_MS shows among the unfinished ones; see `settled`.
UNFINISHED_MS = 20_000
CHUNK_VALUES = 40_000
MOST_MARKS = 5_000
# Where each kind of bucket is, and how coarser ones are made of finer ones.
NUMBERS, STATES = ("data_seriesbucket", COARSER), ("data_statebucket", COARSER_STATES)

# PostgreSQL's own cleaners write no messages, and may be at a large table for hours.
UNFINISHED = """
SELECT (extract(epoch FROM min(xact_start)) * 1000)::bigint FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
  AND backend_type <> 'autovacuum worker'
"""
WAITING = f"""
SELECT s.agent_id, s.channel_id FROM (
    SELECT agent_id, channel_id, bool_or(edge IS NULL) AS is_new, min(edge) AS edge FROM data_series GROUP BY 1, 2
) s
WHERE EXISTS (SELECT FROM data_seriesmark k WHERE k.agent_id = s.agent_id AND k.channel_id = s.channel_id)
   OR EXISTS (SELECT FROM data_message m WHERE m.agent_id = s.agent_id AND m.channel_id = s.channel_id
              AND m.id >= CASE WHEN s.is_new THEN {ID_MIN} ELSE (s.edge - {EPOCH_MS}) << 22 END AND m.id < %(until)s)
ORDER BY s.agent_id, s.channel_id
"""  # noqa: S608 (numbers of ours)


@dataclass(frozen=True, slots=True)
class Settled:
    """Before `until` (ms) nothing is on its way any more, but for what leaves marks; `unfinished_since` (ms) is when
    the oldest unfinished change began."""

    until: int
    unfinished_since: int | None


def settled() -> Settled:
    """How far it is safe to roll up. A write that is slow to finish holds the edge back, however long it takes."""
    [[oldest]] = ask(UNFINISHED, [])
    newest = now_ms() - SETTLE_MS
    until = newest if oldest is None else min(newest, oldest - UNFINISHED_MS)
    return Settled(floor(until, TEN_SECONDS), oldest)


def waiting() -> list[tuple[int, int]]:
    """The channels `(agent id, channel id)` that have something to roll up."""
    return [tuple(row) for row in ask(WAITING, {"until": first_id_of(settled().until)})]


def roll_up(*, seconds: float) -> int:
    """Roll up what waits, a piece of each channel in turn, for so long at most. Returns the number of pieces."""
    end, done = time.monotonic() + seconds, 0
    channels = waiting()
    random.shuffle(channels)  # so that, where time is short, all of them get on alike
    while channels and time.monotonic() < end:
        left = []
        for agent_id, channel_id in channels:
            if time.monotonic() >= end:
                return done
            done += 1
            if roll(agent_id, channel_id):
                left.append((agent_id, channel_id))
        channels = left
    return done


@transaction.atomic
def roll(agent_id: int, channel_id: int) -> bool:
    """Roll up one piece of a channel's history; whether there is more. Nothing when another builder is at it."""
    [[mine]] = ask("SELECT pg_try_advisory_xact_lock(%s)", [channel_id])
    if not mine:
        return False
    target = settled()
    builder = _Builder(agent_id, channel_id, target)
    builder.follow_zone()
    return builder.repair() or builder.grow()


class _Builder:
    """One channel, locked against other builders."""

    def __init__(self, agent_id: int, channel_id: int, target: Settled):
        self.agent_id, self.channel_id = agent_id, channel_id
        self.until = target.until
        self.series = [one for one in self._all() if one.edge is not None or self._may_begin(one, target)]
        self.zone = zone_of(agent_id)

    def _all(self):
        return Series.objects.filter(agent_id=self.agent_id, channel_id=self.channel_id)

    @staticmethod
    def _may_begin(series: Series, target: Settled) -> bool:
        """A change that began before the series was there has left no mark; it must have ended."""
        opened = int(series.opened_at.timestamp() * 1000)
        return target.unfinished_since is None or target.unfinished_since > opened + UNFINISHED_MS // 2

    # --- forward ---

    def grow(self) -> bool:
        """Roll up the next piece of those series that are furthest behind."""
        if not self.series or (start := self._start()) is None:
            return False
        behind = [one for one in self.series if one.edge is None or one.edge <= start]
        goal = min([one.edge for one in self.series if one.edge is not None and one.edge > start] or [self.until])
        end, is_last = self._end(start, min(goal, self.until), CHUNK_VALUES // len(behind))
        if end <= start:
            return False
        self._build(behind, start, end)
        self._all().filter(number__in=[one.number for one in behind]).update(edge=end)
        return not is_last or goal < self.until

    def _start(self) -> int | None:
        """The lowest edge (ms); that of a new series is where the first message lies."""
        if any(one.edge is None for one in self.series):
            first = self._message_at(ID_MIN, first_id_of(self.until), 0)
            if first is None:
                return None
            edges = [one.edge for one in self.series if one.edge is not None]
            return min([floor(ms_of(first), TEN_SECONDS), *edges])
        return min(one.edge for one in self.series if one.edge is not None)

    def _end(self, start: int, goal: int, most: int) -> tuple[int, bool]:
        """Where the next piece ends, and whether that is as far as one can go for now."""
        low, high = first_id_of(start), first_id_of(goal)
        over = self._message_at(low, high, max(most, 1))
        if over is not None:
            return max(floor(ms_of(over), TEN_SECONDS), start + TEN_SECONDS), False
        if goal == self.until and self._message_at(low, high, 0) is None:
            return start, True  # nothing new: no reason to write
        return goal, True

    def _message_at(self, low: int, high: int, offset: int) -> int | None:
        query = (
            "SELECT id FROM data_message WHERE agent_id = %s AND channel_id = %s AND id >= %s AND id < %s"
            " ORDER BY id OFFSET %s LIMIT 1"
        )
        found = ask(query, [self.agent_id, self.channel_id, low, high, offset])
        return found[0][0] if found else None

    def follow_zone(self) -> None:
        """Days of another zone are made anew from the quarters."""
        moved = [one for one in self.series if one.zone != self.zone and one.edge is not None]
        for series in moved:
            everything = {**self._key([series]), "step": DAY, "low": -(1 << 62), "high": 1 << 62}
            for table, coarser in (NUMBERS, STATES):
                _do(CLEAR.format(table=table), everything)
                [[first, last]] = ask(
                    f"SELECT min(start), max(start) FROM {table}"  # noqa: S608 (ours)
                    " WHERE agent_id = %s AND channel_id = %s AND series = %s AND step = %s",
                    [self.agent_id, self.channel_id, series.number, QUARTER],
                )
                if first is not None:
                    self._coarsen([series], (table, coarser), DAY, first, last + QUARTER)
        if any(one.zone != self.zone for one in self.series):
            self._all().exclude(zone=self.zone).update(zone=self.zone)

    # --- repair ---

    def repair(self) -> bool:
        """Roll up the marked quarters again, and take the marks away; whether there may be more."""
        marks = ask(
            "SELECT id, slot FROM data_seriesmark WHERE agent_id = %s AND channel_id = %s ORDER BY slot, id LIMIT %s",
            [self.agent_id, self.channel_id, MOST_MARKS],
        )
        if not marks:
            return False
        for edge in {one.edge for one in self.series if one.edge is not None}:
            alike = [one for one in self.series if one.edge == edge]
            for low, high in _runs([slot for _, slot in marks]):
                start = max([low, *(one.floor for one in alike if one.floor is not None)])
                if start < min(high, edge):
                    self._build(alike, start, min(high, edge))
        _do(
            "DELETE FROM data_seriesmark WHERE agent_id = %s AND channel_id = %s AND id = ANY(%s)",
            [self.agent_id, self.channel_id, [mark for mark, _ in marks]],
        )
        return len(marks) == MOST_MARKS

    # --- both ---

    def _build(self, series: Sequence[Series], low: int, high: int) -> None:
        """The buckets of every step that have a part in [low, high), made anew."""
        span = {**self._key(series), "step": TEN_SECONDS, "low": low, "high": high}
        _do(CLEAR.format(table=NUMBERS[0]), span)
        changed = _do(CLEAR.format(table=STATES[0]), span)
        ids = {"low": first_id_of(low), "high": first_id_of(high)}
        paths = [one.path for one in series]
        changed += _do(BASE, {**self._key(series), "paths": paths, "now": now_ms(), **ids})
        for step in STEPS[1:]:
            self._coarsen(series, NUMBERS, step, low, high)
            if changed:  # most series hold numbers alone
                self._coarsen(series, STATES, step, low, high)

    def _coarsen(self, series: Sequence[Series], kind: tuple[str, str], step: int, low: int, high: int) -> None:
        (table, coarser), (low, high) = kind, span_of(low, high, step, self.zone)
        key = {**self._key(series), "step": step, "low": low, "high": high}
        _do(CLEAR.format(table=table), key)
        if step == DAY:
            key["days"] = days_over(low, high, self.zone)
        _do(coarser.format(start=DAY_START if step == DAY else FIXED_START), {**key, "below": BELOW[step]})

    def _key(self, series: Sequence[Series]) -> dict:
        return {"agent": self.agent_id, "channel": self.channel_id, "numbers": [one.number for one in series]}


def _runs(slots: Sequence[int]) -> list[tuple[int, int]]:
    """Quarters of an hour that follow one another, together: `[0, 900000, 2700000]` → two runs."""
    runs: list[tuple[int, int]] = []
    for slot in slots:
        if runs and slot <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(runs[-1][1], slot + QUARTER))
        else:
            runs.append((slot, slot + QUARTER))
    return runs


def _do(query: str, parameters) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.rowcount
