"""A load generator that costs little: keep-alive connections, requests made ahead, answers only counted.

Run as its own process: `python -m bench.load <job.json>`; prints one JSON line.
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

CONTENT_LENGTH = b"content-length:"


def request_bytes(method: str, url: str, token: str, body: bytes) -> bytes:
    """One HTTP/1.1 request, ready to send."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Client(asyncio.Protocol):
    """One connection that sends its next request as soon as the last is answered."""

    def __init__(self, requests: list[bytes], offset: int, until: float, seen: list[float], bad: list[bytes]):
        self.requests, self.next, self.until, self.seen, self.bad = requests, offset, until, seen, bad
        self.buffer = b""
        self.done: asyncio.Future = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self._send()

    def _send(self):
        now = time.perf_counter()
        if now >= self.until:
            self.transport.close()
            return
        self.started = now
        self.transport.write(self.requests[self.next % len(self.requests)])
        self.next += 1

    def data_received(self, data):
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        start = head.index(CONTENT_LENGTH) + len(CONTENT_LENGTH)
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(self.buffer) < end + 4 + length:
            return
        if head[9:12] != b"200":
            self.bad.append(self.buffer[: end + 200])
        self.seen.append(time.perf_counter() - self.started)
        self.buffer = b""
        self._send()

    def connection_lost(self, problem):
        if not self.done.done():
            self.done.set_result(None)


async def run(job: dict) -> dict:
    """Send `job["requests"]` over `job["clients"]` connections for `job["seconds"]`."""
    requests = [
        request_bytes(item["method"], job["url"] + item["path"], item["token"], json.dumps(item["body"]).encode())
        for item in job["requests"]
    ]
    parts = urlsplit(job["url"])
    seen: list[float] = []
    bad: list[bytes] = []
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    until = started + job["seconds"]
    clients = []
    for number in range(job["clients"]):
        offset = number * len(requests) // job["clients"]
        _, client = await loop.create_connection(
            lambda offset=offset: _Client(requests, offset, until, seen, bad), parts.hostname, parts.port
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    took = time.perf_counter() - started
    seen.sort()
    return {
        "answers": len(seen),
        "bad": len(bad),
        "first_bad": bad[0].decode(errors="replace") if bad else "",
        "per_second": len(seen) / took,
        "p50_ms": 1000 * seen[len(seen) // 2],
        "p99_ms": 1000 * seen[len(seen) * 99 // 100],
    }


if __name__ == "__main__":
    import uvloop

    with open(sys.argv[1]) as file:
        print(json.dumps(uvloop.run(run(json.load(file)))))
