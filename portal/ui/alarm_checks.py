"""What is wrong with the form of an alarm, in words at each field; what it lets through, the API takes too. Pure."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest
from doover_web.data.alarm_bodies import LARGEST_VALUE, LONGEST_KEY, LONGEST_MS, LONGEST_NAME, LONGEST_TEXT, TOPIC_NAME
from doover_web.pages.typed import is_unclear, number, unclear_words, wrong_number

from . import day_clock

UNITS_MS = {"s": 1000, "min": 60_000, "h": 3_600_000}  # a span of time is typed in one of these
Problem = tuple[str, str]  # a field, and what is wrong with it


def problems_of(form: Mapping[str, Any], rows: list[tuple[int, dict]]) -> dict[str, str]:
    """By field, in the order of the page; `rows` are the conditions with their numbers."""
    found = dict(_of_words(form))
    for n, row in rows:
        found |= {f"{field}_{n}": words for field, words in CHECKS.get(row["type"], _of_no_kind)(row)}
    if rows and all(row["type"] == "time_of_day" for _n, row in rows):
        found[f"type_{rows[-1][0]}"] = _("Add a condition on a reading: hours alone make no alarm")
    return found | dict(_of_the_rest(form))


def _of_words(form: Mapping[str, Any]) -> Iterator[Problem]:
    name = form.get("name", "").strip()
    if not name:
        yield "name", _("Give the alarm a name")
    for field, text, most in (("name", name, LONGEST_NAME), ("description", form.get("description", ""), LONGEST_TEXT)):
        if long := _too_long(text, most):
            yield field, long


def _of_the_rest(form: Mapping[str, Any]) -> Iterator[Problem]:
    pending = form.get("pending", "")
    if pending.strip() and (words := _span(pending, form.get("pending_unit", "s"), least=0)):
        yield "pending", words
    expiry = form.get("expiry_mins", "")
    if expiry.strip() and (words := _span(expiry, "min", least=1)):
        yield "expiry_mins", words
    topic = form.get("topic_name", "").strip()
    if topic and not TOPIC_NAME.fullmatch(topic):
        yield "topic_name", _("Letters from a to z, digits, dots, - and _, 200 at most")


def _of_threshold(row: dict) -> Iterator[Problem]:
    yield from _reading(row, "key")
    value = row["read"]
    if value is None:
        yield "value", _("Enter a value")
    elif is_unclear(row["value"]):
        yield "value", unclear_words(row["value"])
    elif row["operator"] != "eq" and not _is_number(value):
        yield "value", _("Enter a number, or compare it with =")
    elif len(json.dumps(value, ensure_ascii=False).encode()) > LARGEST_VALUE:
        yield "value", _("That is too long")


def _of_rate(row: dict) -> Iterator[Problem]:
    yield from _reading(row, "key")
    if row["operator"] == "eq":
        yield "operator", _("A change is above or below a value, never equal to it")
    if words := wrong_number(row["rate_threshold"]):
        yield "rate_threshold", words
    if not row["window"].strip():
        yield "window", _("Enter a time")
    elif words := _span(row["window"], row["window_unit"], least=1):
        yield "window", words


def _of_comparison(row: dict) -> Iterator[Problem]:
    yield from _reading(row, "key")
    yield from _reading(row, "other_key")
    if row["offset"].strip() and (words := wrong_number(row["offset"])):
        yield "offset", words


def _of_hours(row: dict) -> Iterator[Problem]:
    found = {}
    for end in ("from", "to"):
        try:
            found[end] = day_clock.moment_of(row[end], 0)
        except BadRequest:
            yield end, _("Enter a time of day, such as 05:30")
    if len(found) == 2 and found["from"] == found["to"]:
        yield "to", _("These hours end when they begin")


def _of_no_kind(row: dict) -> Iterator[Problem]:
    yield "type", _("Choose one of these")


CHECKS = {"threshold": _of_threshold, "rate": _of_rate, "compare": _of_comparison, "time_of_day": _of_hours}


def _reading(row: dict, field: str) -> Iterator[Problem]:
    if not row[field].strip():
        yield field, _("Choose a reading") if field == "key" else _("Choose the other reading")
    elif long := _too_long(row[field], LONGEST_KEY):
        yield field, long


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _span(text: str, unit: str, *, least: int) -> str:
    """What is wrong with a span of time; it is `least` milliseconds at the shortest."""
    if words := wrong_number(text):
        return words
    ms = (number(text) or 0) * UNITS_MS.get(unit, 1000)
    if ms < least:
        return _("A time above 0") if least else _("A time of 0 or more")
    return "" if ms <= LONGEST_MS else _("A year at most")


def _too_long(text: str, most: int) -> str:
    return _("%(most)s letters at most") % {"most": most} if len(text) > most else ""
