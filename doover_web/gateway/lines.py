"""The sending half of a socket: a bounded queue, and a writer that exists only while something waits."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

from .frames import TRY_AGAIN
from .outbox import Key, Outbox, Overflow

log = logging.getLogger(__name__)
OTHER = -1
LONGEST_REASON = 120  # bytes; the protocol allows 123


class Line(ABC):
    """Frames go out in order; a peer that reads too slowly never holds up anybody else."""

    __slots__ = ("_closing", "_loop", "_outbox", "_send", "_writer")

    def __init__(self, send: Callable[[dict], Awaitable]):
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox()
        self._writer: asyncio.Task | None = None
        self._closing: tuple[int, str] | None = None

    def put(self, kind: int, key: Key | None, frame: str) -> None:
        """Queue a frame for this socket."""
        if self._closing is not None:
            return
        try:
            self._outbox.put(kind, key, frame)
        except Overflow:
            self._outbox.clear()
            self.close(TRY_AGAIN, "You read too slowly; reconnect and fetch what you missed")
            return
        if self._writer is None:
            self._writer = self._loop.create_task(self._write())

    def say(self, frame: str) -> None:
        """Queue a frame that belongs to no channel."""
        self.put(OTHER, None, frame)

    def close(self, code: int, reason: str) -> None:
        """Send what is queued, then close."""
        if self._closing is None:
            self._closing = (code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))
            if self._writer is None:
                self._writer = self._loop.create_task(self._write())

    @abstractmethod
    async def _renew(self, keys: list[Key]) -> None:
        """Queue the newest state of channels whose states were dropped."""

    async def _write(self) -> None:
        try:
            while self._outbox:
                if (frame := self._outbox.pop()) is not None:
                    await self._send({"type": "websocket.send", "text": frame})
                elif self._closing is None:
                    keys = list(self._outbox.stale)
                    self._outbox.stale.clear()
                    await self._renew(keys)
                else:
                    break
            if self._closing is not None:
                code, reason = self._closing
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, RuntimeError):
            self._outbox.clear()  # the peer is gone; the reader hears of it too
        finally:
            self._writer = None
