"""The online badge: `doover_connection` of an agent whose own link is open here (`data-api §16.2`)."""

import asyncio
import logging
from dataclasses import dataclass

import orjson
from django.core.cache import cache

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import NotFound
from doover_web.data.access import channel_to_watch, reach_agent, ref_of
from doover_web.data.history import read_aggregate
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.auth import Caller

from .threads import in_thread

log = logging.getLogger(__name__)
CHANNEL = "doover_connection"
REFRESH_SECONDS = 30
GRACE_SECONDS = 10
# The link that counts is remembered a little longer than three refreshes.
REMEMBER_SECONDS = 100
ONLINE = {"status": "ContinuousOnline", "determination": "Online"}


@dataclass(frozen=True, slots=True)
class Link:
    """An open default session: whose, and from where."""

    caller: Caller
    session_id: int
    address: str
    user_agent: str


async def keep_online(link: Link) -> None:
    """Say that the agent is online, and keep saying so until cancelled."""
    work = came
    while True:
        try:
            await in_thread(work, link)
            work = stays
        except Exception as problem:
            log.warning("The online badge of %s could not be written: %s", link.caller.agent_id, problem)
        await asyncio.sleep(REFRESH_SECONDS)


async def go_offline(link: Link) -> None:
    """The link is gone: pending first, offline when no other has come in its place after a moment."""
    try:
        if await in_thread(dropped, link):
            await asyncio.sleep(GRACE_SECONDS)
            await in_thread(left, link)
    except Exception as problem:
        log.warning("The online badge of %s could not be written: %s", link.caller.agent_id, problem)


def came(link: Link) -> None:
    """A link opened: it is the one that counts from now on."""
    cache.set(_key(link), link.session_id, REMEMBER_SECONDS)
    _be_online(link)


def stays(link: Link) -> None:
    """The link is still open. Another that came later keeps counting; one that was forgotten counts again."""
    if not cache.touch(_key(link), REMEMBER_SECONDS):
        cache.set(_key(link), link.session_id, REMEMBER_SECONDS)
    _be_online(link)


def dropped(link: Link) -> bool:
    """The link closed. False when another has taken its place, so that nothing is to be said."""
    if cache.get(_key(link)) != link.session_id:
        return False
    _write(link, {"status": {"status": "ContinuousPending"}})
    return True


def left(link: Link) -> None:
    """Nobody came back in time."""
    if cache.get(_key(link)) == link.session_id:
        cache.delete(_key(link))
        _write(link, {"status": {"status": "ContinuousOffline"}, "determination": "Offline"}, tell=True)


def _be_online(link: Link) -> None:
    now = now_ms()
    status = {
        "status": ONLINE["status"],
        "last_online": now,
        "last_ping": now,
        "user_agent": link.user_agent,
        "ip": link.address,
    }
    data = {"status": status, "determination": ONLINE["determination"]}
    _write(link, data, tell=_badge(link) not in (("ContinuousOnline", "Online"), ("ContinuousPending", "Online")))


def _badge(link: Link) -> tuple:
    """What the badge says now."""
    reach = reach_agent(link.caller, link.caller.agent_id)
    try:
        state = orjson.loads(read_aggregate(ref_of(reach, channel_to_watch(reach, CHANNEL))).data)
    except NotFound:
        return None, None
    status = state.get("status")
    return (status.get("status") if isinstance(status, dict) else None), state.get("determination")


def _write(link: Link, data: dict, *, tell: bool = False) -> None:
    """Change the state; on a transition keep a message as well."""
    reach = reach_agent(link.caller, link.caller.agent_id)
    update_aggregate(reach=reach, name=CHANNEL, data=data)
    if tell:
        post_message(reach=reach, name=CHANNEL, data=data)


def _key(link: Link) -> str:
    return f"gateway.link.{link.caller.agent_id}"
