"""Runs inside the environment of the published client: its own manager of calls on both ends, over our gateway.

On a device a local agent stands between the manager and the server. Here a few lines take its place: events come from
the gateway as it sends them, messages go out through the client.
"""

import asyncio
import json

import aiohttp
from pydoover.api import AsyncDataClient
from pydoover.models.data.events import MessageCreateEvent, MessageUpdateEvent
from pydoover.rpc import RPCCancelled, RPCError, RPCManager, RPCTimeoutError, handler

EVENTS = {"MessageCreate": MessageCreateEvent, "MessageUpdate": MessageUpdateEvent}
PATIENCE = 20


class End:
    """What a manager needs of the agent it runs beside."""

    def __init__(self, url, token, agent_id, channel):
        self.url, self.token, self.agent_id, self.channel = url, token, agent_id, channel
        self.heard, self.tasks = [], set()
        self.client = AsyncDataClient(base_url=f"{url}/api", token=token)

    async def __aenter__(self):
        await self.client.setup()
        self.http = aiohttp.ClientSession()
        self.socket = await self.http.ws_connect(f"{self.url.replace('http', 'ws', 1)}/gateway?token={self.token}")
        await self.until("Hello")
        await self.socket.send_json({"op": 10, "d": {"default_connection": False}})
        await self.until("Ready")
        await self.socket.send_json(
            {"op": 12, "d": {"channel": {"agent_id": str(self.agent_id), "name": self.channel}}}
        )
        await self.until("ChannelSync")
        self.listening = asyncio.create_task(self.listen())
        return self

    async def __aexit__(self, *_):
        self.listening.cancel()
        await self.http.close()
        await self.client.close()

    async def until(self, name):
        while (await self.socket.receive_json(timeout=PATIENCE)).get("t") != name:
            pass

    async def listen(self):
        async for message in self.socket:
            frame = json.loads(message.data)
            if event := EVENTS.get(frame.get("t")):
                for callback in self.heard:
                    self.tasks.add(asyncio.create_task(callback(event.from_dict(frame["d"]))))

    def add_event_callback(self, channel, callback, events):
        self.heard.append(callback)

    async def create_message(self, channel, data):
        return (await self.client.create_message(self.agent_id, channel, data)).id

    async def update_message(self, channel, message_id, data):
        await self.client.update_message(self.agent_id, channel, message_id, data)


class Pump:
    """The handlers of a device."""

    def __init__(self):
        self.begun, self.cancelled_by = asyncio.Event(), None

    @handler("start")
    async def start(self, ctx, payload):
        await ctx.acknowledge()
        await ctx.defer(1)
        await ctx.progress("Cranking…", phase="starting")
        return {"running": payload["on"]}

    @handler("echo")
    async def echo(self, ctx, payload):
        return {"got": json.dumps(payload)}

    @handler("fail")
    async def fail(self, ctx, payload):
        raise RPCError("STUCK", "the float is stuck")

    @handler("wait")
    async def wait(self, ctx, payload):
        await ctx.acknowledge()
        self.begun.set()
        await asyncio.wait_for(ctx.wait_cancelled(), PATIENCE)
        self.cancelled_by = ctx.cancelled_by
        ctx.raise_if_cancelled()


async def story(client, url, agent_id, channel, device_token):
    """Every way a call can end, between a person and a device; what each end saw."""
    person = client.token if isinstance(client.token, str) else client.token.token
    async with End(url, device_token, agent_id, channel) as there, End(url, person, agent_id, channel) as here:
        pump, caller = Pump(), RPCManager(here)
        device = RPCManager(there)
        device.register_handlers(pump)
        device.subscribe(channel)
        told = {"success": await caller.call("start", {"on": True}, channel=channel, timeout=PATIENCE)}
        for name, request in (("number", 35), ("nothing", None)):
            told[name] = await echoed(here, there, channel, request)
        for name, method, more in (
            ("error", "fail", {}),
            ("timeout", "nobody", {"timeout": 0.5}),
            ("expired", "echo", {"timeout": 0.5, "expires_after": -1}),
        ):
            told[name] = await refused(caller.call(method, {}, channel=channel, **{"timeout": PATIENCE, **more}))
        told["cancelled"] = await cancelled(caller, here, pump, channel)
        told["cancelled_by"] = pump.cancelled_by
        messages = await here.client.list_messages(agent_id, channel)
        told["stored"] = [[one.data["method"], one.data["request"], one.data["status"]] for one in messages[::-1]]
        return told


async def echoed(here, there, channel, request):
    """A control sends any value, which the manager's own `call` does not."""
    sent = await here.create_message(channel, {"type": "rpc", "method": "echo", "request": request})
    for _ in range(200):
        data = (await here.client.fetch_message(here.agent_id, channel, sent)).data
        if data.get("status", {}).get("code") == "success":
            return data["response"]
        await asyncio.sleep(0.05)
    return None


async def refused(call):
    try:
        return await call
    except (RPCError, RPCTimeoutError) as problem:
        return [type(problem).__name__, problem.code]


async def cancelled(caller, here, pump, channel):
    calling = asyncio.create_task(caller.call("wait", {}, channel=channel, timeout=PATIENCE))
    await asyncio.wait_for(pump.begun.wait(), PATIENCE)
    [sent] = caller._pending_calls
    said = {"info": "Command cancelled", "cancelled_at": 1_772_600_767_890, "cancelled_by": {"name": "Alice"}}
    await here.update_message(channel, sent, {"status": {"code": "error", "message": said}})
    try:
        return await calling
    except RPCCancelled as problem:
        return [type(problem).__name__, problem.code]
