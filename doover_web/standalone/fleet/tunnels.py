"""How a device opens tunnels (`control-api §3.9`): to its own web page, to nothing else, and on this machine alone.

The device is played, the machine that plays it is real: whatever a tunnel names, bytes only ever go to the page.
"""

import asyncio
import contextlib
import ipaddress
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from doover_web.common.presence import mapping, number

from .client import Client, insist
from .forward import Forward, Network
from .web_page import WebPage

CHANNEL = "tunnels"
# Where its page is, as the device sees itself.
HOSTS, PORT, PROTOCOLS = ("127.0.0.1", "localhost"), 80, ("http", "tcp")
MOST = 8  # open at once
LONGEST = 3600.0  # seconds until it looks at the clock again


class Wish(NamedTuple):
    """A tunnel that shall be open: where to, until when (ms since 1970), and for which addresses; None for all."""

    target: tuple[Any, Any, Any]
    until: float
    allow: tuple[Network, ...] | None = None
    problem: str = ""


def wishes(document: Any, now_ms: float) -> dict[str, Wish]:
    """What shall be open now, by the tunnel's id. Pure."""
    listed = {key: mapping(one) for key, one in mapping(mapping(document).get("tunnels")).items()}
    wanted = {key: (one, number(one.get("wanted_until")) or 0) for key, one in listed.items()}
    return {key: _wish(one, until) for key, (one, until) in wanted.items() if until > now_ms}


def _wish(entry: Any, until: float) -> Wish:
    target = (entry.get("hostname"), entry.get("port"), entry.get("protocol"))
    if target[0] not in HOSTS or target[1] != PORT or target[2] not in PROTOCOLS:
        asked = f"{target[0]}:{target[1]} by {target[2]}"
        reason = f"This device opens tunnels to its own page alone, {HOSTS[0]}:{PORT} by http or tcp, not to {asked}"
        return Wish(target, until, problem=reason[:300])
    try:
        given = entry.get("allow_cidr")
        allow = None if given is None else tuple(ipaddress.ip_network(one) for one in given)
    except (TypeError, ValueError):
        return Wish(target, until, problem="The addresses that may use this tunnel cannot be read")
    return Wish(target, until, allow)


class Tunnels:
    """Serves a page, and opens and closes tunnels to it as the device's `tunnels` channel says."""

    def __init__(self, client: Client, look: Callable[[], str]):
        self._client, self._page = client, WebPage(look)
        self._document: Mapping | None = None
        self._open: dict[str, tuple[Wish, Forward | None]] = {}
        self._said: dict[str, dict] = {}
        self._stirred, self._news = asyncio.Event(), asyncio.Event()

    def hear(self, event: str, d: dict) -> None:
        """An event of one of our channels."""
        if event in ("ChannelSync", "AggregateUpdate") and d["channel"]["name"] == CHANNEL:
            self._document = mapping(d["aggregate"]["data"])
            self._stirred.set()

    # --- opening and closing, whether the server is there or not ---

    async def serve(self) -> None:
        """Until cancelled, which closes everything."""
        page = await self._page.open()
        port = page.sockets[0].getsockname()[1]
        try:
            while True:
                self._stirred.clear()
                await self._settle(port)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), self._rest())
        finally:
            for key in list(self._open):
                await self._close(key)
            page.close()

    def _rest(self) -> float:
        """Seconds until the time of a tunnel is over."""
        ends = [wish.until / 1000 - time.time() for wish, _ in self._open.values()]
        return max(0.001, min([LONGEST, *ends]))

    async def _settle(self, port: int) -> None:
        wanted = wishes(self._document, time.time() * 1000)
        for key, (wish, forward) in list(self._open.items()):
            now = wanted.get(key)
            if now is not None and forward is not None and now._replace(until=wish.until) == wish:
                self._open[key] = now, forward  # it stays, perhaps for longer
            elif now != wish:
                await self._close(key)
        for key, wish in wanted.items():
            if key not in self._open:
                await self._begin(key, wish, port)
        self._news.set()

    async def _begin(self, key: str, wish: Wish, port: int) -> None:
        problem = wish.problem
        if not problem and sum(one is not None for _, one in self._open.values()) >= MOST:
            problem = f"This device holds {MOST} tunnels open at once; close one first"
        if problem:
            self._open[key] = wish, None
            self._say(key, state="error", error=problem)
            return
        forward = Forward(port, wish.allow)
        self._open[key] = wish, forward
        try:
            self._say(key, state="open", endpoint=await forward.open())
        except OSError as problem:
            self._open[key] = wish, None
            self._say(key, state="error", error=f"No port could be opened: {problem}")

    async def _close(self, key: str) -> None:
        forward = self._open.pop(key)[1]
        if forward is not None:
            await forward.close()
        self._say(key, state="closed")

    def _say(self, key: str, **status: str) -> None:
        self._said[key] = {**status, "at": int(time.time() * 1000)}

    # --- telling ---

    async def report(self) -> None:
        """Keep what the server knows of our tunnels true; the first word is that something here opens some."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._document is None:
                continue
            known = self._document.get("status")
            if patch := self._lacking(known):
                paths = [f"status.{key}" for key in patch]
                await insist(lambda p=patch, r=paths: self._client.change(CHANNEL, {"status": p}, r))
            elif not isinstance(known, dict):
                await insist(lambda: self._client.change(CHANNEL, {"status": {}}))

    def _lacking(self, known: Any) -> dict[str, dict | None]:
        """What of our tunnels the server does not know, and what it believes of others that are not open any more."""
        told, listed = mapping(known), mapping(mapping(self._document).get("tunnels"))
        ours = {key: one for key, one in self._said.items() if key in listed}
        self._said = ours  # what became of one that is gone is of no use to anybody
        patch: dict[str, dict | None] = {key: one for key, one in ours.items() if told.get(key) != one}
        for key, one in told.items():
            if key not in listed:
                patch[key] = None
            elif key not in ours and mapping(one).get("state") != "closed":
                patch[key] = {"state": "closed", "at": int(time.time() * 1000)}
        return patch
