"""The statements of `commit`: each loads or stores a whole batch in one round trip.

Arrays travel in binary (`%b`): as text, PostgreSQL and the driver spend many times longer on quoting documents.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg

ChannelKey = tuple[int, str]  # agent id, channel name
StateKey = tuple[int, int]  # agent id, channel id
MessageKey = tuple[int, int, int]  # agent id, channel id, message id


@dataclass(slots=True)
class ChannelRow:
    id: int
    is_private: bool
    message_schema: Any
    aggregate_schema: Any
    history_since: int | None
    default_ttl: int | None


@dataclass(slots=True)
class AggregateRow:
    data: dict
    revision: int
    last_updated: int | None
    text: bytes = b""
    dirty: bool = False


@dataclass(slots=True)
class MessageRow:
    """A message in the making: `stored` says that the table has it, `gone` that it is to be deleted."""

    data: Any
    text: bytes
    author_id: int
    expires_at: int | None
    stored: bool
    dirty: bool = False
    gone: bool = False


CHANNELS = """
SELECT c.agent_id, c.name, c.id, c.is_private, c.message_schema::text, c.aggregate_schema::text, c.history_since,
       c.default_ttl
FROM unnest(%b::bigint[], %b::text[]) AS w(agent_id, name)
JOIN data_channel c ON c.agent_id = w.agent_id AND c.name = w.name
"""
AGGREGATES = """
SELECT a.agent_id, a.channel_id, a.data::text, a.revision, a.last_updated
FROM unnest(%b::bigint[], %b::text[]) AS w(agent_id, name)
JOIN data_channel c ON c.agent_id = w.agent_id AND c.name = w.name
JOIN data_aggregate a ON a.agent_id = c.agent_id AND a.channel_id = c.id
ORDER BY a.agent_id, a.channel_id
FOR UPDATE OF a
"""
MESSAGES = """
SELECT m.agent_id, m.channel_id, m.id, m.data::text, m.author_id, m.expires_at
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS w(agent_id, channel_id, id)
JOIN data_message m ON m.agent_id = w.agent_id AND m.channel_id = w.channel_id AND m.id = w.id
ORDER BY m.agent_id, m.channel_id, m.id
FOR UPDATE OF m
"""
INSERT_CHANNELS = """
INSERT INTO data_channel (agent_id, id, key, name, is_private, created_at)
SELECT agent_id, id, key, name, false, now()
FROM unnest(%b::bigint[], %b::bigint[], %b::uuid[], %b::text[]) AS w(agent_id, id, key, name)
ORDER BY agent_id, name
ON CONFLICT (agent_id, name) DO NOTHING
"""
INSERT_AGGREGATES = """
INSERT INTO data_aggregate (agent_id, channel_id, data, revision)
SELECT c.agent_id, c.id, '{}', 0
FROM unnest(%b::bigint[], %b::text[]) AS w(agent_id, name)
JOIN data_channel c ON c.agent_id = w.agent_id AND c.name = w.name
ON CONFLICT DO NOTHING
"""
INSERT_MESSAGES = """
INSERT INTO data_message (agent_id, channel_id, id, data, author_id, expires_at, received_at)
SELECT agent_id, channel_id, id, data::jsonb, author_id, expires_at, %b
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[])
     AS w(agent_id, channel_id, id, data, author_id, expires_at)
ON CONFLICT DO NOTHING
"""
UPDATE_MESSAGES = """
UPDATE data_message m SET data = w.data::jsonb, author_id = w.author_id, expires_at = w.expires_at, edited_at = %b
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[])
     AS w(agent_id, channel_id, id, data, author_id, expires_at)
WHERE m.agent_id = w.agent_id AND m.channel_id = w.channel_id AND m.id = w.id
"""
DELETE_MESSAGES = """
DELETE FROM data_message m
USING unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS w(agent_id, channel_id, id)
WHERE m.agent_id = w.agent_id AND m.channel_id = w.channel_id AND m.id = w.id
"""
UPDATE_AGGREGATES = """
UPDATE data_aggregate a SET data = w.data::json, revision = w.revision, last_updated = w.last_updated
FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[])
     AS w(agent_id, channel_id, data, revision, last_updated)
WHERE a.agent_id = w.agent_id AND a.channel_id = w.channel_id
"""


def _columns(rows: Iterable[Sequence], width: int) -> list[list]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]


def load_channels(cursor: psycopg.Cursor, keys: Iterable[ChannelKey]) -> dict[ChannelKey, ChannelRow]:
    cursor.execute(CHANNELS, _columns(keys, 2), prepare=True)
    return {
        (agent_id, name): ChannelRow(id_, private, _document(ms), _document(ags), since, ttl)
        for agent_id, name, id_, private, ms, ags, since, ttl in cursor
    }


def lock_aggregates(cursor: psycopg.Cursor, keys: Iterable[ChannelKey]) -> dict[StateKey, AggregateRow]:
    """The states of these channels, locked in the one order that every writer uses, so that none waits in a circle."""
    cursor.execute(AGGREGATES, _columns(keys, 2), prepare=True)
    return {(a, c): AggregateRow(orjson.loads(data), revision, at) for a, c, data, revision, at in cursor}


def lock_messages(cursor: psycopg.Cursor, keys: Iterable[MessageKey]) -> dict[MessageKey, MessageRow]:
    cursor.execute(MESSAGES, _columns(keys, 3), prepare=True)
    return {
        (a, c, i): MessageRow(orjson.loads(data), data.encode(), author, expires, stored=True)
        for a, c, i, data, author, expires in cursor
    }


def insert_channels(cursor: psycopg.Cursor, rows: Sequence[tuple[int, int, Any, str]]) -> None:
    """Make channels `(agent id, id, key, name)` with an empty state; one that somebody else just made stays."""
    cursor.execute(INSERT_CHANNELS, _columns(rows, 4), prepare=True)
    cursor.execute(INSERT_AGGREGATES, _columns([(row[0], row[3]) for row in rows], 2), prepare=True)


def store_aggregates(cursor: psycopg.Cursor, rows: Sequence[tuple[int, int, str, int, int]]) -> None:
    cursor.execute(UPDATE_AGGREGATES, _columns(rows, 5), prepare=True)


def store_messages(cursor: psycopg.Cursor, rows: Iterable[tuple[MessageKey, MessageRow]], now: int) -> int:
    """Write what changed. Returns how many new messages could not be inserted because their id was taken meanwhile."""
    new, changed, gone = [], [], []
    for key, row in rows:
        if row.gone:
            gone.append(key)
        elif row.dirty:
            (changed if row.stored else new).append((*key, row.text.decode(), row.author_id, row.expires_at))
    if gone:
        cursor.execute(DELETE_MESSAGES, _columns(gone, 3), prepare=True)
    if changed:
        cursor.execute(UPDATE_MESSAGES, [now, *_columns(changed, 6)], prepare=True)
    if not new:
        return 0
    cursor.execute(INSERT_MESSAGES, [now, *_columns(new, 6)], prepare=True)
    return len(new) - cursor.rowcount


def _document(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
