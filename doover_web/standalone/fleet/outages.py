"""When a device was away in the year before the demo: now and then, for hours or for days. Pure."""

import math

from .noise import chance
from .sky import DAY

OFTEN, LENGTH, START = range(901, 904)
TURN, SELDOM = 40 * DAY, 0.25
SHORTEST, LONGEST = 6 * 3600, 9 * DAY


def is_away(key: int, t: float) -> bool:
    """Whether the device of this `key` said nothing at `t`: at most once in forty days."""
    turn = math.floor(t / TURN)
    if chance(key, OFTEN, turn) < SELDOM:
        return False
    length = SHORTEST + (LONGEST - SHORTEST) * chance(key, LENGTH, turn) ** 3
    start = turn * TURN + (TURN - length) * chance(key, START, turn)
    return start <= t < start + length
