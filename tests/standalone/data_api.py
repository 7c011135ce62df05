"""The Data API as far as simulated devices use it, in memory, and what their tests wait for."""

import asyncio
import json
import re
from contextlib import asynccontextmanager, suppress

import httpx

from doover_web.common.mergepatch import merge, merge_replacing
from doover_web.standalone.fleet import client as clients
from doover_web.standalone.fleet import history
from doover_web.standalone.fleet.client import Client

NOW = 1_780_279_200_000
AGENT = "42"
PATH = re.compile(rf"/api/agents/{AGENT}/channels/([^/]+)/(aggregate|messages)(?:/(-?[0-9]+))?")

PAYLOAD = re.compile(rb'name="json_payload"\r\n\r\n(.*?)\r\n--')


class DataApi:
    """The Data API as far as devices use it; `away` requests fail, and `deaf` ones are stored without an answer."""

    def __init__(self):
        self.states: dict[str, dict] = {}
        self.messages: dict[str, dict[int, dict]] = {}
        self.requests: list[str] = []
        self.pictures = 0
        self.away = self.deaf = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(f"{request.method} {request.url.path}")
        if self.away:
            self.away -= 1
            raise httpx.ConnectError("nobody there")
        if request.url.path == "/api/agents/messages":
            answer = self._many(json.loads(request.content)["items"])
        else:
            answer = self._answer(request, *PATH.fullmatch(request.url.path).groups())
        if self.deaf:
            self.deaf -= 1
            raise httpx.ReadTimeout("no answer")
        return answer

    def _many(self, items):
        assert {one["agent_id"] for one in items} == {AGENT}
        for one in items:
            self.messages.setdefault(one["channel_name"], {})[int(one["message_id"])] = one["data"]
        return httpx.Response(200, json={"items": [{"success": True} for _ in items]})

    def _answer(self, request, channel, kind, number):
        content = request.content
        if request.headers.get("content-type", "").startswith("multipart/"):
            content = PAYLOAD.search(content)[1]
            self.pictures += request.content.count(b"\x89PNG")
        body = json.loads(content) if content else None
        if kind == "aggregate":
            return self._state(request, channel, body)
        kept = self.messages.setdefault(channel, {})
        if request.method == "POST":
            kept[int(number)] = body["data"]
        elif request.method == "PATCH":
            kept[int(number)] = merge(kept[int(number)], body["data"])
        else:
            ids = sorted(kept) if "after" in request.url.params else sorted(kept, reverse=True)
            limit = int(request.url.params["limit"])
            found = [{"id": str(one), "data": kept[one], "channel": {"name": channel}} for one in ids[:limit]]
            return httpx.Response(200, json=found)
        return httpx.Response(200, json={})

    def _state(self, request, channel, body):
        if request.method == "GET":
            known = channel in self.states
            return httpx.Response(200 if known else 404, json={"data": self.states[channel]} if known else {})
        paths = request.url.params.get_list("replace")
        self.states[channel] = merge_replacing(self.states.get(channel, {}), body, paths)
        return httpx.Response(200, json={})


@asynccontextmanager
async def patient_client(handler, monkeypatch):
    """A device's client of `handler` that need not wait between its tries."""
    monkeypatch.setattr(clients, "pause", lambda failures: 0)
    monkeypatch.setattr(history, "LEAST_PAUSE", 0)
    monkeypatch.setattr(history, "FAR_PAUSE", 0)
    async with httpx.AsyncClient(base_url="http://server", transport=httpx.MockTransport(handler)) as pool:
        yield Client(pool, "Pump 7", AGENT, "token")


async def until(holds, seconds=2.0):
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  what it waits for has no event
            await asyncio.sleep(0)


async def working(job):
    """A job for the length of a test."""
    task = asyncio.create_task(job)
    await asyncio.sleep(0)
    return task


async def stopped(task):
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
