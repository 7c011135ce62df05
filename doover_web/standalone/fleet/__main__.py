"""Runs the devices that a file names, until told to stop: `python -m doover_web.standalone.fleet FILE`."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import httpx

from .camera import Camera
from .chiller import Chiller
from .client import Address, Client, Rejected, open_pool
from .depot import Depot
from .device import Connected, Device, Silent, Sleeper
from .plant import Plant
from .pump import Pump
from .reachable import Reachable
from .solar import Solar
from .watching import Watching
from .weather import Weather

log = logging.getLogger("fleet")
PLANTS: dict[str, Callable[[], Plant]] = {
    "pump": Pump,
    "solar": Solar,
    "weather": Weather,
    "depot": Depot,
    "chiller": Chiller,
    "camera": Camera,
}


def make(entry: dict, pool: httpx.AsyncClient, address: Address, founded_ms: int) -> Device:
    plant = PLANTS[entry["role"]]()
    client = Client(pool, entry["title"], entry["agent_id"], entry["token"])
    if entry["role"] == "depot":
        return Silent(plant, client, founded_ms)
    if isinstance(plant, Camera):
        return Watching(plant, client, founded_ms, address, entry["token"])
    if plant.sleeps:
        return Sleeper(plant, client, founded_ms)
    if entry["role"] == "pump":
        return Reachable(plant, client, founded_ms, address, entry["token"])
    return Connected(plant, client, founded_ms, address, entry["token"])


async def run(fleet: dict) -> None:
    """All devices in one process; one that fails leaves the others at work."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    address = Address(fleet["url"], fleet["host"])
    async with open_pool(address) as pool:
        devices = [make(entry, pool, address, fleet["founded_ms"]) for entry in fleet["devices"]]
        work = [asyncio.create_task(look_after(device)) for device in devices]
        await stop.wait()
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)


async def look_after(device: Device) -> None:
    while True:
        try:
            return await device.run()
        except* (Rejected, LookupError, TypeError, ValueError) as problems:
            log.error("%s: %s; starting it again in a minute", device.client.name, problems.exceptions)
        await asyncio.sleep(60)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Whoever works at this machine comes first.
    with contextlib.suppress(OSError):
        os.nice(10)
    asyncio.run(run(json.loads(Path(sys.argv[1]).read_text())))


if __name__ == "__main__":
    main()
