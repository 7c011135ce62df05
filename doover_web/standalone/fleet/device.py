"""A simulated device at work: it reads, reports, logs, listens and obeys."""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any

from doover_web.common.mergepatch import diff
from doover_web.common.snowflake import now_ms

from . import history
from .client import Address, Away, Client, Rejected, insist
from .installs import CHANNEL as DEPLOYMENTS
from .installs import Installs
from .link import Link
from .live import Live
from .obey import Obedience
from .outbox import Outbox, message_id
from .plant import Plant, Tags

log = logging.getLogger(__name__)
LOG_SECONDS = 60
# A past that was never finished is written on for so long; later it is left as retention left it.
FRESH_MS = 2 * history.DAY_MS
WAKE_MARGIN_MS = 30_000


class Device(ABC):
    """What all devices do; the kinds below differ in when they speak."""

    def __init__(self, plant: Plant, client: Client, founded_ms: int):
        self.plant, self.client, self.founded_ms = plant, client, founded_ms
        self.outbox = Outbox(client)
        self.past = history.History(client, type(plant)())
        self._said: Tags = {}
        self._logged: Tags = {}
        self._read: tuple[Tags, int] | None = None

    @abstractmethod
    async def run(self) -> None:
        """Until cancelled."""

    # --- what it says of itself ---

    async def introduce(self, connection: dict, ms: int) -> None:
        """Publish what it draws, where it stands and how it connects, as far as the server does not know it; `ms` is
        the moment that the log says."""
        await self._introduce_pages()
        for channel, wanted in (("location", self.plant.location), ("doover_connection", connection)):
            if patch := lacking(await insist(lambda c=channel: self.client.state(c)), wanted):
                await insist(lambda c=channel, p=patch: self.client.post(c, message_id(ms), p))
                await insist(lambda c=channel, p=patch: self.client.change(c, p))

    async def _introduce_pages(self) -> None:
        known = (await insist(lambda: self.client.state("ui_state"))).get("state")
        children = known.get("children") if isinstance(known, dict) else None
        trees, drawn = self.plant.trees(), children if isinstance(children, dict) else {}
        changed = {app: tree for app, tree in trees.items() if drawn.get(app) != tree}
        if changed:
            paths = [f"state.children.{app}" for app in changed]
            await insist(lambda: self.client.change("ui_state", {"state": {"children": changed}}, paths))

    async def remember(self) -> None:
        """Take up configuration, settings and readings as the server has them."""
        self.plant.configure((await insist(lambda: self.client.state("deployment_config"))).get("applications"))
        self.plant.adopt(await insist(lambda: self.client.state("ui_cmds")), time.time())
        self._said = await insist(lambda: self.client.state("tag_values"))
        self.plant.recall(self._said, time.time())

    # --- readings ---

    def note(self, tags: Tags, ms: int, *, anyway: bool) -> None:
        """Put what is new since the last entry into the log: when it is time for that, or when a state changed. The
        reading before such a change goes first: a value that was up in between is seen to come back."""
        new = history.loggable(self.plant, diff(self._logged, tags))
        turned = any(isinstance(value, bool | str) for app in new.values() for value in app.values())
        if turned and self._read is not None:
            self._log(*self._read)
        if turned or anyway:
            self._log(tags, ms)
        self._read = (tags, ms)

    def _log(self, tags: Tags, ms: int) -> None:
        if new := history.loggable(self.plant, diff(self._logged, tags)):
            self.outbox.put("tag_values", new, ms)
            self._logged = tags

    async def tell(self, tags: Tags) -> None:
        """Bring the state on the server up to `tags`, of which only what differs is sent. Raises Away."""
        ours = {app: self._said.get(app) for app in tags}
        if patch := diff(ours, tags):
            await self.client.change("tag_values", patch)
            self._said = tags

    def is_fresh(self) -> bool:
        return now_ms() - self.founded_ms < FRESH_MS


class Connected(Device):
    """Always on: a gateway session, readings every few seconds, commands."""

    CONNECTION = {"connection_type": "Continuous", "expected_interval": 60, "offline_after": 120, "display": "Always"}

    def __init__(self, plant: Plant, client: Client, founded_ms: int, address: Address, token: str):
        super().__init__(plant, client, founded_ms)
        self._stirred, self._fresh = asyncio.Event(), asyncio.Event()
        self._tags: Tags = {}
        self.orders = Obedience(plant, client, self.outbox, self._stirred.set)
        self.installs = Installs(client)
        self.link = Link(address, client.name, client.agent_id, token, self.channels(), self._hear, self._look_back)
        self.live = Live(plant, self.link.shout)

    async def run(self) -> None:
        await self.remember()
        await self.introduce({"config": self.CONNECTION}, now_ms())
        await self.past.catch_up(now_ms())
        async with asyncio.TaskGroup() as work:
            for job in self.jobs():
                work.create_task(keep_going(self.client.name, job))
            if self.is_fresh():
                work.create_task(self.fill_back())

    def channels(self) -> tuple[str, ...]:
        """What it listens to."""
        return (*self.plant.commands, "deployment_config", "dv-ui-sub", DEPLOYMENTS)

    def jobs(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """What it does side by side, for ever."""
        return [self.read, self.report, self.live.run, self.outbox.deliver, self.link.keep_open]

    async def fill_back(self) -> None:
        """Write what it would have said before the demo began."""
        await self.past.fill_back(self.founded_ms)

    async def read(self) -> None:
        """Look at the plant every few seconds, and at once when somebody acted."""
        log_at = read_at = time.time()
        while True:
            t = time.time()
            self._tags = self.plant.tags(t)
            self._fresh.set()
            self.note(self._tags, int(t * 1000), anyway=t >= log_at)
            for notice in self.plant.notices(read_at, t):
                self.outbox.put("notifications", notice, int(t * 1000))
            log_at, read_at = (t + LOG_SECONDS if t >= log_at else log_at), t
            try:
                await asyncio.wait_for(self._stirred.wait(), self.plant.period)
            except TimeoutError:
                continue
            self._stirred.clear()

    async def report(self) -> None:
        """Keep the state on the server current; after a cut only the newest counts."""
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            try:
                await self.tell(self._tags)
            except Away:
                self._fresh.set()

    def _hear(self, event: str, d: dict) -> None:
        channel = (d.get("channel") or {}).get("name")
        if channel == "deployment_config" and event in ("ChannelSync", "AggregateUpdate"):
            self.plant.configure(d["aggregate"]["data"].get("applications"))
            self._stirred.set()
        elif channel == "dv-ui-sub" and event in ("ChannelSync", "AggregateUpdate"):
            self.live.hear(d["aggregate"]["data"])
        else:
            self.orders.hear(event, d)
            self.installs.hear(event, d)

    async def _look_back(self) -> None:
        await self.orders.look_back()
        await self.installs.look_back()


class Sleeper(Device):
    """Wakes every quarter of an hour, reports over HTTP and sleeps again."""

    def __init__(self, plant: Plant, client: Client, founded_ms: int):
        super().__init__(plant, client, founded_ms)
        self.installs = Installs(client)

    async def run(self) -> None:
        every = int(self.plant.period)
        connection = {"connection_type": "Periodic", "expected_interval": every, "offline_after": 3 * every}
        await self.remember()
        await self.introduce({"config": {**connection, "sleep_time": every, "display": "Always"}}, now_ms())
        await self.past.catch_up(now_ms())
        async with asyncio.TaskGroup() as work:
            for job in (self.wake, self.outbox.deliver):
                work.create_task(keep_going(self.client.name, job))
            if self.is_fresh():
                work.create_task(self.past.fill_back(self.founded_ms))

    async def wake(self) -> None:
        """Report now, then at every full quarter of an hour; `fill_back` and this write the same entry of a moment."""
        ms = now_ms()
        while True:
            await self._report(ms)
            period_ms = int(self.plant.period * 1000)
            ms = max(ms + 1, now_ms()) // period_ms * period_ms + period_ms
            await asyncio.sleep(max(0.0, ms - now_ms()) / 1000)

    async def _report(self, ms: int) -> None:
        tags = self.plant.tags(ms / 1000)
        for notice in self.plant.notices(ms / 1000 - self.plant.period, ms / 1000):
            self.outbox.put("notifications", notice, ms)
        self.note(tags, ms, anyway=True)
        sign = history.seen(ms)
        self.outbox.put("doover_connection", sign, ms)
        wake = {"next_wake_time": ms + int(self.plant.period * 1000) + WAKE_MARGIN_MS}
        await insist(lambda: self.tell(tags))
        await self.installs.look_back()
        await insist(lambda: self.client.change("doover_connection", {**sign, "config": wake}))


class Silent(Device):
    """Spoke until two hours before the demo began, and not since."""

    SILENT_MS = 2 * 3_600_000

    async def run(self) -> None:
        last = (self.founded_ms - self.SILENT_MS) // history.STEP_MS * history.STEP_MS
        if not await insist(lambda: self.client.state("tag_values")):
            status = {"status": "ContinuousOffline", "last_online": last, "last_ping": last, "ip": "203.0.113.24"}
            gone = {"status": status, "determination": "Offline", "config": Connected.CONNECTION}
            await self.introduce(gone, last)
            await insist(lambda: self.tell(self.plant.tags(last / 1000)))
            # Last of all, as what a device says is a sign of life.
            await insist(lambda: self.client.change("doover_connection", gone))
        if self.is_fresh():
            await self.past.fill_back(last + 1)


def lacking(known: dict, wanted: dict) -> dict:
    """What of `wanted` is not in `known` yet, as a patch that takes nothing away."""
    patch = {}
    for key, value in wanted.items():
        if isinstance(value, dict) and isinstance(known.get(key), dict):
            if inner := lacking(known[key], value):
                patch[key] = inner
        elif known.get(key) != value:
            patch[key] = value
    return patch


async def keep_going(name: str, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A mishap in one job of one device is logged and the job begins again."""
    while True:
        try:
            await job()
        except (Rejected, LookupError, TypeError, ValueError, ArithmeticError) as problem:
            log.exception("%s: %s stumbled: %s", name, job.__name__, problem)
        await asyncio.sleep(5)
