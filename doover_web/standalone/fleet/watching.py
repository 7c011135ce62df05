"""A device with a camera: what every connected device does, and pictures."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from doover_web.common.snowflake import now_ms

from .album import Album
from .camera import Camera
from .client import Address, Client
from .device import Connected

LOOK_S = 0.5


class Watching(Connected):
    plant: Camera

    def __init__(self, plant: Camera, client: Client, founded_ms: int, address: Address, token: str):
        super().__init__(plant, client, founded_ms, address, token)
        self.album = Album(client)

    def jobs(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        return [*super().jobs(), self.album.keep_taking, self.take_what_is_asked]

    async def fill_back(self) -> None:
        await self.album.fill_back(self.founded_ms)
        await super().fill_back()

    async def take_what_is_asked(self) -> None:
        """A picture soon after somebody asked for one."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self.plant.is_asked:
                self.plant.is_asked = False
                self.plant.last_ms = now_ms()
                await self.album.take(self.plant.last_ms, "manual")
