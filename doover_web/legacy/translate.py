"""Between the generations: keys and ids, seconds and milliseconds, what was published and what is stored. Pure."""

import re
import uuid
from typing import Any

import orjson

from doover_web.common.snowflake import ID_MAX, ID_MIN, ms_of

# A message's key is its id in a UUIDv8: 48 bits, the version, 12 fixed bits, the variant, 16 bits, 46 fixed bits.
MIDDLE, END = 0xD0A, 0x2D006F766572
TEXT_KEY = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
TEXT_ID = re.compile(r"-?[0-9]{1,19}")
KINDS = {"#": "processor", "!": "task"}


def message_key(message_id: int) -> str:
    """The UUID key of a message; the same for ever, and back to the id without a table."""
    bits = message_id - ID_MIN
    number = (bits >> 16) << 80 | 0x8 << 76 | MIDDLE << 64 | 0b10 << 62 | (bits & 0xFFFF) << 46 | END
    return str(uuid.UUID(int=number))


def message_id_of(text: str) -> int | None:
    """The id that a message's key or a decimal id names; None when it can be neither."""
    if (plain := id_of(text)) is not None:
        return plain
    if (key := key_of(text)) is None:
        return None
    bits = (key.int >> 80) << 16 | (key.int >> 46) & 0xFFFF
    found = bits + ID_MIN
    return found if message_key(found) == str(key) else None


def key_of(text: str) -> uuid.UUID | None:
    return uuid.UUID(text) if TEXT_KEY.fullmatch(text) else None


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
        try:
            return orjson.loads(message)
        except orjson.JSONDecodeError:
            return message
    return message
