"""Chance that can be looked up again: the same key always gives the same value. Pure."""

import math

_MASK = 2**64 - 1


def chance(*key: int) -> float:
    """A value from 0 to 1 that looks random and belongs to `key` for ever."""
    mixed = 0x9E3779B97F4A7C15
    for part in key:
        mixed = ((mixed ^ (part & _MASK)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
        mixed ^= mixed >> 31
    return mixed / 2**64


def drift(seed: int, t: float, period: float) -> float:
    """A smooth wander between -1 and 1 that takes another turn every `period` seconds."""
    turn = math.floor(t / period)
    share = t / period - turn
    before, after = chance(seed, turn), chance(seed, turn + 1)
    return 2 * (before + (after - before) * share * share * (3 - 2 * share)) - 1


def clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
