"""Keeps the badges of the agents whose own links are open in this process, or who spoke to it: one loop for all."""

import asyncio
import logging
import random

from doover_web.common.snowflake import now_ms

from . import connection, words
from .connection import Link
from .roll import Roll
from .threads import in_thread

log = logging.getLogger(__name__)
LONGEST_SLEEP = 1.0
# Right after the moment that the rule names, so that it has passed.
MARGIN_SECONDS = 0.05


class Keeper:
    """`opened` and `closed` are called by sockets and return at once; the writing is done together, in turn."""

    def __init__(self, roll: Roll):
        self._roll = roll
        self._open: dict[Link, float] = {}  # link → when it is due
        self._ended: dict[int, list[float]] = {}  # agent → when to look at it
        self._wake = asyncio.Event()

    def opened(self, link: Link) -> None:
        self._open[link] = 0.0
        self._wake.set()

    def closed(self, link: Link) -> None:
        """Look at once (pending), and again when the agent may have come back."""
        self._open.pop(link, None)
        now = asyncio.get_running_loop().time()
        self._ended[link.agent_id] = [now, now + connection.GRACE_SECONDS + MARGIN_SECONDS]
        self._wake.set()

    async def run(self) -> None:
        while True:
            try:
                await self._turn()
            except Exception as problem:
                log.warning("Online badges could not be written: %s", problem)
                await asyncio.sleep(LONGEST_SLEEP)
            await self._sleep()

    async def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        ended = [agent_id for agent_id, moments in self._ended.items() if moments[0] <= now]
        ms = now_ms()
        due = [link for link, at in self._open.items() if at <= now or link.is_news(ms)][: connection.TOGETHER]
        spoke = words.take(connection.TOGETHER)
        if spoke:
            await in_thread(connection.spoke, spoke)
        if not (ended or due):
            return
        if not await self._roll.write():
            await asyncio.sleep(LONGEST_SLEEP)  # the database is away
            return
        if ended:
            await in_thread(connection.settle, ended)
            for agent_id in ended:
                self._looked_at(agent_id, now)
        if due:
            again = await in_thread(connection.refresh, due)
            for link in due:
                if link in self._open:
                    wanted = min(again.get(link.agent_id, LONGEST_SLEEP), connection.REFRESH_SECONDS)
                    self._open[link] = now + wanted * random.uniform(0.8, 1)  # noqa: S311 - spreads the load

    def _looked_at(self, agent_id: int, now: float) -> None:
        later = [moment for moment in self._ended[agent_id] if moment > now]
        if later:
            self._ended[agent_id] = later
        else:
            del self._ended[agent_id]

    async def _sleep(self) -> None:
        now = asyncio.get_running_loop().time()
        moments = [*self._open.values(), *(moments[0] for moments in self._ended.values())]
        wait = min(max(min(moments, default=now + LONGEST_SLEEP) - now, 0.01), LONGEST_SLEEP)
        self._wake.clear()
        try:
            async with asyncio.timeout(wait):
                await self._wake.wait()
        except TimeoutError:
            pass
