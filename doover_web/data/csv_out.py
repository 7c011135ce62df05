"""A channel's history as CSV, read a page at a time, so that its length costs no memory."""

import csv
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from asgiref.sync import sync_to_async

from doover_web.common.snowflake import ID_MAX, ID_MIN, first_id_of, ms_of
from doover_web.common.window import Window

from .cells import ABSENT, cell_of
from .history import StoredMessage, list_what_fits
from .models import Channel
from .refs import ChannelRef

PAGE = 500
HEAD = ("id", "time_utc", "time_ms", "author_id", "edited_ms")


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


async def csv_pages(
    channel: Channel, ref: ChannelRef, after: int | None, before: int | None, fields: Sequence[str]
) -> AsyncIterator[bytes]:
    """The messages from `after` up to `before` (ms), the oldest first, as pieces of a CSV file.

    With `fields` (dotted paths) a column each, and only messages that have one of them; otherwise the whole document
    as JSON in the column `data`.
    """
    writer = csv.writer(_Line())
    yield writer.writerow([*HEAD, *(map(cell_of, fields) if fields else ["data"])]).encode()
    low = ID_MIN if after is None else max(first_id_of(after) - 1, ID_MIN)
    high = ID_MAX if before is None else min(first_id_of(before), ID_MAX)
    limit = PAGE
    while True:
        page, limit = await sync_to_async(list_what_fits)(channel, ref, Window(after=low, limit=limit))
        lines = [writer.writerow(row) for row in _rows(page, high, fields)]
        yield "".join(lines).encode()
        if len(page) < limit or page[-1].id >= high:
            return
        low = page[-1].id


def _rows(page: Sequence[StoredMessage], high: int, fields: Sequence[str]) -> Iterator[list[Any]]:
    for message in page:
        if message.id >= high:
            return
        document = orjson.loads(message.data)
        values = [at(document, field) for field in fields] if fields else [document]
        if fields and all(value is ABSENT for value in values):
            continue
        cells = [cell_of(value) for value in values] if fields else [message.data.decode()]
        yield [message.id, _time(message.id), ms_of(message.id), message.author_id, message.edited_at, *cells]


def at(document: Any, path: str) -> Any:
    """What stands at a dotted path of a document, the literal key first; ABSENT when nothing does."""
    if isinstance(document, dict) and path in document:
        return document[path]
    for key in path.split("."):
        if not isinstance(document, dict) or key not in document:
            return ABSENT
        document = document[key]
    return document


def _time(message_id: int) -> str:
    return (
        datetime.fromtimestamp(ms_of(message_id) / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
