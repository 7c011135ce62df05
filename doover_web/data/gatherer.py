"""Group commit: the writes of many requests, one transaction."""

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.db import connection

from doover_web.common.wire import Busy, Refused

from .commit import commit
from .events import announce
from .writes import Applied, Outcome, Write

log = logging.getLogger(__name__)
BATCH = 500  # writes in one transaction
BATCH_BYTES = 16 * 1024 * 1024  # of bodies, unpacked
WAITING = 5000  # writes in the queue; beyond it the answer is 503
WAITING_BYTES = 64 * 1024 * 1024


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
