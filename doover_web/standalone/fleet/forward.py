"""A port of 127.0.0.1 that carries bytes to one other port of 127.0.0.1, both ways, until it is closed."""

import asyncio
import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
HERE = "127.0.0.1"
MOST = 16  # connections at once
CHUNK = 65_536


class Forward:
    """`allow` are the networks that may use it; None lets everybody who gets here."""

    def __init__(self, to_port: int, allow: Sequence[Network] | None):
        self._to_port, self._allow = to_port, allow
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task] = set()

    async def open(self) -> str:
        """Listen on a free port; returns where."""
        self._server = await asyncio.start_server(self._accept, HERE, 0)
        return "{}:{}".format(*self._server.sockets[0].getsockname()[:2])

    async def close(self) -> None:
        """Listen no more, and cut who is connected."""
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()
        if self._carrying:
            await asyncio.wait(self._carrying)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        work = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(work)
        work.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._admits(writer.get_extra_info("peername")[0]):
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            their_reader, their_writer = await asyncio.open_connection(HERE, self._to_port)
            self._open.add(their_writer)
            try:
                await asyncio.gather(_pour(reader, their_writer), _pour(their_reader, writer))
            finally:
                self._open.discard(their_writer)
                their_writer.close()
        except OSError:
            pass  # one of the two went away
        finally:
            self._open.discard(writer)
            writer.close()

    def _admits(self, address: str) -> bool:
        if self._server is None or not self._server.is_serving() or len(self._open) >= 2 * MOST:
            return False
        return self._allow is None or any(ipaddress.ip_address(address) in network for network in self._allow)


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        target.write(data)
        await target.drain()
    if target.can_write_eof():
        target.write_eof()
