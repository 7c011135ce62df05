"""Listener: what happened to channels goes to every web process that has watchers, each frame made once."""

import asyncio
import atexit
import logging
import os
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence

from doover_web.data.events import Event
from doover_web.data.reaches import forget_rights

from .frames import Row, row_of, weight
from .layer import EVERYONE, default_layer, group_of, listened_to, send_all

log = logging.getLogger(__name__)
MOST_WAITING = 20_000
MOST_WAITING_BYTES = 64 * 1024 * 1024
LARGEST_MESSAGE = 1024 * 1024
SEND_SECONDS = 5
RETRY_SECONDS = 0.5


def deliver(events: Sequence[Event]) -> None:
    """Hand `events` on and return at once; from any thread."""
    _pump_here().put(events)


def rights_changed(agent_ids: Sequence[int]) -> None:
    """Look again, now and in every web process, at what these agents may still do; all agents when none is named."""
    forget_rights()
    _pump_here().tell_everyone({"type": "gateway.recheck", "agent_ids": list(agent_ids)})


class Pump:
    """Gathers what happened while it was sending, and sends that together: one message an agent and round trip.

    When the layer cannot be reached, or more waits than may wait, events are dropped and everyone is told that
    something was lost: the hubs then read the states anew.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, layer=None):
        self._loop = loop
        self._layer = layer or default_layer()
        self._lock = threading.Lock()
        self._wake = asyncio.Event()
        self._events: list[Event | Row] = []
        self._notes: list[dict] = []
        self._weight = 0
        self._lost = False
        self._woken = False
        self._busy = False
        self._warned = False

    @property
    def idle(self) -> bool:
        with self._lock:
            return not (self._events or self._notes or self._busy)

    def put(self, events: Iterable[Event | Row]) -> None:
        with self._lock:
            self._events.extend(events)
            self._weight += sum(map(weight, events))
            if len(self._events) > MOST_WAITING or self._weight > MOST_WAITING_BYTES:
                self._events, self._weight, self._lost = [], 0, True
            self._rouse()

    def tell_everyone(self, note: dict) -> None:
        with self._lock:
            self._notes.append(note)
            self._rouse()

    async def run(self) -> None:
        """Send what comes until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            events, notes = self._gather()
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await self._send(events, notes)
                self._warned = False
            except Exception as problem:
                if not self._warned:
                    log.warning("Live updates cannot be sent right now: %s", str(problem) or "no answer")
                self._warned = True
                await self._failed(notes)
            self._busy = False

    def _rouse(self) -> None:
        if not self._woken and not self._loop.is_closed():
            self._woken = True
            self._loop.call_soon_threadsafe(self._wake.set)

    def _gather(self) -> tuple[list[Event | Row], list[dict]]:
        with self._lock:
            events, notes = self._events, self._notes
            self._events, self._notes, self._weight, self._woken, self._busy = [], [], 0, False, True
            if self._lost:
                notes, self._lost = [{"type": "gateway.lost"}, *notes], False
        return events, notes

    async def _send(self, events: list[Event | Row], notes: list[dict]) -> None:
        by_agent: dict[int, list[Event | Row]] = defaultdict(list)
        for event in events:
            by_agent[event.agent_id if isinstance(event, Row) else event.channel.agent_id].append(event)
        groups = {group_of(agent_id): happened for agent_id, happened in by_agent.items()}
        watched = await listened_to(self._layer, groups) if groups else ()
        messages = [(EVERYONE, note) for note in notes]
        for group in groups:
            if group in watched:
                messages += [(group, message) for message in _messages(groups[group])]
        if messages:
            await send_all(self._layer, messages)

    async def _failed(self, notes: list[dict]) -> None:
        """Remember that something was lost, and try again in a moment even if nothing else happens."""
        with self._lock:
            self._lost = True
            self._notes = [note for note in notes if note["type"] != "gateway.lost"] + self._notes
        await asyncio.sleep(RETRY_SECONDS)
        self._wake.set()


def _messages(events: list[Event | Row]) -> list[dict]:
    """Messages of a bearable size that hold the rows of `events` in order."""
    messages: list[dict] = []
    size = LARGEST_MESSAGE
    for event in events:
        row = row_of(event)
        size += len(row.frame)
        if size > LARGEST_MESSAGE:
            messages.append({"type": "gateway.rows", "rows": []})
            size = len(row.frame)
        messages[-1]["rows"].append(tuple(row))
    return messages


class _Pumps:
    """The pump of this process: the hub's in a web process, elsewhere one on a thread of its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.bound: Pump | None = None
        self.own: Pump | None = None
        self.owner_pid = 0


_pumps = _Pumps()


def bind(pump: Pump) -> None:
    """From now on `deliver` uses this pump, which somebody runs on the web server's loop."""
    _pumps.bound = pump


def unbind(pump: Pump) -> None:
    if _pumps.bound is pump:
        _pumps.bound = None


def _pump_here() -> Pump:
    bound = _pumps.bound
    if bound is not None and not bound._loop.is_closed():
        return bound
    with _pumps.lock:
        if _pumps.own is None or _pumps.owner_pid != os.getpid():
            _pumps.own, _pumps.owner_pid = _start_own(), os.getpid()
        return _pumps.own


def _start_own() -> Pump:
    """A pump on a thread of its own: workers and commands have no loop that could run one."""
    loop = asyncio.new_event_loop()
    pump = Pump(loop)

    def turn() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(pump.run())

    threading.Thread(target=turn, name="gateway-fanout", daemon=True).start()
    atexit.register(_drain, pump)
    return pump


def _drain(pump: Pump, seconds: float = 2.0) -> None:
    """Give a command that ends right after its last write the time to send the news of it."""
    for _ in range(int(seconds / 0.01)):
        if pump.idle:
            return
        threading.Event().wait(0.01)
