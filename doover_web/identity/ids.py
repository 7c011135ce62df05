"""The one minter of ids in this process."""

from django.conf import settings

from doover_web.common import snowflake

minter = snowflake.Minter(settings.INSTANCE)


def new_agent_id() -> int:
    return minter.mint(snowflake.AGENT)


def new_token_id() -> int:
    return minter.mint(snowflake.TOKEN)
