"""Every frame of the gateway protocol, in and out (`data-api §15.2, §15.4`). Values in, text out."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from doover_web.data.attached import attached_out
from doover_web.data.events import (
    AggregateRecord,
    AggregateUpdated,
    AlarmNoted,
    AlarmTriggered,
    ChannelRef,
    Event,
    MessageCreated,
    MessageDeleted,
    MessageUpdated,
    OneShotSent,
    aggregate_out,
    alarm_trigger_out,
    channel_out,
    message_out,
    organisation_out,
    shown,
)
from doover_web.data.redaction import GUARDED

DISPATCH, HEARTBEAT, HEARTBEAT_ACK, SESSION_CANCELLED = range(4)
IDENTIFY, RESUME, SUBSCRIBE, UNSUBSCRIBE, SYNC_CHANNEL, ONE_SHOT, LOOK = range(10, 17)
# What a row is: a new state, a message's life, a one-shot, somebody who comes to watch or leaves, an alarm,
# somebody who has seen one.
STATE, CREATED, UPDATED, DELETED, SHOT, PRESENCE, SYNC, CONTROL, ALARM, NOTED = range(10)
# Close codes; the range from 4000 is ours (`data-api §15.3`).
TRY_AGAIN, BAD_FRAME, BAD_CREDENTIAL, FORBIDDEN, NOT_IDENTIFIED, TOO_FAST = 1013, 4400, 4401, 4403, 4408, 4429
LARGEST = 1024 * 1024
LONGEST_NAME = 255


class BadFrame(ValueError):
    """A frame that is not of this protocol; the socket is closed with 4400."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame from a client: what it wants, and with what."""

    op: int
    d: dict


class Row(NamedTuple):
    """One event on its way to the sockets, its frame made once. `mark` is what orders it: a state's revision,
    a message's id, a watcher's session; `step` tells changes of one message apart. `plain` is the frame for those who
    may not see secrets, where it differs."""

    agent_id: int
    name: str
    kind: int
    is_private: bool
    mark: int
    frame: bytes
    step: int = 0
    plain: bytes | None = None


def read(text: str | None) -> Frame:
    """The frame in a text. Raises BadFrame, with a sentence for the one who sent it."""
    if text is None:
        raise BadFrame("Send text frames; binary ones are not used here")
    if len(text) > LARGEST:
        raise BadFrame(f"A frame may hold {LARGEST} characters at most")
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadFrame("A frame is one JSON object; this is not JSON") from problem
    if not isinstance(frame, dict) or type(frame.get("op")) is not int:
        raise BadFrame('A frame is an object like {"op": 10, "d": {}}')
    d = frame.get("d")
    if d is not None and not isinstance(d, dict) and IDENTIFY <= frame["op"] <= LOOK:
        raise BadFrame("The field d of this frame is an object")
    return Frame(frame["op"], d if isinstance(d, dict) else {})


def channel_of(d: dict) -> tuple[str | int, str]:
    """The agent and the channel that a frame names."""
    channel = d.get("channel")
    if not isinstance(channel, dict):
        raise BadFrame('Name the channel: {"channel": {"agent_id": "…", "name": "…"}}')
    agent_id, name = channel.get("agent_id"), channel.get("name")
    if not isinstance(agent_id, str | int) or isinstance(agent_id, bool):
        raise BadFrame("channel.agent_id is an id, as text")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or "\x00" in name:
        raise BadFrame(f"channel.name is a text of 1 to {LONGEST_NAME} characters")
    return agent_id, name


def organisation_of(d: dict) -> str | None:
    """The organisation that a frame names, as text; None when it names none."""
    value = d.get("organisation_id")
    if value is None:
        return None
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise BadFrame("organisation_id is an id, as text, or null")
    return str(value)


def hello() -> str:
    return _dispatch("Hello", {})


def ready(session_id: int, session_token: str, subscriptions: list[dict]) -> str:
    d = {"session_id": str(session_id), "session_token": session_token, "subscriptions": subscriptions}
    return _dispatch("Ready", d)


def heartbeat_ack() -> str:
    return _text({"op": HEARTBEAT_ACK, "d": {}})


def session_cancelled() -> str:
    return _text({"op": SESSION_CANCELLED, "d": {}})


def error(message: str) -> str:
    return _dispatch("WSSErrorEvent", {"message": message})


def failed(key: tuple[int | str, str], reason: str) -> str:
    """What was asked of a channel was not done."""
    agent_id, name = key
    return error(f"Channel {name} of agent {agent_id}: {reason}")


def refused(key: tuple[int | str, str], reason: str) -> str:
    """A channel that may not be watched, or no longer; named for programs too (an extension)."""
    agent_id, name = key
    message = f"Channel {name} of agent {agent_id}: {reason}"
    return _dispatch("WSSErrorEvent", {"message": message, "channel": {"agent_id": str(agent_id), "name": name}})


def channel_sync(state: AggregateRecord) -> str:
    d = {"channel": channel_out(state.channel), "aggregate": aggregate_out(state)}
    return _dispatch("ChannelSync", d, state.revision)


def channel_sync_plain(state: AggregateRecord) -> str | None:
    """The same for those who may not see secrets, where it differs."""
    if state.channel.name not in GUARDED or state.channel.hides_secrets:
        return None
    return channel_sync(replace(state, channel=replace(state.channel, hides_secrets=True)))


def presence(channel: ChannelRef, *, came: bool, agent_id: int, session_id: int, default: bool) -> Row:
    """Tells the watchers of a channel that another came or left."""
    d = {
        "agent_id": str(agent_id),
        "channel": channel_out(channel),
        "session_id": str(session_id),
        "default_session": default,
    }
    frame = _bytes("ChannelSubscription" if came else "ChannelUnsubscription", d)
    return Row(channel.agent_id, channel.name, PRESENCE, channel.is_private, session_id, frame)


def row_of(event: Event | Row) -> Row:
    """An event with its frame, ready for every socket."""
    if isinstance(event, Row):
        return event
    row = _drawn(event)
    if event.channel.name not in GUARDED or event.channel.hides_secrets:
        return row
    return row._replace(plain=_drawn(_hiding(event)).frame)


def _hiding(event: Event) -> Event:
    """The same event as those hear it who may not see secrets."""
    channel = replace(event.channel, hides_secrets=True)
    match event:
        case AggregateUpdated() | AlarmTriggered():
            return replace(event, channel=channel, aggregate=replace(event.aggregate, channel=channel))
        case MessageCreated() | MessageUpdated():
            return replace(event, channel=channel, message=replace(event.message, channel=channel))
        case _:
            return replace(event, channel=channel)


def _drawn(event: Event) -> Row:
    match event:
        case AggregateUpdated():
            frame = _bytes("AggregateUpdate", _state_update(event), event.aggregate.revision)
            return _row(event.channel, STATE, event.aggregate.revision, frame)
        case MessageCreated():
            frame = _bytes("MessageCreate", message_out(event.message))
            return _row(event.channel, CREATED, event.message.id, frame, event.message.revision)
        case MessageUpdated():
            frame = _bytes("MessageUpdate", _message_update(event), event.message.revision)
            return _row(event.channel, UPDATED, event.message.id, frame, event.message.revision)
        case MessageDeleted():
            d = {"channel": channel_out(event.channel), "message_id": str(event.message_id)}
            return _row(event.channel, DELETED, event.message_id, _bytes("MessageDelete", d), event.revision)
        case AlarmTriggered():
            return _row(event.channel, ALARM, event.message_id, _bytes("AlarmTrigger", alarm_trigger_out(event)))
        case AlarmNoted():
            d = {"channel": channel_out(event.channel), "alarm_id": str(event.alarm_id)}
            return _row(event.channel, NOTED, event.note_id, _bytes("AlarmNote", d))
        case OneShotSent():
            d = {
                "id": str(event.id),
                "author_id": str(event.author_id),
                "channel": channel_out(event.channel),
                "data": shown(event.channel, event.data),
            }
            return _row(event.channel, SHOT, event.id, _bytes("OneShotMessage", d))


def weight(event: Event | Row) -> int:
    """About how many bytes an event holds on to."""
    match event:
        case Row():
            return len(event.frame)
        case AggregateUpdated():
            return len(event.aggregate.data) + len(event.request)
        case MessageCreated():
            return len(event.message.data)
        case MessageUpdated():
            return len(event.message.data) + len(event.request)
        case OneShotSent():
            return len(event.data)
        case AlarmTriggered():
            return len(event.alarm) + len(event.aggregate.data) + len(event.request)
    return 0


def _state_update(event: AggregateUpdated) -> dict:
    return {
        "author_id": str(event.author_id),
        "channel": channel_out(event.channel),
        "aggregate": aggregate_out(event.aggregate),
        "request_data": {
            "data": shown(event.channel, event.request),
            "attachments": attached_out(event.channel.agent_id, event.sent),
        },
        "organisation_id": organisation_out(event.channel),
    }


def _message_update(event: MessageUpdated) -> dict:
    return {
        "channel": channel_out(event.channel),
        "author_id": str(event.author_id),
        "organisation_id": organisation_out(event.channel),
        "message": message_out(event.message),
        "request_data": shown(event.channel, event.request),
    }


def _row(channel: ChannelRef, kind: int, mark: int, frame: bytes, step: int = 0) -> Row:
    return Row(channel.agent_id, channel.name, kind, channel.is_private, mark, frame, step)


def _bytes(name: str, d: dict, s: int | None = None) -> bytes:
    frame: dict[str, Any] = {"op": DISPATCH, "t": name, "d": d}
    if s is not None:
        frame["s"] = s
    return orjson.dumps(frame)


def _dispatch(name: str, d: dict, s: int | None = None) -> str:
    return _bytes(name, d, s).decode()


def _text(frame: dict) -> str:
    return orjson.dumps(frame).decode()
