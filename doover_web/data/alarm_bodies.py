"""What a client sent about an alarm → what is stored of it (pure; `data-api §10.1, §10.2`).

A body states its conditions as a list, or as one in single fields; both come out as conditions with ids. The bodies of
POST and PUT are full statements, that of PATCH names what changes.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, check_document

from .alarms import COMPARE, DAY_MS, OPERATORS, RATE, THRESHOLD, TIME_OF_DAY, Condition, primary_of
from .requests import MAX_JSON_DEPTH, whole_number

SINGLE = ("key", "operator", "value", "rate_threshold", "rate_window_ms")
POLICIES = ("default", "opt-in")
MESSAGES = ("alarm", "ok", "pending", "no_data")
MOST_CONDITIONS = 20
LONGEST_NAME, LONGEST_KEY, LONGEST_TEXT, LARGEST_VALUE = 255, 512, 2000, 1024
LONGEST_MS = 366 * DAY_MS
TOPIC_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything about an alarm that people decide. `messages` are the overrides by state, None for none. `severity`:
    how grave it is, of one that the platform keeps itself; None for those of people, which have the usual one."""

    name: str
    conditions: tuple[Condition, ...]
    description: str = ""
    enabled: bool = True
    expiry_mins: float | None = None
    alarm_pending_ms: int | None = None
    topic_name: str = ""
    notification_policy: str = "default"
    messages: dict | None = None
    severity: int | None = None


def definition_of(body: Any, stored: Definition | None = None) -> Definition:
    """A full statement, as POST and PUT send it. With `stored`, the conditions it keeps keep their ids, and its topic
    stays: subscriptions refer to it. Raises BadRequest."""
    body = _object(body)
    known = stored.conditions if stored else ()
    conditions = _list_of(body, known)
    if conditions is None:
        conditions = (_single_of(body, {}, _kept_id(body, known)),)
    topic = _optional(body, "topic_name", _topic_name, stored.topic_name if stored else "")
    return Definition(
        name=_text(body.get("name"), "name", 1, LONGEST_NAME),
        conditions=conditions,
        description=_optional(body, "description", _description, ""),
        enabled=_optional(body, "enabled", _boolean, True),
        expiry_mins=_optional(body, "expiry_mins", _expiry, None),
        alarm_pending_ms=_optional(body, "alarm_pending_ms", _pending, None),
        topic_name=topic,
        notification_policy=_optional(body, "notification_policy", _policy, "default"),
        messages=merged_messages(None, body.get("messages")),
    )


def changed(stored: Definition, body: Any) -> Definition:
    """`stored` with what a PATCH names: a key left out stays, null clears what may be empty. Raises BadRequest."""
    body = _object(body)
    changes: dict[str, Any] = {}
    readers = {
        "name": lambda value, name: _text(value, name, 1, LONGEST_NAME),
        "description": lambda value, name: "" if value is None else _description(value, name),
        "enabled": _boolean,
        "expiry_mins": lambda value, name: None if value is None else _expiry(value, name),
        "alarm_pending_ms": lambda value, name: None if value is None else _pending(value, name),
        "topic_name": _topic_name,
        "notification_policy": _policy,
        "messages": lambda value, _: merged_messages(stored.messages, value),
    }
    for name, read in readers.items():
        if name in body:
            changes[name] = read(body[name], name)
    conditions = _list_of(body, stored.conditions)
    if conditions is None and any(name in body for name in SINGLE):
        conditions = _with_primary_changed(stored.conditions, body)
    if conditions is not None:
        changes["conditions"] = conditions
    return replace(stored, **changes)


def conditions_from(stored: Sequence[dict]) -> tuple[Condition, ...]:
    """The conditions that the database keeps as a list of objects."""
    return tuple(Condition(**one) for one in stored)


def condition_out(condition: Condition) -> dict:
    """A condition in the shape of the wire, which is also the shape it is stored in."""
    out: dict[str, Any] = {"id": condition.id, "type": condition.type}
    if condition.type == TIME_OF_DAY:
        return out | {"from_ms": condition.from_ms, "to_ms": condition.to_ms, "invert": condition.invert}
    out |= {"key": condition.key, "operator": condition.operator}
    if condition.type == THRESHOLD:
        return out | {"value": condition.value}
    if condition.type == RATE:
        return out | {"rate_threshold": condition.rate_threshold, "rate_window_ms": condition.rate_window_ms}
    out["other_key"] = condition.other_key
    return out if condition.offset is None else out | {"offset": condition.offset}


def merged_messages(stored: dict | None, given: Any) -> dict | None:
    """The overrides by state, merged state by state and field by field; null drops one, or all."""
    if given is None:
        return None
    _expect(isinstance(given, dict), 'messages is an object like {"alarm": {"notify": true, "text": "…"}}, or null')
    merged = dict(stored or {})
    for state in MESSAGES:
        if state not in given:
            continue
        if given[state] is None:
            merged.pop(state, None)
            continue
        _expect(isinstance(given[state], dict), f"messages.{state} is an object, or null")
        merged[state] = _message(merged.get(state, {}), given[state], f"messages.{state}")
    return merged or None


def _message(stored: dict, given: dict, name: str) -> dict:
    notify, text = stored.get("notify", True), stored.get("text")
    if "notify" in given:
        notify = True if given["notify"] is None else _boolean(given["notify"], f"{name}.notify")
    if "text" in given:
        text = None if given["text"] is None else _text(given["text"], f"{name}.text", 0, LONGEST_TEXT)
    return {"notify": notify, "text": text} if text else {"notify": notify}


# --- conditions ---


def _list_of(body: dict, known: Sequence[Condition]) -> tuple[Condition, ...] | None:
    """The conditions of the list form; None when the body is not of that form."""
    given = body.get("conditions")
    if given is None:
        return None
    both = [name for name in SINGLE if body.get(name) is not None]
    _expect(not both, f"Send conditions or single fields ({', '.join(both)}), not both")
    _expect(isinstance(given, list), "conditions is a list")
    _expect(len(given) <= MOST_CONDITIONS, _("An alarm has %(most)s conditions at most") % {"most": MOST_CONDITIONS})
    read = [_condition(_object(one, f"conditions[{n}]"), f"conditions[{n}].") for n, one in enumerate(given)]
    _expect(primary_of(read) is not None, _("An alarm needs a condition on a reading; time windows alone are none"))
    ids = {condition.id for condition in known}
    kept = [one.id for one in read if one.id in ids]
    _expect(len(kept) == len(set(kept)), "A condition id is used twice")
    fresh = (f"c{n}" for n in range(_highest(ids) + 1, _highest(ids) + 1 + len(read)))
    return tuple(one if one.id in ids else replace(one, id=next(fresh)) for one in read)


def _with_primary_changed(stored: tuple[Condition, ...], body: dict) -> tuple[Condition, ...]:
    """Single fields edit the primary condition; the others stay."""
    primary = primary_of(stored)
    assert primary is not None
    if primary.type == COMPARE and body.get("value") is None and body.get("rate_window_ms") is None:
        fields = condition_out(primary) | {name: body[name] for name in ("key", "operator") if body.get(name)}
        edited = _condition(fields, "")
    else:
        edited = _single_of(body, condition_out(primary), primary.id)
    return tuple(edited if one is primary else one for one in stored)


def _single_of(body: dict, stored: dict, condition_id: str) -> Condition:
    """The condition in single fields: those of the body, else those stored. A value makes it a threshold, both rate
    fields a rate."""
    fields = {name: stored.get(name) for name in SINGLE} | {name: body[name] for name in SINGLE if name in body}
    for name in ("key", "operator"):  # null clears neither
        fields[name] = stored.get(name) if fields[name] is None else fields[name]
    is_threshold = fields["value"] is not None
    rates = [name for name in ("rate_threshold", "rate_window_ms") if fields[name] is not None]
    _expect(
        is_threshold != bool(rates) and len(rates) != 1,
        "An alarm needs conditions, or key and operator with either a value or both rate_threshold and rate_window_ms",
    )
    return _condition({**fields, "type": THRESHOLD if is_threshold else RATE, "id": condition_id}, "")


def _kept_id(body: dict, known: Sequence[Condition]) -> str:
    """The id of the condition that single fields of a PUT state anew."""
    primary = primary_of(known)
    wanted = RATE if body.get("value") is None else THRESHOLD
    if primary is not None and (primary.type, primary.key) == (wanted, body.get("key")):
        return primary.id
    return f"c{_highest({one.id for one in known}) + 1}"


def _condition(fields: dict, at: str) -> Condition:
    kind = fields.get("type")
    _expect(
        kind in (THRESHOLD, RATE, COMPARE, TIME_OF_DAY), f"{at}type must be threshold, rate, compare or time_of_day"
    )
    known_id = fields.get("id")
    _expect(known_id is None or (isinstance(known_id, str) and len(known_id) <= 40), f"{at}id is a text")
    if kind == TIME_OF_DAY:
        return _window(fields, at, known_id or "")
    key = _text(fields.get("key"), f"{at}key", 1, LONGEST_KEY)
    name = fields.get("operator")
    _expect(isinstance(name, str) and name in OPERATORS, f"{at}operator must be eq, ge, gt, le or lt")
    base = Condition(known_id or "", str(kind), key, str(name))
    if kind == THRESHOLD:
        return replace(base, value=_value(fields.get("value"), str(name), f"{at}value"))
    if kind == RATE:
        _expect(name != "eq", _("A rate is compared with ge, gt, le or lt, not eq"))
        window = whole_number(fields.get("rate_window_ms"), f"{at}rate_window_ms", least=1, most=LONGEST_MS)
        _expect(window is not None, f"{at}rate_window_ms is needed: milliseconds, 1 or more")
        return replace(
            base, rate_threshold=_number(fields.get("rate_threshold"), f"{at}rate_threshold"), rate_window_ms=window
        )
    other = _text(fields.get("other_key"), f"{at}other_key", 1, LONGEST_KEY)
    offset = fields.get("offset")
    return replace(base, other_key=other, offset=None if offset is None else _number(offset, f"{at}offset"))


def _window(fields: dict, at: str, condition_id: str) -> Condition:
    start = whole_number(fields.get("from_ms"), f"{at}from_ms", least=0, most=DAY_MS - 1)
    end = whole_number(fields.get("to_ms"), f"{at}to_ms", least=0, most=DAY_MS)
    if start is None or end is None:
        raise BadRequest(
            _("%(at)sfrom_ms and to_ms are needed: milliseconds since midnight, UTC") % {"at": at}, code="bad_alarm"
        )
    _expect(start != end, f"{at}from_ms and to_ms must differ")
    invert = fields.get("invert")
    return Condition(
        condition_id,
        TIME_OF_DAY,
        from_ms=start,
        to_ms=end,
        invert=False if invert is None else _boolean(invert, f"{at}invert"),
    )


def _value(value: Any, name: str, at: str) -> Any:
    _expect(value is not None, f"{at} is needed")
    is_ordered = isinstance(value, int | float | str) and not isinstance(value, bool)
    _expect(name == "eq" or is_ordered, f"{at} must be a number or a text for {name}")
    check_document(value, max_depth=MAX_JSON_DEPTH)
    _expect(len(orjson.dumps(value)) <= LARGEST_VALUE, f"{at} is larger than {LARGEST_VALUE} bytes")
    return value


def _highest(ids: set[str]) -> int:
    return max((int(one[1:]) for one in ids if re.fullmatch(r"c[0-9]{1,9}", one)), default=0)


# --- single values ---


def _optional(body: dict, name: str, read, default: Any) -> Any:
    return default if body.get(name) is None else read(body[name], name)


def _object(body: Any, name: str = "The body") -> dict:
    if not isinstance(body, dict):
        raise BadRequest(_("%(name)s must be a JSON object") % {"name": name}, code="not_an_object")
    return body


def _text(value: Any, name: str, least: int, most: int) -> str:
    if not isinstance(value, str) or not least <= len(value.strip() if least else value) or len(value) > most:
        raise BadRequest(
            _("%(name)s must be a text of %(least)s to %(most)s characters")
            % {"name": name, "least": least, "most": most},
            code="bad_alarm",
        )
    _expect("\x00" not in value, f"{name} may not hold the character \\u0000")
    return value


def _description(value: Any, name: str) -> str:
    return _text(value, name, 0, LONGEST_TEXT)


def _boolean(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(_("%(name)s must be true or false") % {"name": name}, code="bad_alarm")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(_("%(name)s must be a number") % {"name": name}, code="bad_alarm")
    return value


def _expiry(value: Any, name: str) -> float:
    minutes = _number(value, name)
    _expect(0 < minutes <= LONGEST_MS / 60_000, f"{name} must be above 0 and a year at most, in minutes")
    return minutes


def _pending(value: Any, name: str) -> int | None:
    return whole_number(value, name, least=0, most=LONGEST_MS)


def _policy(value: Any, name: str) -> str:
    _expect(value in POLICIES, f"{name} must be default or opt-in")
    return value


def _topic_name(value: Any, name: str) -> str:
    if not isinstance(value, str) or not TOPIC_NAME.fullmatch(value):
        raise BadRequest(
            _("%(name)s must be 1 to 200 letters, digits, '.', '_' or '-'") % {"name": name}, code="bad_alarm"
        )
    return value


def _expect(true: bool, words: str) -> None:
    if not true:
        raise BadRequest(words, code="bad_alarm")
