"""Reading states (strings and truth values) over any span, in a time that does not depend on how much was stored.

What is drawn as strips: *closed, open for an hour, closed*. Wherever a bucket holds one change at most, the moment of
the change is exact; where it holds more, the stretch says how many.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from doover_web.common.snowflake import MS_MIN, first_id_of, ms_of, now_ms

from .asking import ask
from .buckets import BELOW, DAY, QUARTER, RAW, STEPS, TEN_SECONDS, Piece, pieces, span_of
from .known import STATES
from .leaves import STATE, VALUE
from .models import Channel, Series
from .series import MOST_POINTS, Reading

POINTS = 400
LOOK_BACK = 200  # messages before the span that may tell the state at its beginning
MOST_OPENED = 300  # buckets that are looked into for single changes

# When it begins, the first state, changes, when the last state began, the last state.
Stretch = tuple[int, str, int, int | None, str]
BUCKETS = """
SELECT p.place::int - 1, p.step, b.start, b.first_at, b.first, b.changes, b.changed_at, b.last
FROM unnest(%(steps)s::int[], %(lows)s::bigint[], %(highs)s::bigint[]) WITH ORDINALITY AS p(step, low, high, place)
CROSS JOIN LATERAL (
    SELECT * FROM data_statebucket
    WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = %(series)s AND step = p.step
      AND start >= p.low AND start < p.high
    OFFSET 0
) b
ORDER BY p.place, b.start
"""
EARLIER = f"""
SELECT state FROM (
    SELECT id, {STATE.format(v="v")} AS state FROM (
        SELECT id, {VALUE.format(data="data", path="%(path)s::text", parts="%(parts)s::text[]")} AS v FROM data_message
        WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= %(floor)s AND id < %(low)s
          AND (expires_at IS NULL OR expires_at > %(now)s)
        ORDER BY id DESC LIMIT {LOOK_BACK}
    ) m
) s WHERE state IS NOT NULL ORDER BY id DESC LIMIT 1
"""  # noqa: S608 (numbers of ours)
EARLIER_BUCKET = """
SELECT b.last FROM unnest(%(steps)s::int[]) AS p(step)
CROSS JOIN LATERAL (
    SELECT start, last FROM data_statebucket
    WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = %(series)s AND step = p.step
      AND start >= %(floor)s AND start <= %(after)s - p.step ORDER BY start DESC LIMIT 1
) b ORDER BY b.start DESC LIMIT 1
"""


class Bucket(NamedTuple):
    """A row of the pyramid."""

    step: int
    start: int
    stretch: Stretch


@dataclass(slots=True)
class State:
    """`value` from `start` (ms) on, until the next state begins. With `turns`, it changed so often meanwhile that the
    changes are not told one by one: so many more there were before the next state began."""

    start: int
    value: str | bool
    turns: int = 0


@dataclass(slots=True)
class States:
    """The states a path was in over [after, before), both in ms, in order. `is_sampled`: some messages stand for
    others, so changes may be missing."""

    path: str
    after: int
    before: int
    states: list[State] = field(default_factory=list)
    is_sampled: bool = False

    def add(self, stretches: Iterable[Stretch]) -> None:
        """Take in what follows on everything before."""
        for first_at, first, changes, changed_at, last in stretches:
            self._begin(first_at, first, changes - 1 if changes > 1 else 0)
            if changes and changed_at is not None:
                self._begin(changed_at, last)

    def _begin(self, start: int, text: str, turns: int = 0) -> None:
        value = json.loads(text)
        newest = self.states[-1] if self.states else None
        # What changed back and forth up to here and stays now begins anew, so that its calm is seen.
        if turns or newest is None or newest.turns or newest.value != value or type(newest.value) is not type(value):
            self.states.append(State(start, value, turns))

    def lessen(self, most: int) -> None:
        """Put those that are close together into one stretch, so that at most `most` are left."""
        if len(self.states) > 1 and self.states[0].start == self.states[1].start:
            del self.states[0]  # what held before the span ended with its first moment
        if len(self.states) <= most:
            return
        width = max(1, math.ceil((self.before - self.after) / (most // 2 - 1)))
        lessened: list[State] = []
        for _, near in groupby(self.states, key=lambda state: (state.start - self.after) // width):
            first, *rest = near
            if rest:
                between = sum(state.turns for state in rest[:-1]) + len(rest) - 1
                lessened += [State(first.start, first.value, first.turns + between), rest[-1]]
            else:
                lessened.append(first)
        self.states = lessened


def read_states(channel: Channel, path: str, after: int, before: int, points: int = POINTS) -> States:
    """Which states (strings, truth values) `path` was in from `after` to `before` (ms), in at most `points` stretches.

    The first begins at `after` when the state is known from before. What the channel does not show (`history_since`)
    is left out; numbers and everything else is passed over.
    """
    after = max(after, MS_MIN, channel.history_since if channel.history_since is not None else MS_MIN)
    before = min(before, now_ms() + DAY)  # no message lies more than a day ahead
    points = min(max(points, 6), MOST_POINTS)
    if after >= before:
        return States(path, after, before)
    series = Series.objects.filter(agent_id=channel.agent_id, channel_id=channel.id, path=path).first()
    return _StateReading(channel, path, series, after, before, points // 2).states()


class _StateReading(Reading):
    """One answer in the making."""

    kind, told = STATE.format(v="v"), STATES

    def states(self) -> States:
        step = self.begin()
        found = States(self.path, self.after, self.before)
        self._hold(found)
        if step != RAW or not self._take_messages(found, self.after, self.before):
            if self.edge > self.after:
                self._take_pieces(found, step or TEN_SECONDS)
            else:
                self._take_samples(found, self.after, self.before)
                self.open(bool(found.states))
        found.lessen(self.most * 2)
        return found

    def _hold(self, found: States) -> None:
        """Begin with the state that held before the span."""
        since = self.channel.history_since
        since = MS_MIN if since is None else since
        messages = {"floor": first_id_of(since), "low": first_id_of(self.after), **self.named()}
        earlier = ask(EARLIER, {**self.key(), **messages})
        if not earlier and self.series:
            buckets = {"steps": [TEN_SECONDS, QUARTER], "floor": since, "after": self.after}
            earlier = ask(EARLIER_BUCKET, {**self.key(), **buckets, "series": self.series.number})
        found.add((self.after, value, 0, None, value) for [value] in earlier)

    def _take_pieces(self, found: States, step: int) -> None:
        parts = list(self.trimmed(pieces(self.after, self.edge, step, self.zone)))
        begins = [part for part in parts if part.step == RAW and part.low == self.after]
        ends = [part for part in parts if part.step == RAW and part.low != self.after]
        if self.edge < self.before:
            ends += pieces(self.edge, self.before, RAW, self.zone)
        self._take_each(found, begins)
        found.add(self._stretches([part for part in parts if part.step != RAW]))
        self._take_each(found, ends)

    def _take_each(self, found: States, parts: Iterable[Piece]) -> None:
        for part in parts:
            if not self._take_messages(found, part.low, part.high):
                self._take_samples(found, part.low, part.high)

    def _stretches(self, parts: Sequence[Piece]) -> list[Stretch]:
        """What the buckets say. Those in which it changed more than once are looked into, while they are few."""
        found = [bucket for _, bucket in self._buckets_in(parts)]
        for _ in STEPS:
            crowded = [place for place, bucket in enumerate(found) if self._is_opened(bucket)]
            if not 0 < len(crowded) <= MOST_OPENED:
                break
            finer: dict[int, list[Bucket]] = {place: [] for place in crowded}
            for place, bucket in self._buckets_in([self._inside(found[place]) for place in crowded]):
                finer[crowded[place]].append(bucket)
            found = [one for place, bucket in enumerate(found) for one in finer.get(place, [bucket])]
        return [bucket.stretch for bucket in found]

    def _is_opened(self, bucket: Bucket) -> bool:
        floor = self.series.floor if self.series else None
        kept = QUARTER if floor is not None and bucket.start < floor else TEN_SECONDS
        return bucket.stretch[2] > 1 and bucket.step > kept

    def _inside(self, bucket: Bucket) -> Piece:
        return Piece(BELOW[bucket.step], *span_of(bucket.start, bucket.start + 1, bucket.step, self.zone))

    def _buckets_in(self, parts: Sequence[Piece]) -> list[tuple[int, Bucket]]:
        """The buckets in each of `parts`, with the place of the part."""
        asked = {
            **self.key(),
            "series": self.series.number if self.series else 0,
            "steps": [part.step for part in parts],
            "lows": [part.low for part in parts],
            "highs": [part.high for part in parts],
        }
        rows = ask(BUCKETS, asked) if parts else []
        return [(place, Bucket(step, start, tuple(stretch))) for place, step, start, *stretch in rows]

    def _take_messages(self, found: States, low: int, high: int) -> bool:
        """False when they are too many to read."""
        values = self.values(low, high)
        if values is None:
            return False
        found.add((ms_of(id_), value, 0, None, value) for id_, value in values)
        return True

    def _take_samples(self, found: States, low: int, high: int) -> None:
        found.is_sampled = True
        found.add((ms_of(id_), value, 0, None, value) for id_, value in self.samples(low, high))
