"""What a body may say of each field of a thing; what is wrong with a value is told at its field (pure)."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Forbidden, check_document
from doover_web.data.schemas import check_schema

Check = Callable[[str, Any], Any]
LARGEST_DOCUMENT = 1024 * 1024  # bytes
DEEPEST = 64


def wrong(field: str, message: str) -> BadRequest:
    """A refusal that says at which field."""
    return wrong_all({field: [message]})


def wrong_all(errors: dict[str, list[str]]) -> BadRequest:
    """A refusal that names several fields, and tells about the first of them in words."""
    field, [message, *_others] = next(iter(errors.items()))
    return BadRequest(f"{field}: {message}", code="invalid", errors=errors)


def take(thing: Any, fields: Mapping[str, Any], checks: Mapping[str, Check]) -> list[str]:
    """Set those of the thing's attributes that are given and known, checked. Returns which ones changed."""
    changed = []
    for name in checks.keys() & fields.keys():
        value = checks[name](name, fields[name])
        if _differs(name, getattr(thing, name), value):
            setattr(thing, name, value)
            changed.append(name)
    return sorted(changed)


def _differs(name: str, old: Any, new: Any) -> bool:
    """Whether a value is another one; of a schema that forms are drawn from, the order of keys counts too."""
    if name.endswith("config_schema") and old == new:
        return orjson.dumps(old) != orjson.dumps(new)
    return old != new


def text(longest: int, *, filled: bool = False, null: bool = False) -> Check:
    """Text of at most `longest` characters; null is empty text, or stays null."""

    def check(field: str, value: Any) -> str | None:
        if value is None and null:
            return None
        value = "" if value is None else value
        if not isinstance(value, str) or "\x00" in value:
            raise wrong(field, _("must be text"))
        if len(value) > longest:
            raise wrong(field, _("has %(longest)s characters at most") % {"longest": longest})
        if filled and not value.strip():
            raise wrong(field, _("must not be empty"))
        return value

    return check


def whole(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(field: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise wrong(field, _("must be a whole number from %(least)s to %(most)s") % {"least": least, "most": most})
        return value

    return check


def choice(among: Iterable[str]) -> Check:
    known = list(among)

    def check(field: str, value: Any) -> str:
        if value not in known:
            raise wrong(field, _("must be one of %(names)s") % {"names": ", ".join(known)})
        return value

    return check


def truth(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong(field, _("must be true or false"))
    return value


def document(field: str, value: Any) -> dict:
    """A JSON object; null is an empty one."""
    value = {} if value is None else value
    if not isinstance(value, dict):
        raise wrong(field, _("must be a JSON object"))
    return _bounded(field, value)


def tree(field: str, value: Any) -> dict | list:
    """A JSON object or list; null is an empty object."""
    value = {} if value is None else value
    if not isinstance(value, dict | list):
        raise wrong(field, _("must be a JSON object or list"))
    return _bounded(field, value)


def schema(field: str, value: Any) -> dict:
    """A JSON Schema that can be judged in bounded time."""
    found = document(field, value)
    try:
        check_schema(found, field)
    except BadRequest as problem:
        raise wrong(field, problem.message) from problem
    return found


def web_address(longest: int) -> Check:
    """An http(s) address, a path on this server, or null."""
    plain = text(longest, null=True)

    def check(field: str, value: Any) -> str | None:
        address = plain(field, value)
        if not address:
            return None
        try:
            parts = urlsplit(address)
        except ValueError as problem:
            raise wrong(field, _("is no address")) from problem
        is_web = parts.scheme in ("http", "https") and bool(parts.netloc)
        is_path = not parts.scheme and not parts.netloc and address.startswith("/") and "\\" not in address
        if not (is_web or is_path) or re.search(r"[\s<>\"]", address):
            raise wrong(field, _("must be an address that begins with https:// or http://"))
        return address

    return check


def _bounded(field: str, value: Any) -> Any:
    try:
        check_document(value, max_depth=DEEPEST)
        size = len(orjson.dumps(value))
    except BadRequest as problem:
        raise wrong(field, problem.message) from problem
    except (orjson.JSONEncodeError, RecursionError) as problem:
        raise wrong(field, _("is not JSON")) from problem
    if size > LARGEST_DOCUMENT:
        raise wrong(field, _("is larger than %(most)s bytes") % {"most": LARGEST_DOCUMENT})
    return value


def refuse_unless(may: bool, message: str) -> None:
    """Forbidden with what it takes."""
    if not may:
        raise Forbidden(message, code="no_permission")
