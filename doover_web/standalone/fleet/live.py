"""Live mode: tags that somebody looks at are sent every second and not kept (`dv-ui-sub` says which)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from doover_web.common.presence import mapping, number

from .plant import Plant

EVERY = 1.0
FRESH_MS = 120_000


def wanted(document: Any, now_ms: float) -> set[str]:
    """The tags that people want live now, as `app.tag`. Pure."""
    asked = (mapping(one) for one in mapping(mapping(document).get("live_tag_open")).values())
    fresh = (one.get("tags") for one in asked if now_ms - (number(one.get("ts")) or 0) < FRESH_MS)
    return {tag for tags in fresh if isinstance(tags, list) for tag in tags if isinstance(tag, str)}


def only(tags: Mapping[str, Mapping[str, Any]], names: set[str]) -> dict[str, dict[str, Any]]:
    """Of the readings those named. Pure."""
    found = {app: {name: one for name, one in own.items() if f"{app}.{name}" in names} for app, own in tags.items()}
    return {app: own for app, own in found.items() if own}


class Live:
    """Sends what is wanted through `shout(channel, data)`, while it is wanted."""

    def __init__(self, plant: Plant, shout: Callable[[str, dict], Awaitable[None]]):
        self._plant, self._shout = plant, shout
        self._document: Any = {}

    def hear(self, document: Any) -> None:
        """Somebody came, left, or is still there."""
        self._document = document

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self.send(time.time())

    async def send(self, t: float) -> None:
        names = wanted(self._document, t * 1000)
        if names and (values := only(self._plant.tags(t), names)):
            await self._shout("tag_values", values)
