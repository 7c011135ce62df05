"""A device's past: what it would have logged in the weeks before, and while nobody was there to log it."""

import asyncio
import logging
from collections.abc import Iterator

from doover_web.common.mergepatch import diff
from doover_web.common.snowflake import ms_of

from .client import Client, Rejected, insist
from .outbox import message_id
from .plant import Plant, Tags

log = logging.getLogger(__name__)
STEP_MS = 900_000
DAY_MS = 86_400_000
LONGEST_MS = 21 * DAY_MS
# A request every now and then; the machine has better things to do.
LEAST_PAUSE = 0.02


def moments(after_ms: int, before_ms: int) -> range:
    """The quarter hours strictly between two moments."""
    return range((after_ms // STEP_MS + 1) * STEP_MS, before_ms, STEP_MS)


def entries(plant: Plant, ms: int) -> Iterator[tuple[str, dict]]:
    """What an undisturbed device logs at a quarter hour, the readings last: they mark it as done."""
    before, now = plant.tags((ms - STEP_MS) / 1000), plant.tags(ms / 1000)
    for notice in plant.notices((ms - STEP_MS) / 1000, ms / 1000):
        yield "notifications", notice
    if plant.sleeps:
        yield "doover_connection", seen(ms)
    yield "tag_values", loggable(plant, diff(before, now)) or loggable(plant, now)


def loggable(plant: Plant, tags: Tags) -> Tags:
    """The tags without those that say nothing in a history, and without applications that then say nothing."""
    kept = {app: {name: one for name, one in told.items() if name not in plant.unlogged} for app, told in tags.items()}
    return {app: told for app, told in kept.items() if told}


def seen(ms: int) -> dict:
    """A sign of life of a device that wakes up to report."""
    status = {"status": "PeriodicUnknown", "last_online": ms, "last_ping": ms}
    return {"status": status, "determination": "Online"}


class History:
    """Writes the past of one device, one message after the other, so that a cut leaves no hole behind it."""

    def __init__(self, client: Client, plant: Plant):
        self._client, self._plant = client, plant

    async def catch_up(self, now_ms: int) -> None:
        """From the newest message there is to now, oldest first; nothing when there is none."""
        newest = await insist(lambda: self._client.messages("tag_values", limit=1))
        if newest:
            since = max(ms_of(int(newest[0]["id"])), now_ms - LONGEST_MS)
            await self._write(moments(since, now_ms))

    async def fill_back(self, end_ms: int) -> None:
        """The three weeks before `end_ms`, newest first, from where an earlier run got to."""
        oldest = await insist(lambda: self._client.first_message("tag_values"))
        reached = min(end_ms, ms_of(int(oldest["id"]))) if oldest else end_ms
        await self._write(reversed(moments(end_ms - LONGEST_MS, reached)))

    async def _write(self, steps) -> None:
        loop, written = asyncio.get_running_loop(), 0
        try:
            for ms in steps:
                for channel, data in entries(self._plant, ms):
                    started = loop.time()
                    await insist(lambda c=channel, m=ms, d=data: self._client.post(c, message_id(m), d))
                    await asyncio.sleep(max(LEAST_PAUSE, 2 * (loop.time() - started)))
                written += 1
        except Rejected as refusal:
            log.warning("%s: its past cannot be written: %s", self._client.name, refusal)
        if written:
            log.info("%s: wrote %s quarter hours of its past", self._client.name, written)
