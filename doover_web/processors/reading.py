"""What a client sends to register something → the values to keep. BadRequest says what does not fit."""

import re
from typing import Any

from django.conf import settings

from doover_web.common.secrets import seal
from doover_web.common.wire import BadRequest
from doover_web.data.access import reach_agent
from doover_web.data.requests import whole_number
from doover_web.identity.auth import Caller

from .gate import network_of
from .models import HASH_HEADER, THROTTLE, THROTTLE_MOST

HEADER = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
MOST_RANGES = 100
LONGEST_KEY = 1024
LONGEST_NAME = 2048


def read_body(body: Any) -> dict:
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object", code="not_an_object")
    return body


def read_app_key(body: dict) -> str:
    return _text(body, "app_key", most=255)


def common_values(body: dict) -> dict[str, Any]:
    return {"is_org": _switch(body, "is_org")}


def subscription_values(body: dict, caller: Caller) -> dict[str, Any]:
    """`subscribed_to_agent` is another agent whose channel is heard, which the caller must see."""
    other = whole_number(body.get("subscribed_to_agent"), "subscribed_to_agent")
    heard = None if other is None else reach_agent(caller, other).agent_id
    arn = _text(body, "subscription_arn", most=LONGEST_NAME)
    if "/" in arn:
        raise BadRequest("subscription_arn may not hold a slash: it is part of an address", code="bad_value")
    return {**common_values(body), "arn": arn, "subscribed_to_id": heard}


def endpoint_values(body: dict) -> dict[str, Any]:
    """Leaving `origin` out clears it; leaving `signing_key` out keeps the one there is, null clears it."""
    throttle = whole_number(body.get("throttle_limit"), "throttle_limit", least=1, most=THROTTLE_MOST)
    values = {
        **common_values(body),
        "lambda_arn": _text(body, "lambda_arn", most=LONGEST_NAME, default=""),
        "cidr_ranges": _ranges(body.get("cidr_ranges")),
        "throttle_limit": THROTTLE if throttle is None else throttle,
        "signing_key_hash_header": _header(body),
        "never_replace_token": _switch(body, "never_replace_token"),
        "mini_token": _switch(body, "mini_token"),
        "origin": _text(body, "origin", most=LONGEST_NAME, default=""),
    }
    if "signing_key" in body:
        key = _text(body, "signing_key", most=LONGEST_KEY, default="")
        values["sealed_signing_key"] = seal(key, settings.SECRET_KEY) if key else ""
    return values


def _text(body: dict, name: str, *, most: int, default: str | None = None) -> str:
    value = body.get(name)
    if value in (None, "") and default is not None:
        return default
    if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
        raise BadRequest(f"{name} must be a text of 1 to {most} printable characters", code="bad_value")
    return value


def _switch(body: dict, name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadRequest(f"{name} must be true or false", code="bad_value")
    return bool(value)


def _header(body: dict) -> str:
    name = _text(body, "signing_key_hash_header", most=64, default=HASH_HEADER)
    if not HEADER.fullmatch(name):
        raise BadRequest("signing_key_hash_header must be the name of a header", code="bad_value")
    return name.lower()


def _ranges(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_RANGES:
        raise BadRequest(f"cidr_ranges must be a list of at most {MOST_RANGES} networks", code="bad_cidr")
    found = []
    for place, one in enumerate(value):
        try:
            found.append(str(network_of(one if isinstance(one, str) else "")))
        except ValueError as problem:
            raise BadRequest(
                f"cidr_ranges[{place}] is no network; write it as 10.0.0.0/8", code="bad_cidr"
            ) from problem
    return found
