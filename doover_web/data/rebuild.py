"""The state of a channel as it was at a moment, put together from its messages, and who wrote each value of it.

Messages hold what changed, so the state is what they merge into. A bounded number of them is looked at, backwards from
the moment: what is older than that, or was never kept, is not known.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from django.db import connection

from doover_web.common.mergepatch import merge
from doover_web.common.snowflake import ID_MIN, id_at, ms_of, now_ms

from .models import Channel
from .redaction import without_secrets
from .refs import ChannelRef

MOST_MESSAGES, MOST_CHARACTERS, CHUNK = 3000, 8_000_000, 200
LONGEST_PATH = 12
NEWEST = """
SELECT id, author_id, data::text FROM data_message
WHERE agent_id = %b AND channel_id = %b AND id >= %b AND id < %b AND (expires_at IS NULL OR expires_at > %b)
ORDER BY id DESC LIMIT %b
"""
BESIDE = """
SELECT (SELECT max(id) FROM data_message WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= %(shown)s
            AND id < %(at)s AND (expires_at IS NULL OR expires_at > %(now)s)),
       (SELECT min(id) FROM data_message WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= %(shown)s
            AND id >= %(next)s AND (expires_at IS NULL OR expires_at > %(now)s))
"""
Path = tuple[str, ...]
NOTHING: Any = object()  # null is a value, too


@dataclass(frozen=True, slots=True)
class Origin:
    """Which message a value is from."""

    message_id: int
    author_id: int

    @property
    def ms(self) -> int:
        return ms_of(self.message_id)


@dataclass(slots=True)
class Rebuilt:
    """A state as far as it is known, and where each of its single values is from: `origins` brought it, `told` said it
    last, be it once more. `reached`: what was written before that moment (ms) was not looked at; None when the history
    begins later."""

    document: Any = None
    origins: dict[Path, Origin] = field(default_factory=dict)
    told: dict[Path, Origin] = field(default_factory=dict)
    reached: int | None = None
    messages: int = 0


def rebuild(
    channel: Channel, ref: ChannelRef, at: int, as_patch: Callable[[Origin, Any], Any] | None = None
) -> Rebuilt:
    """The state of `channel` at the end of the millisecond `at`. `as_patch` turns a message into what it changed, or
    None, where messages are more than that; it is asked in the order of time."""
    rows, is_cut = _messages(channel, ref, at)
    found = Rebuilt(messages=len(rows), reached=ms_of(rows[-1][0]) if is_cut and rows else None)
    for id_, author, data in reversed(rows):
        origin = Origin(id_, author)
        patch = as_patch(origin, data) if as_patch else data
        if isinstance(patch, dict):
            _note(found, patch, origin)
            found.document = merge(found.document if isinstance(found.document, dict) else {}, patch)
    found.origins = {path: one for path, one in found.origins.items() if _holds(found.document, path)}
    return found


def beside(channel: Channel, at: int) -> tuple[int | None, int | None]:
    """The moments (ms) of the last message before the millisecond `at`, and of the next one after it."""
    asked = {
        "agent": channel.agent_id,
        "channel": channel.id,
        "at": id_at(at),
        "next": id_at(at + 1),
        "shown": _shown_from(channel),
        "now": now_ms(),
    }
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, asked)
        before, after = cursor.fetchone()
    return (None if before is None else ms_of(before)), (None if after is None else ms_of(after))


def leaves_of(document: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every single value of a document (a list is one) with its path."""
    if isinstance(document, Mapping) and len(path) < LONGEST_PATH:
        for key, value in document.items():
            yield from leaves_of(value, (*path, key))
    elif path:
        yield path, document


def _messages(channel: Channel, ref: ChannelRef, at: int) -> tuple[list[tuple[int, int, Any]], bool]:
    """The newest messages up to the moment, as many as may be read, and whether there are more."""
    rows: list[tuple[int, int, Any]] = []
    size = 0
    asked = (channel.agent_id, channel.id, _shown_from(channel), id_at(at + 1), now_ms(), MOST_MESSAGES + 1)
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        for id_, author, text in cursor.stream(NEWEST, asked, size=CHUNK):
            size += len(text)
            if len(rows) == MOST_MESSAGES or size > MOST_CHARACTERS:
                return rows, True
            data = without_secrets(text.encode()) if ref.hides_secrets else text
            rows.append((id_, author, orjson.loads(data)))
    return rows, False


def _note(found: Rebuilt, patch: Mapping, origin: Origin) -> None:
    for path, value in leaves_of(patch):
        found.told[path] = origin
        if _at(found.document, path) != value:
            found.origins[path] = origin


def _holds(document: Any, path: Path) -> bool:
    found = _at(document, path)
    return found is not NOTHING and not isinstance(found, Mapping)


def _at(document: Any, path: Path) -> Any:
    for key in path:
        if not isinstance(document, Mapping) or key not in document:
            return NOTHING
        document = document[key]
    return document


def _shown_from(channel: Channel) -> int:
    return ID_MIN if channel.history_since is None else id_at(channel.history_since)
