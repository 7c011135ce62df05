"""Judging where a state is written: the alarms of the channels that one transaction changes.

Every change of an alarm is made under the lock on its channel's aggregate: by a write, by the timer, by an edit. So the
transitions of an alarm form one chain, whoever brings them about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import psycopg

from doover_web.common.wire import dump_json

from . import alarm_rows
from .alarm_rows import AlarmRow, StateKey
from .alarm_words import alarm_out, notification, sentence, severity_in
from .alarms import Scene, Standing, catch_up, step, wrote
from .attached import Attached
from .events import AggregateRecord, AggregateUpdated, AlarmTriggered
from .ids import new_message_id
from .rows import AggregateRow
from .writes import ChangeAggregate

NOTHING_SENT = b"{}"
Readings = Mapping[str, int | None]


class Watch:
    """The alarms of some channels, loaded for one transaction; `store` writes what became of them."""

    def __init__(self, database: psycopg.Connection, keys: Iterable[StateKey]):
        self._database = database
        self.alarms = alarm_rows.read(database, keys)

    def judge(
        self,
        write: ChangeAggregate,
        row: AggregateRow,
        old: tuple[dict, int | None, tuple[Attached, ...]],
        event: AggregateUpdated,
    ) -> list[AlarmTriggered]:
        """What `write` brought about on a channel with alarms. `row` is the state with the write in it, `old` the
        document, the moment of its last change and its files before."""
        after, readings = event.aggregate, row.readings or {}
        now = after.last_updated or 0
        row.readings = {key: now if wrote(row.data, write.data, key) else ms for key, ms in readings.items()}
        before, scene = Scene(old[0], readings), Scene(row.data, row.readings)
        merged = isinstance(write.data, dict) and isinstance(old[0], dict)
        anything = write.replace_all or write.replace or not merged
        events: list[AlarmTriggered] = []
        for alarm in self.alarms.get((after.channel.agent_id, after.channel.channel_id), ()):
            is_due = alarm.due_at is not None and alarm.due_at <= now
            if is_due:  # what the timer would have found, had it come just before
                state = AggregateRecord(after.channel, dump_json(old[0]), after.revision - 1, old[1], old[2])
                events += judge_past(alarm, state, before, now - 1)
            if is_due or anything or not alarm.compiled.tops.isdisjoint(write.data):
                news = judge_now(alarm, after, scene, now)
                events += [replace(one, request=event.request, sent=event.sent) for one in news]
        return events

    def store(self) -> None:
        alarm_rows.store(self._database, (alarm for alarms in self.alarms.values() for alarm in alarms))


def judge_past(alarm: AlarmRow, state: AggregateRecord, scene: Scene, until: int) -> list[AlarmTriggered]:
    """What time alone has brought about since the alarm was due."""
    if alarm.due_at is None:
        return []
    stood = catch_up(alarm.compiled.rule, alarm.standing, scene, alarm.due_at, until)
    events = [event for one in stood for event in _moved(alarm, one, state, scene)]
    alarm.stand(alarm.standing, scene, max(until, alarm.standing.since))
    return events


def judge_now(alarm: AlarmRow, state: AggregateRecord, scene: Scene, now: int) -> list[AlarmTriggered]:
    """How the alarm stands from `now` on. A clock that is behind the one of the last transition does not turn it."""
    now = max(now, alarm.standing.since)
    to = step(alarm.compiled.rule, alarm.standing, scene, now)
    is_due = alarm.due_at is not None and alarm.due_at <= now
    if to == alarm.standing and not is_due and not alarm.compiled.is_timed:
        return []  # the usual case: nothing about it is new
    events = _moved(alarm, to, state, scene)
    alarm.stand(alarm.standing, scene, now)
    return events


def _moved(alarm: AlarmRow, to: Standing, state: AggregateRecord, scene: Scene) -> list[AlarmTriggered]:
    came_from = alarm.standing.state
    alarm.dirty = alarm.dirty or to != alarm.standing
    alarm.standing = to
    if to.state == came_from:
        return []
    return [_triggered(alarm, came_from, state, scene)]


def _triggered(alarm: AlarmRow, came_from: str, state: AggregateRecord, scene: Scene) -> AlarmTriggered:
    """The news of a transition, whole: the alarm as it stood then, and what people are told."""
    return AlarmTriggered(
        state.channel,
        alarm=dump_json(alarm_out(alarm, state.channel.name, scene.written)),
        old_state=came_from,
        new_state=alarm.standing.state,
        aggregate=state,
        request=NOTHING_SENT,
        notification=notification(alarm, scene.document, came_from),
        message_id=new_message_id(),
        said=sentence(alarm, scene.document),
        severity=severity_in(alarm),
    )


def readings_of(alarms: Iterable[AlarmRow], known: Readings | None, state: dict, changed_at: int | None) -> Any:
    """The readings that these alarms look at, None when there are no alarms. One that nobody has watched so far counts
    as written when the state last changed."""
    keys = sorted({key for alarm in alarms for key in alarm.compiled.keys})
    return {key: (known or {}).get(key) or (changed_at if wrote(state, state, key) else None) for key in keys} or None
