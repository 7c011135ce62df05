"""Who may do what where, remembered for a moment."""

import asyncio
import functools
import hashlib
import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from django.db import InterfaceError, OperationalError, connection

from doover_web.common.wire import Busy, NotFound, Refused
from doover_web.identity.auth import Caller, caller_of_token, in_organisation
from doover_web.identity.context import Origin, address_of, origin

from .access import Reach, reach_agent, reach_each

log = logging.getLogger(__name__)
REMEMBER = 5.0  # seconds that a token's rights are taken from memory at most
RENEW = 4.0  # seconds after which the next request looks them up again, without waiting for it
REFUSED = 0.5  # seconds that a refusal is remembered: soon after it, somebody may have been let in
REMEMBERED = 20_000

Answer = TypeVar("Answer")
Question = tuple[str, str, str]  # token, organisation header, agent


class Whence(NamedTuple):
    """Where a request comes from, as its connection and headers say; understood only when it is needed."""

    peer: str | None = None
    forwarded: str | None = None
    user_agent: str = ""

    @property
    def origin(self) -> Origin:
        return Origin(address_of(self.peer, self.forwarded), self.user_agent[:255])


NOWHERE = Whence()


class _Generation:
    """Counts how often all remembered rights were forgotten; a look-up that began before does not count after."""

    now = 0


_generation = _Generation()


def forget_rights() -> None:
    """From now on every right is looked up anew in this process."""
    _generation.now += 1


@dataclass(slots=True)
class _Known:
    since: float
    found: asyncio.Future
    generation: int
    renewal: asyncio.Future | None = None

    def is_over(self, now: float) -> bool:
        if self.generation != _generation.now:
            return True
        refused = self.found.done() and self.found.exception() is not None
        return now - self.since > (REFUSED if refused else REMEMBER)


class Reaches:
    """Answers from memory, so that a busy device costs no query per request. It keeps no token, only its hash."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="reach")
        self._known: dict[bytes, _Known] = {}

    async def get(self, token: str, organisation: str, agent: str, here: Whence = NOWHERE) -> Reach:
        """The caller at the agent, who calls from `here`. Raises Refused; Busy when the database is away."""
        question, now = (token, organisation, agent), time.monotonic()
        key = _key(*question)
        known = self._known.get(key)
        if known is None or known.is_over(now):
            known = self._remember(key, _Known(now, self._look_up(question, here), _generation.now))
        elif now - known.since > RENEW and known.renewal is None:
            known.renewal = self._look_up(question, here)
            known.renewal.add_done_callback(functools.partial(self._renewed, key, now, _generation.now))
        if known.found.done() and not known.found.exception():
            return known.found.result()
        try:
            return await asyncio.shield(known.found)
        except Exception as problem:
            if isinstance(problem, Busy) or not isinstance(problem, Refused):
                self._known.pop(key, None)
            raise

    async def get_each(
        self, token: str, organisation: str, agents: Collection[str], here: Whence = NOWHERE
    ) -> dict[str, Reach | NotFound]:
        """The caller at each of these agents; those that are not remembered are looked up together.

        Raises Refused when the token opens nothing; an agent that the caller may not know of has a NotFound.
        """
        now, known = time.monotonic(), {}
        for agent in agents:
            found = self._known.get(_key(token, organisation, agent))
            if found is not None and not found.is_over(now):
                known[agent] = found
        if missing := [agent for agent in agents if agent not in known]:
            known |= self._look_up_each(token, organisation, missing, here)
        return {agent: await self._settled(token, organisation, agent, found) for agent, found in known.items()}

    async def _settled(self, token: str, organisation: str, agent: str, known: _Known) -> Reach | NotFound:
        try:
            return known.found.result() if known.found.done() else await asyncio.shield(known.found)
        except NotFound as refusal:
            return refusal
        except Exception as problem:
            if isinstance(problem, Busy) or not isinstance(problem, Refused):
                self._known.pop(_key(token, organisation, agent), None)
            raise

    def _look_up_each(self, token: str, organisation: str, agents: list[str], here: Whence) -> dict[str, _Known]:
        loop, now = asyncio.get_running_loop(), time.monotonic()
        known = {agent: _Known(now, loop.create_future(), _generation.now) for agent in agents}
        for agent, one in known.items():
            self._remember(_key(token, organisation, agent), one)
        looked_up = loop.run_in_executor(self._threads, _reach_each, token, organisation, agents, here)
        looked_up.add_done_callback(functools.partial(_hand_on, known))
        return known

    def _remember(self, key: bytes, known: _Known) -> _Known:
        self._known.pop(key, None)  # the youngest stand last
        if len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[key] = known
        return known

    def _renewed(self, key: bytes, since: float, generation: int, found: asyncio.Future) -> None:
        # A database that is away for a moment is no answer; the next request looks again.
        problem = found.exception()
        if problem is None or (isinstance(problem, Refused) and not isinstance(problem, Busy)):
            self._remember(key, _Known(since, found, generation))

    def _look_up(self, question: Question, here: Whence) -> asyncio.Future:
        return asyncio.get_running_loop().run_in_executor(self._threads, _reach, *question, here)


def _key(*question: str) -> bytes:
    return hashlib.sha256("\0".join(question).encode()).digest()


def _hand_on(known: dict[str, _Known], looked_up: asyncio.Future) -> None:
    problem = looked_up.exception()
    for agent, one in known.items():
        answer = problem or looked_up.result()[agent]
        if isinstance(answer, BaseException):
            one.found.set_exception(answer)
            one.found.exception()  # asked for, so that nobody warns when the request is gone by now
        else:
            one.found.set_result(answer)


def _reach(token: str, organisation: str, agent: str, here: Whence) -> Reach:
    return _asked(token, organisation, here, lambda caller: reach_agent(caller, agent))


def _reach_each(token: str, organisation: str, agents: list[str], here: Whence) -> dict[str, Reach | NotFound]:
    return _asked(token, organisation, here, lambda caller: reach_each(caller, agents))


def _asked(token: str, organisation: str, here: Whence, ask: Callable[[Caller], Answer]) -> Answer:
    before = origin.set(here.origin)
    try:
        return ask(in_organisation(caller_of_token(token), organisation))
    except (OperationalError, InterfaceError) as problem:
        log.warning("The database could not say who calls: %s", problem)
        raise Busy("The database is not available right now; try again") from problem
    finally:
        origin.reset(before)
        connection.close()
