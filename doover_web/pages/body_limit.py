"""A body that is too large is refused while it arrives, instead of being kept on disk first."""

from collections.abc import Awaitable, Callable

from doover_web.common.wire import JSON, TooLarge, refusal_body


class BodyLimit:
    """ASGI middleware: answers 413 to a request whose body is larger than `limit` bytes, as soon as that is known."""

    def __init__(self, app: Callable[..., Awaitable[None]], limit: int):
        self.app, self.limit = app, limit

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self.limit:
            await self._refuse(send)
            return
        arrived = 0

        async def counted():
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived <= self.limit:
                return message
            await self._refuse(send)
            return {"type": "http.disconnect"}  # nothing more for the application

        await self.app(scope, counted, send)

    async def _refuse(self, send) -> None:
        body = refusal_body(TooLarge(f"The body is larger than {self.limit} bytes"))
        headers = [
            (b"content-type", JSON.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": TooLarge.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
