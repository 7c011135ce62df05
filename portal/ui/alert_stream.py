"""The last events beside the switch of an alert stream, as the first generation told them (`ui-schema §5.1, §16`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import orjson

from doover_web.common.presence import mapping
from doover_web.common.snowflake import ms_of
from doover_web.common.window import Window
from doover_web.data.access import Reach, channel_named, ref_of
from doover_web.data.history import list_messages
from doover_web.identity.permissions import Rights
from doover_web.pages.words import from_ms

from .element import Element
from .values import text_of

KIND, CHANNEL = "uiAlertStream", "significantEvent"
MOST, LONGEST = 5, 300


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the device found worth telling."""

    words: str
    at: datetime | None


def add_events(reach: Reach, elements: Iterable[Element]) -> None:
    """Give the alert streams among these the last events; none without the right to history."""
    streams = [one for one in elements if one.type == KIND and not one.problem]
    if not streams or not reach.rights & Rights.HISTORY:
        return
    channel = channel_named(reach, CHANNEL)
    if channel is None or (channel.is_private and not reach.rights & Rights.PRIVATE):
        return
    found = list_messages(channel, ref_of(reach, channel), Window(limit=MOST))
    told = [Event(_words(orjson.loads(one.data)), from_ms(ms_of(one.id))) for one in found]
    for stream in streams:
        stream.view = [event for event in told if event.words]


def _words(said) -> str:
    """`{"notification_msg": …}`, or a plain text."""
    return text_of(mapping(said).get("notification_msg") if isinstance(said, dict) else said)[:LONGEST]
