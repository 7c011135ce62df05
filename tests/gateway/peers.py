"""A socket without a network: what the server sends is in a queue, what we send is in another."""

import asyncio
import json

from asgiref.sync import sync_to_async
from django.db import connections

from doover_web.gateway import consumers, fanout
from doover_web.gateway.hub import Hub
from doover_web.gateway.layer import EVERYONE
from doover_web.identity.auth import issue_access_token, issue_device_token
from doover_web.identity.models import User

# How long what has to come may take on a machine with much else to do; only a failure takes so long.
PATIENCE = 30


async def run_sync(work, *args, **kwargs):
    """Database work of a test, outside the loop; its connection is given back."""

    def call():
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(call, thread_sensitive=False)()


async def at_rest(hub: Hub) -> None:
    """Wait until the hub has heard all that was announced so far, so that no socket of later is checked for it.

    Making the cast changes rights, and the news of that is slow when the machine is busy.
    """
    async with asyncio.timeout(PATIENCE):
        pumps = [pump for pump in (fanout._pumps.bound, fanout._pumps.own) if pump]
        while not all(pump.idle for pump in pumps):  # noqa: ASYNC110 - threads put into them
            await asyncio.sleep(0.001)
        await hub.ear.join(EVERYONE)  # heard in order, so after that


def without_watchers(frames: list[dict]) -> list[dict]:
    return [frame for frame in frames if frame.get("t") not in ("ChannelSubscription", "ChannelUnsubscription")]


class Peer:
    """A client of the gateway."""

    def __init__(self, hub: Hub, headers=(), query: str = "", path: str = "/gateway"):
        self.scope = {
            "type": "websocket",
            "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in headers],
            "query_string": query.encode(),
            "client": ("203.0.113.7", 4711),
        }
        self.sent: asyncio.Queue[dict] = asyncio.Queue()
        self.to_server: asyncio.Queue[dict] = asyncio.Queue()
        self.reading = asyncio.Event()
        self.reading.set()
        self.hub, self.ready = hub, {}
        self.task = asyncio.create_task(consumers.serve(self.scope, self.to_server.get, self._take, hub))
        self.to_server.put_nowait({"type": "websocket.connect"})

    async def _take(self, message: dict) -> None:
        await self.reading.wait()
        self.sent.put_nowait(message)

    async def next(self) -> dict:
        """The next thing the server sends: a frame, or how it closed."""
        message = await asyncio.wait_for(self.sent.get(), PATIENCE)
        return json.loads(message["text"]) if message["type"] == "websocket.send" else message

    async def until(self, name: str) -> dict:
        """The next event of this name; others before it are skipped."""
        while True:
            frame = await self.next()
            if frame.get("t") == name or frame.get("type") == name:
                return frame

    async def all_until(self, name: str) -> list[dict]:
        """What the server sends up to and with the next event of this name; news of other watchers aside."""
        heard = [await self.next()]
        while heard[-1].get("t") != name:
            heard.append(await self.next())
        return without_watchers(heard)

    async def closed(self) -> int:
        return (await self.until("websocket.close"))["code"]

    async def quiet(self, seconds: float = 0.15) -> list[dict]:
        """What came of all that was announced so far, and whatever comes within a moment after; news of other watchers
        aside. Nothing, one hopes."""
        await at_rest(self.hub)
        await asyncio.sleep(seconds)
        heard = [await self.next() for _ in range(self.sent.qsize())]
        return without_watchers(heard)

    def send(self, op: int, d=None) -> None:
        self.send_text(json.dumps({"op": op, "d": d}))

    def send_text(self, text: str) -> None:
        self.to_server.put_nowait({"type": "websocket.receive", "text": text})

    async def identify(self, **d) -> dict:
        assert (await self.next())["type"] == "websocket.accept"
        assert (await self.next())["t"] == "Hello"
        await at_rest(self.hub)
        self.send(10, {"default_connection": False, "organisation_id": None, "sharing_mode": "internal", **d})
        self.ready = await self.until("Ready")
        return self.ready

    @property
    def socket(self) -> consumers.Socket:
        """The server's side of it."""
        return next(one for one in self.hub.sockets if str(one.session_id) == self.ready["d"]["session_id"])

    async def subscribe(self, agent, name: str = "level") -> dict:
        self.send(12, {"channel": {"agent_id": str(agent.id), "name": name}, "organisation_id": None})
        return await self.until("ChannelSync")

    async def drop(self, code: int = 1006) -> None:
        self.to_server.put_nowait({"type": "websocket.disconnect", "code": code})
        await asyncio.wait_for(self.task, PATIENCE)


def token_of(who) -> str:
    return issue_access_token(who)[0] if isinstance(who, User) else issue_device_token(who)
