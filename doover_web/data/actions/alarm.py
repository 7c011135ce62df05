"""Making, changing and removing alarms. Each is judged at once, under its channel's lock."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import orjson
import psycopg
from django.db import connection, transaction
from django.utils.translation import gettext as _

from doover_web.common.secrets import looks_secret
from doover_web.common.snowflake import now_ms
from doover_web.common.wire import BadRequest, Forbidden, NotFound

from .. import alarm_journal, alarm_rows, happenings, outbox
from ..access import (
    GEOFENCES,
    Reach,
    channel_named,
    channel_to_watch,
    check_alarms_are_free,
    check_manages_alarms,
    ref_of,
)
from ..alarm_bodies import Definition, changed, condition_out, definition_of
from ..alarm_rows import AlarmRow, compiled_of
from ..alarm_watch import judge_now, judge_past, readings_of
from ..alarm_words import alarm_out, topic_name_of
from ..alarms import NO_DATA, OK, Scene, Standing, Trace
from ..attached import read_attached
from ..commit import commit
from ..events import AggregateRecord, AlarmTriggered, announce
from ..ids import new_alarm_id
from ..models import Alarm
from ..redaction import GUARDED
from ..refs import ChannelRef
from ..writes import ChangeAggregate

MOST_OF_CHANNEL = 100
MOST_OF_AGENT = 1000

LOCK = """
SELECT data::text, revision, last_updated, attachments::text, readings::text FROM data_aggregate
WHERE agent_id = %b AND channel_id = %b FOR UPDATE
"""
MAKE_STATE = """
INSERT INTO data_aggregate (agent_id, channel_id, data, revision) VALUES (%b, %b, '{}', 0) ON CONFLICT DO NOTHING
"""
SET_READINGS = "UPDATE data_aggregate SET readings = %b::text::json WHERE agent_id = %b AND channel_id = %b"


def create_alarm(*, reach: Reach, name: str, body: Any) -> dict:
    """Watch over the channel `name`; the alarm in the shape of the wire. Refused as the others are, with a sentence."""
    definition = definition_of(body)
    with _locked(reach, name) as channel:
        return channel.save(new_alarm_id(), definition, None)


def put_alarm(*, reach: Reach, name: str, alarm_id: int, body: Any) -> dict:
    """State an alarm anew, or make one with that id; what is left out returns to its default (`data-api §10.1`)."""
    with _locked(reach, name) as channel:
        stored = channel.alarms.get(alarm_id)
        return channel.save(alarm_id, definition_of(body, stored.definition if stored else None), stored)


def update_alarm(*, reach: Reach, name: str, alarm_id: int, body: Any) -> dict:
    """Change what `body` names, and leave the rest (`data-api §10.1`)."""
    with _locked(reach, name) as channel:
        stored = channel.known(alarm_id)
        return channel.save(alarm_id, changed(stored.definition, body), stored)


def delete_alarm(*, reach: Reach, name: str, alarm_id: int) -> None:
    with _locked(reach, name) as channel:
        channel.remove(channel.known(alarm_id))


class Kept(NamedTuple):
    """An alarm that the platform keeps: in the shape of the wire, and how grave it is."""

    body: dict
    severity: int


@transaction.atomic
def keep_in_step(*, reach: Reach, name: str, state: dict, alarms: Mapping[int, Kept], at: int | None = None) -> None:
    """Bring a channel that the platform keeps to exactly this state and these alarms, by id; what is so already stays
    as it is. Alarms that are gone go first: nothing is known of them any more, and that is no news. `at`: since when
    (ms) the state is so, where a worker heard of it late; what time brought about before it comes first."""
    channel = channel_named(reach, name)
    if channel is None and not state:
        return
    known: dict | None = None
    if channel is not None:
        with _under_lock(ref_of(reach, channel)) as locked:
            known = locked.document
            for alarm in [one for one in locked.alarms.values() if one.id not in alarms]:
                locked.remove(alarm)
    if known != state:
        _put_state(reach, name, state, at)
    if alarms:
        with _under_lock(ref_of(reach, channel or channel_to_watch(reach, name))) as locked:
            for alarm_id, kept in alarms.items():
                stored = locked.alarms.get(alarm_id)
                definition = definition_of(kept.body, stored.definition if stored else None)
                definition = replace(definition, severity=kept.severity)
                if stored is None or stored.definition != definition:
                    locked.save(alarm_id, definition, stored)


def _put_state(reach: Reach, name: str, state: dict, at: int | None) -> None:
    [outcome] = commit([ChangeAggregate(reach, name, state, replace_all=True)], at=at)
    if isinstance(outcome, Exception):
        raise outcome
    events = outcome.events
    transaction.on_commit(lambda: announce(events))


@contextmanager
def _locked(reach: Reach, name: str) -> Iterator["_Locked"]:
    """The alarms of a channel that the caller may change, in a transaction that keeps every writer of it out."""
    channel = channel_to_watch(reach, name)
    check_manages_alarms(reach)
    check_alarms_are_free(name)
    ref = ref_of(reach, channel)
    if ref.hides_secrets:  # an alarm would tell whether a guess is right
        raise Forbidden(
            _("You may not watch over %(name)s: it holds secrets (device_configure)") % {"name": name[:80]},
            code="no_alarms",
        )
    with _under_lock(ref) as locked:
        yield locked


@contextmanager
def _under_lock(ref: ChannelRef) -> Iterator["_Locked"]:
    with transaction.atomic():
        locked = _Locked(ref)
        yield locked
        locked.finish()


class _Locked:
    """A channel's state and its alarms under the lock of its aggregate."""

    def __init__(self, ref: ChannelRef):
        connection.ensure_connection()
        self.database: psycopg.Connection = connection.connection
        self.ref = ref
        key = (ref.agent_id, ref.channel_id)
        data, revision, updated, files, readings = self._lock(key)
        self.state = AggregateRecord(ref, data.encode(), revision, updated, read_attached(files))
        self.document = orjson.loads(data)
        self.readings = None if readings is None else orjson.loads(readings)
        self.alarms = {alarm.id: alarm for alarm in alarm_rows.read(self.database, [key]).get(key, ())}
        self.events: list[AlarmTriggered] = []

    def _lock(self, key: alarm_rows.StateKey) -> tuple:
        row = self.database.execute(LOCK, key).fetchone()
        if row is None:  # a channel that nothing was ever written to
            self.database.execute(MAKE_STATE, key)
            row = self.database.execute(LOCK, key).fetchone()
        assert row is not None
        return row

    def known(self, alarm_id: int) -> AlarmRow:
        if alarm_id not in self.alarms:
            raise NotFound("Alarm not found")
        return self.alarms[alarm_id]

    def save(self, alarm_id: int, definition: Definition, stored: AlarmRow | None) -> dict:
        """Store and judge the alarm as `definition` has it. A condition that keeps its id, its type and its readings
        keeps what is remembered of it."""
        now = now_ms()
        _check_no_secret(self.ref, definition)
        if stored is None:
            self._check_room()
            standing = Standing(NO_DATA, now)
        else:
            self.events += judge_past(stored, self.state, Scene(self.document, self.readings or {}), now)
            standing = replace(stored.standing, traces=_kept_traces(stored, definition))
        topic = definition.topic_name or topic_name_of(definition.name, alarm_id)
        definition = replace(definition, topic_name=topic)
        alarm = AlarmRow(
            self.ref.agent_id, self.ref.channel_id, alarm_id, definition, compiled_of(definition), standing
        )
        self.alarms[alarm_id] = alarm
        self._see_anew()
        scene = Scene(self.document, self.readings or {})
        events = judge_now(alarm, self.state, scene, now)
        # Though it stands as it stood, time may turn it: a pending one, or one of a time of day.
        alarm.stand(alarm.standing, scene, max(now, alarm.standing.since))
        if stored is None and alarm.standing.state == OK:  # that all is well from the beginning is no news for people
            events = [replace(event, notification=None) for event in events]
        self.events += events
        Alarm(**_values(alarm)).save(force_insert=stored is None, force_update=stored is not None)
        return alarm_out(alarm, self.ref.name, self.readings or {})

    def remove(self, alarm: AlarmRow) -> None:
        del self.alarms[alarm.id]
        Alarm.objects.filter(agent_id=alarm.agent_id, channel_id=alarm.channel_id, id=alarm.id).delete()
        self._see_anew()

    def finish(self) -> None:
        text = None if self.readings is None else orjson.dumps(self.readings).decode()
        self.database.execute(SET_READINGS, (text, self.ref.agent_id, self.ref.channel_id))
        alarm_journal.keep(self.database, self.events)
        happenings.keep(self.database, self.events)
        outbox.add(self.database, outbox.entries_of(self.events))
        events = self.events
        if events:
            transaction.on_commit(lambda: announce(events))

    def _see_anew(self) -> None:
        self.readings = readings_of(self.alarms.values(), self.readings, self.document, self.state.last_updated)

    def _check_room(self) -> None:
        if self.ref.name == GEOFENCES:  # as many as there are fences
            return
        if len(self.alarms) >= MOST_OF_CHANNEL:
            raise BadRequest(
                _("A channel has %(most)s alarms at most") % {"most": MOST_OF_CHANNEL}, code="too_many_alarms"
            )
        if Alarm.objects.filter(agent_id=self.ref.agent_id).count() >= MOST_OF_AGENT:
            raise BadRequest(
                _("An agent has %(most)s alarms at most") % {"most": MOST_OF_AGENT}, code="too_many_alarms"
            )


def _check_no_secret(ref: ChannelRef, definition: Definition) -> None:
    """What an alarm reads stands in its notifications, which more people get than may see secrets."""
    if ref.name in GUARDED:
        for key in (key for condition in definition.conditions for key in condition.keys):
            if looks_secret(key):
                raise BadRequest(
                    _("%(key)s looks like a secret; an alarm cannot watch over it") % {"key": key[:80]},
                    code="bad_alarm",
                )


def _kept_traces(stored: AlarmRow, definition: Definition) -> dict[str, Trace]:
    before = {condition.id: condition for condition in stored.definition.conditions}
    return {
        one.id: stored.standing.traces[one.id]
        for one in definition.conditions
        if one.id in stored.standing.traces and (one.type, one.keys) == (before[one.id].type, before[one.id].keys)
    }


def _values(alarm: AlarmRow) -> dict[str, Any]:
    of = alarm.definition
    return {
        "agent_id": alarm.agent_id,
        "channel_id": alarm.channel_id,
        "id": alarm.id,
        "name": of.name,
        "description": of.description,
        "enabled": of.enabled,
        "conditions": [condition_out(condition) for condition in of.conditions],
        "traces": {id_: [one.value, one.ts, one.verdict] for id_, one in alarm.standing.traces.items()},
        "state": alarm.standing.state,
        "entered_state_ts": alarm.standing.since,
        "due_at": alarm.due_at,
        "expiry_mins": of.expiry_mins,
        "alarm_pending_ms": of.alarm_pending_ms,
        "topic_name": of.topic_name,
        "notification_policy": of.notification_policy,
        "messages": of.messages,
        "severity": of.severity,
    }
