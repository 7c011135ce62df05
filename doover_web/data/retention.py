"""Letting go of what is older than somebody wants to keep, and giving its space back.

A channel keeps its messages for as long as its own `message_retention` says, else as its organisation does
(`retention_period`), else as the installation does (`DOOVER_MESSAGE_RETENTION_DAYS`), else for ever. Whole partitions
go when nothing in them is to be kept; of others the rows go in small bunches. The numbers of the messages are rolled up
before they go, and their course outlives them in quarters of an hour and coarser.
"""

import time
from dataclasses import dataclass

from django.conf import settings
from django.db import OperationalError, connection, transaction

from doover_web.common.snowflake import ID_MIN, first_id_of, ms_of, now_ms
from doover_web.identity.models import Organisation

from .asking import ask
from .buckets import MINUTE, QUARTER, TEN_SECONDS, floor
from .leaves import leaves, states
from .models import Channel, Message, Series
from .series import MOST_SERIES, open_series

ROWS = 5_000
LOCK_MS = 2_000  # writers wait no longer than this for a partition to go
DAY_SECONDS = 86_400
Key = tuple[int, int]  # agent id, channel id
Floors = dict[Key, int]

# For how many seconds a channel keeps its messages.
KEPT = f"coalesce(c.message_retention, nullif(o.retention_period, 0)::bigint * {DAY_SECONDS}, %(usual)s::bigint)"
# Every channel's floor: messages before it are not kept. A series that is not rolled up so far holds it back.
FLOORS = f"""
SELECT c.agent_id, c.id, least(
    (%(now)s - {KEPT} * 1000) / {QUARTER} * {QUARTER},
    (SELECT min(coalesce(s.edge, 0)) / {QUARTER} * {QUARTER} FROM data_series s
     WHERE s.agent_id = c.agent_id AND s.channel_id = c.id)
) AS floor
FROM data_channel c LEFT JOIN identity_agent a ON a.id = c.agent_id
LEFT JOIN identity_organisation o ON o.id = a.organisation_id
WHERE {KEPT} IS NOT NULL
"""  # noqa: S608 (numbers of ours)
# The channels of a partition, found by leaping from one to the next along its key.
CHANNELS_IN = """
WITH RECURSIVE seen AS (
    (SELECT agent_id, channel_id FROM {table} ORDER BY agent_id, channel_id LIMIT 1)
    UNION ALL
    SELECT next.agent_id, next.channel_id FROM seen CROSS JOIN LATERAL (
        SELECT agent_id, channel_id FROM {table}
        WHERE (agent_id, channel_id) > (seen.agent_id, seen.channel_id)
        ORDER BY agent_id, channel_id LIMIT 1
    ) next
)
SELECT agent_id, channel_id FROM seen
"""
PARTITIONS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'data_message'::regclass ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class Partition:
    """A table of messages with ids below `end`."""

    name: str
    end: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What one call removed. `left_at` is the channel that it came to when its time was up; None: it came to the
    end."""

    rows: int
    partitions: int
    left_at: Key | None = None


def let_go(*, seconds: float, since: Key | None = None) -> Swept:
    """Remove what is past keeping, for so long at most; a call that begins where this one came to goes on."""
    floors = _floors()
    end = time.monotonic() + seconds
    rows = dropped = 0
    for partition in partitions() if floors and since is None else ():
        if 0 < partition.end <= first_id_of(now_ms()) and time.monotonic() < end:
            dropped += _drop(partition, floors)
    for key in sorted(floors):
        if since is not None and key < since:
            continue
        rows += _sweep(*key, floors[key], end)
        if time.monotonic() >= end:
            return Swept(rows, dropped, key)
    return Swept(rows, dropped)


def usual_days(organisation: Organisation | None) -> int:
    """For how many days a channel of `organisation` keeps messages that says nothing itself; 0 for ever."""
    own = organisation.retention_period if organisation else 0
    return own or settings.MESSAGE_RETENTION_DAYS


def partitions() -> list[Partition]:
    """The partitions of the message table."""
    found = []
    for name, bounds in ask(PARTITIONS, []):
        high = bounds.rsplit("(", 1)[1].strip("')")
        found.append(Partition(name, int(high)))
    return found


def _floors() -> Floors:
    usual = settings.MESSAGE_RETENTION_DAYS * DAY_SECONDS or None
    rows = ask(FLOORS, {"now": now_ms(), "usual": usual})
    return {(agent_id, channel_id): low for agent_id, channel_id, low in rows}


def _drop(partition: Partition, floors: Floors) -> bool:
    """Drop a partition of which nothing is to be kept; its space is free at once. Writers who hold on to it win."""
    over = _is_over(partition, floors)
    if over is None or _keeps_courses(over, floors):
        return False
    for agent_id, channel_id in over:
        with transaction.atomic():
            _lift_floor(agent_id, channel_id, floor(ms_of(partition.end), QUARTER))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
            cursor.execute(f"LOCK TABLE ONLY data_message, {partition.name} IN ACCESS EXCLUSIVE MODE")
            if _is_over(partition, floors) is None:  # somebody may have written meanwhile
                return False
            cursor.execute(f"DROP TABLE {partition.name}")
    except OperationalError:
        return False
    return True


def _is_over(partition: Partition, floors: Floors) -> list[Key] | None:
    """The channels in a partition of which nothing is to be kept; None when something is."""
    found = ask(CHANNELS_IN.format(table=partition.name), [])
    ids = [channel_id for _, channel_id in found]
    known = ask("SELECT agent_id, id FROM data_channel WHERE id = ANY(%s)", [ids])
    return known if all(floors.get(key, -1 << 62) >= ms_of(partition.end) for key in known) else None


def _keeps_courses(channels: list[Key], floors: Floors) -> bool:
    """Have the numbers of those channels rolled up that nobody charted so far; True when any is yet to come, and then
    these keep all they have for now."""
    charted = set(
        Series.objects.filter(channel_id__in=[id_ for _, id_ in channels]).values_list("agent_id", "channel_id")
    )
    waiting = [key for key in channels if key not in charted and _keeps_course(*key)]
    for key in waiting:
        floors.pop(key, None)
    return bool(waiting)


def _sweep(agent_id: int, channel_id: int, low: int, end: float) -> int:
    """Remove the messages of a channel from before `low` (ms), until the clock shows `end`."""
    removed = 0
    old = Message.objects.filter(agent_id=agent_id, channel_id=channel_id, id__lt=first_id_of(low))
    if not old.order_by("id").exists() or _keeps_course(agent_id, channel_id):
        return 0
    while time.monotonic() < end:
        rows = _remove(agent_id, channel_id, low)
        removed += rows
        if rows < ROWS:
            break
    return removed


def _keeps_course(agent_id: int, channel_id: int) -> bool:
    """Have the numbers and states of a channel rolled up before its messages go; True when that is yet to come."""
    if Series.objects.filter(agent_id=agent_id, channel_id=channel_id).exists():
        return False
    channel = Channel.objects.get(agent_id=agent_id, id=channel_id)
    newest = Message.objects.in_channel(channel).order_by("-id").first()
    paths = [*leaves(newest.data, MOST_SERIES), *states(newest.data, MOST_SERIES)] if newest else []
    for path in paths:  # as many as there may be; truth values are among both
        open_series(channel, path)
    return bool(paths)


@transaction.atomic
def _remove(agent_id: int, channel_id: int, low: int) -> int:
    """Remove a bunch of messages from before `low` (ms) from one channel."""
    _lift_floor(agent_id, channel_id, low)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM data_message WHERE agent_id = %s AND channel_id = %s AND id = ANY(ARRAY("
            "SELECT id FROM data_message WHERE agent_id = %s AND channel_id = %s AND id >= %s AND id < %s"
            " ORDER BY id LIMIT %s)) AND id < %s",
            [agent_id, channel_id, agent_id, channel_id, ID_MIN, first_id_of(low), ROWS, first_id_of(low)],
        )
        return cursor.rowcount


def _lift_floor(agent_id: int, channel_id: int, low: int) -> None:
    """From now on only quarters and coarser answer for the time before `low`."""
    ask("SELECT pg_advisory_xact_lock(%s)", [channel_id])  # no builder is at it meanwhile
    key = [agent_id, channel_id]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE data_series SET floor = %s WHERE agent_id = %s AND channel_id = %s AND coalesce(floor, %s) < %s",
            [low, *key, -1 << 62, low],
        )
        if cursor.rowcount:
            for table in ("data_seriesbucket", "data_statebucket"):
                cursor.execute(
                    f"DELETE FROM {table}"  # noqa: S608 (ours)
                    " WHERE agent_id = %s AND channel_id = %s AND step = ANY(%s) AND start < %s",
                    [*key, [TEN_SECONDS, MINUTE], low],
                )
