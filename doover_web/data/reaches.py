"""Who may do what where, remembered for a moment."""

import asyncio
import functools
import hashlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection

from doover_web.common.wire import Busy, Refused
from doover_web.identity.auth import caller_of_token, in_organisation

from .access import Reach, reach_agent

log = logging.getLogger(__name__)
REMEMBER = 5.0  # seconds that a token's rights are taken from memory at most
RENEW = 4.0  # seconds after which the next request looks them up again, without waiting for it
REFUSED = 0.5  # seconds that a refusal is remembered: soon after it, somebody may have been let in
REMEMBERED = 20_000

Question = tuple[str, str, str]  # token, organisation header, agent


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

    async def get(self, token: str, organisation: str, agent: str) -> Reach:
        """The caller at the agent. Raises Refused; Busy when the database is away."""
        question, now = (token, organisation, agent), time.monotonic()
        key = hashlib.sha256("\0".join(question).encode()).digest()
        known = self._known.get(key)
        if known is None or known.is_over(now):
            known = self._remember(key, _Known(now, self._look_up(question), _generation.now))
        elif now - known.since > RENEW and known.renewal is None:
            known.renewal = self._look_up(question)
            known.renewal.add_done_callback(functools.partial(self._renewed, key, now, _generation.now))
        if known.found.done() and not known.found.exception():
            return known.found.result()
        try:
            return await asyncio.shield(known.found)
        except Exception as problem:
            if isinstance(problem, Busy) or not isinstance(problem, Refused):
                self._known.pop(key, None)
            raise

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

    def _look_up(self, question: Question) -> asyncio.Future:
        return asyncio.get_running_loop().run_in_executor(self._threads, _reach, *question)


def _reach(token: str, organisation: str, agent: str) -> Reach:
    try:
        caller = in_organisation(caller_of_token(token), organisation)
        return reach_agent(caller, agent)
    except (OperationalError, InterfaceError) as problem:
        log.warning("The database could not say who calls: %s", problem)
        raise Busy("The database is not available right now; try again") from problem
    finally:
        connection.close()
