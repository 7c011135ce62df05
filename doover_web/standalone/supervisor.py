"""Keeps children running: restarts the one that dies, passes signals on, stops all in reverse order."""

import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from doover_web.standalone.process import Child, trim_log

BACK_OFF = (0.0, 0.5, 1, 2, 5, 10)
CALM_SECONDS = 30
LOOK_SECONDS = 10


class StopAsked(Exception):
    """A signal told us to stop."""


@dataclass
class Kept:
    """A child that has to run, and how its last restarts went."""

    child: Child
    started: float
    failures: int = 0
    due: float | None = None

    def bury(self, now: float) -> str:
        """Clear up after its death and set the moment of its return; the news for the person at the terminal."""
        code = self.child.exit_code() or 0
        self.child.wait_or_kill()
        self.failures = 0 if now - self.started > CALM_SECONDS else self.failures + 1
        delay = BACK_OFF[min(self.failures, len(BACK_OFF) - 1)]
        self.due = now + delay
        reason = f"was ended by signal {-code}" if code < 0 else f"stopped with exit code {code}"
        return f"{self.child.name} {reason}; starting it again. Its log: {self.child.log}"

    def revive(self, now: float) -> None:
        self.child.start()
        self.started, self.due = now, None


class Supervisor:
    """One per process: it owns the signal handlers. All children must be started from the main thread."""

    def __init__(self, changed: Callable[[list[Child]], None]):
        self._changed = changed
        self._groups: list[list[Kept]] = []
        self._stop_asked = False
        self._wakeup, self._signalled = socket.socketpair()
        self._wakeup.setblocking(False)
        self._signalled.setblocking(False)

    def listen(self) -> None:
        """From here on a signal ends `pause` with StopAsked instead of ending us."""
        signal.set_wakeup_fd(self._signalled.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        # Only to wake up: a death is noticed at once.
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _ask_to_stop(self, *_) -> None:
        self._stop_asked = True

    def pause(self, seconds: float) -> None:
        """Sleep until something happens, at most `seconds`."""
        if not self._stop_asked:
            select.select([self._wakeup], [], [], seconds)
            with suppress(BlockingIOError):
                self._wakeup.recv(4096)
        if self._stop_asked:
            raise StopAsked

    def keep(self, *children: Child) -> None:
        """Children that are told to stop together; later groups before earlier ones. Starts those that do not run."""
        for child in children:
            if child.pid is None:
                child.start()
        self._groups.append([Kept(child, time.monotonic()) for child in children])
        self._tell()

    def watch(self) -> None:
        """Until a signal says stop."""
        while True:
            now = time.monotonic()
            news = [self._look(kept, now) for kept in self._all()]
            if any(news):
                self._tell()
            waiting = [kept.due - now for kept in self._all() if kept.due is not None]
            self.pause(max(0.01, min([LOOK_SECONDS, *waiting])))

    def _look(self, kept: Kept, now: float) -> bool:
        """True when the child has been started again."""
        if kept.due is None:
            trim_log(kept.child.log)
            if kept.child.exit_code() is not None:
                print(kept.bury(now), flush=True)
        if kept.due is None or kept.due > now:
            return False
        kept.revive(now)
        return True

    def stop(self) -> None:
        """In reverse order and bounded time, whatever signals arrive meanwhile."""
        self._stop_asked = True
        for group in reversed(self._groups):
            for kept in group:
                kept.child.ask_to_stop()
            for kept in group:
                kept.child.wait_or_kill()
        self._groups.clear()

    def _all(self) -> list[Kept]:
        return [kept for group in self._groups for kept in group]

    def _tell(self) -> None:
        self._changed([kept.child for kept in self._all()])
