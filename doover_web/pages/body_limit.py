"""No request body is too large for the server, nor too slow, nor are too many of them heavy at once."""

import asyncio
from collections.abc import Awaitable, Callable

from doover_web.common.wire import JSON, TooLarge, refusal_body

HEAVY = 256 * 1024  # bytes
AT_ONCE = 4  # heavy bodies that may be in memory
BODY_SECONDS = 60  # for a whole body to arrive


class BodyLimit:
    """ASGI middleware: answers 413 to a request whose body is larger than `limit` bytes, as soon as that is known.

    Heavy bodies, and packed ones, which may become heavy, take turns: parsed, one costs many times its size.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], limit: int):
        self.app, self.limit = app, limit
        self._turns: asyncio.Semaphore | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self.limit:
            await self._refuse(send)
            return
        if _may_be_heavy(headers, announced):
            async with self._turn():
                await self._pass(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    async def _pass(self, scope, receive, send) -> None:
        arrived, whole = 0, False
        end = asyncio.get_running_loop().time() + BODY_SECONDS

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
            if arrived <= self.limit:
                return message
            await self._refuse(send)
            return {"type": "http.disconnect"}  # nothing more for the application

        await self.app(scope, counted, send)

    def _turn(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if self._turns is None or self._loop is not loop:
            self._turns, self._loop = asyncio.Semaphore(AT_ONCE), loop
        return self._turns

    async def _refuse(self, send) -> None:
        body = refusal_body(TooLarge(f"The body is larger than {self.limit} bytes"))
        headers = [
            (b"content-type", JSON.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": TooLarge.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _may_be_heavy(headers: dict[bytes, bytes], announced: bytes) -> bool:
    if b"transfer-encoding" in headers:
        return True
    return announced.isdigit() and (
        int(announced) > HEAVY or (int(announced) > 1024 and b"content-encoding" in headers)
    )
