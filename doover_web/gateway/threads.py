"""Database work for coroutines: a small pool of threads that give their connections back after every call."""

import asyncio
import functools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)
_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="gateway")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returns, run in a thread of the pool."""
    call = functools.partial(_call, functools.partial(work, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_pool, call)


def later(work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Have `work` done by the pool, some time soon; whoever asks does not wait, and a failure is logged."""
    _pool.submit(_call, functools.partial(_logged, functools.partial(work, *args, **kwargs)))


def _logged(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception as problem:
        log.warning("%s failed: %s", work, problem)


def _call(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connections.close_all()
