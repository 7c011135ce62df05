"""Marks of what must be rolled up again, written in the transaction of the change.

A message that is as young as its id says needs none: the builder keeps a minute away from now (`pyramid.SETTLE_MS`).
Late ones, edits and deletions leave a mark, in channels of which something is rolled up.
"""

from collections.abc import Iterable

import psycopg

from doover_web.common.snowflake import first_id_of, ms_of, now_ms

from .buckets import QUARTER, floor
from .ids import new_message_id

FRESH_MS = 10_000  # younger than this is not late
MARK = """
INSERT INTO data_seriesmark (agent_id, channel_id, id, slot)
SELECT w.agent_id, w.channel_id, w.id, w.slot
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[]) AS w(agent_id, channel_id, id, slot)
WHERE EXISTS (SELECT FROM data_series s WHERE s.agent_id = w.agent_id AND s.channel_id = w.channel_id)
"""

MessageKey = tuple[int, int, int]  # agent id, channel id, message id


def mark(database: psycopg.Connection, new: Iterable[MessageKey], changed: Iterable[MessageKey]) -> None:
    """Mark the quarters of an hour that late ones among the `new` messages, or `changed` and deleted ones, lie in.

    Runs after the statements that change them: whoever looks for unfinished changes must see this one until it ends.
    """
    late_before = first_id_of(now_ms() - FRESH_MS)
    late = [key for key in new if key[2] < late_before]
    slots = {(agent, channel, floor(ms_of(message_id), QUARTER)) for agent, channel, message_id in [*late, *changed]}
    if slots:
        rows = [(agent, channel, new_message_id(), slot) for agent, channel, slot in sorted(slots)]
        columns = [list(column) for column in zip(*rows, strict=True)]
        psycopg.Cursor(database).execute(MARK, columns, prepare=True)
