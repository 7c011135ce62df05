"""The fast lane: the hot endpoints as plain ASGI ahead of Django, gathering writes for `commit`.

It takes what machines send — a bearer token, a body of known and moderate size, no Origin — and leaves everything else
to the same endpoints in `api/`, which give the same answers.
"""

import asyncio
import functools
import logging
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import QueryDict

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import (
    JSON,
    NO_CONTENT,
    Busy,
    Refused,
    Unauthorized,
    dump_json,
    error_body,
    flag,
    inflate,
    refusal_body,
)
from doover_web.identity.auth import caller_of_token, in_organisation

from .access import Reach, reach_agent
from .commit import commit
from .events import aggregate_out, announce, message_out
from .requests import aggregate_change_of, body_of, change_of, post_of
from .writes import Applied, Outcome, Write

log = logging.getLogger(__name__)

PATH = re.compile(
    r"/api/agents/(?P<agent>-?[0-9]{1,19}|me)/channels/(?P<name>[^/]+)/"
    r"(?:(?P<aggregate>aggregate)|messages(?:/(?P<message>-?[0-9]{1,19}))?)"
)
LARGEST = 256 * 1024  # bytes as sent; a larger body is parsed by a thread of Django's, not on the event loop
MAX_BODY_BYTES = settings.MAX_BODY_BYTES
BATCH = 500  # writes in one transaction
BATCH_BYTES = 16 * 1024 * 1024
WAITING = 5000  # writes in the queue; beyond it the answer is 503
WAITING_BYTES = 64 * 1024 * 1024
REMEMBER = 5.0  # seconds that a token's rights are taken from memory at most
RENEW = 4.0  # seconds after which the next request looks them up again, without waiting for it
REMEMBERED = 20_000


@dataclass(slots=True)
class _Waiting:
    write: Write
    size: int
    answer: asyncio.Future = field(repr=False)


class Gatherer:
    """Collects the writes of many requests and commits them together, on one thread with one connection."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._waiting: deque[_Waiting] = deque()
        self._size = 0
        self._busy = False

    async def submit(self, write: Write, size: int) -> Outcome:
        """What came of `write`, once it is committed. Raises Busy when too much is waiting already."""
        if len(self._waiting) >= WAITING or self._size > WAITING_BYTES:
            raise Busy("The server has more writes waiting than it can take; try again in a moment")
        answer = self._loop.create_future()
        self._waiting.append(_Waiting(write, size, answer))
        self._size += size
        if not self._busy:
            self._busy = True
            # The next turn of the loop: whatever else arrived in this one travels along.
            self._loop.call_soon(self._start)
        return await answer

    def _start(self) -> None:
        batch = self._take()
        job = self._loop.run_in_executor(self._thread, _commit, [waiting.write for waiting in batch])
        job.add_done_callback(lambda done: self._finish(batch, done))

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < BATCH and size < BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size += batch[-1].size
        self._size -= size
        return batch

    def _finish(self, batch: list[_Waiting], done: asyncio.Future) -> None:
        # The next batch first: the database works while this one is answered and announced.
        if self._waiting:
            self._start()
        else:
            self._busy = False
        problem = done.exception()
        if problem is not None:
            log.error("A batch of writes failed", exc_info=problem)
        outcomes = [problem] * len(batch) if problem else done.result()
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if waiting.answer.done():  # the client went away; its write stands
                continue
            if isinstance(outcome, Exception) and not isinstance(outcome, Refused):
                waiting.answer.set_exception(outcome)
            else:
                waiting.answer.set_result(outcome)
        announce([event for outcome in outcomes if isinstance(outcome, Applied) for event in outcome.events])


def _commit(writes: list[Write]) -> list[Outcome]:
    try:
        return commit(writes)
    except Exception:
        connection.close()
        raise


class _Generation:
    """Counts how often all remembered rights were forgotten; a look-up that began before does not count after."""

    now = 0


_generation = _Generation()


def forget_rights() -> None:
    """From now on every right is looked up anew in this process."""
    _generation.now += 1


class Reaches:
    """Who may do what where, remembered for a moment so that a busy device costs no query per request."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="reach")
        self._known: dict[tuple[str, str, str], _Known] = {}

    async def get(self, token: str, organisation: str, agent: str) -> Reach:
        key, now = (token, organisation, agent), time.monotonic()
        known = self._known.get(key)
        if known is None or now - known.since > REMEMBER or known.generation != _generation.now:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            known = self._known[key] = _Known(now, self._look_up(key), _generation.now)
        elif now - known.since > RENEW and known.renewal is None:
            known.renewal = self._look_up(key)
            known.renewal.add_done_callback(functools.partial(self._renewed, key, now, _generation.now))
        if known.found.done() and not known.found.exception():
            return known.found.result()
        try:
            return await asyncio.shield(known.found)
        except Exception as problem:
            if isinstance(problem, Busy) or not isinstance(problem, Refused):
                self._known.pop(key, None)
            raise

    def _renewed(self, key: tuple[str, str, str], since: float, generation: int, found: asyncio.Future) -> None:
        # A database that is away for a moment is no answer; the next request looks again.
        problem = found.exception()
        if problem is None or (isinstance(problem, Refused) and not isinstance(problem, Busy)):
            self._known[key] = _Known(since, found, generation)

    def _look_up(self, key: tuple[str, str, str]) -> asyncio.Future:
        return asyncio.get_running_loop().run_in_executor(self._threads, _reach, *key)


@dataclass(slots=True)
class _Known:
    since: float
    found: asyncio.Future
    generation: int
    renewal: asyncio.Future | None = None


def _reach(token: str, organisation: str, agent: str) -> Reach:
    try:
        caller = in_organisation(caller_of_token(token), organisation)
        return reach_agent(caller, agent)
    except (OperationalError, InterfaceError) as problem:
        log.warning("The database could not say who calls: %s", problem)
        raise Busy("The database is not available right now; try again") from problem
    finally:
        connection.close()


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
        body = await _read(receive)
        if body is None:  # the client went away before it had said everything
            return
        try:
            status, answer = 200, await self._answer(scope, hot, body)
        except Refused as refusal:
            status, answer = refusal.status, refusal_body(refusal)
        except Exception:
            log.exception("The fast lane failed on %s", scope["path"])
            status, answer = 500, error_body("The server failed on this request", "server_error")
        await _send(send, status, answer)

    async def _answer(self, scope, hot: "_Hot", raw: bytes) -> bytes:
        reach = await self._reaches.get(hot.token, hot.organisation, hot.agent)
        body = body_of(inflate(raw, hot.encoding, MAX_BODY_BYTES))
        query = _query(scope["query_string"])
        outcome = await self._gatherer.submit(_write(scope["method"], hot, reach, body, query), len(raw))
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


@dataclass(slots=True)
class _Hot:
    """A request for the fast lane."""

    agent: str
    name: str
    is_aggregate: bool
    message_id: int | None
    token: str
    organisation: str
    encoding: str


def _match(scope) -> _Hot | None:
    if scope["type"] != "http" or scope["method"] not in ("POST", "PATCH", "PUT"):
        return None
    path = PATH.fullmatch(scope["path"])
    if path is None or not _verb_fits(scope["method"], path):
        return None
    headers = dict(scope["headers"])
    length, bearer = headers.get(b"content-length", b""), headers.get(b"authorization", b"")
    message_id = int(path["message"]) if path["message"] else None
    if (
        bearer[:7].lower() != b"bearer "
        or b"origin" in headers
        or b"x-doover-assume" in headers
        or headers.get(b"content-type", b"").startswith(b"multipart/")
        or not length.isdigit()
        or int(length) > LARGEST
        or (message_id is not None and not ID_MIN <= message_id <= ID_MAX)
    ):
        return None
    return _Hot(
        agent=path["agent"],
        name=path["name"],
        is_aggregate=path["aggregate"] is not None,
        message_id=message_id,
        token=bearer[7:].strip().decode("latin-1"),
        organisation=headers.get(b"x-doover-organisation", b"").decode("latin-1"),
        encoding=headers.get(b"content-encoding", b"").decode("latin-1"),
    )


def _verb_fits(method: str, path: re.Match) -> bool:
    if path["aggregate"]:
        return method != "POST"
    return method == "POST" or path["message"] is not None


def _write(method: str, hot: _Hot, reach: Reach, body, query: QueryDict) -> Write:
    if hot.is_aggregate:
        return aggregate_change_of(reach, hot.name, body, query, replace_all=method == "PUT")
    if method == "POST" or hot.message_id is None:
        return post_of(reach, hot.name, body, hot.message_id)
    return change_of(reach, hot.name, body, hot.message_id, replace=method == "PUT")


async def _read(receive) -> bytes | None:
    chunks, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _send(send, status: int, body: bytes) -> None:
    headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
    if status == Busy.status:
        headers.append((b"retry-after", b"1"))
    if status == Unauthorized.status:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
