"""Ids of channels, messages and one-shots, from the process's one minter."""

from doover_web.common import snowflake
from doover_web.identity.ids import minter


def new_channel_id() -> int:
    return minter.mint(snowflake.CHANNEL)


def new_message_id(ts: int | None = None, *, behind: int | None = None) -> int:
    """An id of this moment, and later than the id `behind`; or one of the moment `ts` (ms since 1970)."""
    return minter.mint(snowflake.MESSAGE, behind) if ts is None else minter.mint_at(snowflake.MESSAGE, ts)


def new_import_id() -> int:
    return minter.mint(snowflake.UNKNOWN)


def new_one_shot_id() -> int:
    return minter.mint(snowflake.ONE_SHOT)


def new_attachment_id() -> int:
    return minter.mint(snowflake.ATTACHMENT)


def new_alarm_id() -> int:
    return minter.mint(snowflake.ALARM)
