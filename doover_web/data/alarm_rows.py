"""Loading and storing alarms: a statement for all of a batch, in binary like those of `rows`."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg

from .alarm_bodies import Definition, condition_out, conditions_from
from .alarms import RATE, Rule, Scene, Standing, Trace, due

StateKey = tuple[int, int]  # agent id, channel id

COLUMNS = """
m.agent_id, m.channel_id, m.id, m.name, m.description, m.enabled, m.conditions::text, m.traces::text, m.state,
m.entered_state_ts, m.due_at, m.expiry_mins, m.alarm_pending_ms, m.topic_name, m.notification_policy, m.messages::text,
m.severity
"""
OF_CHANNELS = f"""
SELECT {COLUMNS}
FROM unnest(%b::bigint[], %b::bigint[]) AS w(agent_id, channel_id)
JOIN data_alarm m ON m.agent_id = w.agent_id AND m.channel_id = w.channel_id
ORDER BY m.agent_id, m.channel_id, m.id
"""  # noqa: S608 (no value in it)
UPDATE = """
UPDATE data_alarm m
SET state = w.state, entered_state_ts = w.since, traces = w.traces::jsonb, due_at = w.due_at
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bigint[])
     AS w(agent_id, channel_id, id, state, since, traces, due_at)
WHERE m.agent_id = w.agent_id AND m.channel_id = w.channel_id AND m.id = w.id
"""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A definition made ready for judging: the readings it looks at, the top-level keys that may hold them, and whether
    a reading that is written again brings a new moment to look at."""

    rule: Rule
    keys: frozenset[str]
    tops: frozenset[str]
    is_timed: bool


@dataclass(slots=True)
class AlarmRow:
    """An alarm as it stands: what people decided, and what became of it. `due_at` as the table has it."""

    agent_id: int
    channel_id: int
    id: int
    definition: Definition
    compiled: Compiled
    standing: Standing
    due_at: int | None = None
    dirty: bool = False

    def stand(self, standing: Standing, scene: Scene, at: int) -> None:
        """Take over how it stands at `at`. A due moment that is early is left as it is: the timer finds out, once."""
        next_due = due(self.compiled.rule, standing, scene, at)
        is_early = self.due_at is not None and next_due is not None and at < self.due_at <= next_due
        if standing != self.standing or not (is_early or next_due == self.due_at):
            self.standing, self.due_at, self.dirty = standing, next_due, True


def read(database: psycopg.Connection, keys: Iterable[StateKey]) -> dict[StateKey, list[AlarmRow]]:
    """The alarms of these channels, by id; enabled or not."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    found: dict[StateKey, list[AlarmRow]] = defaultdict(list)
    for row in psycopg.Cursor(database).execute(OF_CHANNELS, columns, prepare=True) if columns else ():
        found[row[0], row[1]].append(row_of(row))
    return found


def store(database: psycopg.Connection, alarms: Iterable[AlarmRow]) -> None:
    """Write how the changed ones stand now."""
    rows = [
        (one.agent_id, one.channel_id, one.id, one.standing.state, one.standing.since, traces_text(one), one.due_at)
        for one in alarms
        if one.dirty
    ]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        psycopg.Cursor(database).execute(UPDATE, columns, prepare=True)


def row_of(row: Sequence[Any]) -> AlarmRow:
    """A row of `COLUMNS`."""
    agent_id, channel_id, id_, name, description, enabled, conditions, traces, state, since, due_at = row[:11]
    expiry, pending, topic, policy, messages, severity = row[11:17]
    overrides = None if messages is None else orjson.loads(messages)
    compiled = _compiled(conditions, enabled, pending, expiry)
    definition = Definition(
        name, compiled.rule.conditions, description, enabled, expiry, pending, topic, policy, overrides, severity
    )
    return AlarmRow(agent_id, channel_id, id_, definition, compiled, Standing(state, since, _traces(traces)), due_at)


def compiled_of(definition: Definition) -> Compiled:
    return _compiled(
        conditions_text(definition), definition.enabled, definition.alarm_pending_ms, definition.expiry_mins
    )


def conditions_text(definition: Definition) -> str:
    return orjson.dumps([condition_out(one) for one in definition.conditions]).decode()


def traces_text(alarm: AlarmRow) -> str:
    return orjson.dumps({id_: [one.value, one.ts, one.verdict] for id_, one in alarm.standing.traces.items()}).decode()


@functools.lru_cache(maxsize=1024)
def _compiled(conditions: str, enabled: bool, pending_ms: int | None, expiry_mins: float | None) -> Compiled:
    """Remembered by the text: the same alarms are judged again and again."""
    expiry_ms = None if expiry_mins is None else max(1, int(expiry_mins * 60_000))
    rule = Rule(conditions_from(orjson.loads(conditions)), enabled, pending_ms or 0, expiry_ms)
    keys = frozenset(key for condition in rule.conditions for key in condition.keys)
    is_timed = expiry_ms is not None or any(condition.type == RATE for condition in rule.conditions)
    return Compiled(rule, keys, keys | {key.split(".")[0] for key in keys}, is_timed)


def _traces(text: str) -> dict[str, Trace]:
    return {id_: Trace(*fields) for id_, fields in orjson.loads(text).items()}
