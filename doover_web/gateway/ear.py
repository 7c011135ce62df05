"""The hub's ear at the channel layer: it stays connected, and knows when it may have missed something."""

import asyncio
import itertools
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from .layer import EVERYONE, tell_reconnects

log = logging.getLogger(__name__)
ECHO_SECONDS = 0.25
CALL_SECONDS = 5
GUARD_SECONDS = 5
RETRY_SECONDS = 1
# After so many unanswered calls the connection is taken for dead and made anew.
SILENT_CALLS = 3
ECHO = "gateway.echo"
Hear = Callable[[dict], None]


class Ear:
    """One channel of the layer, in as many groups as are asked for.

    `hear` takes each message, `groups` names the groups to be in after connecting, `catch_up` is awaited whenever
    messages may have been missed and the layer is heard again.
    """

    def __init__(
        self,
        layer,
        hear: Callable[[dict], None],
        groups: Callable[[], Iterable[str]],
        catch_up: Callable[[], Awaitable],
    ):
        self.layer = layer
        self._hear, self._groups, self._catch_up = hear, groups, catch_up
        self._id = uuid.uuid4().hex
        self._numbers = itertools.count()
        self._echoes: dict[str, asyncio.Future] = {}
        self._channel: str | None = None
        self._up = asyncio.Event()
        self._doubt = asyncio.Event()
        self._listening: asyncio.Task | None = None
        self._warned = False

    def doubt(self) -> None:
        """Something may have been missed."""
        self._doubt.set()

    async def join(self, group: str) -> None:
        """Be in the group. Returns when a message to the group was heard, so that it is certain.

        The layer itself answers before the broker does.
        """
        async with asyncio.timeout(CALL_SECONDS):
            await self._up.wait()
            await self.layer.group_add(group, self._channel)
            await self._echo(lambda message: self.layer.group_send(group, message))

    async def leave(self, group: str) -> None:
        if self._channel is not None:
            await self.layer.group_discard(group, self._channel)

    async def listen(self) -> None:
        """Be connected, until cancelled."""
        try:
            while True:
                self._listening = asyncio.get_running_loop().create_task(self._receive())
                await asyncio.wait([self._listening])
                if not self._listening.cancelled():
                    self._warn(self._listening.exception())
                self._up.clear()
                self.doubt()
                await self._forget_connections()
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            if self._listening:
                self._listening.cancel()

    async def guard(self) -> None:
        """Ask now and then whether the layer is heard; after doubts, wait until it is and catch up."""
        silent = 0
        while True:
            doubted = await self._doubted()
            try:
                async with asyncio.timeout(GUARD_SECONDS):
                    await self._up.wait()
                    await self._echo(lambda message: self.layer.send(self._channel, message))
            except Exception as problem:
                self.doubt()
                self._warn(problem)
                silent += 1
                if silent % SILENT_CALLS == 0 and self._up.is_set() and self._listening:
                    self._listening.cancel()  # connected anew by `listen`
                await asyncio.sleep(ECHO_SECONDS)
                continue
            if doubted or silent:
                silent, self._warned = 0, False
                self._doubt.clear()
                log.info("Live updates may have been missed; what is watched is sent anew")
                await self._catch_up()

    async def _receive(self) -> None:
        async with asyncio.timeout(CALL_SECONDS):
            self._channel = channel = await self.layer.new_channel("gateway.")
            for group in (EVERYONE, *self._groups()):
                await self.layer.group_add(group, channel)
        tell_reconnects(self.layer, self._reconnected)
        self._up.set()
        while True:
            message = await self.layer.receive(channel)
            if message["type"] != ECHO:
                self._hear(message)
            elif (echo := self._echoes.get(message["nonce"])) and not echo.done():
                echo.set_result(None)

    async def _reconnected(self, connection) -> None:
        self.doubt()

    async def _echo(self, send: Callable[[dict], Awaitable]) -> None:
        """Send a message of our own until it comes back."""
        nonce = f"{self._id}.{next(self._numbers)}"
        echo = self._echoes[nonce] = asyncio.get_running_loop().create_future()
        try:
            while not echo.done():
                await send({"type": ECHO, "nonce": nonce})
                await asyncio.wait([echo], timeout=ECHO_SECONDS)
        finally:
            del self._echoes[nonce]

    async def _doubted(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(GUARD_SECONDS):
                return await self._doubt.wait()
        return False

    async def _forget_connections(self) -> None:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self.layer.flush()
        except Exception as problem:
            self._warn(problem)

    def _warn(self, problem: BaseException | None) -> None:
        """One line when the layer goes away, not one for every attempt to reach it again."""
        if not self._warned:
            log.warning("Live updates cannot be received right now: %s", str(problem) or "no answer")
        self._warned = True
