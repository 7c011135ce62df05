"""Ids that carry their moment: signed 64-bit snowflakes (`data-api §2`).

From the top: 42 bits of milliseconds since 2025-01-01T00:00:00Z, 4 of region, 10 of instance, 4 of entity type,
4 of sequence. Ids before the epoch are negative and sort below all others.
"""

import itertools
import secrets
import threading
import time

EPOCH_MS = 1_735_689_600_000
ID_MIN, ID_MAX = -(2**63), 2**63 - 1
MS_MIN, MS_MAX = EPOCH_MS + (ID_MIN >> 22), EPOCH_MS + (ID_MAX >> 22)

UNKNOWN, AGENT, MESSAGE, CHANNEL, SESSION, SCHEDULE, TOKEN = range(7)
ENDPOINT, SUBSCRIPTION, ATTACHMENT, ALARM, ONE_SHOT = range(7, 12)


def first_id_of(ms: int) -> int:
    """The smallest id of the millisecond `ms` since 1970: the cursor that clients make from a moment."""
    return (ms - EPOCH_MS) << 22


def id_at(ms: int) -> int:
    """`first_id_of` a moment that somebody asked for: however far away, within what a column takes."""
    return min(max(first_id_of(ms), ID_MIN), ID_MAX)


def ms_of(snowflake: int) -> int:
    """The moment inside an id, in milliseconds since 1970."""
    return (snowflake >> 22) + EPOCH_MS


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Minter:
    """Makes ids that no other minter with another `instance` makes.

    256 ids a millisecond: four sequence bits, then four in the region field. A clock that steps back does not make
    an id twice, since time only moves forward here.
    """

    def __init__(self, instance: int | None = None):
        chosen = secrets.randbelow(1024) if instance is None or instance < 0 else instance & 1023
        self._instance = chosen << 8
        self._lock = threading.Lock()
        self._last_ms = 0
        self._count = 0
        self._past = itertools.count(secrets.randbelow(1 << 14))

    def mint(self, kind: int, behind: int | None = None) -> int:
        """A new id of this moment; of the next one after the id `behind` when that is ahead of the clock here."""
        with self._lock:
            ms = max(now_ms(), self._last_ms, 0 if behind is None else ms_of(behind) + 1)
            if ms == self._last_ms:
                self._count += 1
                if self._count == 256:
                    ms, self._count = ms + 1, 0
            else:
                self._count = 0
            self._last_ms = ms
            region, sequence = divmod(self._count, 16)
        return first_id_of(ms) | region << 18 | self._instance | kind << 4 | sequence

    def mint_at(self, kind: int, ms: int) -> int:
        """An id of the moment `ms`, which may be long past; many in one millisecond stay apart and in order.

        The low bits come from a counter over the 18 free bits. Two processes may meet on one id in the same channel
        and millisecond; the writer then asks for another.
        """
        free = next(self._past) & 0x3FFFF
        return first_id_of(ms) | (free >> 4) << 8 | kind << 4 | free & 15
