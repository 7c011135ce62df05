"""Ids of endpoints and subscriptions, from the process's one minter."""

from doover_web.common import snowflake
from doover_web.identity.ids import minter


def new_endpoint_id() -> int:
    return minter.mint(snowflake.ENDPOINT)


def new_subscription_id() -> int:
    return minter.mint(snowflake.SUBSCRIPTION)
