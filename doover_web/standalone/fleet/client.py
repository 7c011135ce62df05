"""What a device knows of the server: its address, a token, and how to be patient."""

import asyncio
import logging
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from doover_web.common.snowflake import ID_MIN

log = logging.getLogger(__name__)
LONGEST_PAUSE = 30.0
USER_AGENT = "doover-web-demo/1"


class Away(Exception):
    """The server does not answer, or not now. Trying again later may help."""


class Rejected(Exception):
    """The server says no. Trying again does not help."""

    def __init__(self, status: int, message: str):
        super().__init__(f"{status} {message}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens, and the name it goes by, which need not be the same."""

    url: str
    host: str

    @property
    def gateway(self) -> str:
        return f"ws://{self.host}/gateway"

    @property
    def socket(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or 80


def pause(failures: int) -> float:
    """Seconds to wait after so many failures in a row: longer each time, and never all at once."""
    return random.uniform(0.3, 1.0) * min(LONGEST_PAUSE, 2.0 ** min(failures, 8))  # noqa: S311  nothing secret


def open_pool(address: Address) -> httpx.AsyncClient:
    """The connections that all devices share; each request names its own device."""
    return httpx.AsyncClient(
        base_url=address.url,
        headers={"Host": address.host, "User-Agent": USER_AGENT},
        timeout=10,
        trust_env=False,
        limits=httpx.Limits(max_connections=16),
    )


class Client:
    """One device's way to the Data API. While the server is away every call waits for the next try together."""

    def __init__(self, pool: httpx.AsyncClient, name: str, agent_id: str, token: str):
        self.name, self.agent_id = name, agent_id
        self._pool = pool
        self._headers = {"Authorization": f"Bearer {token}"}
        self._failures = 0
        self._rest_until = 0.0

    async def state(self, channel: str) -> dict:
        """The aggregate of a channel; empty when there is no such channel."""
        found = await self._find("GET", f"{channel}/aggregate")
        return found["data"] if found else {}

    async def change(self, channel: str, patch: dict, replace: Iterable[str] = ()) -> None:
        """Merge `patch` into the aggregate, the dotted paths `replace` as a whole."""
        query = {"suppress_response": "true", "replace": list(replace)}
        await self.call("PATCH", f"{channel}/aggregate", patch, query)

    async def post(self, channel: str, message_id: int, data: Any) -> None:
        """Keep a message under our own id, so that sending it twice keeps it once."""
        await self.call("POST", f"{channel}/messages/{message_id}", {"data": data}, {"suppress_response": "true"})

    async def post_many(self, letters: Iterable[tuple[str, int, Any]]) -> None:
        """Keep several, each in its channel and under its own id. Raises Away, or Rejected when one is refused; the
        others are kept then."""
        items = [
            {"agent_id": self.agent_id, "channel_name": channel, "message_id": str(message_id), "data": data}
            for channel, message_id, data in letters
        ]
        answer = await self.call("POST", "/api/agents/messages", {"items": items})
        for one in answer["items"]:
            if not one["success"]:
                raise Rejected(400, str(one.get("error"))[:200])

    async def post_files(self, channel: str, message_id: int, data: Any, files: dict[str, tuple[bytes, str]]) -> None:
        """The same with files, from name to content and type."""
        named = [("attachment", (name, content, kind)) for name, (content, kind) in files.items()]
        path, query = f"{channel}/messages/{message_id}", {"suppress_response": "true"}
        await self.call("POST", path, {"data": data}, query, named)

    async def answer(self, channel: str, message_id: int, data: dict) -> None:
        await self.call("PATCH", f"{channel}/messages/{message_id}", {"data": data}, {"suppress_response": "true"})

    async def messages(self, channel: str, limit: int) -> list[dict]:
        """The newest messages, newest first."""
        return await self._find("GET", f"{channel}/messages", {"limit": limit}) or []

    async def first_message(self, channel: str) -> dict | None:
        """The oldest message there is."""
        found = await self._find("GET", f"{channel}/messages", {"after": ID_MIN, "limit": 1})
        return found[0] if found else None

    async def _find(self, method: str, path: str, query: dict | None = None) -> Any:
        try:
            return await self.call(method, path, None, query)
        except Rejected as refusal:
            if refusal.status == 404:
                return None
            raise

    async def call(self, method: str, path: str, body: Any = None, query: dict | None = None, files: Any = None) -> Any:
        """One request for one of our channels, or for the address that `path` is; with `files` the body goes along as
        one of its parts. Raises Away or Rejected."""
        loop = asyncio.get_running_loop()
        if (rest := self._rest_until - loop.time()) > 0:
            await asyncio.sleep(rest)
        address = path if path.startswith("/") else f"/api/agents/{self.agent_id}/channels/{path}"
        text = None if body is None else orjson.dumps(body)
        sent: dict[str, Any] = {"content": text, "headers": {**self._headers, "Content-Type": "application/json"}}
        if files:
            sent = {"data": {"json_payload": (text or b"").decode()}, "files": files, "headers": self._headers}
        try:
            response = await self._pool.request(method, address, params=query, **sent)
        except httpx.TransportError as problem:
            raise self._away(str(problem) or type(problem).__name__) from problem
        # A refused token may be valid again tomorrow; the readings are kept for then.
        if response.status_code >= 500 or response.status_code in (401, 429):
            raise self._away(f"{response.status_code} {response.text[:120]}")
        self._back()
        if response.status_code >= 400:
            raise Rejected(response.status_code, response.text[:200])
        return orjson.loads(response.content)

    def _away(self, reason: str) -> Away:
        if not self._failures:
            log.info("%s: the server does not answer (%s); keeping what is new", self.name, reason)
        now = asyncio.get_running_loop().time()
        # Calls that failed side by side are one failure.
        if now >= self._rest_until:
            self._failures += 1
            self._rest_until = now + pause(self._failures)
        return Away(reason)

    def _back(self) -> None:
        if self._failures:
            log.info("%s: the server answers again", self.name)
            self._failures = 0


async def insist(make_call) -> Any:
    """Repeat a call until the server answers it; the client does the waiting."""
    while True:
        try:
            return await make_call()
        except Away:
            continue
