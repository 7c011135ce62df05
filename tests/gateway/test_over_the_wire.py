"""One whole conversation over a real socket, through the server that runs in production."""

import asyncio
import json
import logging

import pytest
import uvicorn
import websockets
from peers import PATIENCE, run_sync, token_of

from doover_web.asgi import application


@pytest.fixture
async def address(hub):
    config = uvicorn.Config(
        application, port=0, ws="websockets-sansio", lifespan="off", log_config=None, ws_max_size=16 * 1024 * 1024
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def heard(socket, name):
    async with asyncio.timeout(PATIENCE):
        while (frame := json.loads(await socket.recv())).get("t") != name:
            pass
    return frame["d"]


@pytest.mark.parametrize("path", ["/gateway", "/ws"])
async def test_a_conversation(address, says, caplog, alice, pump, path):
    caplog.set_level(logging.DEBUG, "uvicorn")
    token = await run_sync(token_of, alice)
    async with websockets.connect(f"{address}{path}?token={token}") as socket:
        await heard(socket, "Hello")
        await socket.send(json.dumps({"op": 10, "d": {"default_connection": False}}))
        await heard(socket, "Ready")
        await socket.send(json.dumps({"op": 12, "d": {"channel": {"agent_id": str(pump.id), "name": "level"}}}))
        await heard(socket, "ChannelSync")
        await says(pump, pump, {"metres": 1.5, "note": "überlauf"})
        update = await heard(socket, "AggregateUpdate")
        assert update["aggregate"]["data"] == {"metres": 1.5, "note": "überlauf"}
    assert token not in caplog.text


async def test_close_codes_arrive(address):
    async with websockets.connect(f"{address}/gateway?token=nonsense") as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd.code == 4401


async def test_other_paths_are_no_gateway(address):
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(f"{address}/elsewhere")
    assert refused.value.response.status_code == 403


async def test_a_restart_of_the_server_leaves_a_session_to_resume(address, hub, alice):
    token = await run_sync(token_of, alice)
    async with websockets.connect(f"{address}/gateway?token={token}") as socket:
        await socket.send(json.dumps({"op": 10, "d": {}}))
        mine = await heard(socket, "Ready")
        socket.transport.abort()
    async with websockets.connect(f"{address}/gateway?token={token}") as socket:
        while True:
            await socket.send(json.dumps({"op": 11, "d": mine}))
            await heard(socket, "Hello")
            frame = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
            if frame.get("t") == "Ready":
                break
        assert frame["d"]["session_id"] == mine["session_id"]
