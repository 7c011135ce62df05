"""Reading history: lists of messages, one message, the state (`data-api §7.2, §8.1`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson
import psycopg
from django.db import OperationalError, connection, transaction

from doover_web.common.snowflake import ID_MAX, ID_MIN, first_id_of, now_ms
from doover_web.common.window import Window
from doover_web.common.wire import BadRequest, NotFound

from .attached import read_attached
from .events import AggregateRecord, ChannelRef, MessageRecord
from .models import Channel
from .redaction import without_secrets


@dataclass(slots=True)
class StoredMessage(MessageRecord):
    """A message as the table has it; `edited_at` in ms since 1970, None when it never changed."""

    edited_at: int | None = None


SEARCH_MS = 5000
# A search also walks the primary key in its order, whatever the planner thinks of it: it takes the cursors of a join
# for a narrow range, and would rather fetch and sort the whole history behind them.
PATIENCE = (
    f"SELECT set_config('statement_timeout', '{SEARCH_MS}', true),"
    " set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true),"
    " set_config('enable_bitmapscan', 'off', true)"
)
CHUNK = 50  # rows fetched at a time
LARGEST_PAGE = 64 * 1024 * 1024  # characters

# The newest first; `{order}` turns it round for paging forward. `{extra}` holds the filters by key and text.
LIST = """
SELECT id, author_id, data::text, edited_at, attachments::text, revision FROM data_message
WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id > %(after)s AND id < %(before)s
  AND (expires_at IS NULL OR expires_at > %(now)s){extra}
ORDER BY id {order} LIMIT %(limit)s
"""
# Those of one type (`data.type`) among the newest: a busy log beside them is passed over, as far as is bearable.
OF_TYPE = """
SELECT id, author_id, data::text, edited_at, attachments::text, revision FROM (
    SELECT * FROM data_message
    WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id > %(after)s
      AND (expires_at IS NULL OR expires_at > %(now)s)
    ORDER BY id DESC LIMIT %(passed)s
) newest
WHERE data->>'type' = %(type)s ORDER BY id DESC LIMIT %(limit)s
"""
MOST_PASSED = 10_000
BY_FIELD = " AND jsonb_typeof(data) = 'object' AND data ?| %(fields)s"
BY_TEXT = " AND data::text ILIKE %(text)s"
BY_AUTHOR = " AND author_id = %(author)s"


def list_messages(
    channel: Channel,
    ref: ChannelRef,
    window: Window,
    *,
    fields: Sequence[str] = (),
    text: str = "",
    author_id: int | None = None,
) -> list[StoredMessage]:
    """The messages of `window`, in its order. With `fields` only objects that have one of these top-level keys, cut
    down to them; with `text` only those whose JSON holds it, case ignored."""
    if ref.hides_secrets and text:
        raise BadRequest("The texts of this channel are not searched for you: they may hold secrets", code="no_search")
    if "\x00" in text or "\x00" in "".join(fields):  # no document holds it, and PostgreSQL takes no such parameter
        text, fields = text.replace("\x00", ""), [name for name in fields if "\x00" not in name]
        if not fields:
            return []
    extra = (BY_FIELD if fields else "") + (BY_TEXT if text else "") + (BY_AUTHOR if author_id is not None else "")
    parameters = {
        "agent": channel.agent_id,
        "channel": channel.id,
        "after": after_of(window, channel),
        "before": before_of(window),
        "now": now_ms(),
        "limit": window.limit,
        "fields": list(fields),
        "text": f"%{_escape_like(text)}%",
        "author": author_id,
    }
    query = LIST.format(extra=extra, order="ASC" if window.ascending else "DESC")
    found = search(query, parameters) if extra else _rows(query, parameters)
    return [_stored(ref, row, fields) for row in found]


def list_of_type(channel: Channel, ref: ChannelRef, kind: str, limit: int) -> list[StoredMessage]:
    """The newest `limit` messages whose `type` is `kind`, newest first, of the newest `MOST_PASSED` of any; fewer where
    they are large, of which a few fill the memory."""
    parameters = {
        "agent": channel.agent_id,
        "channel": channel.id,
        "after": after_of(Window(), channel),
        "now": now_ms(),
        "passed": MOST_PASSED,
        "type": kind,
        "limit": limit,
    }
    try:
        return [_stored(ref, row) for row in _rows(OF_TYPE, parameters)]
    except BadRequest:
        if limit == 1:
            raise
    return list_of_type(channel, ref, kind, max(limit // 8, 1))


def _stored(ref: ChannelRef, row: tuple, fields: Sequence[str] = ()) -> StoredMessage:
    id_, author, data, edited, files, revision = row
    return StoredMessage(
        ref, id_, author, _shown(ref, project(data.encode(), fields)), read_attached(files), revision, edited
    )


def list_what_fits(channel: Channel, ref: ChannelRef, window: Window) -> tuple[list[StoredMessage], int]:
    """The messages of `window`, or the first of them where they are large, of which a few fill the memory; and how
    many were asked for then."""
    try:
        return list_messages(channel, ref, window), window.limit
    except BadRequest as refusal:
        if refusal.code != "bad_limit" or window.limit == 1:
            raise
    return list_what_fits(channel, ref, replace(window, limit=max(window.limit // 8, 1)))


def search(query: str, parameters: dict) -> list[tuple]:
    """Rows of a query that may have to pass over millions of messages: after some seconds it is a BadRequest that
    tells the asker to ask for less."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PATIENCE)
            return _rows(query, parameters)
    except OperationalError as problem:
        if not isinstance(problem.__cause__, psycopg.errors.QueryCanceled):
            raise
        raise BadRequest("This search takes too long. Choose a shorter time", code="slow_search") from problem


def _rows(query: str, parameters: dict) -> list[tuple]:
    """The rows, as long as all of them together are of a bearable size. BadRequest otherwise, never a short page."""
    connection.ensure_connection()
    found, size = [], 0
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        for row in cursor.stream(query, parameters, size=CHUNK):
            size += sum(len(cell) for cell in row if isinstance(cell, str))
            if size > LARGEST_PAGE:
                raise BadRequest("These messages are too large for one answer. Ask for fewer (limit)", code="bad_limit")
            found.append(row)
    return found


def find_message(channel: Channel, ref: ChannelRef, message_id: int) -> StoredMessage:
    """One message; NotFound when there is none that the channel shows."""
    window = Window(before=min(message_id, ID_MAX - 1) + 1, after=max(message_id, ID_MIN + 1) - 1, limit=1)
    found = list_messages(channel, ref, window)
    if not found:
        raise NotFound("Message not found")
    return found[0]


def read_aggregate(ref: ChannelRef) -> AggregateRecord:
    """The state of a channel as JSON text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data::text, revision, last_updated, attachments::text FROM data_aggregate"
            " WHERE agent_id = %s AND channel_id = %s",
            [ref.agent_id, ref.channel_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound("Channel not found")
    return AggregateRecord(ref, _shown(ref, row[0].encode()), row[1], row[2], read_attached(row[3]))


def _shown(ref: ChannelRef, data: bytes) -> bytes:
    return without_secrets(data) if ref.hides_secrets else data


def project(data: bytes, fields: Sequence[str]) -> bytes:
    """Only these top-level keys of a document; all of it without fields."""
    if not fields:
        return data
    document = orjson.loads(data)
    return orjson.dumps({key: document[key] for key in document if key in fields})


def after_of(window: Window, channel: Channel) -> int:
    """The exclusive lower bound of `window` in a channel; what lies before its `history_since` is not shown."""
    after = ID_MIN if window.after is None else window.after
    if channel.history_since is None:
        return after
    return min(max(after, first_id_of(channel.history_since) - 1), ID_MAX)


def before_of(window: Window) -> int:
    return ID_MAX if window.before is None else window.before


def _escape_like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
