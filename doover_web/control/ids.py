"""Ids of what the control plane keeps, from the process's one minter."""

from doover_web.common import snowflake
from doover_web.identity.ids import minter


def new_id() -> int:
    return minter.mint(snowflake.UNKNOWN)
