"""What must not be lost: rows written in the transaction of the change, and taken out when somebody has reacted.

A listener is only woken; a process that dies between the commit and the call leaves the row, and a sweep on the
worker's timetable takes it. Reacting is at least once, so whoever reacts keeps the key.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
import psycopg
from django.db import transaction
from django.db.models.functions import Length

from doover_web.common.snowflake import now_ms

from .events import AggregateUpdated, AlarmTriggered, Event, MessageCreated
from .ids import new_message_id
from .models import OutboxEntry
from .writes import Applied, Outcome, Write

log = logging.getLogger(__name__)
Kind = OutboxEntry.Kind
NOTIFICATIONS = "notifications"  # the channel (`data-api §12.1`)
LONGEST_TEXT = 64 * 1024  # bytes of a message that travel whole; of a longer one its beginning
SECOND_MS = 1000
LONGEST_WAIT_MS = 3600 * SECOND_MS
MOST_TRIES = 30

INSERT = """
INSERT INTO data_outboxentry (agent_id, kind, key, payload, attempts, created_at, due_at)
SELECT agent_id, kind, key, payload::jsonb, 0, at, at
FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::bigint[]) AS w(agent_id, kind, key, payload, at)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row in the making. `key` makes it one thing and not two, among those of the agent and the kind."""

    agent_id: int
    kind: str
    key: str
    payload: dict[str, Any]


def add(database: psycopg.Connection, entries: Iterable[Entry]) -> None:
    """Write `entries` in the transaction that `database` is in; one whose key is waiting already is left out."""
    rows = [(one.agent_id, one.kind, one.key, orjson.dumps(one.payload).decode(), now_ms()) for one in entries]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        psycopg.Cursor(database).execute(INSERT, columns, prepare=True)


def entries_of(events: Iterable[Event]) -> list[Entry]:
    """What in `events` somebody must react to: messages on a `notifications` channel, and alarms people hear of."""
    entries = []
    for event in events:
        if not concerns(event):
            continue
        if isinstance(event, AlarmTriggered):
            payload = {"message_id": event.message_id, "data": event.notification}
            entries.append(Entry(event.channel.agent_id, Kind.ALARM, str(event.message_id), payload))
        elif isinstance(event, MessageCreated):
            entries.append(Entry(event.channel.agent_id, Kind.NOTIFICATION, str(event.message.id), _message(event)))
    return entries


def concerns(event: Event) -> bool:
    """Whether an event leaves a row that somebody should be woken for."""
    if isinstance(event, AlarmTriggered):
        return event.notification is not None
    return event.channel.name == NOTIFICATIONS and isinstance(event, MessageCreated)


def hooks_of(writes: Iterable[Write], outcomes: Iterable[Outcome]) -> list[Entry]:
    """What was said on channels that somebody runs for, one entry a write, kept in the history or not."""
    return [
        _hook(write, one)
        for write, one in zip(writes, outcomes, strict=True)
        if isinstance(one, Applied) and one.starts_hooks and not write.suppress_hooks
    ]


def _hook(write: Write, applied: Applied) -> Entry:
    message, first = applied.message, applied.events[0]
    said = message.data if message else cast(AggregateUpdated, first).request
    payload = {
        "channel_id": first.channel.channel_id,
        "author_id": write.reach.caller.agent_id,
        # One that is not kept gets an id of its own.
        "message_id": message.id if message else new_message_id(),
        "data": orjson.loads(said),
    }
    if files := message.attached if message else cast(AggregateUpdated, first).sent:
        payload["attachments"] = [[one.id, one.filename] for one in files]
    key = f"{payload['channel_id']}/{payload['message_id']}"  # two channels may hold messages of one id
    return Entry(first.channel.agent_id, Kind.TASK, key, payload)


def _message(event: MessageCreated) -> dict[str, Any]:
    message = event.message
    text = message.data if len(message.data) <= LONGEST_TEXT else message.data[:LONGEST_TEXT]
    return {"message_id": message.id, "author_id": message.author_id, "text": text.decode(errors="ignore")}


def take(kind: str, limit: int) -> list[OutboxEntry]:
    """Up to `limit` rows of a kind that are due, locked until the transaction ends; others pass over them."""
    due = OutboxEntry.objects.filter(kind=kind, due_at__lte=now_ms())
    due = due.order_by("due_at", Length("key"), "key")  # within a millisecond the ninth is before the tenth
    return list(due.select_for_update(skip_locked=True)[:limit])


def drain(kind: str, react: Callable[[OutboxEntry], None], limit: int = 100) -> int:
    """Hand what is due to `react`, and take out what it got through, in one transaction. Returns how many were due.

    What `react` writes and the row going away are one: nothing is done twice by a crash in between. A row that fails
    comes again later, and is given up after a day's tries; the others are not held up by it.
    """
    with transaction.atomic():
        entries = take(kind, limit)
        done = [entry for entry in entries if _reacted(entry, react)]
        _remove(done)
    return len(entries)


def _reacted(entry: OutboxEntry, react: Callable[[OutboxEntry], None]) -> bool:
    try:
        with transaction.atomic():
            react(entry)
    except Exception:
        log.exception("Could not react to %s", entry)
        _postpone(entry)
        return False
    return True


def _postpone(entry: OutboxEntry) -> None:
    attempts = entry.attempts + 1
    wait = min(SECOND_MS << min(attempts * 2, 30), LONGEST_WAIT_MS)
    due_at = now_ms() + wait if attempts < MOST_TRIES else None
    OutboxEntry.objects.filter(pk=entry.pk).update(attempts=attempts, due_at=due_at)
    if due_at is None:
        log.error("Gave up on %s after %s tries; the row stays in data_outboxentry", entry, attempts)


def _remove(entries: Sequence[OutboxEntry]) -> None:
    if entries:
        OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
