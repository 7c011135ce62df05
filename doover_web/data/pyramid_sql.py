"""The statements that build the history pyramid: numbers and states of one piece of a channel, step by step."""

from doover_web.common.snowflake import EPOCH_MS

from .buckets import TEN_SECONDS
from .leaves import NUMBER, STATE, VALUE

FOUND = f"""
WITH p AS MATERIALIZED (
    SELECT number, path, string_to_array(path, '.') AS parts
    FROM unnest(%(numbers)s::smallint[], %(paths)s::text[]) AS u(number, path)
), found AS MATERIALIZED (
    SELECT p.number, m.id, m.ms, m.ms - ((m.ms %% {TEN_SECONDS}) + {TEN_SECONDS}) %% {TEN_SECONDS} AS start, l.v
    FROM (
        SELECT id, (id >> 22) + {EPOCH_MS} AS ms, data FROM data_message
        WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= %(low)s AND id < %(high)s
          AND (expires_at IS NULL OR expires_at > %(now)s)
    ) m
    CROSS JOIN p
    CROSS JOIN LATERAL (SELECT {VALUE.format(data="m.data", path="p.path", parts="p.parts")} AS v) l
    WHERE l.v IS NOT NULL
)"""  # noqa: S608 (numbers of ours)
# Both kinds out of one reading of the messages.
BASE = f"""
{FOUND}, numbers AS (
    INSERT INTO data_seriesbucket (agent_id, channel_id, series, step, start, count, min, max, sum, first, last)
    SELECT %(agent)s, %(channel)s, number, {TEN_SECONDS}, start, count(*), min(value), max(value), sum(value),
           (array_agg(value ORDER BY id))[1], (array_agg(value ORDER BY id))[count(*)]
    FROM (SELECT number, id, start, {NUMBER.format(v="v")} AS value FROM found) n
    WHERE value IS NOT NULL GROUP BY number, start
), turns AS (
    SELECT number, id, ms, start, value, lag(value) OVER (PARTITION BY number, start ORDER BY id) <> value AS turns
    FROM (SELECT number, id, ms, start, {STATE.format(v="v")} AS value FROM found) s WHERE value IS NOT NULL
)
INSERT INTO data_statebucket
    (agent_id, channel_id, series, step, start, count, changes, first_at, changed_at, first, last)
SELECT %(agent)s, %(channel)s, number, {TEN_SECONDS}, start, count(*), count(*) FILTER (WHERE turns), min(ms),
       max(ms) FILTER (WHERE turns), (array_agg(value ORDER BY id))[1], (array_agg(value ORDER BY id))[count(*)]
FROM turns GROUP BY number, start
"""  # noqa: S608 (numbers of ours)
COARSER = """
INSERT INTO data_seriesbucket (agent_id, channel_id, series, step, start, count, min, max, sum, first, last)
SELECT agent_id, channel_id, series, %(step)s, {start} AS wide, sum(count), min(min), max(max), sum(sum),
       (array_agg(first ORDER BY start))[1], (array_agg(last ORDER BY start DESC))[1]
FROM data_seriesbucket
WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = ANY(%(numbers)s) AND step = %(below)s
  AND start >= %(low)s AND start < %(high)s
GROUP BY agent_id, channel_id, series, wide
"""
# A bucket that begins otherwise than the one before it ended is a change too.
COARSER_STATES = """
INSERT INTO data_statebucket
    (agent_id, channel_id, series, step, start, count, changes, first_at, changed_at, first, last)
SELECT agent_id, channel_id, series, %(step)s, wide, sum(count), sum(changes) + count(*) FILTER (WHERE turns),
       min(first_at), max(coalesce(changed_at, CASE WHEN turns THEN first_at END)),
       (array_agg(first ORDER BY start))[1], (array_agg(last ORDER BY start DESC))[1]
FROM (
    SELECT *, lag(last) OVER (PARTITION BY series, wide ORDER BY start) <> first AS turns
    FROM (
        SELECT *, {start} AS wide FROM data_statebucket
        WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = ANY(%(numbers)s) AND step = %(below)s
          AND start >= %(low)s AND start < %(high)s
    ) s
) t
GROUP BY agent_id, channel_id, series, wide
"""
FIXED_START = "start - ((start %% %(step)s) + %(step)s) %% %(step)s"
DAY_START = "(%(days)s::bigint[])[width_bucket(start, %(days)s::bigint[])]"
CLEAR = """
DELETE FROM {table}
WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = ANY(%(numbers)s) AND step = %(step)s
  AND start >= %(low)s AND start < %(high)s
"""
