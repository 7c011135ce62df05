"""A device that can be reached: what every connected device does, and tunnels to its own web page."""

from collections.abc import Callable, Coroutine
from typing import Any

from .client import Address, Client
from .device import Connected
from .plant import Plant
from .tunnels import CHANNEL, Tunnels
from .web_page import draw


class Reachable(Connected):
    def __init__(self, plant: Plant, client: Client, founded_ms: int, address: Address, token: str):
        super().__init__(plant, client, founded_ms, address, token)
        self.tunnels = Tunnels(client, lambda: draw(client.name, self.plant.trees(), self._tags))

    def channels(self) -> tuple[str, ...]:
        return (*super().channels(), CHANNEL)

    def jobs(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        return [*super().jobs(), self.tunnels.serve, self.tunnels.report]

    def _hear(self, event: str, d: dict) -> None:
        self.tunnels.hear(event, d)
        super()._hear(event, d)
