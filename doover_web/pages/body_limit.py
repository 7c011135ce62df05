"""No request body is too large for the server, nor too slow, nor are too many of them heavy at once."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from doover_web.common.wire import JSON, TooLarge, refusal_body

from .addresses import CONTROL

HEAVY = 256 * 1024  # bytes
AT_ONCE = 4  # heavy bodies that may be in memory
UPLOADS_AT_ONCE = 16  # bodies with files, which are kept on disk
BODY_SECONDS = 60  # for a whole body to arrive
SLOWEST_UPLOAD = 50_000  # bytes a second; files come from devices far out
# The addresses of channels that take multipart with files.
TAKES_FILES = re.compile(
    r"/api/agents/[^/]+/channels/[^/]+/(?:aggregate|messages(?:/[^/]+)?)|/channels/[^/]+/.+", re.DOTALL
)
# Packages travel there as base64 in JSON. A client whose base address ends in a slash doubles the first one.
FIRST_GENERATION = re.compile(r"/{1,2}(?:ch|apps/api)/v1/")


class BodyLimit:
    """ASGI middleware: answers 413 to a request whose body is larger than `limit` bytes, as soon as that is known.

    Heavy bodies, and packed ones, which may become heavy, take turns: parsed, one costs many times its size. Bodies
    with files may have `more` bytes and take turns of their own; those of the first generation may have as many.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], limit: int, more: int = 0):
        self.app, self.limit, self.more = app, limit, more
        self._turns: tuple[asyncio.Semaphore, asyncio.Semaphore] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"")
        brings_files = _brings_files(scope, headers)
        limit, seconds = self.limit, float(BODY_SECONDS)
        if brings_files or FIRST_GENERATION.match(scope["path"]):
            limit += self.more
            seconds += int(announced) / SLOWEST_UPLOAD if announced.isdigit() else 0
        if announced.isdigit() and int(announced) > limit:
            await self._refuse(send, limit)
        elif _may_be_heavy(headers, announced):
            async with self._turn(brings_files):
                await self._pass(scope, receive, send, limit, seconds)
        else:
            await self._pass(scope, receive, send, limit, seconds)

    async def _pass(self, scope, receive, send, limit: int, seconds: float) -> None:
        arrived, whole = 0, False
        end = asyncio.get_running_loop().time() + seconds

        async def counted():
            nonlocal arrived, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                return {"type": "http.disconnect"}  # it fell silent: nobody waits for it
            arrived += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if arrived <= limit:
                return message
            await self._refuse(send, limit)
            return {"type": "http.disconnect"}  # nothing more for the application

        await self.app(scope, counted, send)

    def _turn(self, brings_files: bool) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if self._turns is None or self._loop is not loop:
            self._turns = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(UPLOADS_AT_ONCE)
            self._loop = loop
        return self._turns[brings_files]

    async def _refuse(self, send, limit: int) -> None:
        body = refusal_body(TooLarge(f"The body is larger than {limit} bytes"))
        headers = [
            (b"content-type", JSON.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": TooLarge.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _brings_files(scope, headers: dict[bytes, bytes]) -> bool:
    is_multipart = headers.get(b"content-type", b"").lower().startswith(b"multipart/")
    return is_multipart and takes_files(scope["path"])


def takes_files(path: str) -> bool:
    """Whether a multipart body may be sent there; the Control API takes any body in that form."""
    return TAKES_FILES.fullmatch(path) is not None or CONTROL.match(path) is not None


def _may_be_heavy(headers: dict[bytes, bytes], announced: bytes) -> bool:
    if b"transfer-encoding" in headers:
        return True
    return announced.isdigit() and (
        int(announced) > HEAVY or (int(announced) > 1024 and b"content-encoding" in headers)
    )
