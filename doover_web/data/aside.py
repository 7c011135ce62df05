"""Work of listeners that waits for somebody: for the database, for the broker.

Listeners are woken wherever a change was made, which in the fast lane is the web server's loop. Nothing may wait there,
and Django refuses to ask the database there.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

log = logging.getLogger(__name__)
MOST_WAITING = 10_000
_thread = ThreadPoolExecutor(1, thread_name_prefix="aside")
_lock = threading.Lock()
_waiting: deque[tuple[Callable[..., object], tuple]] = deque()


def aside(work: Callable[..., object], *args: object) -> None:
    """Do `work` now; from a running event loop soon, on a thread of its own and in turn.

    Work without arguments is done once, however often it was asked for while it waited. What fails is logged.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work(*args)
        return
    with _lock:
        if not args and (work, args) in _waiting:
            return
        if len(_waiting) >= MOST_WAITING:
            log.error("%s is left out: too much waits already", work.__qualname__)
            return
        _waiting.append((work, args))
    _thread.submit(_next)


def _next() -> None:
    with _lock:
        work, args = _waiting.popleft()
    try:
        work(*args)
    except Exception:
        log.exception("%s failed", work.__qualname__)
    finally:
        connections.close_all()
