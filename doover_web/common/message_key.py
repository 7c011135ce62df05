"""A message's key in the first generation: its id in a UUIDv8 of fixed layout, so that no table is needed (pure)."""

import re
import uuid

from .snowflake import ID_MIN

# 48 bits of the id, the version, 12 fixed bits, the variant, 16 bits of the id, 46 fixed bits.
MIDDLE, END = 0xD0A, 0x2D006F766572
TEXT_KEY = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")


def message_key(message_id: int) -> str:
    """The UUID key of a message; the same for ever, and back to the id without a table."""
    bits = message_id - ID_MIN
    number = (bits >> 16) << 80 | 0x8 << 76 | MIDDLE << 64 | 0b10 << 62 | (bits & 0xFFFF) << 46 | END
    return str(uuid.UUID(int=number))


def id_of_message_key(text: str) -> int | None:
    """The id inside a message's key; None for any other text."""
    if (key := key_of(text)) is None:
        return None
    found = ((key.int >> 80) << 16 | (key.int >> 46) & 0xFFFF) + ID_MIN
    return found if message_key(found) == str(key) else None


def key_of(text: str) -> uuid.UUID | None:
    return uuid.UUID(text) if TEXT_KEY.fullmatch(text) else None
