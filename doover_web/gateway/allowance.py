"""How many frames a client may send: many at once, fewer for ever."""

import time

BURST, PER_SECOND = 6_000, 50


class TooFast(Exception):
    pass


class Allowance:
    """A bucket of frames that fills up again with time."""

    __slots__ = ("_at", "_left")

    def __init__(self) -> None:
        self._left, self._at = float(BURST), time.monotonic()

    def spend(self) -> None:
        """One frame. Raises TooFast when the bucket is empty."""
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._at) * PER_SECOND) - 1
        self._at = now
        if self._left < 0:
            raise TooFast
