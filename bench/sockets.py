"""Many quiet listeners on the gateway in one cheap process, and one publisher.

Run as its own process: `python -m bench.sockets <job.json>`; talks one JSON line per phase.
"""

import asyncio
import base64
import json
import os
import sys
import time
from urllib.parse import urlsplit

from bench.load import request_bytes

SAMPLED = 25  # one listener in so many measures how long a message took


def frame(payload: dict) -> bytes:
    """A masked text frame; the mask of zeros leaves the text as it is."""
    data = json.dumps(payload).encode()
    length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return b"\x81" + length + b"\0\0\0\0" + data


class Listener(asyncio.Protocol):
    """One socket: identifies, subscribes, then counts MessageCreate frames."""

    def __init__(self, job: dict, number: int, counts: dict):
        self.job, self.counts, self.measures = job, counts, number % SAMPLED == 0
        self.buffer, self.open = bytearray(), False

    def connection_made(self, transport):
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        host = urlsplit(self.job["url"]).netloc
        transport.write(
            f"GET /gateway HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {self.job['token']}\r\n\r\n".encode()
        )
        channel = {"agent_id": self.job["agent_id"], "name": self.job["channel"]}
        self.hello = [
            frame({"op": 10, "d": {"default_connection": False, "organisation_id": None, "sharing_mode": "internal"}}),
            frame({"op": 12, "d": {"channel": channel, "organisation_id": None, "diff_only": False}}),
        ]

    def data_received(self, data):
        self.buffer += data
        if not self.open:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self.buffer.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(bytes(self.buffer[:200]))
            del self.buffer[: end + 4]
            self.open = True
            self.transport.write(b"".join(self.hello))
        while (text := self._next()) is not None:
            self._heard(text)

    def _next(self) -> bytes | None:
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 127, 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + length:
            return None
        opcode, text = buffer[0] & 15, bytes(buffer[start : start + length])
        del buffer[: start + length]
        if opcode == 9:
            self.transport.write(b"\x8a" + bytes([0x80 | len(text)]) + b"\0\0\0\0" + text)
        return text if opcode == 1 else b""

    def _heard(self, text: bytes) -> None:
        if b'"MessageCreate"' in text[:60]:
            self.counts["deliveries"] += 1
            if self.measures:
                sent = json.loads(text)["d"]["data"]["sent"]
                self.counts["delays"].append(time.time() - sent)
        elif b'"ChannelSync"' in text[:60]:
            self.counts["synced"] += 1

    def connection_lost(self, problem):
        self.counts["lost"] += 1


async def connect(job: dict, counts: dict, numbers: range) -> None:
    """Open these listeners and wait until each has its ChannelSync."""
    parts = urlsplit(job["url"])
    loop = asyncio.get_running_loop()
    for number in numbers:
        await loop.create_connection(lambda number=number: Listener(job, number, counts), parts.hostname, parts.port)
    end = time.monotonic() + 60
    while counts["synced"] < numbers.stop:
        if time.monotonic() > end:
            raise RuntimeError(f"only {counts} of {numbers.stop} listeners are ready")
        await asyncio.sleep(0.05)


async def publish(job: dict, counts: dict, *, rate: float | None, seconds: float) -> dict:
    """Post messages at `rate` a second (as fast as answers come when None); what the listeners got of them."""
    counts.update(deliveries=0, delays=[])
    parts = urlsplit(job["url"])
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    url = f"{job['url']}/api/agents/{job['agent_id']}/channels/{job['channel']}/messages"
    started, posted = time.monotonic(), 0
    while time.monotonic() - started < seconds:
        body = json.dumps({"data": {"sent": time.time()}}).encode()
        writer.write(request_bytes("POST", url, job["token"], body))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        posted += 1
        if rate is not None:
            await asyncio.sleep(max(0.0, started + posted / rate - time.monotonic()))
        elif posted * job["sockets"] - counts["deliveries"] > job["sockets"] * 20:
            while posted * job["sockets"] - counts["deliveries"] > job["sockets"] * 10:
                await asyncio.sleep(0.001)
    writer.close()
    waited = time.monotonic() + 10
    while counts["deliveries"] < posted * job["sockets"] and time.monotonic() < waited:
        await asyncio.sleep(0.01)
    took = time.monotonic() - started
    delays = sorted(counts["delays"])
    return {
        "posted": posted,
        "missing": posted * job["sockets"] - counts["deliveries"],
        "deliveries_per_second": counts["deliveries"] / took,
        "p50_ms": 1000 * delays[len(delays) // 2],
        "p99_ms": 1000 * delays[len(delays) * 99 // 100],
    }


async def main(job: dict) -> None:
    counts = {"deliveries": 0, "synced": 0, "lost": 0, "delays": []}
    for numbers in (range(job["warm"]), range(job["warm"], job["sockets"])):
        await connect(job, counts, numbers)
        print(json.dumps({"connected": numbers.stop}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    for phase in job["phases"]:
        print(json.dumps(await publish(job, counts, **phase)), flush=True)


if __name__ == "__main__":
    import uvloop

    with open(sys.argv[1]) as file:
        uvloop.run(main(json.load(file)))
