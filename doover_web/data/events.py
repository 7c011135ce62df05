"""What happened to channels, as plain records, and `announce`, which wakes those who listen.

Nobody changes a record. Those of which a batch makes hundreds are not frozen all the same: making one would take three
times longer.
"""

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.utils.module_loading import import_string

from .attached import Attached, attached_out
from .redaction import without_secrets
from .refs import ChannelRef

log = logging.getLogger(__name__)


@dataclass(slots=True)
class MessageRecord:
    """A message as it stands now; `data` is JSON text as the writer sent it."""

    channel: ChannelRef
    id: int
    author_id: int
    data: bytes
    attached: tuple[Attached, ...] = ()
    revision: int = 0  # how often it changed


@dataclass(slots=True)
class AggregateRecord:
    """A channel's state after a write; `data` is JSON text, `last_updated` ms since 1970 or None for never."""

    channel: ChannelRef
    data: bytes
    revision: int
    last_updated: int | None
    attached: tuple[Attached, ...] = ()


@dataclass(slots=True)
class MessageCreated:
    channel: ChannelRef
    message: MessageRecord
    suppress_hooks: bool = False


@dataclass(frozen=True, slots=True)
class MessageUpdated:
    """`request` is the JSON text that was sent, merged or put in place."""

    channel: ChannelRef
    message: MessageRecord
    author_id: int
    request: bytes
    suppress_hooks: bool = False


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    channel: ChannelRef
    message_id: int
    author_id: int
    suppress_hooks: bool = False
    revision: int = 0  # one more than the message had


@dataclass(slots=True)
class AggregateUpdated:
    """`request` is the JSON text of the patch, or of the document that was put; `sent` are the files with it."""

    channel: ChannelRef
    aggregate: AggregateRecord
    author_id: int
    request: bytes
    suppress_hooks: bool = False
    sent: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class OneShotSent:
    """A message that is not kept."""

    channel: ChannelRef
    id: int
    author_id: int
    data: bytes


@dataclass(frozen=True, slots=True)
class AlarmTriggered:
    """An alarm of the channel changed its state. `alarm` is its JSON text on the wire, `aggregate` the state that was
    judged, `request` what was written (`{}` when time alone did it). `notification` is the data of the message that
    people get, with the id `message_id`; None when nobody is to be told. `said` is its sentence and `severity` how
    grave it is, all the same."""

    channel: ChannelRef
    alarm: bytes
    old_state: str
    new_state: str
    aggregate: AggregateRecord
    request: bytes
    notification: dict | None
    message_id: int
    said: str
    severity: int
    sent: tuple[Attached, ...] = ()
    suppress_hooks: bool = False


@dataclass(frozen=True, slots=True)
class AlarmNoted:
    """Somebody has seen an alarm of the channel; told to pages only."""

    channel: ChannelRef
    alarm_id: int
    note_id: int
    author_id: int


# What a write does to a channel; with `suppress_hooks` no processor reacts to it.
Change = MessageCreated | MessageUpdated | MessageDeleted | AggregateUpdated | AlarmTriggered
Event = Change | OneShotSent | AlarmNoted


def announce(events: Sequence[Event]) -> None:
    """Wake the listeners named in the settings, in order, after the commit.

    A listener that fails is logged and does not hold up the others: what must not be lost is a row, never a call.
    """
    if not events:
        return
    for listener in _listeners():
        try:
            listener(events)
        except Exception:
            log.exception("A listener failed: %s", listener.__module__)


def shown(channel: ChannelRef, data: bytes) -> orjson.Fragment:
    """JSON text of a channel as whoever `channel` was found for may see it."""
    return orjson.Fragment(without_secrets(data) if channel.hides_secrets else data)


def message_out(message: MessageRecord) -> dict:
    """A message in the shape of the wire (`data-api §5`), for orjson."""
    return {
        "id": str(message.id),
        "author_id": str(message.author_id),
        "channel": channel_out(message.channel),
        "data": shown(message.channel, message.data),
        "attachments": attached_out(message.channel.agent_id, message.attached),
    }


def aggregate_out(aggregate: AggregateRecord) -> dict:
    """A channel's state in the shape of the wire (`data-api §5`), for orjson."""
    return {
        "data": shown(aggregate.channel, as_object(aggregate.channel.name, aggregate.data)),
        "attachments": attached_out(aggregate.channel.agent_id, aggregate.attached),
        "last_updated": aggregate.last_updated,
    }


def alarm_trigger_out(event: AlarmTriggered) -> dict:
    """A transition in the shape of the wire (`data-api §13.4, §15.4`), for orjson: to watchers and to processors."""
    return {
        "channel": channel_out(event.channel),
        "alarm": orjson.Fragment(event.alarm),
        "old_state": event.old_state,
        "new_state": event.new_state,
        "aggregate": aggregate_out(event.aggregate),
        "request_data": {
            "data": shown(event.channel, event.request),
            "attachments": attached_out(event.channel.agent_id, event.sent),
        },
        "organisation_id": organisation_out(event.channel),
    }


def organisation_out(channel: ChannelRef) -> str | None:
    return None if channel.organisation_id is None else str(channel.organisation_id)


def as_object(name: str, text: bytes) -> bytes:
    """A state as this API knows it: an object. The first generation keeps text and lists as well, and packages of
    megabytes, which are nobody's business here (`legacy-client-api §15`)."""
    if text.startswith(b"{"):
        return text
    return b"{}" if name.startswith("#") else b'{"value":' + text + b"}"


def channel_out(channel: ChannelRef) -> dict:
    return {"agent_id": str(channel.agent_id), "name": channel.name}


@functools.cache
def _listeners() -> list[Callable[[Sequence[Event]], None]]:
    return [import_string(path) for path in settings.CHANNEL_EVENT_LISTENERS]
