"""Which files hang where after a batch of writes, and which bytes nobody needs any more.

The rows of messages and states are locked by `commit`, so that nobody else hangs anything on them meanwhile.
"""

from collections.abc import Sequence

import psycopg
from django.db import transaction

from doover_web.common.wire import BadRequest

from .attached import Attached, bears_name, write_attached
from .blobs import BlobKey, release
from .ids import new_attachment_id
from .models import Blob
from .refs import ChannelRef
from .writes import Write

MOST_FILES = 100  # on one message or state: every event of it names them all

Place = tuple[int, int, int | None]  # agent id, channel id, message id or None for the state

TAKE_OFF = """
DELETE FROM data_attachment a USING unnest(%b::bigint[], %b::bigint[]) AS w(agent_id, id)
WHERE a.agent_id = w.agent_id AND a.id = w.id
"""
HANG = """
INSERT INTO data_attachment (agent_id, channel_id, message_id, id, blob_id, filename, content_type)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[])
"""
SHOW_ON_MESSAGE = """
UPDATE data_message SET attachments = %b::json WHERE agent_id = %b AND channel_id = %b AND id = %b
"""
SHOW_ON_STATE = "UPDATE data_aggregate SET attachments = %b::json WHERE agent_id = %b AND channel_id = %b"
FORGET_LOGS = """
DELETE FROM data_messagelog l
USING unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS w(agent_id, channel_id, message_id)
WHERE l.agent_id = w.agent_id AND l.channel_id = w.channel_id AND l.message_id = w.message_id
"""


class Hanging:
    """The files of one batch."""

    def __init__(self) -> None:
        self._now: dict[Place, tuple[Attached, ...]] = {}
        self._hung: dict[int, tuple[Place, Attached]] = {}
        self._off: set[tuple[int, int]] = set()
        self._loose: set[BlobKey] = set()
        self._deleted: list[tuple[int, int, int]] = []

    def hang(
        self, ref: ChannelRef, message_id: int | None, before: tuple[Attached, ...], write: Write, *, drops_all=False
    ) -> tuple[Attached, ...]:
        """The files at a place that had those of `before`, once `write` is done. BadRequest when they are too many."""
        drops_all = drops_all or write.drops_files
        dropped = {
            one.filename for one in before if drops_all or (write.drops_namesake and bears_name(one, write.name))
        }
        if not write.files and not dropped:
            return before
        new = {one.filename: one for one in write.files}
        kept = {one.filename: one for one in before if one.filename not in dropped}
        if len(kept | new) > MOST_FILES:
            raise BadRequest(f"One message or state carries up to {MOST_FILES} attachments", code="too_many_files")
        place = (ref.agent_id, ref.channel_id, message_id)
        for one in before:
            if one.filename in dropped or one.filename in new:
                self._take_off(ref.agent_id, one)
        for name, sent in new.items():
            kept[name] = Attached(new_attachment_id(), sent.blob_id, name, sent.content_type, sent.size)
            self._hung[kept[name].id] = (place, kept[name])
        self._now[place] = tuple(kept.values())
        return self._now[place]

    def drop(self, ref: ChannelRef, message_id: int, before: Sequence[Attached]) -> tuple[()]:
        """A message is deleted, and what hung on it with it."""
        place = (ref.agent_id, ref.channel_id, message_id)
        self._deleted.append(place)
        if before:
            self._now[place] = ()  # the same batch may put a new message in the old one's row
        for one in before:
            self._take_off(ref.agent_id, one)
        return ()

    def has_all(self, ref: ChannelRef, before: Sequence[Attached], write: Write) -> bool:
        """Whether the files of `write` hang there already, byte by byte; a retry then changes nothing."""
        if not write.files:
            return True
        known = {one.filename: one for one in before}
        blobs = [known[sent.filename].blob_id for sent in write.files if sent.filename in known]
        sums = dict(Blob.objects.filter(agent_id=ref.agent_id, id__in=blobs).values_list("id", "sha256"))
        for sent in write.files:
            there = known.get(sent.filename)
            if there is None or there.content_type != sent.content_type or bytes(sums[there.blob_id]) != sent.sha256:
                return False
        self._loose.update((ref.agent_id, sent.blob_id) for sent in write.files)
        return True

    def _take_off(self, agent_id: int, one: Attached) -> None:
        if not self._hung.pop(one.id, None):
            self._off.add((agent_id, one.id))
        self._loose.add((agent_id, one.blob_id))

    def store(self, database: psycopg.Connection) -> None:
        """Write what changed; the bytes that nobody needs any more go after the commit."""
        if self._deleted:
            _send(database, FORGET_LOGS, self._deleted)
        if self._off:
            _send(database, TAKE_OFF, list(self._off))
        if self._hung:
            _send(database, HANG, [_row(place, one) for place, one in self._hung.values()])
        for (agent_id, channel_id, message_id), files in self._now.items():
            place: tuple = (write_attached(files), agent_id, channel_id)
            if message_id is None:
                database.execute(SHOW_ON_STATE, place)
            else:
                database.execute(SHOW_ON_MESSAGE, (*place, message_id))
        if self._loose:
            transaction.on_commit(lambda: release(self._loose))


def _row(place: Place, one: Attached) -> tuple:
    return (*place, one.id, one.blob_id, one.filename, one.content_type)


def _send(database: psycopg.Connection, statement: str, rows: Sequence[Sequence]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    psycopg.Cursor(database).execute(statement, columns, prepare=True)
