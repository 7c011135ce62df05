"""The one hub of a web process: which socket watches which channel, and what comes in for them (`design §8`)."""

import asyncio
import logging
import weakref
from collections.abc import Iterable

from doover_web.common.snowflake import now_ms
from doover_web.data.events import AggregateRecord
from doover_web.data.reaches import forget_rights

from . import fanout, frames
from .ear import Ear
from .frames import Row
from .keeper import Keeper
from .layer import default_layer, group_of
from .onlookers import Onlookers
from .outbox import Key
from .roll import Roll
from .subscriptions import Listener, Subscription, Watched
from .threads import in_thread
from .watching import Sight, revisions_of, states_of

log = logging.getLogger(__name__)
OUT_OF_TURN_SECONDS = 0.05
LINGER_SECONDS = 5
PATROL_SECONDS = 5
CATCH_UP_SECONDS = 30
READ_TOGETHER = 200


class Hub:
    """Joins the layer's group of an agent while any socket here watches it, and hands out what arrives."""

    def __init__(self, layer=None):
        layer = layer or default_layer()
        self.sockets: set[Listener] = set()
        self.rechecks = 0  # how often rights changed somewhere
        self.watched: dict[Key, Watched] = {}
        self._agents: dict[int, int] = {}
        self._joined: dict[int, asyncio.Task] = {}
        self._tasks: set[asyncio.Task] = set()
        self.ear = Ear(layer, self.take, lambda: map(group_of, list(self._agents)), self._send_anew)
        self.pump = fanout.Pump(asyncio.get_running_loop(), layer)
        self.roll = Roll()
        self.badges = Keeper(self.roll)
        self.onlookers = Onlookers()

    def start(self) -> None:
        chores = (self.ear.listen(), self.ear.guard(), self._patrol(), self.pump.run())
        for work in (*chores, self.roll.run(), self.badges.run(), self.onlookers.run()):
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
            task = self._joined[agent_id] = self.spawn(self.ear.join(group_of(agent_id)))
        await asyncio.shield(task)
        return watched

    def admit(self, watched: Watched, subscription: Subscription, sight: Sight) -> None:
        """The caller may watch: send the state, then what happened since."""
        watched.ref = sight.ref
        watched.order.start(sight.state.revision)
        subscription.sees = sight.sees
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
        if agent_id not in self._agents and agent_id in self._joined:
            del self._joined[agent_id]
            self.spawn(self._quietly(self.ear.leave(group_of(agent_id))))

    # --- what arrives ---

    def take(self, message: dict) -> None:
        match message["type"]:
            case "gateway.rows":
                for row in message["rows"]:
                    self._take_row(row)
            case "gateway.recheck":
                forget_rights()
                self.rechecks += 1
                named = set(message["agent_ids"])
                self.recheck([socket for socket in self.sockets if not named or socket.agent_id in named])
            case "gateway.lost":
                self.ear.doubt()

    def recheck(self, sockets: Iterable[Listener]) -> None:
        """Look soon at what these sockets may still do."""
        self.spawn(self._quietly(self._check(sockets)))

    def _take_row(self, raw: tuple) -> None:
        watched = self.watched.get((raw[0], raw[1]))
        if watched is None:
            return
        watched.hand_out(watched.order.take(Row(*raw), now_ms()))
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
                self.ear.doubt()
                return
            for state in states:
                self._sync(state, again)

    async def _send_anew(self) -> None:
        await self.resync(list(self.watched), again=True)

    def _sync(self, state: AggregateRecord, again: bool) -> None:
        watched = self.watched.get((state.channel.agent_id, state.channel.name))
        if watched is not None:
            watched.ref = state.channel
            watched.sync(state, again=again)
            watched.hand_out(watched.order.resume_at(state.revision))

    # --- now and then ---

    async def _patrol(self) -> None:
        """Now and then: do the sockets' rights still hold, and is there news that never came, say because the process
        that wrote died before it told."""
        caught_up_at = 0.0
        while True:
            await asyncio.sleep(PATROL_SECONDS)
            now = asyncio.get_running_loop().time()
            await self._quietly(self._check(socket for socket in self.sockets if socket.check_at <= now))
            if now - caught_up_at > CATCH_UP_SECONDS:
                caught_up_at = now
                await self._quietly(self.catch_up())

    async def _check(self, sockets: Iterable[Listener]) -> None:
        """A database that is away ends the round; the sockets that are left are due again."""
        for socket in list(sockets):
            await socket.check()

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
