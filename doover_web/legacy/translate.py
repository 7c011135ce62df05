"""Between the generations: keys and ids, seconds and milliseconds, what was published and what is stored. Pure."""

import re
from typing import Any

import orjson

from doover_web.common.message_key import id_of_message_key
from doover_web.common.snowflake import ID_MAX, ID_MIN, ms_of
from doover_web.common.wire import BadRequest, TooLarge, parse_json
from doover_web.data.requests import MAX_JSON_DEPTH

TEXT_ID = re.compile(r"-?[0-9]{1,19}")
NO_JSON = object()
KINDS = {"#": "processor", "!": "task"}


def message_id_of(text: str) -> int | None:
    """The id that a message's key or a decimal id names; None when it can be neither."""
    return plain if (plain := id_of(text)) is not None else id_of_message_key(text)


def id_of(text: str) -> int | None:
    """A decimal snowflake of this text, a minus allowed."""
    number = int(text) if TEXT_ID.fullmatch(text) else None
    return number if number is not None and ID_MIN <= number <= ID_MAX else None


def seconds(ms: int) -> float:
    """Milliseconds as the seconds that this generation counts in."""
    return ms / 1000


def moment_of(message_id: int) -> float:
    """When a message was, in seconds since 1970."""
    return seconds(ms_of(message_id))


def kind_of(name: str) -> str:
    """What the first character of a channel's name makes of it."""
    return KINDS.get(name[:1], "base")


def published(message: Any) -> Any:
    """What a publish means: null is nothing, and text that is a JSON object or array stands for it."""
    if message is None:
        return {}
    if isinstance(message, str) and message.lstrip()[:1] in ("{", "["):
        document = loosely(message.encode())
        return message if document is NO_JSON else document
    return message


def loosely(raw: bytes) -> Any:
    """The document that `raw` spells, NO_JSON when it spells none. Refused is one that cannot be kept."""
    try:
        return parse_json(raw, max_depth=MAX_JSON_DEPTH)
    except BadRequest as refusal:
        if isinstance(refusal.__cause__, orjson.JSONDecodeError):
            return NO_JSON
        raise
    except TooLarge:
        if raw.lstrip()[:1] in (b"{", b"["):
            raise
        return NO_JSON  # what is neither holds one value at most
