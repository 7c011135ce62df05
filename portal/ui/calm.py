"""A line that turns too often to be read becomes a calm one within a band: fewer points, each for more time (pure).

A month of something that rises by day and falls by night is a comb; a mean for each day, and a band from the lowest to
the highest, tell how the days went.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import groupby

from doover_web.data.heard import mean_of
from doover_web.data.series import Point

FINE = 360  # points that a line is read with, whatever becomes of them: what is said of it does not hang on the room
PER_TURN, LEAST_TURNS, SWING = 9, 30, 0.25  # points; of a picture; of its height, for a turn to count
HOUR, DAY = 3_600_000, 86_400_000
STEPS = (HOUR // 4, HOUR, 4 * HOUR, DAY, 7 * DAY)
Runs = Sequence[Sequence[Point]]


def calmed(runs: Runs, step: int, zone: tzinfo, points: int = FINE) -> tuple[Runs, int]:
    """The runs, and how many ms each of their points stands for: the least of STEPS that leaves so few turns that they
    are told apart where there is room for so many points."""
    most = max(LEAST_TURNS, points // PER_TURN)
    found, wide = runs, step
    for wider in STEPS:
        if turns_of(found) <= most:
            break
        if wider > step:
            found, wide = [_gathered(run, wider, zone) for run in runs], wider
    return found, wide


def turns_of(runs: Runs) -> int:
    """How often the lines go the other way, by a part of their height that is seen."""
    means = [point.mean for run in runs for point in run]
    least = SWING * (max(means) - min(means)) if means else 0.0
    return sum(_turns([point.mean for point in run], least) for run in runs) if least else 0


def _turns(values: Sequence[float], least: float) -> int:
    """How often the values leave an extreme by `least`, the first way not counted."""
    turns, way, extreme = 0, 0, values[0]
    for value in values:
        if way * (value - extreme) > 0:
            extreme = value
        elif abs(value - extreme) >= least:
            turns, way, extreme = turns + (way != 0), 1 if value > extreme else -1, value
    return turns


def _gathered(run: Sequence[Point], wide: int, zone: tzinfo) -> list[Point]:
    """One point for each stretch of `wide` ms on the clock of `zone`; the last holds to where the run ends, and what
    has hardly begun counts with what was before it."""
    offset = _offset(run[0].start, zone)
    parts = [list(part) for _place, part in groupby(run, lambda point: (point.start + offset) // wide)]
    if len(parts) > 1 and parts[-1][-1].start - parts[-1][0].start < wide / 2:
        parts[-2:] = [parts[-2] + parts[-1]]
    found = [_one(part) for part in parts]
    return found if run[-1].start == found[-1].start else [*found, replace(found[-1], start=run[-1].start)]


def _one(points: Sequence[Point]) -> Point:
    count, mean = sum(point.count for point in points), mean_of([points]) or 0.0
    low, high = min(point.min for point in points), max(point.max for point in points)
    return Point(points[0].start, count, low, high, mean * count, points[0].first, points[-1].last)


def _offset(ms: int, zone: tzinfo) -> int:
    """How far (ms) the clocks of a zone are before UTC at a moment."""
    ahead = datetime.fromtimestamp(ms / 1000, zone).utcoffset()
    return int(ahead.total_seconds() * 1000) if ahead else 0
