"""Directions, as of wind: 350° and 10° lie beside each other, and north is between them. Pure."""

import itertools
import math
from collections.abc import Iterable, Sequence

UNITS = ("°", "deg", "degrees")
LEAST = 1e-9  # of a mean of all: where directions cancel each other there is none
PLACES = 9  # so that north is 0 and never 360
Told = tuple[float, float]  # when (ms), and where to (degrees)


def mean_direction(runs: Iterable[Sequence[Told]]) -> float | None:
    """Where to in the mean over the time that these runs cover, from 0 to 360; from −180 to 180 where any is negative.
    None where there is none."""
    x = y = length = 0.0
    alone: list[Told] = []
    for run in runs:
        alone += run
        for (start, one), (end, other) in itertools.pairwise(run):
            half = (end - start) / 2
            x, y = x + half * (_cos(one) + _cos(other)), y + half * (_sin(one) + _sin(other))
            length += end - start
    if not length:
        x, y = sum(_cos(one) for _, one in alone), sum(_sin(one) for _, one in alone)
        length = len(alone)
    if not alone or math.hypot(x, y) < LEAST * length:
        return None
    found = round(math.degrees(math.atan2(y, x)), PLACES)
    return found if any(one < 0 for _, one in alone) else found % 360


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))


def _sin(degrees: float) -> float:
    return math.sin(math.radians(degrees))
