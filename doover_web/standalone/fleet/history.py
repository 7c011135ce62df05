"""A device's past: what it would have logged in the year before, and while nobody was there to log it."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from zlib import crc32

from doover_web.common.mergepatch import diff
from doover_web.common.snowflake import ms_of

from .client import Client, Rejected, insist
from .outages import is_away
from .outbox import message_id
from .plant import Plant, Tags

log = logging.getLogger(__name__)
STEP_MS, FAR_STEP_MS = 900_000, 3_600_000
DAY_MS = 86_400_000
# Every quarter of an hour for so long, then every hour.
LONGEST_MS, YEAR_MS = 21 * DAY_MS, 366 * DAY_MS
# What goes in one request. The machine has better things to do than the far past.
TOGETHER = 40
LEAST_PAUSE, FAR_PAUSE = 0.02, 0.2

Letter = tuple[str, dict]  # a channel, and what is said there


def moments(after_ms: int, before_ms: int, step_ms: int = STEP_MS) -> range:
    """The quarter hours, or other steps, strictly between two moments."""
    return range((after_ms // step_ms + 1) * step_ms, before_ms, step_ms)


def entries(plant: Plant, ms: int) -> Iterator[Letter]:
    """What an undisturbed device logs at a quarter hour, the readings last: they mark it as done."""
    before, now = plant.tags((ms - STEP_MS) / 1000), plant.tags(ms / 1000)
    for notice in plant.notices((ms - STEP_MS) / 1000, ms / 1000):
        yield "notifications", notice
    if plant.sleeps:
        yield "doover_connection", seen(ms)
    yield "tag_values", loggable(plant, diff(before, now)) or loggable(plant, now)


def far_entries(plant: Plant, ms: int) -> Iterator[Letter]:
    """What is left of an hour of long ago: its numbers, and what else differs from the hour before."""
    key = crc32(plant.apps[0].encode())
    if is_away(key, ms / 1000):
        return
    now, since = plant.tags(ms / 1000), (ms - FAR_STEP_MS) / 1000
    before = {} if is_away(key, since) else plant.tags(since)
    told = {
        app: {name: one for name, one in tags.items() if _is_number(one) or before.get(app, {}).get(name) != one}
        for app, tags in now.items()
    }
    yield "tag_values", loggable(plant, told)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def loggable(plant: Plant, tags: Tags) -> Tags:
    """The tags without those that say nothing in a history, and without applications that then say nothing."""
    kept = {app: {name: one for name, one in told.items() if name not in plant.unlogged} for app, told in tags.items()}
    return {app: told for app, told in kept.items() if told}


def seen(ms: int) -> dict:
    """A sign of life of a device that wakes up to report."""
    status = {"status": "PeriodicUnknown", "last_online": ms, "last_ping": ms}
    return {"status": status, "determination": "Online"}


class History:
    """Writes the past of one device, in order, so that a cut leaves no hole behind it."""

    def __init__(self, client: Client, plant: Plant):
        self._client, self._plant = client, plant

    async def catch_up(self, now_ms: int) -> None:
        """From the newest message there is to now, oldest first; nothing when there is none."""
        newest = await insist(lambda: self._client.messages("tag_values", limit=1))
        if newest:
            since = max(ms_of(int(newest[0]["id"])), now_ms - LONGEST_MS)
            await self._write(moments(since, now_ms), entries)

    async def fill_back(self, end_ms: int) -> None:
        """The year before `end_ms`, newest first, from where an earlier run got to: the last weeks by the quarter
        hour, what is older by the hour."""
        oldest = await insist(lambda: self._client.first_message("tag_values"))
        reached = min(end_ms, ms_of(int(oldest["id"]))) if oldest else end_ms
        far = end_ms - LONGEST_MS
        await self._write(reversed(moments(far, reached)), entries)
        hours = moments(end_ms - YEAR_MS, min(far, reached), FAR_STEP_MS)
        await self._write(reversed(hours), far_entries, FAR_PAUSE)

    async def _write(self, steps: Iterable[int], told: Callable[[Plant, int], Iterable[Letter]], pause=None) -> None:
        loop, written = asyncio.get_running_loop(), 0
        try:
            for letters in together((ms, list(told(self._plant, ms))) for ms in steps):
                started = loop.time()
                await insist(lambda sent=letters: self._client.post_many(sent))
                await asyncio.sleep(max(LEAST_PAUSE if pause is None else pause, 2 * (loop.time() - started)))
                written += len(letters)
        except Rejected as refusal:
            log.warning("%s: its past cannot be written: %s", self._client.name, refusal)
        if written:
            log.info("%s: wrote %s messages of its past", self._client.name, written)


def together(told: Iterable[tuple[int, list[Letter]]]) -> Iterator[list[tuple[str, int, dict]]]:
    """What several moments have to say, as many as go in a request; those of one moment stay together."""
    waiting: list[tuple[str, int, dict]] = []
    for ms, letters in told:
        waiting += [(channel, message_id(ms), data) for channel, data in letters]
        if len(waiting) >= TOGETHER:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
