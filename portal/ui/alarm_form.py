"""The form of one alarm, wherever it is made: in the channel viewer, at a device, from a variable.

The form has a row per condition and two spare ones; which fields of a row count depends on its type, and the stylesheet
shows only those. What the form says becomes the body that the API takes too, so both are refused in the same words.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doover_web.common.wire import BadRequest, Refused, parse_json
from doover_web.data.alarm_bodies import MESSAGES, MOST_CONDITIONS
from doover_web.data.alarm_words import SIGNS

SPARE_ROWS = 2
SHOWN_KEYS = 200
EXACT = 2**53  # whole numbers below are the same as floats
TYPES = {
    "threshold": gettext_lazy("A reading against a value"),
    "rate": gettext_lazy("How fast a reading changes"),
    "compare": gettext_lazy("A reading against another"),
    "time_of_day": gettext_lazy("A time of day (UTC)"),
}
# State → its words, the kind of its badge.
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
QUIET = {"pending"}  # nobody is told unless asked for
TYPED = "*"  # in place of a choice: the key beside it counts
Named = Callable[[list[str]], list[tuple[str, Sequence[tuple[str, str]]]]] | None


def form_context(document: Any, fields, problem: str, names: Named = None) -> dict:
    """What the template of the form shows: `fields` as they were typed, or as an alarm fills them. `names` gives the
    values with a name of their own among the keys of the state, by heading; without it keys are typed."""
    keys = _keys_in(document)
    groups = names(keys) if names else []
    rows = [_row(fields, n) for n in range(MOST_CONDITIONS) if fields.get(f"type_{n}")]
    blank = [_row({f"key_{len(rows)}": fields.get("key_0", "") if not rows else ""}, len(rows))]
    blank += [_row({}, len(rows) + n) for n in range(1, SPARE_ROWS)]
    if not rows:
        blank[0]["type"] = "threshold"
    rows = [dict(row, n=n) for n, row in enumerate([*rows, *blank][:MOST_CONDITIONS])]
    return {
        "alarm_form": {
            name: fields.get(name, "") for name in ("id", "name", "description", "pending_s", "expiry_mins")
        },
        "alarm_topic": fields.get("topic_name", ""),
        "alarm_policy": fields.get("notification_policy", "default"),
        "alarm_enabled": "enabled" in fields,
        "alarm_problem": problem,
        "alarm_rows": rows,
        "alarm_types": TYPES,
        "alarm_operators": SIGNS,
        "alarm_keys": keys,
        "alarm_names": groups,
        "alarm_places": {place for _, choices in groups for place, _ in choices},
        "alarm_told": [_told(fields, state) for state in MESSAGES],
        "alarm_is_new": not fields.get("id"),
        "utc_clock": f"{timezone.now():%H:%M}",
    }


ROW = ("type", "id", "key", "operator", "value", "other_key", "offset", "rate_threshold", "window_s", "from", "to")


def _row(fields, n: int) -> dict:
    row = {name: fields.get(f"{name}_{n}", "") for name in ROW} | {"invert": f"invert_{n}" in fields}
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
    fields["pending_s"] = _plain(alarm["alarm_pending_ms"] and alarm["alarm_pending_ms"] / 1000)
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
            fields[f"window_s_{n}"] = _plain(condition["rate_window_ms"] / 1000)
        if condition["type"] == "time_of_day":
            fields |= {f"from_{n}": _clock(condition["from_ms"]), f"to_{n}": _clock(condition["to_ms"])}
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
    """The fields of the form → the body of the API."""
    body: dict[str, Any] = {
        "name": form.get("name", "").strip(),
        "description": form.get("description", "").strip(),
        "enabled": "enabled" in form,
        "notification_policy": form.get("notification_policy") or "default",
        "conditions": [_condition_of(form, n) for n in range(MOST_CONDITIONS) if form.get(f"type_{n}")],
        "expiry_mins": _number(form.get("expiry_mins", ""), _("Readings expire after")),
        "alarm_pending_ms": _ms(form.get("pending_s", ""), _("It must hold for")),
        "messages": {},
    }
    if topic := form.get("topic_name", "").strip():
        body["topic_name"] = topic
    for state in MESSAGES:
        text, is_told = form.get(f"text_{state}", "").strip(), f"told_{state}" in form
        if text or is_told is (state in QUIET):
            body["messages"][state] = {"notify": is_told, "text": text or None}
    return body


def _condition_of(form, n: int) -> dict:
    row = _row(form, n)
    condition: dict[str, Any] = {"type": row["type"], "id": row["id"] or None}
    if row["type"] == "time_of_day":
        return condition | {
            "from_ms": _moment(row["from"]), "to_ms": _moment(row["to"]), "invert": row["invert"]
        }  # fmt: skip
    condition |= {"key": row["key"].strip(), "operator": row["operator"]}
    if row["type"] == "threshold":
        condition["value"] = _read(row["value"].strip())
    elif row["type"] == "rate":
        condition["rate_threshold"] = _number(row["rate_threshold"], _("The change per second"))
        condition["rate_window_ms"] = _ms(row["window_s"], _("The window"))
    else:
        condition |= {"other_key": row["other_key"].strip(), "offset": _number(row["offset"], _("The difference"))}
    return condition


def _read(text: str) -> Any:
    """`30` is a number, `true` a truth, `"30"` and `on` are texts."""
    try:
        value = parse_json(text.encode(), max_depth=1)
    except Refused:
        return text or None
    return value if isinstance(value, bool | str) or (isinstance(value, int | float) and abs(value) < 1e300) else text


def _written(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(value) if isinstance(value, str) and _read(text) != value else text


def _number(text: str, label: str) -> float | None:
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        raise BadRequest(_("%(label)s: %(text)s is no number") % {"label": label, "text": repr(text[:40])}) from None
    return int(number) if number.is_integer() and abs(number) < EXACT else number


def _ms(text: str, label: str) -> int | None:
    seconds = _number(text, label)
    if seconds is not None and not abs(seconds) < 1e12:
        raise BadRequest(_("%(label)s: that is too long") % {"label": label})
    return None if seconds is None else round(seconds * 1000)


def _moment(text: str) -> int:
    """`05:30` or `05:30:15` → ms since midnight."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts):
        raise BadRequest(_("A time of day is hours and minutes, such as 05:30"))
    hours, minutes, seconds = (*map(int, parts), 0)[:3]
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


def _clock(ms: int) -> str:
    seconds = ms // 1000 % 86_400
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:g}" if abs(number) < 1e6 else repr(number)


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
