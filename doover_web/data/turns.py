"""Ids that the server gives come to light in their order: writers to one channel take turns, from minting to commit.

Otherwise a reader who pages forward (`after`) could pass an id that was minted earlier in another process and is
committed later. Ids and moments that clients choose are theirs to order.
"""

import zlib
from collections.abc import Iterable

import psycopg

from doover_web.common.snowflake import first_id_of

from .rows import ChannelKey, ask

FUTURE_MS = 1_000  # an id farther ahead of the clock was chosen by a client, and nobody follows it there
# The two halves are a number space of their own: no lock by a single number meets them.
WAIT = "SELECT pg_advisory_xact_lock(w.agent, w.name) FROM unnest(%b::int[], %b::int[]) AS w(agent, name)"
NEWEST = """
SELECT c.agent_id, c.name, n.id
FROM unnest(%b::bigint[], %b::text[]) AS w(agent_id, name)
JOIN data_channel c ON c.agent_id = w.agent_id AND c.name = w.name
CROSS JOIN LATERAL (
    SELECT m.id FROM data_message m
    WHERE m.agent_id = c.agent_id AND m.channel_id = c.id AND m.id >= %b AND m.id < %b
    ORDER BY m.id DESC LIMIT 1
) n
"""


def take(database: psycopg.Connection, keys: Iterable[ChannelKey], now: int) -> psycopg.Cursor:
    """Wait for a turn at these channels, which lasts until the transaction ends, and ask for ids that are ahead of
    the clock (`now`, ms) there. Everybody waits in one order, and before locking any row."""
    keys = list(keys)
    locks = sorted({(_half(str(agent_id)), _half(name)) for agent_id, name in keys})
    ask(database, WAIT, [[one for one, _ in locks], [one for _, one in locks]])
    columns = [[agent_id for agent_id, _ in keys], [name for _, name in keys]]
    return ask(database, NEWEST, [*columns, first_id_of(now), first_id_of(now + FUTURE_MS)])


def read(answer: psycopg.Cursor) -> dict[ChannelKey, int]:
    """The newest id in each channel that has one ahead of the clock: a new one goes behind it."""
    return {(agent_id, name): newest for agent_id, name, newest in answer}


def _half(text: str) -> int:
    return zlib.crc32(text.encode()) - (1 << 31)
