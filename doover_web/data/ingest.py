"""The fast lane: the hot endpoints as plain ASGI ahead of Django, gathering writes for `commit`.

It takes what machines send — a bearer token, a body of known and moderate size, no Origin — and leaves everything else
to the same endpoints in `api/`, which give the same answers.
"""

import asyncio
import functools
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import (
    JSON,
    NO_CONTENT,
    Busy,
    Refused,
    TooLarge,
    Unauthorized,
    dump_json,
    error_body,
    flag,
    inflate,
    refusal_body,
)
from doover_web.identity.auth import LONGEST_TOKEN

from .access import Reach
from .batches import KINDS, Kind, batch_of, batch_out
from .events import aggregate_out, message_out
from .gatherer import Gatherer
from .reaches import Reaches, Whence
from .requests import aggregate_change_of, body_of, change_of, post_of
from .writes import Applied, Write

log = logging.getLogger(__name__)

PATH = re.compile(
    r"/api/agents/(?:(?P<batch>messages|aggregates)"
    r"|(?P<agent>-?[0-9]{1,19}|me)/channels/(?P<name>[^/]+)/"
    r"(?:(?P<aggregate>aggregate)|messages(?:/(?P<message>-?[0-9]{1,19}))?))"
)
LARGEST = 64 * 1024  # bytes, unpacked; a larger body goes to Django, whose threads parse it
LARGEST_BATCH = 256 * 1024
BODY_SECONDS = 30  # a client that needs longer to say so little is not waited for


class FastLane:
    """ASGI middleware that answers the hot endpoints itself and passes the rest on to `app`."""

    def __init__(self, app: Callable[..., Awaitable[None]]):
        self.app = app
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope, receive, send) -> None:
        hot = _match(scope)
        if hot is None:
            await self.app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._gatherer, self._reaches = loop, Gatherer(), Reaches()
        status, answer, raw = 200, None, b""
        try:
            reach = await self._admit(hot)
            async with asyncio.timeout(BODY_SECONDS):
                raw = await _read(receive)
            text = _unpacked(raw, hot.encoding, LARGEST_BATCH if hot.batch else LARGEST)
            if text is not None and reach is not None:
                answer = await self._answer(scope, hot, reach, text)
            elif text is not None:
                answer = await self._answer_batch(hot, text)
        except (_Gone, TimeoutError):  # the client left, or fell silent, before it had said everything
            return
        except Refused as refusal:
            status, answer = refusal.status, refusal_body(refusal)
        except Exception:
            log.exception("The fast lane failed on %s", scope["path"])
            status, answer = 500, error_body("The server failed on this request", "server_error")
        if answer is None:  # too large for the loop once unpacked
            await self.app(scope, _again(raw, receive), send)
        else:
            await _send(send, status, answer)

    async def _admit(self, hot: "_Hot") -> Reach | None:
        """The caller at the agent. A batch names its agents in the body: there, None for a token that is good."""
        if hot.batch is None:
            return await self._reaches.get(hot.token, hot.organisation, hot.agent, hot.here)
        await self._reaches.get_each(hot.token, hot.organisation, ["me"], hot.here)
        return None

    async def _answer_batch(self, hot: "_Hot", text: bytes) -> bytes:
        assert hot.batch is not None
        batch = batch_of(hot.batch, text)
        writes = batch.writes(await self._reaches.get_each(hot.token, hot.organisation, batch.agents(), hot.here))
        asked = [write for write in writes if isinstance(write, Write)]
        outcomes = await self._gatherer.submit_all(asked, len(text)) if asked else []
        return dump_json(batch_out(batch, writes, outcomes))

    async def _answer(self, scope, hot: "_Hot", reach: Reach, text: bytes) -> bytes:
        query = _query(scope["query_string"])
        write = _write(scope["method"], hot, reach, body_of(text), query)
        outcome = await self._gatherer.submit(write, len(text))
        if not isinstance(outcome, Applied):
            raise outcome
        if flag(query, "suppress_response"):
            return NO_CONTENT
        if hot.is_aggregate:
            return dump_json(aggregate_out(outcome.the_aggregate))
        return dump_json(message_out(outcome.the_message))


@functools.lru_cache(maxsize=1024)
def _query(text: bytes) -> QueryDict:
    """The flags of a query string; devices send the same few all day."""
    return QueryDict(text)


def _is_for_django(text: bytes) -> bool:
    """Whether a query is none for the lane: too long a one, or one that takes files off, which removes them from the
    storage, slowly."""
    try:
        return "clear_attachments" in _query(text)
    except SuspiciousOperation:
        return True


@dataclass(slots=True)
class _Hot:
    """A request for the fast lane."""

    batch: Kind | None  # many writes in one request; it names its agents in the body
    agent: str
    name: str
    is_aggregate: bool
    message_id: int | None
    token: str
    organisation: str
    encoding: str
    here: Whence


def _match(scope) -> _Hot | None:
    if scope["type"] != "http" or scope["method"] not in ("POST", "PATCH", "PUT", "DELETE"):
        return None
    path = PATH.fullmatch(scope["path"])
    if path is None or not _verb_fits(scope["method"], path):
        return None
    headers = dict(scope["headers"])
    length, bearer = headers.get(b"content-length", b""), headers.get(b"authorization", b"")
    message_id = int(path["message"]) if path["message"] else None
    if (
        bearer[:7].lower() != b"bearer "
        or len(bearer) > LONGEST_TOKEN
        or b"origin" in headers
        or b"x-doover-assume" in headers
        or headers.get(b"content-type", b"").lower().startswith(b"multipart/")
        or _is_for_django(scope["query_string"])
        or not length.isdigit()
        or int(length) > (LARGEST_BATCH if path["batch"] else LARGEST)
        or (message_id is not None and not ID_MIN <= message_id <= ID_MAX)
    ):
        return None
    return _Hot(
        batch=KINDS[(scope["method"], path["batch"])] if path["batch"] else None,
        agent=path["agent"] or "",
        name=path["name"] or "",
        is_aggregate=path["aggregate"] is not None,
        message_id=message_id,
        token=bearer[7:].strip().decode("latin-1"),
        organisation=headers.get(b"x-doover-organisation", b"").decode("latin-1"),
        encoding=headers.get(b"content-encoding", b"").decode("latin-1"),
        here=_whence(scope, headers),
    )


def _whence(scope, headers: dict[bytes, bytes]) -> Whence:
    forwarded, agent = headers.get(b"x-forwarded-for", b""), headers.get(b"user-agent", b"")
    client = scope.get("client")
    return Whence(client[0] if client else None, forwarded.decode("latin-1"), agent.decode("latin-1"))


def _verb_fits(method: str, path: re.Match) -> bool:
    if path["batch"]:
        return (method, path["batch"]) in KINDS
    if method == "DELETE":
        return False
    if path["aggregate"]:
        return method != "POST"
    return method == "POST" or path["message"] is not None


def _write(method: str, hot: _Hot, reach: Reach, body, query: QueryDict) -> Write:
    if hot.is_aggregate:
        return aggregate_change_of(reach, hot.name, body, query, replace_all=method == "PUT")
    if method == "POST" or hot.message_id is None:
        return post_of(reach, hot.name, body, hot.message_id)
    return change_of(reach, hot.name, body, hot.message_id, replace=method == "PUT")


class _Gone(Exception):
    """The client went away before it had said everything."""


async def _read(receive) -> bytes:
    chunks, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _unpacked(raw: bytes, encoding: str, limit: int) -> bytes | None:
    """The body as text; None when it is too large for the loop once unpacked. Refused when it cannot be unpacked."""
    try:
        return inflate(raw, encoding, limit)
    except TooLarge:
        return None


def _again(raw: bytes, receive):
    """A `receive` that gives a body once more that was read already."""
    waiting = [{"type": "http.request", "body": raw, "more_body": False}]

    async def replay():
        return waiting.pop() if waiting else await receive()

    return replay


async def _send(send, status: int, body: bytes) -> None:
    headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
    if status == Busy.status:
        headers.append((b"retry-after", b"1"))
    if status == Unauthorized.status:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
