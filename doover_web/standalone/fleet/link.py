"""A device's open session with the gateway (`data-api §15`): opened, resumed and opened again."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from .client import USER_AGENT, Address, pause

log = logging.getLogger(__name__)
SESSION_CANCELLED, IDENTIFY, RESUME, SUBSCRIBE, ONE_SHOT = 3, 10, 11, 12, 15


class Link:
    """Keeps one session open and hands on what it hears: `hear(event, d)`, and `ready()` after each new start."""

    def __init__(
        self,
        address: Address,
        name: str,
        agent_id: str,
        token: str,
        channels: Sequence[str],
        hear: Callable[[str, dict], None],
        ready: Callable[[], Awaitable[None]],
    ):
        self._address, self._name, self._agent_id, self._token = address, name, agent_id, token
        self._channels, self._hear, self._ready = channels, hear, ready
        self._session: dict | None = None
        self._failures = 0
        self._socket: ClientConnection | None = None

    async def shout(self, name: str, data: dict) -> None:
        """A one-shot message on one of our channels; while the link is down there is nobody to hear it."""
        if self._socket is not None:
            channel = {"agent_id": self._agent_id, "name": name}
            with contextlib.suppress(OSError, WebSocketException):
                await self._say(self._socket, ONE_SHOT, {"channel": channel, "data": data})

    async def keep_open(self) -> None:
        """Until cancelled, which says good-bye."""
        while True:
            try:
                await self._be_connected()
            except (OSError, TimeoutError, WebSocketException) as problem:
                self._note(problem)
            finally:
                self._socket = None
            self._failures += 1
            await asyncio.sleep(pause(self._failures))

    def _note(self, problem: Exception) -> None:
        if self._failures == 0:
            log.info("%s: the link broke (%s)", self._name, problem)

    async def _be_connected(self) -> None:
        host, port = self._address.socket
        async with connect(
            self._address.gateway,
            host=host,
            port=port,
            additional_headers={"Authorization": f"Bearer {self._token}"},
            user_agent_header=USER_AGENT,
            compression=None,
            proxy=None,
            open_timeout=10,
            close_timeout=2,
            max_size=16 * 1024 * 1024,
        ) as socket:
            try:
                async for text in socket:
                    await self._take(socket, orjson.loads(text))
            except asyncio.CancelledError:
                # Closed in earnest: the gateway need not wait for us to resume.
                await socket.close(1000)
                raise
            log.info("%s: the link was closed (%s %s)", self._name, socket.close_code, socket.close_reason)

    async def _take(self, socket: ClientConnection, frame: dict) -> None:
        if frame["op"] == SESSION_CANCELLED:
            self._session = None
        elif frame["op"] == 0:
            await self._dispatched(socket, frame["t"], frame["d"])

    async def _dispatched(self, socket: ClientConnection, event: str, d: dict) -> None:
        if event == "Hello":
            await self._introduce(socket)
        elif event == "Ready":
            if self._failures:
                log.info("%s: the link is open again", self._name)
            self._session, self._failures = d, 0
            self._socket = socket
            for name in self._channels:
                channel = {"agent_id": self._agent_id, "name": name}
                await self._say(socket, SUBSCRIBE, {"channel": channel, "organisation_id": None, "diff_only": False})
            await self._ready()
        elif event == "WSSErrorEvent":
            log.warning("%s: the gateway says: %s", self._name, d.get("message"))
        else:
            self._hear(event, d)

    async def _introduce(self, socket: ClientConnection) -> None:
        if self._session:
            known = {key: self._session[key] for key in ("session_id", "session_token")}
            await self._say(socket, RESUME, {**known, "default_connection": True})
        else:
            identity = {"default_connection": True, "organisation_id": None, "sharing_mode": "internal"}
            await self._say(socket, IDENTIFY, identity)

    @staticmethod
    async def _say(socket: ClientConnection, op: int, d: dict) -> None:
        await socket.send(orjson.dumps({"op": op, "d": d}).decode())
