"""Group commit: the writes of many requests, one transaction."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.db import connection

from doover_web.common.wire import Busy

from .commit import commit
from .events import announce
from .writes import Applied, Outcome, Write

log = logging.getLogger(__name__)
BATCH = 500  # writes in one transaction
BATCH_BYTES = 16 * 1024 * 1024  # of bodies, unpacked
WAITING = 20_000  # writes in the queue; beyond it the answer is 503
WAITING_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class _Waiting:
    writes: Sequence[Write]
    size: int
    answer: asyncio.Future = field(repr=False)


class Gatherer:
    """Collects the writes of many requests and commits them together, on one thread with one connection."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._waiting: deque[_Waiting] = deque()
        self._count = 0
        self._size = 0
        self._busy = False

    async def submit(self, write: Write, size: int) -> Outcome:
        """What came of `write`, once it is committed. Raises Busy when too much is waiting already."""
        [outcome] = await self.submit_all([write], size)
        return outcome

    async def submit_all(self, writes: Sequence[Write], size: int) -> list[Outcome]:
        """What came of the writes of one request; they are committed together, in their order."""
        if self._count >= WAITING or self._size > WAITING_BYTES:
            raise Busy("The server has more writes waiting than it can take; try again in a moment")
        answer = self._loop.create_future()
        self._waiting.append(_Waiting(writes, size, answer))
        self._count += len(writes)
        self._size += size
        if not self._busy:
            self._busy = True
            # The next turn of the loop: whatever else arrived in this one travels along.
            self._loop.call_soon(self._start)
        return await answer

    def _start(self) -> None:
        batch = self._take()
        writes = [write for waiting in batch for write in waiting.writes]
        job = self._loop.run_in_executor(self._thread, _commit, writes)
        job.add_done_callback(lambda done: self._finish(batch, done))

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        count = size = 0
        while self._waiting and count < BATCH and size < BATCH_BYTES:
            batch.append(self._waiting.popleft())
            count += len(batch[-1].writes)
            size += batch[-1].size
        self._count -= count
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
            _fail(batch, problem)
            return
        outcomes = done.result()
        ready = iter(outcomes)
        for waiting in batch:
            own = [next(ready) for _ in waiting.writes]
            if not waiting.answer.done():  # else the client went away; its writes stand
                waiting.answer.set_result(own)
        announce([event for outcome in outcomes if isinstance(outcome, Applied) for event in outcome.events])


def _fail(batch: list[_Waiting], problem: BaseException) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(problem)


def _commit(writes: list[Write]) -> list[Outcome]:
    try:
        return commit(writes)
    except Exception:
        connection.close()
        raise
