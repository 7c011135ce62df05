"""Values as they stand in an input, and back. Pure."""

import re
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _

from doover_web.pages import typed

MISSING: Any = object()
LARGEST = 1024 * 1024  # characters of one input
WHOLE = re.compile(r"[+-]?[0-9]{1,30}")


class Unreadable(Exception):
    """A text that is no value of the kind; says what to write instead."""


def shown(value: Any, kind: str = "") -> str:
    """A value in an input: text as it is, a number in the writing of the page where the input is of that `kind`, all
    else as JSON, nothing for null."""
    if value is MISSING or value is None:
        return ""
    if kind == "number" and isinstance(value, float):
        return typed.in_field(as_json(value))
    return value if isinstance(value, str) else as_json(value)


def as_json(value: Any, *, indented: bool = False) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indented else 0).decode()


def as_lines(value: Any) -> str:
    return "\n".join(shown(one) for one in value) if isinstance(value, list) else ""


def from_text(kind: str, text: str) -> Any:
    """The value that a text is of this kind; Unreadable when it is none."""
    if "\x00" in text or len(text) > LARGEST:
        raise Unreadable(_("This text cannot be kept"))
    match kind:
        case "integer":
            return _whole(text.strip())
        case "number":
            return _number(text.strip())
        case "json":
            return from_json(text)
        case "moment":
            return _moment(text.strip())
    return text


def from_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise Unreadable(_("This is not JSON: %(problem)s") % {"problem": problem}) from problem


def _whole(text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise Unreadable(_("Write a whole number, such as 12"))
    return _bounded(int(text))


def _number(text: str) -> int | float:
    if typed.is_unclear(text):
        raise Unreadable(typed.unclear_words(text))
    found = typed.plain(text)
    if found is None or abs(float(found)) == float("inf"):
        raise Unreadable(_("Write a number, such as %(number)s") % {"number": typed.in_field("4.2")})
    return _bounded(int(found)) if WHOLE.fullmatch(found) else float(found)


def _bounded(number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise Unreadable(_("This number is too large"))
    return number


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Unreadable(_("Write a moment with its zone, such as 2026-03-01T08:00:00+10:00"))
    return text
