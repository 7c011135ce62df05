"""When devices came and went: which messages of `doover_connection` are turns, and not one more sign of life.

A processor says *Online* with every ping, the server only when it changes (`data-api §16.2`). Whether a message turns
anything depends on the one before it, so it is settled when either is written, edited or deleted, and kept as a place
of what happened (`happenings`): no page of history has to guess what was before it.
"""

from collections.abc import Iterable
from typing import NamedTuple

import psycopg

from doover_web.common.snowflake import first_id_of, ms_of
from doover_web.identity.permissions import Rights

from .access import Reach, channel_named
from .asking import ask
from .events import Event, MessageCreated, MessageDeleted, MessageUpdated
from .models import Happening

CHANNEL = "doover_connection"
KIND = Happening.Kind.CONNECTION
# How many messages that say nothing of it are looked past, on either side.
LOOK_BACK = 100
JUDGE = f"""
SELECT t.agent_id, m.id, t.channel_id, t.organisation_id, m.state IS DISTINCT FROM (
    SELECT state FROM (
        SELECT id, data->>'determination' AS state FROM data_message
        WHERE agent_id = t.agent_id AND channel_id = t.channel_id AND id < m.id ORDER BY id DESC LIMIT {LOOK_BACK}
    ) AS older WHERE state IN ('Online', 'Offline') ORDER BY id DESC LIMIT 1
)
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[]) AS t(agent_id, channel_id, id, organisation_id)
CROSS JOIN LATERAL (
    SELECT id, state FROM (
        SELECT id, data->>'determination' AS state FROM data_message
        WHERE agent_id = t.agent_id AND channel_id = t.channel_id AND id >= t.id ORDER BY id LIMIT {LOOK_BACK}
    ) AS newer WHERE state IN ('Online', 'Offline') ORDER BY id LIMIT 2
) AS m
"""  # noqa: S608 (a number of our own)
TURNS = """
SELECT h.id, m.data->>'determination' FROM data_happening h
JOIN data_message m ON m.agent_id = h.agent_id AND m.channel_id = h.channel_id AND m.id = h.id
WHERE h.agent_id = %s AND h.kind = %s AND h.channel_id = %s AND h.id >= %s
ORDER BY h.id DESC LIMIT %s
"""


class Turn(NamedTuple):
    """A device came, or went: when, in ms since 1970."""

    ms: int
    is_there: bool


class Judged(NamedTuple):
    """A message, of whose agent and organisation, and whether it turns anything."""

    agent_id: int
    id: int
    channel_id: int
    organisation_id: int
    turns: bool


def settle(database: psycopg.Connection, events: Iterable[Event]) -> list[Judged]:
    """What these events changed: the messages themselves, and those that follow them."""
    touched = {
        (event.channel.agent_id, event.channel.channel_id, _id_of(event)): event.channel.organisation_id
        for event in events
        if isinstance(event, MessageCreated | MessageUpdated | MessageDeleted)
        and event.channel.name == CHANNEL
        and event.channel.organisation_id is not None
    }
    if not touched:
        return []
    columns = [list(column) for column in zip(*((*key, owner) for key, owner in touched.items()), strict=True)]
    rows = psycopg.Cursor(database).execute(JUDGE, columns, prepare=True).fetchall()
    judged = {Judged(*row) for row in rows}
    known = {(one.agent_id, one.channel_id, one.id) for one in judged}
    silent = (Judged(agent, id_, channel, owner or 0, False) for (agent, channel, id_), owner in touched.items())
    return [*judged, *(one for one in silent if (one.agent_id, one.channel_id, one.id) not in known)]


def turns_of(reach: Reach, *, after_ms: int, most: int) -> list[Turn]:
    """When a device came and went, the newest first; nothing for whom its history or the channel is not to be read."""
    channel = channel_named(reach, CHANNEL)
    if (
        channel is None
        or not reach.rights & Rights.HISTORY
        or (channel.is_private and not reach.rights & Rights.PRIVATE)
    ):
        return []
    since = max(after_ms, channel.history_since or 0)
    asked = [reach.agent_id, KIND, channel.id, first_id_of(since), most]
    return [Turn(ms_of(id_), state == "Online") for id_, state in ask(TURNS, asked)]


def _id_of(event: MessageCreated | MessageUpdated | MessageDeleted) -> int:
    return event.message_id if isinstance(event, MessageDeleted) else event.message.id
