"""The form of one alarm, wherever it is made: in the channel viewer, at a device, from a variable.

The form has a row per condition, and one to begin with; which fields of a row count depends on its type, and the
stylesheet shows only those. Hours are those of the viewer's clock, kept in UTC. What the form says becomes the body
that the API takes too; what is wrong with it stands at its fields (`alarm_checks.py`).
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from doover_web.common.wire import Refused, parse_json
from doover_web.data.alarm_bodies import MESSAGES, MOST_CONDITIONS
from doover_web.data.alarm_words import SIGNS
from doover_web.pages import typed

from ..problems import Wrong
from . import day_clock
from .alarm_checks import UNITS_MS, problems_of

SHOWN_KEYS = 200
EXACT = 2**53  # whole numbers below are the same as floats
TYPES = {
    "threshold": gettext_lazy("A reading against a value"),
    "rate": gettext_lazy("How fast a reading changes"),
    "compare": gettext_lazy("A reading against another"),
    "time_of_day": gettext_lazy("A time of day"),
}
# State → its words, the kind of its badge.
SHOWN_AGAIN = ("id", "name", "description", "pending", "expiry_mins", "open_told", "open_programs")
STATES = {
    "Alarm": (gettext_lazy("Alarm"), "bad"),
    "AlarmPending": (gettext_lazy("Pending"), "warn"),
    "OK": (gettext_lazy("OK"), "ok"),
    "NoData": (gettext_lazy("No data"), "off"),
}
TOLD = {
    "alarm": gettext_lazy("It goes on"),
    "ok": gettext_lazy("It clears"),
    "pending": gettext_lazy("It may go on"),
    "no_data": gettext_lazy("There is no data"),
}
UNIT_WORDS = {"s": gettext_lazy("seconds"), "min": gettext_lazy("minutes"), "h": gettext_lazy("hours")}
QUIET = {"pending"}  # nobody is told unless asked for
TYPED = "*"  # in place of a choice: the key beside it counts
Named = Callable[[list[str]], list[tuple[str, Sequence[tuple[str, str]]]]] | None


def form_context(
    document: Any,
    fields,
    problem: str,
    names: Named = None,
    rows: list[dict] | None = None,
    problems: dict[str, str] | None = None,
) -> dict:
    """What the template of the form shows: `fields` as they were typed, or as an alarm fills them. `names` gives the
    values with a name of their own among the keys of the state, by heading; without it keys are typed. `rows` are the
    conditions, where they are other than in the fields; `problems` what is wrong, by field."""
    keys = _keys_in(document)
    groups = names(keys) if names else []
    return {
        "alarm_form": {name: fields.get(name, "") for name in SHOWN_AGAIN},
        "alarm_unit": fields.get("pending_unit", "min"),
        "alarm_units": UNIT_WORDS,
        "alarm_topic": fields.get("topic_name", ""),
        "alarm_policy": fields.get("notification_policy", "default"),
        "alarm_enabled": "enabled" in fields,
        "alarm_problem": problem,
        "problems": problems or {},
        "alarm_rows": [dict(row, n=n, at=_places(n)) for n, row in enumerate(rows or _rows(fields))],
        "alarm_most": MOST_CONDITIONS,
        "alarm_types": TYPES,
        "alarm_operators": SIGNS,
        "alarm_keys": keys,
        "alarm_names": groups,
        "alarm_places": {place for _, choices in groups for place, _ in choices},
        "alarm_told": [_told(fields, state) for state in MESSAGES],
        "alarm_is_new": not fields.get("id"),
        "clock_offset": day_clock.offset_typed(fields.get("clock_offset", "")),
        "clock_words": day_clock.in_words(timezone.localtime()),
    }


def _places(n: int) -> dict[str, str]:
    """What the fields of a condition are called in the form."""
    return {name: f"{name}_{n}" for name in ROW}


def with_another_row(fields) -> list[dict]:
    """The conditions in the fields, and an empty one to be filled in next."""
    rows = _rows(fields)
    return [*rows, _row({}, 0) | {"type": "threshold", "is_new": True}][:MOST_CONDITIONS]


def without_row(fields, n: str) -> list[dict]:
    """The conditions in the fields but one, or an empty one where that was the last."""
    return [row for place, row in enumerate(_rows(fields)) if str(place) != n] or _rows({})


def _rows(fields) -> list[dict]:
    rows = [_row(fields, n) for n in range(MOST_CONDITIONS) if fields.get(f"type_{n}")]
    return rows or [_row(fields, 0) | {"type": "threshold"}]


ROW = ("type", "id", "key", "operator", "value", "rate_threshold", "window", "other_key", "offset", "from", "to")


def _row(fields, n: int) -> dict:
    row = {name: fields.get(f"{name}_{n}", "") for name in ROW} | {"invert": f"invert_{n}" in fields}
    row["window_unit"] = fields.get(f"window_unit_{n}", "min")
    for name in ("key", "other_key"):
        if row[name] == TYPED:
            row[name] = fields.get(f"own_{name}_{n}", "")
    return row


def _told(fields, state: str) -> dict:
    is_told = f"told_{state}" in fields if fields.get("name") is not None else state not in QUIET
    return {"state": state, "words": TOLD[state], "is_told": is_told, "text": fields.get(f"text_{state}", "")}


def fields_of(alarm: dict) -> dict:
    """An alarm → the fields of the form."""
    fields: dict[str, Any] = {name: alarm[name] for name in ("id", "name", "description", "topic_name")}
    fields["notification_policy"] = alarm["notification_policy"]
    if alarm["enabled"]:
        fields["enabled"] = "on"
    fields["expiry_mins"] = _plain(alarm["expiry_mins"])
    fields["pending"], fields["pending_unit"] = _typed(alarm["alarm_pending_ms"])
    fields["clock_offset"] = str(offset := day_clock.offset_now())
    for n, condition in enumerate(alarm["conditions"]):
        fields |= {
            f"{name}_{n}": condition[name]
            for name in ("id", "type", "key", "operator", "other_key")
            if name in condition
        }
        fields |= {f"{name}_{n}": _plain(condition[name]) for name in ("offset", "rate_threshold") if name in condition}
        if "value" in condition:
            fields[f"value_{n}"] = _written(condition["value"])
        if "rate_window_ms" in condition:
            fields[f"window_{n}"], fields[f"window_unit_{n}"] = _typed(condition["rate_window_ms"])
        if condition["type"] == "time_of_day":
            fields |= {f"{end}_{n}": day_clock.clock_of(condition[f"{end}_ms"], offset) for end in ("from", "to")}
            if condition["invert"]:
                fields[f"invert_{n}"] = "on"
    overrides = alarm["messages"] or {}
    for state in MESSAGES:
        override = overrides.get(state, {})
        fields[f"text_{state}"] = override.get("text", "")
        if override.get("notify", True) if state in overrides else state not in QUIET:
            fields[f"told_{state}"] = "on"
    return fields


def body_of(form) -> dict:
    """The fields of the form → the body of the API; Wrong with what is to be mended at which field."""
    rows = list(enumerate(_row(form, n) for n in range(MOST_CONDITIONS) if form.get(f"type_{n}")))
    if found := problems_of(form, [(n, row | {"read": _read(row["value"].strip())}) for n, row in rows]):
        raise Wrong(found)
    body: dict[str, Any] = {
        "name": form.get("name", "").strip(),
        "description": form.get("description", "").strip(),
        "enabled": "enabled" in form,
        "notification_policy": form.get("notification_policy") or "default",
        "conditions": [_condition_of(form, row) for _n, row in rows],
        "expiry_mins": _number(form.get("expiry_mins", "")),
        "alarm_pending_ms": _ms(form.get("pending", ""), form.get("pending_unit", "s")),
        "messages": {},
    }
    if topic := form.get("topic_name", "").strip():
        body["topic_name"] = topic
    for state in MESSAGES:
        text, is_told = form.get(f"text_{state}", "").strip(), f"told_{state}" in form
        if text or is_told is (state in QUIET):
            body["messages"][state] = {"notify": is_told, "text": text or None}
    return body


def _condition_of(form, row: dict) -> dict:
    condition: dict[str, Any] = {"type": row["type"], "id": row["id"] or None}
    if row["type"] == "time_of_day":
        offset = day_clock.offset_typed(form.get("clock_offset", ""))
        ends = {f"{end}_ms": day_clock.moment_of(row[end], offset) for end in ("from", "to")}
        return condition | ends | {"invert": row["invert"]}
    condition |= {"key": row["key"].strip(), "operator": row["operator"]}
    if row["type"] == "threshold":
        condition["value"] = _read(row["value"].strip())
    elif row["type"] == "rate":
        condition["rate_threshold"] = _number(row["rate_threshold"])
        condition["rate_window_ms"] = _ms(row["window"], row["window_unit"])
    else:
        condition |= {"other_key": row["other_key"].strip(), "offset": _number(row["offset"])}
    return condition


def _read(text: str) -> Any:
    """`30` is a number, in German `70,5` too, `true` a truth, `"30"` and `on` are texts."""
    try:
        value = parse_json((typed.plain(text) or text).encode(), max_depth=1)
    except Refused:
        return text or None
    return value if isinstance(value, bool | str) or (isinstance(value, int | float) and abs(value) < 1e300) else text


def _written(value: Any) -> str:
    text = value if isinstance(value, str) else typed.in_field(json.dumps(value))
    return json.dumps(value) if isinstance(value, str) and _read(text) != value else text


def _number(text: str) -> float | None:
    number = typed.number(text)
    return int(number) if number is not None and number.is_integer() and abs(number) < EXACT else number


def _ms(text: str, unit: str) -> int | None:
    number = typed.number(text)
    return None if number is None else round(number * UNITS_MS.get(unit, 1000))


def _typed(ms: int | None) -> tuple[str, str]:
    """A span of time as it is typed, in the largest unit that says it in a whole number."""
    if not ms:
        return _plain(ms), "min"
    unit = next((one for one in ("h", "min") if ms % UNITS_MS[one] == 0), "s")
    return _plain(ms / UNITS_MS[unit]), unit


def _plain(number: float | None) -> str:
    return "" if number is None else typed.in_field(f"{number:g}" if abs(number) < 1e6 else repr(number))


def _keys_in(document: Any) -> list[str]:
    """The paths of single values in a state, as an alarm names them."""
    found: list[str] = []
    waiting = [("", document)]
    while waiting and len(found) < SHOWN_KEYS:
        path, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting += [
                (f"{path}.{key}" if path else str(key), inner) for key, inner in list(value.items())[:SHOWN_KEYS]
            ]
        elif path and not isinstance(value, list):
            found.append(path)
    return found
