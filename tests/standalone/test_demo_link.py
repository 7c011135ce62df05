"""A simulated device's session with a gateway that comes and goes."""

import asyncio
import contextlib
import json

import pytest
from websockets.asyncio.server import serve

from doover_web.standalone.fleet import link as links
from doover_web.standalone.fleet.client import Address
from doover_web.standalone.fleet.link import Link


class Gateway:
    """Says Hello and Ready, and keeps what it was told; `resumes` says whether it still knows old sessions."""

    def __init__(self):
        self.told: list[list[dict]] = []
        self.headers: list = []
        self.sockets: list = []
        self.resumes = True

    async def __call__(self, socket):
        frames: list[dict] = []
        self.told.append(frames)
        self.headers.append(socket.request.headers)
        self.sockets.append(socket)
        await self.say(socket, "Hello", {})
        async for text in socket:
            frame = json.loads(text)
            frames.append(frame)
            if frame["op"] == links.RESUME and not self.resumes:
                await socket.send(json.dumps({"op": links.SESSION_CANCELLED, "d": {}}))
                await self.say(socket, "Hello", {})
            elif frame["op"] in (links.IDENTIFY, links.RESUME):
                await self.say(socket, "Ready", {"session_id": "5", "session_token": "s", "subscriptions": []})

    @staticmethod
    async def say(socket, event, d):
        await socket.send(json.dumps({"op": 0, "t": event, "d": d}))

    def ops(self, connection):
        return [frame["op"] for frame in self.told[connection]]


@pytest.fixture
async def gateway():
    gateway = Gateway()
    async with serve(gateway, "127.0.0.1", 0) as server:
        gateway.port = server.sockets[0].getsockname()[1]
        yield gateway


@pytest.fixture
async def link(gateway, monkeypatch):
    """An open link; `link.heard` are its events, `link.ready` how often it was ready."""
    monkeypatch.setattr(links, "pause", lambda failures: 0)
    heard, starts = [], []

    async def ready():
        starts.append(1)

    address = Address(f"http://127.0.0.1:{gateway.port}", "iot.example.com")
    link = Link(address, "Pump 7", "42", "dvd_secret", ["ui_cmds"], lambda *event: heard.append(event), ready)
    link.heard, link.starts = heard, starts
    link.task = asyncio.create_task(link.keep_open())
    await until(lambda: gateway.told and 12 in gateway.ops(0))
    yield link
    link.task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await link.task


async def until(holds):
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110  what it waits for has no event
            await asyncio.sleep(0.002)


async def test_it_identifies_as_the_device_s_own_link_and_subscribes(gateway, link):
    identify, subscribe = gateway.told[0]

    assert identify["d"]["default_connection"] is True
    assert subscribe["d"]["channel"] == {"agent_id": "42", "name": "ui_cmds"}
    assert gateway.headers[0]["Authorization"] == "Bearer dvd_secret"
    assert gateway.headers[0]["Host"] == "iot.example.com"


async def test_it_hands_on_what_it_hears_and_skips_what_it_does_not_know(gateway, link):
    socket = gateway.sockets[0]
    await socket.send(json.dumps({"op": 99, "d": 1}))
    await gateway.say(socket, "MessageCreate", {"id": "1"})

    await until(lambda: link.heard)

    assert link.heard == [("MessageCreate", {"id": "1"})]


async def test_after_a_cut_it_resumes_and_subscribes_again(gateway, link):
    await gateway.sockets[0].close(1012)

    await until(lambda: len(gateway.told) > 1 and 12 in gateway.ops(1))

    assert gateway.ops(1) == [links.RESUME, links.SUBSCRIBE]
    assert gateway.told[1][0]["d"] == {"session_id": "5", "session_token": "s", "default_connection": True}
    assert len(link.starts) == 2


async def test_a_session_that_is_gone_is_begun_anew_on_the_same_socket(gateway, link):
    gateway.resumes = False
    await gateway.sockets[0].close(1012)

    await until(lambda: len(gateway.told) > 1 and 12 in gateway.ops(1))

    assert gateway.ops(1) == [links.RESUME, links.IDENTIFY, links.SUBSCRIBE]


async def test_it_shouts_while_it_is_open(gateway, link):
    await link.shout("tag_values", {"pump_1": {"flow": 2.5}})

    await until(lambda: links.ONE_SHOT in gateway.ops(0))

    assert gateway.told[0][-1]["d"] == {
        "channel": {"agent_id": "42", "name": "tag_values"},
        "data": {"pump_1": {"flow": 2.5}},
    }


async def test_it_says_good_bye(gateway, link):
    link.task.cancel()

    await until(lambda: gateway.sockets[0].close_code is not None)

    assert gateway.sockets[0].close_code == 1000
