"""The course of one number at each of many devices, roughly: four queries however many they are."""

from collections.abc import Mapping, Sequence

from django.db import connection

from doover_web.common.snowflake import first_id_of, now_ms

from .asking import ask
from .buckets import QUARTER, ceil
from .days import Place, hold
from .leaves import LONGEST_PATH, NUMBER, VALUE
from .models import Channel
from .series import MOST_SERIES
from .zones import zones_of

Wanted = Mapping[int, tuple[Channel, str]]  # by agent id: the channel, and the path of the number
PER_PLACE, LARGEST = 2, 16_384  # messages that stand for a place where nothing is rolled up, bytes of each at most
OPENED = 8  # numbers that a reading brings into the pyramid at most

KNOWN = """
SELECT w.agent, s.number
FROM unnest(%(agents)s::bigint[], %(channels)s::bigint[], %(paths)s::text[]) AS w(agent, channel, path)
JOIN data_series s ON s.agent_id = w.agent AND s.channel_id = w.channel AND s.path = w.path
WHERE s.edge > %(after)s
"""
ROLLED = """
SELECT w.agent, (b.start - %(after)s) / %(width)s AS place, min(b.min), sum(b.sum) / sum(b.count), max(b.max),
       (array_agg(b.last ORDER BY b.start DESC))[1]
FROM unnest(%(agents)s::bigint[], %(channels)s::bigint[], %(series)s::smallint[], %(lows)s::bigint[])
    AS w(agent, channel, series, low)
CROSS JOIN LATERAL (
    SELECT start, count, sum, min, max, last FROM data_seriesbucket
    WHERE agent_id = w.agent AND channel_id = w.channel AND series = w.series AND step = %(step)s
      AND start >= w.low AND start < %(before)s
    OFFSET 0
) b
GROUP BY 1, 2
"""
SPOKEN = """
SELECT w.agent, s.place - 1
FROM unnest(%(agents)s::bigint[], %(channels)s::bigint[], %(lows)s::bigint[]) AS w(agent, channel, low)
CROSS JOIN unnest(%(begins)s::bigint[], %(ends)s::bigint[]) WITH ORDINALITY AS s(low, high, place)
WHERE EXISTS (
    SELECT 1 FROM data_message
    WHERE agent_id = w.agent AND channel_id = w.channel AND id >= s.low AND id >= w.low AND id < s.high
      AND id >= %(first)s AND id < %(last)s AND (expires_at IS NULL OR expires_at > %(now)s)
)
"""
SAMPLED = f"""
SELECT w.agent, s.place - 1, min(m.value), avg(m.value), max(m.value)
FROM unnest(%(agents)s::bigint[], %(channels)s::bigint[], %(paths)s::text[], %(lows)s::bigint[])
    AS w(agent, channel, path, low)
CROSS JOIN unnest(%(begins)s::bigint[], %(ends)s::bigint[]) WITH ORDINALITY AS s(low, high, place)
CROSS JOIN LATERAL (
    SELECT {NUMBER.format(v="v")} AS value FROM (
        SELECT {VALUE.format(data="data", path="w.path", parts="string_to_array(w.path, '.')")} AS v FROM (
            SELECT data FROM data_message
            WHERE agent_id = w.agent AND channel_id = w.channel AND id >= s.low AND id >= w.low AND id < s.high
              AND id >= %(first)s AND id < %(last)s AND (expires_at IS NULL OR expires_at > %(now)s)
            ORDER BY id LIMIT {PER_PLACE}
        ) newest WHERE pg_column_size(data) <= {LARGEST}
    ) said
) m
WHERE m.value IS NOT NULL
GROUP BY 1, 2
"""  # noqa: S608 (numbers of ours)
OPEN = f"""
INSERT INTO data_series (agent_id, channel_id, number, path, zone, opened_at)
SELECT w.agent, w.channel, found.number, w.path, w.zone, clock_timestamp()
FROM unnest(%(agents)s::bigint[], %(channels)s::bigint[], %(paths)s::text[], %(zones)s::text[])
    AS w(agent, channel, path, zone)
CROSS JOIN LATERAL (
    SELECT coalesce(max(number), 0) + 1 AS number FROM data_series
    WHERE agent_id = w.agent AND channel_id = w.channel HAVING count(*) < {MOST_SERIES}
) found
ON CONFLICT DO NOTHING
"""  # noqa: S608 (numbers of ours)


def read_days_across(wanted: Wanted, after: int, before: int, places: int) -> dict[int, list[Place | None]]:
    """How the number of each went from `after` to `before` (ms), by agent id: as many `Place`s as asked, None where
    nothing was said. What is not rolled up is sampled from the messages, and a few more are rolled up from then on."""
    wanted = {agent_id: one for agent_id, one in wanted.items() if one[1] and len(one[1]) <= LONGEST_PATH}
    found: dict[int, list[Place | None]] = {agent_id: [None] * places for agent_id in wanted}
    if not wanted:
        return found
    width = max(QUARTER, (before - after) // places)
    span = {"after": after, "before": before, "width": width, "step": QUARTER}
    known = dict(ask(KNOWN, {**_columns(wanted), "after": after}))
    rolled = {agent_id: one for agent_id, one in wanted.items() if agent_id in known}
    if rolled:
        lows = [_since(channel, after) for channel, _ in rolled.values()]
        series = [known[agent_id] for agent_id in rolled]
        rows = ask(ROLLED, {**_columns(rolled), **span, "lows": lows, "series": series})
        _fill(found, [row[:-1] for row in rows])
        _hold(found, rolled, rows, [after + width * place for place in range(places)], before)
    missing = {agent_id: one for agent_id, one in wanted.items() if agent_id not in known}
    if missing:
        _fill(found, _sampled(missing, [after + width * place for place in range(places)], before))
        _open({agent_id: missing[agent_id] for agent_id in [one for one in missing if any(found[one])][:OPENED]})
    return found


def _hold(found: dict[int, list[Place | None]], rolled: Wanted, rows: Sequence[tuple], starts, before: int) -> None:
    """What is told on change alone holds through the places in which the channel spoke of something else."""
    ends: dict[int, dict[int, float]] = {}
    for agent_id, place, *_values, last in rows:
        ends.setdefault(agent_id, {})[place] = last
    gaps = {agent_id: one for agent_id, one in rolled.items() if agent_id in ends}
    gaps = {agent_id: one for agent_id, one in gaps.items() if None in found[agent_id][min(ends[agent_id]) :]}
    if not gaps:
        return
    spoken: dict[int, set[int]] = {}
    quarters = [ceil(start, QUARTER) for start in starts]  # as buckets are placed by where they begin
    for agent_id, place in ask(SPOKEN, {**_columns(gaps), **_between(gaps, quarters, before)}):
        spoken.setdefault(agent_id, set()).add(place)
    for agent_id in gaps:
        hold(found[agent_id], ends[agent_id], spoken.get(agent_id, ()))


def _sampled(wanted: Wanted, starts: Sequence[int], before: int) -> list[tuple]:
    """The first messages of each place stand for it."""
    return ask(SAMPLED, {**_columns(wanted), **_between(wanted, starts, before)})


def _between(wanted: Wanted, starts: Sequence[int], before: int) -> dict:
    """Where the messages of each place are, and the first that a channel shows."""
    ids = [first_id_of(start) for start in [*starts, before]]
    lows = [first_id_of(_since(channel, starts[0])) for channel, _ in wanted.values()]
    return {"begins": ids[:-1], "ends": ids[1:], "first": ids[0], "last": ids[-1], "lows": lows, "now": now_ms()}


def _open(wanted: Wanted) -> None:
    """Roll these up from now on, where the channel may have one more."""
    if wanted:
        zones = zones_of(wanted)
        with connection.cursor() as cursor:
            cursor.execute(OPEN, {**_columns(wanted), "zones": [zones[agent_id] for agent_id in wanted]})


def _fill(found: dict[int, list[Place | None]], rows: Sequence[tuple]) -> None:
    for agent_id, place, *values in rows:
        if place < len(found[agent_id]):
            found[agent_id][place] = tuple(values)


def _since(channel: Channel, after: int) -> int:
    return max(after, channel.history_since) if channel.history_since is not None else after


def _columns(wanted: Wanted) -> dict:
    channels = [channel for channel, _ in wanted.values()]
    paths = [path for _, path in wanted.values()]
    return {"agents": list(wanted), "channels": [channel.id for channel in channels], "paths": paths}
