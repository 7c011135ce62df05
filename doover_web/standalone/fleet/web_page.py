"""The web page that a device serves by itself: what it reads now, to look at and nothing else."""

import asyncio
from collections.abc import Callable
from html import escape
from typing import Any

import h11

from .plant import Tags

PATIENCE = 10.0  # seconds for a whole request
HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Connection", "close"),
]
STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;"
    "padding:0 1rem}table{width:100%;border-collapse:collapse}th{text-align:left;font-weight:400}"
    "td{text-align:right;font-variant-numeric:tabular-nums}th,td{padding:.25rem 0;border-bottom:1px solid #8884}"
)


def draw(title: str, trees: dict[str, dict], tags: Tags) -> str:
    """The readings that the applications draw, by application. Pure."""
    parts = [
        f"<h2>{escape(tree['displayString'])}</h2><table>{_rows(tree, tags.get(app, {}))}</table>"
        for app, tree in trees.items()
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>What the controller reads now. This page comes from the device itself.</p>{''.join(parts)}</body></html>"
    )


def _rows(tree: dict, tags: dict[str, Any]) -> str:
    drawn = ((name, one) for name, one in tree["children"].items() if one["type"] == "uiVariable" and name in tags)
    return "".join(
        f"<tr><th>{escape(one['displayString'])}</th><td>{escape(_said(one, tags[name]))}</td></tr>"
        for name, one in drawn
        if one.get("hidden") is not True
    )


def _said(element: dict, value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:.{element.get('decPrecision', 0)}f}"
    return f"{value} {element.get('units', '')}".strip()


class WebPage:
    """Serves what `look` returns at `/`, to whoever asks on this machine."""

    def __init__(self, look: Callable[[], str]):
        self._look = look

    async def open(self) -> asyncio.Server:
        """Listen on a port of 127.0.0.1 that is free."""
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = h11.Connection(h11.SERVER, max_incomplete_event_size=8192)
        try:
            async with asyncio.timeout(PATIENCE):
                request = await _request(talk, reader)
                writer.write(_bytes(talk, *self._answer(request), with_body=request.method != b"HEAD"))
                await writer.drain()
        except (h11.ProtocolError, OSError, TimeoutError):
            pass  # whoever asks so, or goes away, gets nothing
        finally:
            writer.close()

    def _answer(self, request: h11.Request) -> tuple[int, str]:
        if request.method not in (b"GET", b"HEAD"):
            return 405, "This page is to be looked at.\n"
        if request.target.partition(b"?")[0] != b"/":
            return 404, "There is one page here: /\n"
        return 200, self._look()


async def _request(talk: h11.Connection, reader: asyncio.StreamReader) -> h11.Request:
    while not isinstance(event := talk.next_event(), h11.Request):
        if event is not h11.NEED_DATA:
            raise h11.RemoteProtocolError("no request")
        talk.receive_data(await reader.read(4096))
    return event


def _bytes(talk: h11.Connection, status: int, text: str, *, with_body: bool) -> bytes:
    body = text.encode()
    head = h11.Response(status_code=status, headers=[*HEADERS, ("Content-Length", str(len(body)))])
    events = [head, *([h11.Data(body)] if with_body else []), h11.EndOfMessage()]
    return b"".join(talk.send(event) or b"" for event in events)
