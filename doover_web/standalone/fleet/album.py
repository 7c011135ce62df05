"""The pictures of a camera on their way to the server: those of its past, one every quarter of an hour, those asked
for."""

import asyncio

from doover_web.common.snowflake import now_ms

from . import yard
from .camera import CHANNEL
from .client import Client, insist
from .history import LEAST_PAUSE, STEP_MS
from .outbox import message_id

HOUR_MS = 3_600_000
PAST_HOURS = 30
LOOKED_AT = 200


class Album:
    """Takes a picture of a moment and keeps it there under the moment's own id, so that doing so twice keeps one."""

    def __init__(self, client: Client):
        self._client = client

    async def fill_back(self, end_ms: int) -> None:
        """One of each hour of the day before `end_ms`, the newest first, where there is none yet."""
        known = {int(one["id"]) for one in await insist(lambda: self._client.messages(CHANNEL, LOOKED_AT))}
        last = end_ms // HOUR_MS * HOUR_MS
        for ms in range(last, last - PAST_HOURS * HOUR_MS, -HOUR_MS):
            if message_id(ms) not in known:
                await self.take(ms, "schedule")
                await asyncio.sleep(10 * LEAST_PAUSE)

    async def keep_taking(self) -> None:
        """At every full quarter of an hour, for ever."""
        while True:
            due = now_ms() // STEP_MS * STEP_MS + STEP_MS
            await asyncio.sleep((due - now_ms()) / 1000)
            await self.take(due, "schedule")

    async def take(self, ms: int, reason: str) -> None:
        """The picture of a moment; a truck in it is the reason that counts."""
        name, picture = f"yard-{ms}.png", await asyncio.to_thread(yard.picture, ms / 1000)
        said = caption(ms, reason) | {"media": [{"name": "Yard", "file": name}]}
        files = {name: (picture, "image/png")}
        await insist(lambda: self._client.post_files(CHANNEL, message_id(ms), said, files))


def caption(ms: int, reason: str) -> dict:
    """What is said of a picture (`ui-schema §18.1`)."""
    said = {"reason": reason, "camera_name": CHANNEL, "night": yard.is_night(ms / 1000)}
    if not yard.has_truck(ms / 1000):
        return said
    seen = {"target": "vehicle", "box": list(yard.TRUCK_AT)}
    return said | {"reason": "vehicle" if reason == "schedule" else reason, "detections": [seen]}
