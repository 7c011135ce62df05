"""What `commit` keeps beside the states of a few well-known channels, in the same transaction: badges, positions
and cameras, so that lists and maps of thousands of devices read no documents."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import psycopg

from doover_web.common.cameras import read_cameras
from doover_web.common.places import read_place
from doover_web.common.presence import turns

from .models import OutboxEntry
from .outbox import Entry

CONNECTION, LOCATION, PAGE = "doover_connection", "location", "ui_state"
KEPT = frozenset({CONNECTION, LOCATION, PAGE})

STORE_BADGES = """
INSERT INTO data_badge (agent_id, seen, overdue_from, offline_from)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
ON CONFLICT (agent_id) DO UPDATE
SET seen = excluded.seen, overdue_from = excluded.overdue_from, offline_from = excluded.offline_from
"""
STORE_POSITIONS = """
INSERT INTO data_position (agent_id, lat, long, accuracy, at)
SELECT * FROM unnest(%b::bigint[], %b::float8[], %b::float8[], %b::float8[], %b::bigint[])
ON CONFLICT (agent_id) DO UPDATE
SET lat = excluded.lat, long = excluded.long, accuracy = excluded.accuracy, at = excluded.at
"""
STORE_CAMERAS = """
INSERT INTO data_cameras (agent_id, found)
SELECT agent_id, found::jsonb FROM unnest(%b::bigint[], %b::text[]) AS said(agent_id, found)
ON CONFLICT (agent_id) DO UPDATE SET found = excluded.found WHERE data_cameras.found <> excluded.found
"""
DROP_BADGES = "DELETE FROM data_badge WHERE agent_id = ANY(%b::bigint[])"
DROP_POSITIONS = "DELETE FROM data_position WHERE agent_id = ANY(%b::bigint[])"
DROP_CAMERAS = "DELETE FROM data_cameras WHERE agent_id = ANY(%b::bigint[])"


@dataclass(frozen=True, slots=True)
class State:
    """The state of a well-known channel as it stands now; no `data` when the channel is private."""

    agent_id: int
    name: str
    data: Any
    revision: int
    now: int


def store(database: psycopg.Connection, states: Iterable[State]) -> list[Entry]:
    """Keep what these states say. Returns who must hear that a device is somewhere, for the outbox."""
    found = list(states)
    if not found:
        return []
    badges = [one for one in found if one.name == CONNECTION]
    _keep(database, badges, _badge_of, STORE_BADGES, DROP_BADGES)
    places = [one for one in found if one.name == LOCATION]
    _keep(database, places, _position_of, STORE_POSITIONS, DROP_POSITIONS)
    _keep(database, [one for one in found if one.name == PAGE], _cameras_of, STORE_CAMERAS, DROP_CAMERAS)
    return [entry for one in places if (entry := _entry_of(one)) is not None]


def _keep(database: psycopg.Connection, states: Sequence[State], row_of: Callable, store: str, drop: str) -> None:
    rows = {one.agent_id: row_of(one) for one in states}
    if kept := [(agent_id, *row) for agent_id, row in rows.items() if row is not None]:
        columns = [list(column) for column in zip(*kept, strict=True)]
        psycopg.Cursor(database).execute(store, columns, prepare=True)
    if gone := [agent_id for agent_id, row in rows.items() if row is None]:
        psycopg.Cursor(database).execute(drop, [gone], prepare=True)


def _badge_of(state: State) -> tuple | None:
    found = turns(state.data)
    return None if found is None else (found.seen, found.overdue_from, found.offline_from)


def _position_of(state: State) -> tuple | None:
    place = read_place(state.data)
    return None if place is None else (place.lat, place.long, place.accuracy, state.now)


def _cameras_of(state: State) -> tuple | None:
    cameras = read_cameras(state.data)
    return (orjson.dumps([asdict(one) for one in cameras]).decode(),) if cameras else None


def _entry_of(state: State) -> Entry | None:
    place = read_place(state.data)
    if place is None:
        return None
    payload = {"lat": place.lat, "long": place.long, "accuracy": place.accuracy, "at": state.now}
    return Entry(state.agent_id, OutboxEntry.Kind.PLACE, str(state.revision), payload)
