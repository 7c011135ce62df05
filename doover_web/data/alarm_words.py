"""What an alarm says about itself: its object on the wire, its conditions in a line, its notifications (pure;
`data-api §10.3, §10.5`)."""

import re
from collections.abc import Mapping
from typing import Any

from doover_web.common.wire import dump_json

from .alarm_bodies import condition_out
from .alarm_rows import AlarmRow
from .alarms import ALARM, COMPARE, NO_DATA, NOTHING, OK, PENDING, RATE, THRESHOLD, Condition, look_up, primary_of

SIGNS = {"eq": "=", "ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
EVENTS = {ALARM: "triggered", OK: "cleared", PENDING: "pending", NO_DATA: "no-data"}
OVERRIDES = {ALARM: "alarm", OK: "ok", PENDING: "pending", NO_DATA: "no_data"}
WARN, INFO = 6, 5
SHOWN = 60  # characters of a value in a sentence
UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms"))


def alarm_out(alarm: AlarmRow, channel_name: str, readings: Mapping[str, int | None]) -> dict:
    """An alarm in the shape of the wire, every field always; `readings` say when each key was last written."""
    of, standing = alarm.definition, alarm.standing
    primary = primary_of(of.conditions)
    assert primary is not None
    trace = standing.traces.get(primary.id, NOTHING)
    is_rate = primary.type == RATE
    return {
        "id": str(alarm.id),
        "name": of.name,
        "description": of.description,
        "channel_name": channel_name,
        "enabled": of.enabled,
        "key": primary.key,
        "operator": primary.operator,
        "value": primary.value if primary.type == THRESHOLD else None,
        "rate_threshold": primary.rate_threshold,
        "rate_window_ms": primary.rate_window_ms,
        "rate_baseline_value": trace.value if is_rate else None,
        "rate_baseline_ts": trace.ts if is_rate else None,
        "conditions": [condition_out(condition) for condition in of.conditions],
        "condition_state": {condition.id: _state_out(condition, alarm, readings) for condition in of.conditions},
        "condition_summary": summary(of.conditions),
        "state": standing.state,
        "entered_state_ts": standing.since,
        "expiry_mins": of.expiry_mins,
        "alarm_pending_ms": of.alarm_pending_ms,
        "last_seen_ts": _last_seen(primary, readings),
        "topic_name": of.topic_name,
        "notification_policy": of.notification_policy,
        "messages": of.messages,
    }


def _state_out(condition: Condition, alarm: AlarmRow, readings: Mapping[str, int | None]) -> dict:
    trace = alarm.standing.traces.get(condition.id, NOTHING)
    return {
        "baseline_value": trace.value,
        "baseline_ts": trace.ts,
        "last_seen_ts": _last_seen(condition, readings),
        "last_verdict": trace.verdict,
    }


def _last_seen(condition: Condition, readings: Mapping[str, int | None]) -> int | None:
    """When the condition last had all it needs: of two readings the one written longer ago counts."""
    written = [readings.get(key) for key in condition.keys]
    return min((ms for ms in written if ms is not None), default=None) if None not in written else None


def summary(conditions) -> str:
    """`temperature > 30 and between 05:00 and 21:00 UTC`."""
    return " and ".join(map(condition_words, conditions))


def condition_words(condition: Condition) -> str:
    sign = SIGNS.get(condition.operator, "")
    if condition.type == THRESHOLD:
        return f"{condition.key} {sign} {_short(condition.value)}"
    if condition.type == RATE:
        change = f"{_short(condition.rate_threshold)} per second over {duration(condition.rate_window_ms or 0)}"
        return f"{condition.key} changes by {sign} {change}"
    if condition.type == COMPARE:
        offset = condition.offset or 0
        plus = f" {'+' if offset > 0 else '−'} {_short(abs(offset))}" if offset else ""
        return f"{condition.key} {sign} {condition.other_key}{plus}"
    word = "outside" if condition.invert else "between"
    return f"{word} {_clock(condition.from_ms)} and {_clock(condition.to_ms)} UTC"


def duration(ms: int) -> str:
    """`90000` → `90 s`: in the largest unit that it is a whole number of."""
    size, unit = next((size, unit) for size, unit in UNITS if ms % size == 0)
    return f"{ms // size} {unit}"


def topic_name_of(name: str, alarm_id: int) -> str:
    """The topic segment of an alarm that names none."""
    return re.sub(r"[^a-z0-9._-]+", "_", name.lower()).strip("_")[:200] or str(alarm_id)


def notification(alarm: AlarmRow, document: Mapping[str, Any], came_from: str) -> dict | None:
    """The notification of the state that was just entered (`data-api §12.1`), None when nobody is to be told. Of an
    alarm that the platform keeps nobody hears that it is over who never heard of it."""
    of, state = alarm.definition, alarm.standing.state
    override = (of.messages or {}).get(OVERRIDES[state])
    if not of.enabled or not (override["notify"] if override else state != PENDING):
        return None
    if of.severity is not None and (came_from, state) == (PENDING, OK):
        return None
    return {
        "message": sentence(alarm, document),
        "severity": severity_in(alarm),
        "topic": f"dev/alarms/{of.notification_policy}/{of.topic_name}/{EVENTS[state]}",
    }


def severity_in(alarm: AlarmRow) -> int:
    """How grave the state is that was just entered."""
    usual = WARN if alarm.standing.state == ALARM else INFO
    own = alarm.definition.severity
    return usual if own is None else own if alarm.standing.state == ALARM else min(own, INFO)


def sentence(alarm: AlarmRow, document: Mapping[str, Any]) -> str:
    """What the alarm says of the state that was just entered, whether or not people are told."""
    override = (alarm.definition.messages or {}).get(OVERRIDES[alarm.standing.state])
    return (override or {}).get("text") or _wording(alarm, document)


def _wording(alarm: AlarmRow, document: Mapping[str, Any]) -> str:
    conditions = alarm.definition.conditions
    primary = primary_of(conditions)
    assert primary is not None
    now = f"{primary.key} is {_short(look_up(document, primary.key))}"
    words = {
        ALARM: f"{summary(conditions)} ({now})",
        OK: f"back to normal ({now})",
        PENDING: f"{summary(conditions)} ({now}), not for long enough yet",
        NO_DATA: f"no data ({', '.join(sorted(alarm.compiled.keys))})",
    }
    return f"{alarm.definition.name}: {words[alarm.standing.state]}"


def _short(value: Any) -> str:
    if value is None or isinstance(value, dict | list):  # what is in it may be long, or not for everybody
        return "missing" if value is None else "an object" if isinstance(value, dict) else "a list"
    text = dump_json(value).decode() if isinstance(value, bool) else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _clock(ms: int) -> str:
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
