"""The statements of `commit`: each loads or stores a whole batch. Those that do not wait for one another share a
round trip.

Arrays travel in binary (`%b`): as text, PostgreSQL and the driver spend many times longer on quoting documents.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg

from .attached import Attached, read_attached
from .marks import mark

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
    has_hooks: bool  # and is not archived


@dataclass(slots=True)
class AggregateRow:
    data: dict
    revision: int
    last_updated: int | None
    attached: tuple[Attached, ...] = ()
    text: bytes = b""
    dirty: bool = False
    readings: dict[str, int | None] | None = None  # when what alarms read was last written; None without alarms
    author_id: int | None = None  # of this batch's last write; None leaves who wrote before


@dataclass(slots=True)
class MessageRow:
    """A message in the making: `stored` says that the table has it, `gone` that it is to be deleted."""

    data: Any
    text: bytes
    author_id: int
    expires_at: int | None
    stored: bool
    revision: int = 0
    attached: tuple[Attached, ...] = ()
    dirty: bool = False
    gone: bool = False


CHANNELS = """
SELECT c.agent_id, c.name, c.id, c.is_private, c.message_schema::text, c.aggregate_schema::text, c.history_since,
       c.default_ttl, c.has_hooks AND c.archived_at IS NULL
FROM unnest(%b::bigint[], %b::text[]) AS w(agent_id, name)
JOIN data_channel c ON c.agent_id = w.agent_id AND c.name = w.name
"""
AGGREGATES = """
SELECT a.agent_id, a.channel_id, a.data::text, a.revision, a.last_updated, a.attachments::text, a.readings::text
FROM unnest(%b::bigint[], %b::text[]) AS w(agent_id, name)
JOIN data_channel c ON c.agent_id = w.agent_id AND c.name = w.name
JOIN data_aggregate a ON a.agent_id = c.agent_id AND a.channel_id = c.id
ORDER BY a.agent_id, a.channel_id
FOR UPDATE OF a
"""
MESSAGES = """
SELECT m.agent_id, m.channel_id, m.id, m.data::text, m.author_id, m.expires_at, m.revision, m.attachments::text
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS w(agent_id, channel_id, id)
JOIN data_message m ON m.agent_id = w.agent_id AND m.channel_id = w.channel_id AND m.id = w.id
ORDER BY m.agent_id, m.channel_id, m.id
FOR UPDATE OF m
"""
INSERT_CHANNELS = """
INSERT INTO data_channel (agent_id, id, key, name, is_private, created_at)
SELECT agent_id, id, key, name, is_private, now()
FROM unnest(%b::bigint[], %b::bigint[], %b::uuid[], %b::text[], %b::bool[]) AS w(agent_id, id, key, name, is_private)
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
UPDATE data_message m SET data = w.data::jsonb, author_id = w.author_id, expires_at = w.expires_at,
    revision = w.revision, edited_at = %b
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::int[])
     AS w(agent_id, channel_id, id, data, author_id, expires_at, revision)
WHERE m.agent_id = w.agent_id AND m.channel_id = w.channel_id AND m.id = w.id
"""
DELETE_MESSAGES = """
DELETE FROM data_message m
USING unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS w(agent_id, channel_id, id)
WHERE m.agent_id = w.agent_id AND m.channel_id = w.channel_id AND m.id = w.id
"""
UPDATE_AGGREGATES = """
UPDATE data_aggregate a
SET data = w.data::json, revision = w.revision, last_updated = w.last_updated, readings = w.readings::json,
    author_id = coalesce(w.author_id, a.author_id)
FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[])
     AS w(agent_id, channel_id, data, revision, last_updated, readings, author_id)
WHERE a.agent_id = w.agent_id AND a.channel_id = w.channel_id
"""


def _columns(rows: Iterable[Sequence], width: int) -> list[list]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]


def ask_channels(database: psycopg.Connection, keys: Iterable[ChannelKey]) -> psycopg.Cursor:
    return ask(database, CHANNELS, _columns(keys, 2))


def read_channels(answer: psycopg.Cursor) -> dict[ChannelKey, ChannelRow]:
    return {
        (agent_id, name): ChannelRow(id_, private, _document(ms), _document(ags), since, ttl, hooks)
        for agent_id, name, id_, private, ms, ags, since, ttl, hooks in answer
    }


def ask_aggregates(database: psycopg.Connection, keys: Iterable[ChannelKey]) -> psycopg.Cursor:
    """The states of these channels, locked in the one order that every writer uses, so that none waits in a circle."""
    return ask(database, AGGREGATES, _columns(keys, 2))


def read_aggregates(answer: psycopg.Cursor) -> dict[StateKey, AggregateRow]:
    return {
        (a, c): AggregateRow(orjson.loads(data), revision, at, read_attached(files), readings=_document(readings))
        for a, c, data, revision, at, files, readings in answer
    }


def lock_messages(database: psycopg.Connection, keys: Iterable[MessageKey]) -> dict[MessageKey, MessageRow]:
    return {
        (a, c, i): MessageRow(orjson.loads(data), data.encode(), author, expires, True, revision, read_attached(files))
        for a, c, i, data, author, expires, revision, files in ask(database, MESSAGES, _columns(keys, 3))
    }


def insert_channels(database: psycopg.Connection, rows: Sequence[tuple[int, int, Any, str, bool]]) -> None:
    """Make channels `(agent id, id, key, name, private)` with an empty state; one somebody else just made stays."""
    ask(database, INSERT_CHANNELS, _columns(rows, 5))
    ask(database, INSERT_AGGREGATES, _columns([(row[0], row[3]) for row in rows], 2))


def store(
    database: psycopg.Connection,
    aggregates: Iterable[tuple[StateKey, AggregateRow]],
    messages: Iterable[tuple[MessageKey, MessageRow]],
    now: int,
) -> int:
    """Write what changed. Returns how many new messages could not be inserted because their id was taken meanwhile."""
    states = [
        (*key, row.text.decode(), row.revision, row.last_updated, _text(row.readings), row.author_id)
        for key, row in aggregates
        if row.dirty
    ]
    new: list[tuple] = []
    changed: list[tuple] = []
    gone: list[MessageKey] = []
    for key, row in messages:
        if row.gone:
            gone.append(key)
        elif row.dirty:
            columns = (*key, row.text.decode(), row.author_id, row.expires_at)
            changed.append((*columns, row.revision)) if row.stored else new.append(columns)
    inserted = None
    with database.pipeline():
        if states:
            ask(database, UPDATE_AGGREGATES, _columns(states, 7))
        if gone:
            ask(database, DELETE_MESSAGES, _columns(gone, 3))
        if changed:
            ask(database, UPDATE_MESSAGES, [now, *_columns(changed, 7)])
        if new:
            inserted = ask(database, INSERT_MESSAGES, [now, *_columns(new, 6)])
        mark(database, (row[:3] for row in new), [*gone, *(row[:3] for row in changed)])
    return len(new) - inserted.rowcount if inserted else 0


def ask(database: psycopg.Connection, statement: str, parameters: list) -> psycopg.Cursor:
    """Run a statement, prepared. Inside a pipeline the answer is there when the pipeline ends."""
    return psycopg.Cursor(database).execute(statement, parameters, prepare=True)


def _document(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


def _text(document: Any) -> str | None:
    return None if document is None else orjson.dumps(document).decode()
