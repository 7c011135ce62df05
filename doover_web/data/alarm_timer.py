"""Judging what time alone brings about: pending periods, expiry, edges of time windows, windows of rates.

What is due is a column, so a worker that dies loses nothing, and the state moves under the lock that writers take, so
nothing happens twice.
"""

import logging

import orjson
import psycopg
from django.db import connection, transaction

from . import alarm_journal, alarm_rows, happenings, outbox
from .alarm_rows import AlarmRow
from .alarm_watch import judge_past
from .alarms import Scene
from .attached import read_attached
from .events import AggregateRecord, AlarmTriggered, announce
from .refs import ChannelRef

log = logging.getLogger(__name__)
AGAIN_MS = 3600 * 1000  # after a fault of ours

LOCK_DUE = """
SELECT a.agent_id, a.channel_id, a.data::text, a.revision, a.last_updated, a.attachments::text, a.readings::text,
       c.name, c.is_private, g.organisation_id
FROM (SELECT DISTINCT agent_id, channel_id
      FROM (SELECT agent_id, channel_id FROM data_alarm WHERE due_at <= %b ORDER BY due_at LIMIT %b) AS soonest) AS w
JOIN data_aggregate a ON a.agent_id = w.agent_id AND a.channel_id = w.channel_id
JOIN data_channel c ON c.agent_id = w.agent_id AND c.id = w.channel_id
JOIN identity_agent g ON g.id = w.agent_id
FOR UPDATE OF a SKIP LOCKED
"""


def judge_due(now: int, *, limit: int = 200) -> int:
    """Judge up to about `limit` alarms that are due at `now` (ms since 1970). Returns how many it judged.

    Channels that somebody is writing to are passed over: the writer judges what is due there.
    """
    with transaction.atomic():
        connection.ensure_connection()
        database: psycopg.Connection = connection.connection
        scenes = {(row[0], row[1]): _scene(row) for row in database.execute(LOCK_DUE, (now, limit))}
        alarms = alarm_rows.read(database, scenes)
        judged = [one for found in alarms.values() for one in found if one.due_at is not None and one.due_at <= now]
        events: list[AlarmTriggered] = []
        for alarm in judged:
            events += _judge(alarm, *scenes[alarm.agent_id, alarm.channel_id], now)
        alarm_rows.store(database, judged)
        alarm_journal.keep(database, events)
        happenings.keep(database, events)
        outbox.add(database, outbox.entries_of(events))
        if events:
            transaction.on_commit(lambda: announce(events))
    return len(judged)


def _judge(alarm: AlarmRow, state: AggregateRecord, scene: Scene, now: int) -> list[AlarmTriggered]:
    try:
        return judge_past(alarm, state, scene, now)
    except Exception:  # one that cannot be judged must not hold up the others for ever
        log.exception("Could not judge alarm %s of agent %s", alarm.id, alarm.agent_id)
        alarm.due_at, alarm.dirty = now + AGAIN_MS, True
        return []


def _scene(row: tuple) -> tuple[AggregateRecord, Scene]:
    agent_id, channel_id, data, revision, updated, files, readings, name, is_private, organisation_id = row
    ref = ChannelRef(agent_id, name, channel_id, is_private, organisation_id)
    scene = Scene(orjson.loads(data), orjson.loads(readings) if readings else {})
    return AggregateRecord(ref, data.encode(), revision, updated, read_attached(files)), scene
