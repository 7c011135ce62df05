"""Ids of fences and crossings, from the process's one minter."""

from doover_web.common import snowflake
from doover_web.identity.ids import minter


def new_id() -> int:
    return minter.mint(snowflake.UNKNOWN)
