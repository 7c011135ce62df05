"""The one writer of channel data: many writes, one transaction.

Writes are folded in the order they came, in Python, over rows that are locked in one order everywhere. A write that is
refused is refused alone. The caller announces the events of the outcomes after this returns.
"""

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

import orjson
import psycopg
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from doover_web.common.mergepatch import merge, merge_replacing, put_at
from doover_web.common.snowflake import ms_of, now_ms
from doover_web.common.wire import (
    BadRequest,
    Busy,
    Conflict,
    Forbidden,
    NotFound,
    Refused,
    TooLarge,
    check_document,
    dump_json,
)
from doover_web.identity.permissions import Rights

from . import alarm_journal, fleet_rows, happenings, outbox, rows, turns
from .access import PRIVATE_FROM_BIRTH, can_be_stored, channel_not_found, check_new_name, check_write
from .alarm_watch import Watch
from .attached import once_more
from .events import (
    AggregateRecord,
    AggregateUpdated,
    Change,
    ChannelRef,
    MessageCreated,
    MessageDeleted,
    MessageRecord,
    MessageUpdated,
)
from .hanging import Hanging
from .ids import new_channel_id, new_message_id
from .judging import Judge
from .models import Channel
from .partitions import ensure_partition_of
from .troubles import is_lost, met_others
from .writes import Applied, ChangeAggregate, ChangeMessage, OpenChannel, Outcome, PostMessage, RemoveMessage, Write

log = logging.getLogger(__name__)
TRIES = 3
LARGEST_DOCUMENT = settings.MAX_BODY_BYTES


class _IdTaken(Exception):
    """A message id was taken between looking and inserting; the batch starts again."""


def commit(writes: Sequence[Write], *, at: int | None = None) -> list[Outcome]:
    """Apply `writes` durably, in order. Returns one outcome each: what came of it, or why it was refused. `at` is the
    moment (ms) that they count from, None for now.

    A batch that fails is tried again write by write, so that one poison write cannot fail its neighbours. A lost
    connection gives Busy: nothing of the batch may be taken as stored.
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return _Batch(writes, at).run()
        except _IdTaken:
            continue
        except Exception as problem:
            if met_others(problem):
                continue
            if is_lost(problem):
                log.warning("The database could not take a batch of %s: %s", len(writes), problem)
                return [Busy("The database is not available right now; try again")] * len(writes)
            if len(writes) > 1:
                return [outcome for write in writes for outcome in commit([write], at=at)]
            if not isinstance(problem, DatabaseError):
                return [problem]
            if "no partition of relation" in str(problem):
                ensure_partition_of(_id_of(writes[0]))
                continue
            log.error("The database refused a write to %r: %s", writes[0].name, problem)
            return [BadRequest("The database cannot store this document", code="not_storable")]
    return [Busy("Others are writing to the same place right now; try again")] * len(writes)


def _id_of(write: Write) -> int:
    message_id = getattr(write, "message_id", None)
    return new_message_id(getattr(write, "ts", None)) if message_id is None else message_id


def _same(one, other) -> bool:
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)


def _record(ref: ChannelRef, message_id: int, row: rows.MessageRow) -> MessageRecord:
    return MessageRecord(ref, message_id, row.author_id, row.text, row.attached, row.revision)


class _Batch:
    """The rows that a batch of writes touches, and how they change."""

    def __init__(self, writes: Sequence[Write], at: int | None):
        self.writes = writes
        self.now = now_ms() if at is None else at
        self.judge = Judge()
        self.files = Hanging()
        self.channels: dict[rows.ChannelKey, rows.ChannelRow] = {}
        self.aggregates: dict[rows.StateKey, rows.AggregateRow] = {}
        self.messages: dict[rows.MessageKey, rows.MessageRow] = {}
        self.made: set[rows.ChannelKey] = set()
        # Where who may post was looked at already: a device says many things in one batch.
        self.open: dict[tuple[int, str], tuple[rows.ChannelRow, ChannelRef]] = {}
        self.hidden: set[rows.ChannelKey] = set()  # made private just now

    def run(self) -> list[Outcome]:
        connection.ensure_connection()
        database = connection.connection
        with connection.wrap_database_errors:
            self._load(database)
            outcomes = [self._outcome(write) for write in self.writes]
            if rows.store(database, self.aggregates.items(), self.messages.items(), self.now):
                raise _IdTaken
            self.files.store(database)
            self.watch.store()
            moved = fleet_rows.store(database, self._changed_states())
            events = [event for one in outcomes if isinstance(one, Applied) for event in one.events]
            alarm_journal.keep(database, events)
            happenings.keep(database, events)
            outbox.add(database, [*outbox.entries_of(events), *outbox.hooks_of(self.writes, outcomes), *moved])
        return outcomes

    def _changed_states(self) -> Iterator[fleet_rows.State]:
        """What lists and maps keep of these states beside them, where one changed."""
        for (agent_id, name), channel in self.channels.items():
            if name not in fleet_rows.KEPT:
                continue
            row, is_hidden = self.aggregates.get((agent_id, channel.id)), (agent_id, name) in self.hidden
            if is_hidden or channel.is_private:
                yield fleet_rows.State(agent_id, name, None, 0, self.now)
            elif row is not None and row.dirty:
                yield fleet_rows.State(agent_id, name, row.data, row.revision, self.now)

    # --- rows in ---

    def _load(self, database: psycopg.Connection) -> None:
        wanted = {(write.reach.agent_id, write.name): None for write in self.writes if can_be_stored(write.name)}
        stateful = {
            (write.reach.agent_id, write.name): None
            for write in self.writes
            if isinstance(write, ChangeAggregate) and can_be_stored(write.name)
        }
        counted = {
            (write.reach.agent_id, write.name) for write in self.writes if write.needs_id and can_be_stored(write.name)
        }
        with database.pipeline():
            newest = turns.take(database, counted, self.now) if counted else None
            channels = rows.ask_channels(database, wanted)
            aggregates = rows.ask_aggregates(database, stateful) if stateful else None
        self.newest = turns.read(newest) if newest else {}
        self.channels = rows.read_channels(channels)
        self.aggregates = rows.read_aggregates(aggregates) if aggregates else {}
        if len(self.channels) < len(wanted):
            self._make_channels(database)
        self.watch = Watch(database, [key for key, row in self.aggregates.items() if row.readings is not None])
        if named := {key: None for key in map(self._message_key, self.writes) if key}:
            self.messages = rows.lock_messages(database, named)

    def _make_channels(self, database: psycopg.Connection) -> None:
        """Make the channels that writes bring into being, and lock their states like the others."""
        made = {}
        for write in self.writes:
            key = (write.reach.agent_id, write.name)
            if key not in self.channels and write.creates_channel and self._may(write) is None:
                made[key] = (key[0], new_channel_id(), uuid.uuid4(), write.name, write.name in PRIVATE_FROM_BIRTH)
        if made:
            self.made = set(made)
            rows.insert_channels(database, list(made.values()))
            self.channels |= rows.read_channels(rows.ask_channels(database, made))
            self.aggregates |= rows.read_aggregates(rows.ask_aggregates(database, made))

    def _message_key(self, write: Write) -> rows.MessageKey | None:
        channel = self.channels.get((write.reach.agent_id, write.name))
        message_id = getattr(write, "message_id", None)
        return (write.reach.agent_id, channel.id, message_id) if channel and message_id is not None else None

    # --- one write after the other ---

    def _outcome(self, write: Write) -> Outcome:
        try:
            applied = self._apply(write)
        except Refused as refusal:
            return refusal
        if write.suppress_hooks:
            applied.events = [
                replace(event, suppress_hooks=True) if isinstance(event, Change) else event for event in applied.events
            ]
        return applied

    def _may(self, write: Write) -> Refused | None:
        channel = self.channels.get((write.reach.agent_id, write.name))
        try:
            check_write(
                write.reach,
                write.name,
                is_private=channel.is_private if channel else False,
                creates_empty=self._only_creates(write, channel),
            )
            if channel is None and write.creates_channel and not write.any_name:
                check_new_name(write.name)
        except Refused as refusal:
            return refusal
        return None

    def _only_creates(self, write: Write, channel: rows.ChannelRow | None) -> bool:
        """Whether `write` does no more than bring a channel into being."""
        key = (write.reach.agent_id, write.name)
        if isinstance(write, OpenChannel):
            return channel is None or not write.update or key in self.made
        if not isinstance(write, ChangeAggregate) or write.data or write.log:
            return False
        return channel is None or self.aggregates[(write.reach.agent_id, channel.id)].revision == 0

    def _apply(self, write: Write) -> Applied:
        if isinstance(write, PostMessage) and (known := self.open.get((id(write.reach), write.name))):
            return self._post(write, *known)
        if refusal := self._may(write):
            raise refusal
        channel = self.channels.get((write.reach.agent_id, write.name))
        if channel is None:
            raise channel_not_found(write.name)
        reach = write.reach
        where = (reach.agent_id, write.name, channel.id, channel.is_private, reach.organisation_id)
        ref = ChannelRef(*where, has_hooks=channel.has_hooks)
        match write:
            case PostMessage():
                self.open[(id(reach), write.name)] = (channel, ref)
                return self._post(write, channel, ref)
            case ChangeMessage():
                return self._change_message(write, channel, ref)
            case RemoveMessage():
                return self._remove_message(write, channel, ref)
            case ChangeAggregate():
                return self._change_aggregate(write, channel, ref)
            case OpenChannel():
                if write.settings.get("is_private") and not write.reach.rights & Rights.PRIVATE:
                    raise Forbidden("You may not make a channel private (device_private_view)", code="no_private")
                if write.update and write.settings:
                    Channel.objects.filter(agent_id=ref.agent_id, id=channel.id).update(**write.settings)
                    self.hidden |= {(ref.agent_id, write.name)} if write.settings.get("is_private") else set()
                return Applied(channel_id=channel.id)
        raise TypeError(f"{type(write).__name__} is no write")

    def _post(self, write: PostMessage, channel: rows.ChannelRow, ref: ChannelRef) -> Applied:
        author = write.reach.caller.agent_id
        ttl = write.ttl if write.ttl is not None else channel.default_ttl
        expires_at = None if ttl is None else self.now + ttl * 1000
        if write.message_id is not None and (key := (ref.agent_id, channel.id, write.message_id)) in self.messages:
            known = self.messages[key]
            if not known.gone and write.fields and not (known.expires_at and known.expires_at <= self.now):
                return self._post_fields(write, write.message_id, known, channel, ref)
            if not known.gone:
                return self._post_again(write, write.message_id, known, channel, ref, expires_at)
        message_id = write.message_id if write.message_id is not None else self._new_id(ref, write.ts)
        self.judge.check(write.data, channel.message_schema, "message")
        before = self.messages.get((ref.agent_id, channel.id, message_id))  # one that this batch deleted
        stored = before is not None and before.stored
        row = rows.MessageRow(write.data, dump_json(write.data), author, expires_at, stored=stored, dirty=True)
        row.attached = self.files.hang(ref, message_id, (), write)
        self.messages[(ref.agent_id, channel.id, message_id)] = row
        record = _record(ref, message_id, row)
        return Applied([MessageCreated(ref, record)], message=record, channel_id=channel.id)

    def _post_fields(self, write: PostMessage, message_id: int, known: rows.MessageRow, channel, ref) -> Applied:
        """Single fields for a message that is there; the same ones again change nothing."""
        if not isinstance(known.data, dict):
            raise Conflict("The message with this id is no object, so no field of it can change")
        data = known.data
        for path, value in write.fields:
            data = put_at(data, path, value)
        check_document(data, max_depth=settings.MAX_JSON_DEPTH)
        if _same(data, known.data):
            return Applied(message=_record(ref, message_id, known), channel_id=channel.id)
        change = ChangeMessage(write.reach, write.name, message_id, data, replace=True)
        return self._change_message(change, channel, ref)

    def _post_again(
        self, write: PostMessage, message_id: int, row, channel, ref: ChannelRef, expires_at: int | None
    ) -> Applied:
        """The id is known: a retry gives the same message, other content takes its place (`data-api §17` I17)."""
        text = dump_json(write.data)
        expired = row.expires_at is not None and row.expires_at <= self.now
        if not expired and _same(row.data, write.data) and self.files.has_all(ref, row.attached, write):
            row.text = text
            return Applied(message=_record(ref, message_id, row), channel_id=channel.id)
        self.judge.check(write.data, channel.message_schema, "message")
        row.attached = self.files.hang(ref, message_id, row.attached, write, drops_all=expired)
        row.data, row.text, row.author_id = write.data, text, write.reach.caller.agent_id
        row.expires_at, row.revision, row.dirty = expires_at, row.revision + 1, True
        record = _record(ref, message_id, row)
        event = MessageCreated(ref, record) if expired else MessageUpdated(ref, record, row.author_id, text)
        return Applied([event], message=record, channel_id=channel.id)

    def _new_id(self, ref: ChannelRef, ts: int | None) -> int:
        newest = self.newest.get((ref.agent_id, ref.name)) if ts is None else None
        message_id = new_message_id(ts, behind=newest)
        while (ref.agent_id, ref.channel_id, message_id) in self.messages:
            message_id = new_message_id(ts, behind=newest)
        return message_id

    def _known(self, message_id: int, channel: rows.ChannelRow, ref: ChannelRef) -> rows.MessageRow:
        row = self.messages.get((ref.agent_id, channel.id, message_id))
        hidden = channel.history_since is not None and ms_of(message_id) < channel.history_since
        if row is None or row.gone or hidden or (row.expires_at is not None and row.expires_at <= self.now):
            raise NotFound("Message not found")
        return row

    def _change_message(self, write: ChangeMessage, channel: rows.ChannelRow, ref: ChannelRef) -> Applied:
        row = self._known(write.message_id, channel, ref)
        if write.if_revision not in (None, row.revision):
            raise Conflict("The message changed since it was read")
        data = write.data if write.replace else merge(row.data, write.data)
        self.judge.check(data, channel.message_schema, "message")
        text = self._bounded(data)
        row.attached = self.files.hang(ref, write.message_id, row.attached, write)
        row.data, row.text, row.revision, row.dirty = data, text, row.revision + 1, True
        record = _record(ref, write.message_id, row)
        event = MessageUpdated(ref, record, write.reach.caller.agent_id, dump_json(write.data))
        return Applied([event], message=record, channel_id=channel.id)

    def _remove_message(self, write: RemoveMessage, channel: rows.ChannelRow, ref: ChannelRef) -> Applied:
        row = self._known(write.message_id, channel, ref)
        row.gone, row.attached = True, self.files.drop(ref, write.message_id, row.attached)
        deleted = MessageDeleted(ref, write.message_id, write.reach.caller.agent_id, revision=row.revision + 1)
        return Applied([deleted], channel_id=channel.id)

    def _change_aggregate(self, write: ChangeAggregate, channel: rows.ChannelRow, ref: ChannelRef) -> Applied:
        row = self.aggregates[(ref.agent_id, channel.id)]
        if write.if_revision not in (None, row.revision):
            raise Conflict("The state changed since it was read")
        if write.replace_all:
            data = write.data
        elif write.replace:
            data = merge_replacing(row.data, write.data, write.replace)
        else:
            data = merge(row.data, write.data)
        self.judge.check(data, channel.aggregate_schema, "state")
        entry = data if write.log_whole else write.data
        if write.log:
            self.judge.check(entry, channel.message_schema, "message")
        text = self._bounded(data, write.largest)
        old = row.data, row.last_updated, row.attached
        row.attached = self.files.hang(ref, None, row.attached, write)
        row.data, row.text = data, text
        row.revision, row.last_updated, row.dirty = row.revision + 1, self.now, True
        record = AggregateRecord(ref, text, row.revision, self.now, row.attached)
        sent = tuple(one for one in row.attached if one not in old[2])
        request = dump_json(write.data)
        author = write.reach.caller.agent_id
        row.author_id = author
        event = AggregateUpdated(ref, record, author, request, sent=sent)
        applied = Applied([event], aggregate=record, channel_id=channel.id)
        if write.log:
            files = tuple(map(once_more, row.attached)) if write.log_whole else write.files
            post = PostMessage(write.reach, write.name, entry, ts=write.ts, files=files)
            logged = self._post(post, channel, ref)
            applied.events += logged.events
            applied.message = logged.message
        if row.readings is not None:
            applied.events += self.watch.judge(write, row, old, event)
        return applied

    @staticmethod
    def _bounded(document, largest: int | None = None) -> bytes:
        text, largest = dump_json(document), largest or LARGEST_DOCUMENT
        if len(text) > largest:
            raise TooLarge(f"The document would grow beyond {largest} bytes")
        return text
