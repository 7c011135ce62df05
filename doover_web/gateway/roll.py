"""Who is connected to this process: kept in memory as it happens, written down together every few seconds."""

import asyncio
import logging
import secrets
from dataclasses import dataclass, field, replace

from doover_web.common import snowflake
from doover_web.common.snowflake import now_ms
from doover_web.identity.ids import minter

from . import register
from .outbox import Key
from .pulse import Pulse
from .register import News, Presence, Watch
from .threads import in_thread

log = logging.getLogger(__name__)
WRITE_SECONDS = 2
HEARTBEAT_SECONDS = 5
PULSE_SECONDS = 30
# What one session watched beyond this is not written down: a client may come and go for ever.
MOST_WATCHES = 10_000


@dataclass(slots=True)
class Seat:
    """A session that is connected here, with what it watches."""

    presence: Presence
    pulse: Pulse
    told_pong: int | None = None
    watches: dict[Key, Watch] = field(default_factory=dict)
    counted: int = 0


class Roll:
    """The sessions of this process, and what of them is not written yet. Touched by the loop's thread only."""

    def __init__(self) -> None:
        self.process_id = secrets.randbits(62)
        self._seats: dict[int, Seat] = {}
        self._news = News()
        self._lock = asyncio.Lock()
        self._pulses_at = self._written_at = 0.0
        self._warned = False

    def came(self, presence: Presence, pulse: Pulse) -> None:
        self._seats[presence.id] = Seat(presence, pulse)
        self._news.connections[presence.id] = presence

    def left(self, session_id: int) -> None:
        if seat := self._seats.pop(session_id, None):
            seat.presence.closed_at = now_ms()
            self._news.connections[session_id] = seat.presence
            for watch in seat.watches.values():
                self._end(watch)

    def watches(self, session_id: int, key: Key) -> None:
        seat = self._seats.get(session_id)
        if seat is None or key in seat.watches or seat.counted >= MOST_WATCHES:
            return
        seat.counted += 1
        id_ = minter.mint(snowflake.SUBSCRIPTION)
        seat.watches[key] = self._news.subscriptions[id_] = Watch(seat.presence.agent_id, id_, session_id, *key)

    def leaves(self, session_id: int, key: Key) -> None:
        seat = self._seats.get(session_id)
        if seat is not None and (watch := seat.watches.pop(key, None)):
            self._end(watch)

    async def run(self) -> None:
        """Write down what is new, and say now and then that this process is there, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            if self._news or (self._seats and loop.time() - self._written_at >= HEARTBEAT_SECONDS):
                await self.write()

    async def write(self) -> bool:
        """Write everything that is new. False when the database is away; it is then kept for the next time."""
        async with self._lock:
            news, self._news = self._take()
            try:
                known = await in_thread(register.write, self.process_id, news)
            except Exception as problem:
                self._put_back(news)
                if not self._warned:
                    log.warning("Connections cannot be written down right now: %s", problem)
                self._warned = True
                return False
            self._warned, self._written_at = False, asyncio.get_running_loop().time()
            if not known:
                self._news_of_everything()
            return True

    def _take(self) -> tuple[News, News]:
        """What is to be written, as copies: a session may end while a thread writes it."""
        news = News(
            {id_: replace(one) for id_, one in self._news.connections.items()},
            {id_: replace(one) for id_, one in self._news.subscriptions.items()},
            self._pulses(),
        )
        return news, News()

    def _pulses(self) -> list[tuple[int, int, int, float]]:
        now = asyncio.get_running_loop().time()
        everybody = now - self._pulses_at >= PULSE_SECONDS
        if everybody:
            self._pulses_at = now
        found = []
        for seat in self._seats.values():
            pong, latency = seat.pulse.last_pong, seat.pulse.latency
            if pong is None or latency is None or pong == seat.told_pong:
                continue
            # The first one is told at once, the others together now and then.
            if everybody or seat.told_pong is None:
                seat.told_pong = pong
                found.append((seat.presence.agent_id, seat.presence.id, pong, latency))
        return found

    def _put_back(self, news: News) -> None:
        """Keep what could not be written, newer news winning."""
        self._news.connections = {**news.connections, **self._news.connections}
        self._news.subscriptions = {**news.subscriptions, **self._news.subscriptions}

    def _news_of_everything(self) -> None:
        for seat in self._seats.values():
            self._news.connections.setdefault(seat.presence.id, seat.presence)
            for watch in seat.watches.values():
                self._news.subscriptions.setdefault(watch.id, watch)

    def _end(self, watch: Watch) -> None:
        watch.unsubscribed_at = now_ms()
        self._news.subscriptions[watch.id] = watch
