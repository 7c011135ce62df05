"""How a device takes deployments: it reads what is announced on `docker_deployment`, does it, and reports."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

from doover_web.common.snowflake import now_ms

from .client import Client, Rejected, insist

log = logging.getLogger(__name__)
CHANNEL = "docker_deployment"
LOOK_BACK = 20


class Installs:
    """The deployments of one device, one after the other. `pause` is what a stage takes, in seconds."""

    def __init__(self, client: Client, pause: Callable[[], Coroutine[Any, Any, None]] | None = None):
        self._client, self._pause = client, pause or _while_busy
        self._begun: set[int] = set()
        self._turn = asyncio.Lock()
        self._running: set[asyncio.Task] = set()

    def hear(self, event: str, d: dict) -> None:
        """An event of one of our channels."""
        if event == "MessageCreate" and d["channel"]["name"] == CHANNEL:
            self._begin(d)

    async def look_back(self) -> None:
        """Take up what was announced while nobody was listening, the oldest first."""
        try:
            messages = await insist(lambda: self._client.messages(CHANNEL, LOOK_BACK))
        except Rejected as refusal:
            log.warning("%s: cannot read its deployments: %s", self._client.name, refusal)
            return
        newest = {message["data"].get("app_key"): message for message in reversed(messages) if _is_order(message)}
        for message in newest.values():
            if not _has_ended(message):
                self._begin(message)

    def _begin(self, message: dict) -> None:
        message_id = int(message["id"])
        if not _is_order(message) or message_id in self._begun:
            return
        self._begun.add(message_id)
        work = asyncio.create_task(self._carry_out(message_id, message["data"]))
        self._running.add(work)
        work.add_done_callback(self._running.discard)

    async def _carry_out(self, message_id: int, order: dict) -> None:
        key, image = order["app_key"], order.get("image") or "the application"
        try:
            async with self._turn:
                if order.get("action") == "remove":
                    await self._report(message_id, "RUN", f"Stopping {key}")
                    await self._pause()
                    await self._keep(key, None)
                    await self._report(message_id, "SUC", f"{key} is stopped")
                    return
                for words in (f"Pulling {image}", f"Starting {key}"):
                    await self._report(message_id, "RUN", words)
                    await self._pause()
                await self._keep(key, _running(order))
                await self._report(message_id, "SUC", f"{key} runs and is healthy")
        except Rejected as refusal:
            log.warning("%s: a report on a deployment was refused: %s", self._client.name, refusal)

    async def _report(self, message_id: int, code: str, words: str) -> None:
        said = {"status": {"code": code, "at": now_ms(), "detail": words}, "log": words}
        await insist(lambda: self._client.answer(CHANNEL, message_id, said))

    async def _keep(self, key: str, entry: dict | None) -> None:
        await insist(lambda: self._client.change(CHANNEL, {"actual": {key: entry}}, [f"actual.{key}"]))


async def _while_busy() -> None:
    await asyncio.sleep(random.uniform(0.5, 2.0))  # noqa: S311  nothing secret


def _running(order: dict) -> dict:
    return {
        "state": "running",
        "image_digest": order.get("digest", ""),
        "health": "healthy",
        "restarts": 0,
        "config_rev": order.get("config_rev", ""),
    }


def _is_order(message: dict) -> bool:
    data = message.get("data")
    return isinstance(data, dict) and isinstance(data.get("app_key"), str) and bool(data.get("deployment_id"))


def _has_ended(message: dict) -> bool:
    status = message["data"].get("status")
    return isinstance(status, dict) and status.get("code") in ("SUC", "FAI")
