"""What a client sent → the write it asks for. One reading of bodies and flags for the fast lane, the API and pages."""

from typing import Any

from django.conf import settings

from doover_web.common.snowflake import ID_MAX, ID_MIN, MS_MIN, first_id_of, now_ms
from doover_web.common.wire import BadRequest, flag, parse_json

from .access import Reach
from .writes import ChangeAggregate, ChangeMessage, PostMessage

MAX_JSON_DEPTH = settings.MAX_JSON_DEPTH
DAY_MS = 24 * 3600 * 1000
MAX_PATHS = 100
MAX_TTL = 100 * 365 * 24 * 3600


def body_of(raw: bytes) -> Any:
    """The JSON document of a request body; an absent one is `{}`."""
    return parse_json(raw, max_depth=MAX_JSON_DEPTH) if raw else {}


def post_of(reach: Reach, name: str, body: Any, message_id: int | None = None) -> PostMessage:
    """`{"data": …, "ts"?: ms, "ttl"?: s}` → a new message (`data-api §7.3`)."""
    wrapped = _wrapped(body)
    ts = whole_number(wrapped.get("ts"), "ts")
    if message_id is not None:
        check_message_id(message_id)
    elif ts is not None:
        check_moment(ts, "ts")
    ttl = whole_number(wrapped.get("ttl"), "ttl", least=1, most=MAX_TTL)
    return PostMessage(reach, name, wrapped["data"], message_id=message_id, ts=ts, ttl=ttl)


def change_of(reach: Reach, name: str, body: Any, message_id: int, *, replace: bool) -> ChangeMessage:
    """`{"data": …}` → a change of a message (`data-api §7.4`)."""
    return ChangeMessage(reach, name, message_id, _wrapped(body)["data"], replace=replace)


def aggregate_change_of(reach: Reach, name: str, body: Any, query, *, replace_all: bool) -> ChangeAggregate:
    """The raw document and the flags of the query → a change of a channel's state (`data-api §8.1`)."""
    if not isinstance(body, dict):
        raise BadRequest("The state of a channel is a JSON object", code="not_an_object")
    paths = () if replace_all else tuple(path for path in query.getlist("replace") if path)
    if len(paths) > MAX_PATHS or any(path.count(".") >= MAX_JSON_DEPTH for path in paths):
        raise BadRequest(f"replace takes up to {MAX_PATHS} paths of up to {MAX_JSON_DEPTH} keys", code="bad_path")
    return ChangeAggregate(reach, name, body, replace_all=replace_all, replace=paths, log=flag(query, "log_update"))


def check_moment(ts: int, name: str) -> None:
    """Refuse a moment that no id can carry, or one more than a day ahead (`data-api §17` I18)."""
    if not MS_MIN <= ts <= now_ms() + DAY_MS:
        raise BadRequest(f"{name} must lie between 1955 and one day from now, in ms since 1970", code="bad_time")


def check_message_id(message_id: int) -> None:
    """Refuse an id whose moment is more than a day ahead: it would stand above all that is to come."""
    if message_id == ID_MIN:
        raise BadRequest("The lowest id is a cursor only; choose another", code="bad_id")
    if message_id >= first_id_of(now_ms() + DAY_MS):
        raise BadRequest("The message id lies more than one day ahead", code="bad_id")


def whole_number(value: Any, name: str, *, least: int = ID_MIN, most: int = ID_MAX) -> int | None:
    """An integer of a body, or None when it is absent or null."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadRequest(f"{name} must be a whole number from {least} to {most}", code="bad_number")
    return value


def _wrapped(body: Any) -> dict:
    if not isinstance(body, dict) or "data" not in body:
        raise BadRequest('The body must be a JSON object with the key "data"', code="no_data")
    return body
