"""What happened at devices, in the order of time: where it stands is kept by `commit` in the transaction that brings it
about, and found for any number of devices in a few queries (`portal-screens §3.6`)."""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
import psycopg
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from doover_web.common.snowflake import ID_MAX, ID_MIN, ms_of, now_ms
from doover_web.common.window import Window
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

from . import comings
from .access import Reach
from .asking import ask
from .events import AlarmTriggered, Event, MessageCreated, MessageDeleted
from .models import AlarmMove, Channel, Happening

Kind = Happening.Kind
CHANNELS = {
    "ui_cmds": Kind.COMMAND,
    "notifications": Kind.NOTIFICATION,
    "doover_connection": Kind.CONNECTION,
    "activity_log": Kind.EVENT,
    "activity_logs": Kind.EVENT,
}
OF_EACH, SCANNED = 200, 400  # places that one look takes of a kind in an organisation, and of all together
PIECE = 5_000  # places that one statement looks after
LARGEST = 65_536  # bytes, as stored: a message beyond it is no line for people, and a page of them would be a load
KEEP = """
INSERT INTO data_happening (agent_id, kind, id, channel_id, organisation_id)
SELECT * FROM unnest(%b::bigint[], %b::smallint[], %b::bigint[], %b::bigint[], %b::bigint[])
ON CONFLICT DO NOTHING
"""
DROP = """
DELETE FROM data_happening h USING unnest(%b::bigint[], %b::smallint[], %b::bigint[], %b::bigint[])
    AS gone(agent_id, kind, id, channel_id)
WHERE (h.agent_id, h.kind, h.id, h.channel_id) = (gone.agent_id, gone.kind, gone.id, gone.channel_id)
"""
# Devices choose ids themselves, so several may have the same: of those that share the last one none is left out.
OF_ORGANISATIONS = """
SELECT h.agent_id, h.kind, h.id, h.channel_id, o.id
FROM unnest(%(organisations)s::bigint[]) AS o(id) CROSS JOIN unnest(%(kinds)s::smallint[]) AS k(kind)
CROSS JOIN LATERAL (
    SELECT agent_id, kind, id, channel_id FROM data_happening
    WHERE organisation_id = o.id AND kind = k.kind AND id > %(after)s AND id < %(before)s
    ORDER BY id DESC FETCH FIRST (%(limit)s) ROWS WITH TIES
) AS h
ORDER BY h.id DESC FETCH FIRST (%(most)s) ROWS WITH TIES
"""
# The newest lines stand at those devices that said something last: of the others only their last is looked at.
OF_EACH_AGENT = """
WITH seen AS MATERIALIZED ({agents}),
heads AS (
    SELECT agent_id, kind, newest FROM (
        SELECT s.id AS agent_id, k.kind, (
            SELECT h.id FROM data_happening h
            WHERE h.agent_id = s.id AND h.kind = k.kind AND h.id > %s AND h.id < %s ORDER BY h.id DESC LIMIT 1
        ) AS newest
        FROM seen AS s(id) CROSS JOIN unnest(%s::smallint[]) AS k(kind)
        OFFSET 0
    ) AS last
    WHERE newest IS NOT NULL
    ORDER BY newest DESC FETCH FIRST (%s) ROWS WITH TIES
)
SELECT h.agent_id, h.kind, h.id, h.channel_id
FROM heads CROSS JOIN LATERAL (
    SELECT agent_id, kind, id, channel_id FROM data_happening
    WHERE agent_id = heads.agent_id AND kind = heads.kind AND id > %s AND id <= heads.newest
    ORDER BY id DESC FETCH FIRST (%s) ROWS WITH TIES
) AS h
ORDER BY h.id DESC FETCH FIRST (%s) ROWS WITH TIES
"""
MESSAGES = """
SELECT m.agent_id, m.channel_id, m.id, m.author_id, m.data::text
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS w(agent_id, channel_id, id)
JOIN data_message m ON m.agent_id = w.agent_id AND m.channel_id = w.channel_id AND m.id = w.id
WHERE (m.expires_at IS NULL OR m.expires_at > %s) AND pg_column_size(m.data) <= %s
"""
# The next places along the key are read, and removed where nothing stands any more.
FORGET = """
WITH piece AS MATERIALIZED (
    SELECT agent_id, kind, id, channel_id FROM data_happening
    WHERE (agent_id, kind, id, channel_id) > (%s, %s, %s, %s)
    ORDER BY agent_id, kind, id, channel_id LIMIT %s
), gone AS (
    DELETE FROM data_happening h USING piece p
    WHERE (h.agent_id, h.kind, h.id, h.channel_id) = (p.agent_id, p.kind, p.id, p.channel_id)
      AND p.id < %s AND CASE WHEN p.kind = 5
        THEN NOT EXISTS (SELECT FROM data_alarmmove m
                         WHERE m.agent_id = p.agent_id AND m.channel_id = p.channel_id AND m.id = p.id)
        ELSE NOT EXISTS (SELECT FROM data_message m
                         WHERE m.agent_id = p.agent_id AND m.channel_id = p.channel_id AND m.id = p.id)
    END
    RETURNING 1
)
SELECT agent_id, kind, id, channel_id, (SELECT count(*) FROM gone) FROM piece
ORDER BY agent_id DESC, kind DESC, id DESC, channel_id DESC LIMIT 1
"""


class Place(NamedTuple):
    """Where something that happened stands."""

    agent_id: int
    kind: int
    id: int
    channel_id: int


FIRST = Place(ID_MIN, 0, ID_MIN, ID_MIN)  # before all


class Message(NamedTuple):
    """A message that tells of something: of which channel, by whom, and what it says."""

    channel: str
    agent_id: int
    id: int
    author_id: int
    data: Any


@dataclass(frozen=True, slots=True)
class Around:
    """The devices that are looked at: `agents` finds them; `organisations` are those that they are in, where they may
    be most of them. Without any each device is looked at."""

    agents: QuerySet[Agent]
    organisations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Places, the newest first, with nothing left out down to the id `floor`; None: down to the end of the window."""

    places: list[Place]
    floor: int | None


def keep(database: psycopg.Connection, events: Iterable[Event]) -> None:
    """Note where what these events tell stands, in the transaction that `database` is in."""
    told = [event for event in events if event.channel.name in CHANNELS or isinstance(event, AlarmTriggered)]
    if not told:
        return  # as nearly always: this stands in the way of every write
    found: dict[Place, int | None] = {}
    for one in comings.settle(database, told):
        found[Place(one.agent_id, Kind.CONNECTION, one.id, one.channel_id)] = one.organisation_id if one.turns else None
    for event in told:
        if isinstance(event, AlarmTriggered):
            _note(found, event, Kind.ALARM, event.message_id, event.channel.organisation_id)
        elif event.channel.name == comings.CHANNEL:
            continue
        elif isinstance(event, MessageCreated):
            _note(found, event, CHANNELS[event.channel.name], event.message.id, event.channel.organisation_id)
        elif isinstance(event, MessageDeleted):
            _note(found, event, CHANNELS[event.channel.name], event.message_id, None)
    cursor = psycopg.Cursor(database)
    if kept := [(*place, owner) for place, owner in found.items() if owner is not None]:
        cursor.execute(KEEP, [list(column) for column in zip(*kept, strict=True)], prepare=True)
    if gone := [place for place, owner in found.items() if owner is None]:
        cursor.execute(DROP, [list(column) for column in zip(*gone, strict=True)], prepare=True)


def newest(around: Around, window: Window, kinds: Collection[int], enough: int) -> Stretch:
    """What happened last in a window of ids. Of many devices the last of their organisations is looked through first;
    where too little of it is theirs, each of them is asked."""
    low = ID_MIN if window.after is None else window.after
    high = ID_MAX if window.before is None else window.before
    if around.organisations:
        found = _of_organisations(around.organisations, low, high, list(kinds))
        seen = around.agents.filter(pk__in={place.agent_id for place in found.places}).order_by()
        ids = set(seen.values_list("id", flat=True))
        kept = [place for place in found.places if place.agent_id in ids]
        if found.floor is None or len(kept) >= enough:
            return Stretch(kept, found.floor)
    return _of_each(around.agents, low, high, list(kinds), max(enough, OF_EACH))


def messages_at(places: Sequence[Place], reaches: dict[int, Reach]) -> list[Message]:
    """What the messages at these places say; those that the caller may not read, and those that are over, are left
    out."""
    wanted = [place for place in places if place.kind != Kind.ALARM]
    channels = _channels_of(wanted, reaches)
    shown = [place for place in wanted if _is_shown(place, channels)]
    if not shown:
        return []
    rows = ask(MESSAGES, [*_keys(shown), now_ms(), LARGEST])
    return [
        Message(channels[agent_id, channel_id].name, agent_id, id_, author_id, orjson.loads(data))
        for agent_id, channel_id, id_, author_id, data in rows
    ]


def moves_at(places: Sequence[Place], reaches: dict[int, Reach]) -> list[AlarmMove]:
    """The transitions of alarms at these places that the caller may see, without those that are no news."""
    allowed = {one.agent_id for one in reaches.values() if one.rights & Rights.ALARMS_VIEW}
    wanted = [place for place in places if place.kind == Kind.ALARM and place.agent_id in allowed]
    channels = _channels_of(wanted, reaches)
    shown = {(place.agent_id, place.channel_id, place.id) for place in wanted if _where(place) in channels}
    agents, _channels, ids = zip(*shown, strict=True) if shown else ((), (), ())
    found = AlarmMove.objects.filter(agent_id__in=set(agents), id__in=ids).news().with_connection()
    return [move for move in found if (move.agent_id, move.channel_id, move.id) in shown]


def forget_gone(before: int, *, seconds: float, since: Place = FIRST) -> tuple[int, Place | None]:
    """Remove the places of before an id whose message or transition is gone, for so long at most: how many, and where
    to go on, None at the end."""
    end, removed = time.monotonic() + seconds, 0
    while rows := ask(FORGET, [*since, PIECE, before]):
        [[*last, gone]] = rows
        since, removed = Place(*last), removed + gone
        if time.monotonic() >= end:
            return removed, since
    return removed, None


def _note(found: dict[Place, int | None], event, kind: int, id_: int, owner: int | None) -> None:
    """Of several events of one message the last counts; what belongs to no organisation is nobody's news."""
    place = Place(event.channel.agent_id, kind, id_, event.channel.channel_id)
    if owner is not None or isinstance(event, MessageDeleted):
        found[place] = owner


def _of_organisations(organisations: Sequence[int], low: int, high: int, kinds: list[int]) -> Stretch:
    asked = {"organisations": list(organisations), "kinds": kinds, "after": low, "before": high}
    asked |= {"limit": OF_EACH, "most": SCANNED + 1}
    rows = ask(OF_ORGANISATIONS, asked)
    counts = Counter((owner, kind) for _agent, kind, _id, _channel, owner in rows)
    cut = {source for source, count in counts.items() if count >= OF_EACH}
    ends = {(owner, kind): id_ for _agent, kind, id_, _channel, owner in rows if (owner, kind) in cut}
    floor = max(ends.values(), default=None)
    places = [Place(*row[:4]) for row in rows if floor is None or row[2] >= floor]
    return cut_to(Stretch(places, floor), SCANNED)


def _of_each(agents: QuerySet[Agent], low: int, high: int, kinds: list[int], limit: int) -> Stretch:
    try:
        query, parameters = agents.order_by().values("id").query.sql_with_params()
    except EmptyResultSet:  # nobody is to be seen
        return Stretch([], None)
    asked = [*parameters, low, high, kinds, limit + 1, low, limit + 1, limit + 1]
    places = [Place(*row) for row in ask(OF_EACH_AGENT.format(agents=query), asked)]
    return cut_to(Stretch(places, None), limit)


def cut_to(found: Stretch, most: int) -> Stretch:
    """The first `most` places, and those that have the id of the last of them."""
    if len(found.places) <= most:
        return found
    floor = found.places[most - 1].id
    return Stretch([place for place in found.places if place.id >= floor], floor)


def _channels_of(places: Sequence[Place], reaches: dict[int, Reach]) -> dict[tuple[int, int], Channel]:
    """The channels of these places that their readers may look into."""
    if not places:
        return {}
    agents, ids = {place.agent_id for place in places}, {place.channel_id for place in places}
    found = Channel.objects.filter(agent_id__in=agents & reaches.keys(), id__in=ids)
    return {
        (one.agent_id, one.id): one
        for one in found
        if not one.is_private or reaches[one.agent_id].rights & Rights.PRIVATE
    }


def _is_shown(place: Place, channels: dict[tuple[int, int], Channel]) -> bool:
    channel = channels.get(_where(place))
    return channel is not None and (channel.history_since is None or ms_of(place.id) >= channel.history_since)


def _where(place: Place) -> tuple[int, int]:
    return place.agent_id, place.channel_id


def _keys(places: Sequence[Place]) -> list[list[int]]:
    return [
        [place.agent_id for place in places],
        [place.channel_id for place in places],
        [place.id for place in places],
    ]
