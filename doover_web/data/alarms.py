"""Judge a state against its thresholds (pure): values in, verdicts out, no database and no clock (`data-api §10.4`).

An alarm moves when a reading is written and when a moment passes: the end of a pending period, the expiry of a reading,
the edge of a time window, the end of a rate's window. `step` judges one moment, `due` names the next one that matters,
and `catch_up` goes through those that passed unseen, so that what comes out does not depend on how punctual a timer is.
"""

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

THRESHOLD, RATE, COMPARE, TIME_OF_DAY = "threshold", "rate", "compare", "time_of_day"
NO_DATA, OK, ALARM, PENDING = "NoData", "OK", "Alarm", "AlarmPending"
OPERATORS = {"eq": operator.eq, "ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}
DAY_MS = 24 * 3600 * 1000
# After an outage, what passed earlier than this is judged as if it happened now: nobody wants the news of last week.
LONGEST_PAST = 3600 * 1000


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the conditions that must all hold; which fields count depends on `type`. Times in ms."""

    id: str
    type: str
    key: str = ""
    operator: str = ""
    value: Any = None
    other_key: str = ""
    offset: float | None = None
    rate_threshold: float | None = None
    rate_window_ms: int | None = None
    from_ms: int = 0
    to_ms: int = 0
    invert: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The readings it looks at; none for a time window."""
        return tuple(key for key in (self.key, self.other_key) if key)


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alarm is on. `pending_ms` a true verdict must hold, `expiry_ms` a reading counts after it was written."""

    conditions: tuple[Condition, ...]
    enabled: bool = True
    pending_ms: int = 0
    expiry_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """What is remembered of one condition: a rate's baseline, and what was judged last (None: unknown)."""

    value: float | None = None
    ts: int | None = None
    verdict: bool | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alarm stands: its state, since when (ms), and the traces of its conditions by id."""

    state: str
    since: int
    traces: Mapping[str, Trace] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to see: a channel's state, and when (ms) each reading that alarms look at was last written."""

    document: dict
    written: Mapping[str, int | None]


NOTHING = Trace()


def step(rule: Rule, standing: Standing, scene: Scene, at: int) -> Standing:
    """How the alarm stands at the moment `at`. A disabled one knows nothing."""
    if not rule.enabled:
        return standing if standing.state == NO_DATA and not standing.traces else _entered(standing, NO_DATA, at, {})
    traces = {one.id: _judged(one, standing.traces.get(one.id, NOTHING), scene, at, rule) for one in rule.conditions}
    verdict = all_hold(trace.verdict for trace in traces.values())
    return _entered(standing, _next_state(rule, standing, verdict, at), at, traces)


def catch_up(rule: Rule, standing: Standing, scene: Scene, due_at: int | None, until: int) -> list[Standing]:
    """How the alarm stood at each moment that mattered from `due_at` to `until`, while nothing was written."""
    stood: list[Standing] = []
    at = until if due_at is None else due_at - 1
    while (moment := due(rule, standing, scene, at)) is not None and moment <= until:
        at = max(moment, until - LONGEST_PAST)
        standing = step(rule, standing, scene, at)
        stood.append(standing)
    return stood


def due(rule: Rule, standing: Standing, scene: Scene, at: int) -> int | None:
    """The next moment after `at` at which time alone may change how the alarm stands; None when there is none."""
    if not rule.enabled:
        return None
    moments = [standing.since + rule.pending_ms] if standing.state == PENDING else []
    for condition in rule.conditions:
        if condition.type == TIME_OF_DAY:
            moments += _edges(condition, at)
            continue
        if rule.expiry_ms is not None:
            moments += [written + rule.expiry_ms for key in condition.keys if (written := scene.written.get(key))]
        trace = standing.traces.get(condition.id, NOTHING)
        if condition.type == RATE and trace.ts is not None and _written_since(scene, condition.key, trace.ts):
            moments.append(trace.ts + (condition.rate_window_ms or 0))
    return min((moment for moment in moments if moment > at), default=None)


def all_hold(verdicts: Iterable[bool | None]) -> bool | None:
    """False when any condition is false, else None when any is unknown, else True."""
    unknown = False
    for verdict in verdicts:
        if verdict is False:
            return False
        unknown = unknown or verdict is None
    return None if unknown else True


def look_up(document: Mapping, key: str) -> Any:
    """The reading that `key` names: a top-level key of that very name, else a dotted path. None when there is none."""
    return document[key] if _holds_key(document, key) else _at_path(document, key)


def wrote(document: Mapping, patch: Mapping, key: str) -> bool:
    """Whether `patch`, which led to `document`, wrote the reading that `key` names there."""
    literal = _holds_key(document, key) and isinstance(patch, Mapping)
    return (patch.get(key) if literal else _at_path(patch, key)) is not None


def _holds_key(document: Any, key: str) -> bool:
    """A state of the first generation may be text, in which there is nothing to read."""
    return isinstance(document, Mapping) and key in document


def _at_path(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def primary_of(conditions: Iterable[Condition]) -> Condition | None:
    """The condition that an alarm's top-level fields mirror; clients choose the same one (`data-api §10.3`)."""
    conditions = list(conditions)
    for wanted in (THRESHOLD, RATE, COMPARE):
        for condition in conditions:
            if condition.type == wanted:
                return condition
    return None


def holds(name: str, left: Any, right: Any) -> bool | None:
    """`left <operator> right`; None when the two cannot be compared so."""
    kind = _kind(left)
    if left is None or kind != _kind(right) or (name != "eq" and kind not in ("number", "text")):
        return None
    return bool(OPERATORS[name](left, right))


def _judged(condition: Condition, trace: Trace, scene: Scene, at: int, rule: Rule) -> Trace:
    match condition.type:
        case "time_of_day":
            return Trace(verdict=_is_within(condition, at))
        case "threshold":
            return Trace(verdict=holds(condition.operator, _fresh(condition.key, scene, at, rule), condition.value))
        case "compare":
            left, right = (_fresh(key, scene, at, rule) for key in (condition.key, condition.other_key))
            return Trace(verdict=holds(condition.operator, left, _plus(right, condition.offset)))
    return _rated(condition, trace, scene, at, rule)


def _rated(condition: Condition, trace: Trace, scene: Scene, at: int, rule: Rule) -> Trace:
    """A rate is judged at the end of its window, if the reading was written since the window began."""
    value = _fresh(condition.key, scene, at, rule)
    if _kind(value) != "number":
        return NOTHING
    if trace.ts is None or trace.value is None:
        return Trace(value, at)
    elapsed = at - trace.ts
    if elapsed < (condition.rate_window_ms or 0) or not _written_since(scene, condition.key, trace.ts):
        return trace
    rate = (value - trace.value) * 1000 / elapsed
    return Trace(value, at, holds(condition.operator, rate, condition.rate_threshold))


def _next_state(rule: Rule, standing: Standing, verdict: bool | None, at: int) -> str:
    if verdict is None:
        return NO_DATA
    if not verdict:
        return OK
    if standing.state == ALARM or rule.pending_ms <= 0:
        return ALARM
    if standing.state == PENDING and at - standing.since >= rule.pending_ms:
        return ALARM
    return PENDING


def _entered(standing: Standing, state: str, at: int, traces: dict[str, Trace]) -> Standing:
    return Standing(state, standing.since if state == standing.state else at, traces)


def _fresh(key: str, scene: Scene, at: int, rule: Rule) -> Any:
    """The reading, or None when there is none or it is too old to count."""
    if rule.expiry_ms is not None:
        written = scene.written.get(key)
        if written is None or at - written >= rule.expiry_ms:
            return None
    return look_up(scene.document, key)


def _written_since(scene: Scene, key: str, ts: int) -> bool:
    return (scene.written.get(key) or ts) > ts


def _is_within(window: Condition, at: int) -> bool:
    now, start, end = at % DAY_MS, window.from_ms, window.to_ms
    inside = start <= now < end if start < end else now >= start or now < end
    return inside is not window.invert


def _edges(window: Condition, at: int) -> list[int]:
    """The next beginning and the next end of a daily window after `at`."""
    midnight = at - at % DAY_MS
    days = (midnight, midnight + DAY_MS)
    return [min(day + edge for day in days if day + edge > at) for edge in (window.from_ms, window.to_ms % DAY_MS)]


def _plus(value: Any, offset: float | None) -> Any:
    if not offset:
        return value
    return value + offset if _kind(value) == "number" else None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else type(value).__name__
