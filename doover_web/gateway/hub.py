"""The one hub of a web process: which socket watches which channel, and what comes in for them (`design §8`)."""

import asyncio
import itertools
import logging
import uuid
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress

from doover_web.common.snowflake import now_ms
from doover_web.data.events import AggregateRecord

from . import fanout, frames
from .frames import Row
from .layer import EVERYONE, default_layer, group_of, tell_reconnects
from .outbox import Key
from .subscriptions import Listener, Subscription, Watched
from .threads import in_thread
from .watching import Sight, revisions_of, states_of

log = logging.getLogger(__name__)
OUT_OF_TURN_SECONDS = 0.05
PROBE_SECONDS = 0.25
JOIN_SECONDS = 5
GUARD_SECONDS = 5
LINGER_SECONDS = 5
RETRY_SECONDS = 1
PATROL_SECONDS = 5
CATCH_UP_SECONDS = 30
READ_TOGETHER = 200


class Hub:
    """Joins the layer's group of an agent while any socket here watches it, and hands out what arrives."""

    def __init__(self, layer=None):
        self.id = uuid.uuid4().hex
        self.layer = layer or default_layer()
        self.sockets: set[Listener] = set()
        self.watched: dict[Key, Watched] = {}
        self._agents: dict[int, int] = {}
        self._joined: dict[int, asyncio.Task] = {}
        self._channel: str | None = None
        self._up = asyncio.Event()
        self._doubt = asyncio.Event()
        self._listening: asyncio.Task | None = None
        self._probes: dict[str, asyncio.Future] = {}
        self._numbers = itertools.count()
        self._warned = False
        self._tasks: set[asyncio.Task] = set()
        self.pump = fanout.Pump(asyncio.get_running_loop(), self.layer)

    def start(self) -> None:
        for work in (self._stay_connected(), self._guard(), self._patrol(), self.pump.run()):
            self.spawn(work)

    async def stop(self) -> None:
        fanout.unbind(self.pump)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def spawn(self, work) -> asyncio.Task:
        """A task that ends with the hub at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- sockets come and go ---

    async def join(self, subscription: Subscription) -> Watched:
        """Let `subscription` hear its channel. Returns when nothing that is committed from now on can be missed."""
        watched = self.watched.get(subscription.key)
        if watched is None:
            watched = self.watched[subscription.key] = Watched()
            self._agents[subscription.key[0]] = self._agents.get(subscription.key[0], 0) + 1
        watched.subscriptions[subscription.socket] = subscription
        agent_id = subscription.key[0]
        task = self._joined.get(agent_id)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._joined[agent_id] = self.spawn(self._join_group(agent_id))
        async with asyncio.timeout(JOIN_SECONDS):
            await asyncio.shield(task)
        return watched

    def admit(self, watched: Watched, subscription: Subscription, sight: Sight) -> None:
        """The caller may watch: send the state, then what happened since."""
        watched.ref = sight.ref
        watched.order.start(sight.state.revision)
        subscription.sees_private = sight.sees_private
        subscription.sync(sight.state, frames.channel_sync(sight.state), again=True)
        subscription.release()
        if subscription.revision < (watched.order.revision or 0):
            self.spawn(self.resync([subscription.key]))

    def leave(self, subscription: Subscription) -> None:
        watched = self.watched.get(subscription.key)
        if watched is None or watched.subscriptions.get(subscription.socket) is not subscription:
            return
        del watched.subscriptions[subscription.socket]
        if watched.subscriptions:
            return
        del self.watched[subscription.key]
        agent_id = subscription.key[0]
        self._agents[agent_id] -= 1
        if not self._agents[agent_id]:
            del self._agents[agent_id]
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self._leave_group, agent_id)

    def _leave_group(self, agent_id: int) -> None:
        """A page that reloads comes back at once, so the group is left a little later."""
        if agent_id not in self._agents and self._joined.pop(agent_id, None) and self._channel:
            self.spawn(self._quietly(self.layer.group_discard(group_of(agent_id), self._channel)))

    async def _join_group(self, agent_id: int) -> None:
        await self._up.wait()
        await self.layer.group_add(group_of(agent_id), self._channel)
        await self._probe(lambda message: self.layer.group_send(group_of(agent_id), message), JOIN_SECONDS)

    # --- what arrives ---

    def take(self, message: dict) -> None:
        match message["type"]:
            case "gateway.rows":
                for row in message["rows"]:
                    self._take_row(row)
            case "gateway.probe":
                if (echo := self._probes.pop(message["nonce"], None)) and not echo.done():
                    echo.set_result(None)
            case "gateway.recheck":
                self.spawn(self._check(socket for socket in self.sockets if socket.agent_id == message["agent_id"]))
            case "gateway.lost":
                self._doubt.set()

    def _take_row(self, raw: list) -> None:
        watched = self.watched.get((raw[0], raw[1]))
        if watched is None:
            return
        row = Row(*raw[:5], raw[5].decode())
        watched.hand_out(watched.order.take(row, now_ms()))
        if watched.order.incomplete and not watched.settling:
            watched.settling = True
            asyncio.get_running_loop().call_later(OUT_OF_TURN_SECONDS, self._settle, (raw[0], raw[1]), watched)

    def _settle(self, key: Key, watched: Watched) -> None:
        """Something is still missing after a moment: it will not come any more."""
        watched.settling = False
        watched.hand_out(watched.order.give_up())
        if watched.order.has_gap:
            self.spawn(self.resync([key]))

    async def resync(self, keys: Iterable[Key], *, again: bool = False) -> None:
        """Read the states of channels anew and send them to everyone who watches."""
        known = {key: self.watched[key].ref for key in keys if key in self.watched}
        refs = [ref for ref in known.values() if ref is not None]
        for start in range(0, len(refs), READ_TOGETHER):
            try:
                states = await in_thread(states_of, refs[start : start + READ_TOGETHER])
            except Exception as problem:
                log.warning("The state of watched channels cannot be read right now: %s", problem)
                self._doubt.set()
                return
            for state in states:
                self._sync(state, again)

    def _sync(self, state: AggregateRecord, again: bool) -> None:
        watched = self.watched.get((state.channel.agent_id, state.channel.name))
        if watched is not None:
            watched.ref = state.channel
            watched.sync(state, frames.channel_sync(state), again=again)
            watched.hand_out(watched.order.resume_at(state.revision))

    # --- the layer comes and goes ---

    async def _stay_connected(self) -> None:
        while True:
            self._listening = self.spawn(self._listen())
            await asyncio.wait([self._listening])
            if not self._listening.cancelled():
                self._warn(self._listening.exception())
            self._up.clear()
            self._doubt.set()
            await self._quietly(self._forget_connections())
            await asyncio.sleep(RETRY_SECONDS)

    def _warn(self, problem: BaseException | None) -> None:
        """One line when the layer goes away, not one for every attempt to reach it again."""
        if not self._warned:
            log.warning("Live updates cannot be received right now: %s", str(problem) or "no answer")
        self._warned = True

    async def _listen(self) -> None:
        async with asyncio.timeout(JOIN_SECONDS):
            self._channel = channel = await self.layer.new_channel("gateway.")
            for group in (EVERYONE, *map(group_of, list(self._agents))):
                await self.layer.group_add(group, channel)
        tell_reconnects(self.layer, self._reconnected)
        self._up.set()
        while True:
            self.take(await self.layer.receive(channel))

    async def _reconnected(self, connection) -> None:
        self._doubt.set()

    async def _guard(self) -> None:
        """Once something may have been lost, wait until the layer is heard again, then read everything anew."""
        silent = 0
        while True:
            doubt = await _wait(self._doubt, GUARD_SECONDS)
            try:
                await self._probe(lambda message: self.layer.send(self._channel, message), GUARD_SECONDS)
            except Exception as problem:
                self._doubt.set()
                self._warn(problem)
                silent += 1
                if silent % 3 == 0 and self._up.is_set() and self._listening:
                    self._listening.cancel()  # connect anew: this connection may be dead without knowing it
                await asyncio.sleep(PROBE_SECONDS)
                continue
            if doubt or silent:
                silent, self._warned = 0, False
                self._doubt.clear()
                log.info("Live updates may have been missed; %s watched channels are sent anew", len(self.watched))
                await self.resync(list(self.watched), again=True)

    async def _forget_connections(self) -> None:
        async with asyncio.timeout(JOIN_SECONDS):
            await self.layer.flush()

    async def _probe(self, send: Callable, seconds: float) -> None:
        """Returns when a message of our own came back; TimeoutError after `seconds`."""
        nonce = f"{self.id}.{next(self._numbers)}"
        echo = self._probes[nonce] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._up.wait()
                while not echo.done():
                    await send({"type": "gateway.probe", "nonce": nonce})
                    await asyncio.wait([echo], timeout=PROBE_SECONDS)
        finally:
            self._probes.pop(nonce, None)

    async def _patrol(self) -> None:
        """Now and then: do the sockets' rights still hold, and is there news that never came, say because the process
        that wrote died before it told."""
        caught_up_at = 0.0
        while True:
            await asyncio.sleep(PATROL_SECONDS)
            now = asyncio.get_running_loop().time()
            await self._check(socket for socket in self.sockets if socket.check_at <= now)
            if now - caught_up_at > CATCH_UP_SECONDS:
                caught_up_at = now
                await self._quietly(self.catch_up())

    async def _check(self, sockets: Iterable[Listener]) -> None:
        for socket in list(sockets):
            await self._quietly(socket.check())

    async def catch_up(self) -> None:
        """Send anew what the database has and the sockets have not, if it is still so a second later."""
        behind = await self._behind()
        if behind:
            await asyncio.sleep(1)
            await self.resync(behind & await self._behind())

    async def _behind(self) -> set[Key]:
        refs = [watched.ref for watched in self.watched.values() if watched.ref is not None]
        now = await in_thread(revisions_of, refs) if refs else {}
        return {
            key
            for key, revision in now.items()
            if (watched := self.watched.get(key)) and revision > (watched.order.revision or 0)
        }

    @staticmethod
    async def _quietly(work) -> None:
        try:
            await work
        except Exception as problem:
            log.warning("The gateway could not finish a chore: %s", problem)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await event.wait()
    return False


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def hub_here() -> Hub:
    """The hub of this process's loop, started at the first call."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = hub = Hub()
        hub.start()
        fanout.bind(hub.pump)
    return _hubs[loop]


async def stop_hub() -> None:
    """End the hub of this loop, if there is one."""
    if hub := _hubs.pop(asyncio.get_running_loop(), None):
        await hub.stop()
