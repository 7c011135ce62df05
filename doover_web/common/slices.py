"""Long work in slices of some seconds, so that what waits behind it is not held up."""

import time
from collections.abc import Iterable

SECONDS = 10.0


def slice_of(steps: Iterable[int], seconds: float = SECONDS) -> tuple[int, bool]:
    """Take steps, each of which says how much it did, until they end or time is up; how much that was, and whether more
    may be left. A slice that did nothing is the last one: there is nothing that another could do."""
    end, done = time.monotonic() + seconds, 0
    for did in steps:
        done += did
        if time.monotonic() >= end:
            return done, done > 0
    return done, False
