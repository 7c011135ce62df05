"""The undisturbed course of the tank: a bore pump fills it twice a day, the houses draw it down. Pure.

Key moments are set by chance that can be looked up, so any moment can be asked for directly, past or future.
"""

import math
from typing import NamedTuple

from .noise import chance, drift
from .sky import DAY, ZONE

CYCLE = 12 * 3600
FILL = 4 * 3600
STARTS, LOWS, HIGHS, WEEKS = range(201, 205)
# With the tank of the demo, what the pump brings and the houses take adds up to the course below.
CAPACITY_L, SPEED_HZ, INFLOW_LPS = 50_000, 35, 3.0
_SWING = 0.6


class Cycle(NamedTuple):
    """One turn: filled from `start` to `full`, drawn down until `end`; levels in % at these three moments."""

    number: int
    start: float
    full: float
    end: float
    low: float
    high: float
    next_low: float


def cycle_at(t: float) -> Cycle:
    number = math.floor(t / CYCLE)
    if t < _start(number):
        number -= 1
    elif t >= _start(number + 1):
        number += 1
    start, end = _start(number), _start(number + 1)
    return Cycle(number, start, start + FILL, end, _low(number), _high(number), _low(number + 1))


def _start(number: int) -> float:
    return number * CYCLE + 3600 * 2 * chance(STARTS, number)


def _low(number: int) -> float:
    return 29 + 8 * chance(LOWS, number) + _season(number * CYCLE)


def _high(number: int) -> float:
    return 83 + 8 * chance(HIGHS, number) + _season(number * CYCLE)


def _season(t: float) -> float:
    """How the tank stands over the year, in %: lower in the hot months, and some weeks unlike others."""
    return 2 * drift(WEEKS, t, 18 * DAY) - 3 * math.cos(2 * math.pi * (t / DAY - 15) / 365.2425)


def level(t: float) -> float:
    """The level in %."""
    cycle = cycle_at(t)
    if t < cycle.full:
        return cycle.low + (cycle.high - cycle.low) * (t - cycle.start) / FILL
    drawn = (_used(t) - _used(cycle.full)) / (_used(cycle.end) - _used(cycle.full))
    return cycle.high + (cycle.next_low - cycle.high) * drawn


def is_filling(t: float) -> bool:
    return t < cycle_at(t).full


def turned_at(t: float) -> float:
    """When the pump last started or stopped by itself."""
    cycle = cycle_at(t)
    return cycle.start if t < cycle.full else cycle.full


def pumped_seconds(t: float) -> float:
    """How long the pump has run by itself since 1970."""
    cycle = cycle_at(t)
    return cycle.number * FILL + min(FILL, t - cycle.start)


def demand(t: float) -> float:
    """What the houses draw, in L/s; most in the evening."""
    return 1 + _SWING * math.cos(2 * math.pi * ((t + ZONE) / 3600 - 18.5) / 24)


def _used(t: float) -> float:
    """The integral of `demand`."""
    day = 2 * math.pi / 86400
    return t + _SWING / day * math.sin(day * (t + ZONE - 18.5 * 3600))
