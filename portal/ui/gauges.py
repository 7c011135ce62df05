"""The drawings of gauges and of the last day's course: numbers in, the paths of an SVG out. Pure."""

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .values import Range, Scale, Threshold, match

CENTRE, BEGIN, SWEEP = (100.0, 94.0), 210.0, 240.0
ARC, ZONE, TICK = 74.0, 86.0, (64.0, 84.0)
GAP = 0.005  # of the scale, between two zones
WIDE, SPARK_WIDE, SPARK_HIGH = 300.0, 120.0, 32.0
Slot = tuple[float, float, float]  # the lowest, the mean, the highest


@dataclass(frozen=True, slots=True)
class Zone:
    """A coloured stretch: a path of an arc, or where it begins and how wide it is."""

    colour: str
    path: str = ""
    x: float = 0
    width: float = 0


@dataclass(frozen=True, slots=True)
class Gauge:
    """A gauge ready to draw. `fill` is the arc's path, `at` where the bar ends; both empty without a value."""

    low: str
    high: str
    colour: str = "blue"
    zones: tuple[Zone, ...] = ()
    ticks: tuple[str, ...] = ()
    fill: str = ""
    at: float | None = None
    middle: str = ""

    @property
    def halo(self) -> str:
        return f"M{self.at:g} 1v8"

    @property
    def knob(self) -> str:
        return f"M{self.at:g} 0v10"


@dataclass(frozen=True, slots=True)
class Spark:
    """The course of the last day: a line, dotted where nothing was said, the band from lowest to highest, where it is
    now, a limit."""

    line: str
    band: str = ""
    gap: str = ""
    now: str = ""
    limit: str = ""


def radial(
    value: float | None, scale: Scale, ranges: Sequence[Range], thresholds: Sequence[Threshold], ends: tuple[str, str]
) -> Gauge:
    """An arc of 240°: what is reached, the ranges around it, a tick for each threshold."""
    zones = tuple(Zone(one.colour or "grey", arc(low, high, ZONE)) for one, low, high in _stretches(ranges, scale))
    ticks = tuple(_tick(scale.share(one.value)) for one in thresholds if scale.min <= one.value <= scale.max)
    share = None if value is None else scale.share(value)
    return Gauge(
        *ends,
        colour=_colour(value, ranges),
        zones=zones,
        ticks=ticks,
        fill=arc(0, share, ARC) if share else "",
        at=share,
    )


def linear(
    value: float | None, scale: Scale, ranges: Sequence[Range], thresholds: Sequence[Threshold], ends: tuple[str, str]
) -> Gauge:
    """A bar: how far it is filled, the ranges below it, a tick for each threshold."""
    zones = tuple(
        Zone(one.colour or "grey", x=round(low * WIDE, 1), width=round((high - low) * WIDE, 1))
        for one, low, high in _stretches(ranges, scale)
    )
    ticks = tuple(f"{scale.share(one.value) * WIDE:.1f}" for one in thresholds if scale.min <= one.value <= scale.max)
    at = None if value is None else round(scale.share(value) * WIDE, 1)
    found = match(ranges, value) if value is not None else None
    return Gauge(
        *ends, colour=_colour(value, ranges), zones=zones, ticks=ticks, at=at, middle=found.label if found else ""
    )


def arc(low: float, high: float, radius: float) -> str:
    """The path of an arc between two shares of the sweep."""
    big = 1 if (high - low) * SWEEP > 180 else 0
    return f"M{_at(low, radius)}A{radius:g} {radius:g} 0 {big} 1 {_at(high, radius)}"


def spark(slots: Sequence[Slot | None], now: float | None = None, limit: float | None = None) -> Spark | None:
    """The course of values `(lowest, mean, highest)`, one a slot of the same width; None where nothing was
    said. It ends at the value `now`, whatever the mean of the slot that is not over."""
    return _spark(tuple(slots), now, limit)


@functools.lru_cache(maxsize=512)
def _spark(slots: tuple[Slot | None, ...], now: float | None, limit: float | None) -> Spark | None:
    known = [one for one in slots if one is not None]
    if len(known) < 2:
        return None
    low, high = min(one[0] for one in known), max(one[2] for one in known)
    if now is not None:
        low, high = min(low, now), max(high, now)
        if (last := slots[-1]) is not None:
            slots = (*slots[:-1], (min(last[0], now), now, max(last[2], now)))
    span = (high - low) or abs(high) or 1.0
    low = low if high > low else low - span / 2

    def y(value: float) -> str:
        return f"{SPARK_HIGH - 3 - (value - low) / span * (SPARK_HIGH - 6):.1f}".removesuffix(".0")

    def x(slot: int) -> str:
        return f"{SPARK_WIDE * slot / (len(slots) - 1):.1f}".removesuffix(".0")

    runs = _runs(slots)
    line = "".join("M" + " ".join(f"{x(at)} {y(one[1])}" for at, one in run) for run in runs)
    band = "".join(
        "M" + " ".join(f"{x(at)} {y(one[2])}" for at, one in run)
        + " " + " ".join(f"{x(at)} {y(one[0])}" for at, one in reversed(run)) + "Z"
        for run in runs if any(one[2] > one[0] for _, one in run)
    )  # fmt: skip
    end = now if now is not None else known[-1][1]
    ends = [(run[0], run[-1]) for run in runs]
    joined = [(one[1], other[0]) for one, other in itertools.pairwise(ends)]
    gap = "".join(f"M{x(a)} {y(one[1])}H{x(b)}V{y(other[1])}" for (a, one), (b, other) in joined)
    if now is not None and (tail := ends[-1][1])[0] < len(slots) - 1:
        gap += f"M{x(tail[0])} {y(tail[1][1])}H{SPARK_WIDE:g}V{y(end)}"
    dashed = f"M0 {y(limit)}H{SPARK_WIDE:g}" if limit is not None and low <= limit <= high else ""
    return Spark(line, band, gap, f"M{SPARK_WIDE:g} {y(end)}h.01", dashed)


def _runs(slots) -> list[list[tuple[int, Slot]]]:
    """Stretches of slots with values; one empty slot between two others is no gap."""
    runs: list[list] = []
    before = -9
    for at, one in enumerate(slots):
        if one is None:
            continue
        if at - before > 2:
            runs.append([])
        runs[-1].append((at, one))
        before = at
    return runs


def _stretches(ranges: Sequence[Range], scale: Scale) -> list[tuple[Range, float, float]]:
    found = [(one, scale.share(one.min), scale.share(one.max)) for one in ranges]
    gapped = [(one, low + (GAP if low > 0 else 0), high - (GAP if high < 1 else 0)) for one, low, high in found]
    return [(one, low, high) for one, low, high in gapped if high > low]


def _colour(value: float | None, ranges: Sequence[Range]) -> str:
    """The colour of the value's range; outside the ranges that of the nearer end."""
    if value is None or not ranges:
        return "blue"
    found = match(ranges, value)
    if found is None:
        lowest, highest = min(ranges, key=lambda one: one.min), max(ranges, key=lambda one: one.max)
        found = lowest if value < lowest.min else highest if value > highest.max else None
    return (found.colour or "blue") if found else "grey"


def _at(share: float, radius: float) -> str:
    angle = math.radians(BEGIN - SWEEP * share)
    return f"{CENTRE[0] + radius * math.cos(angle):.1f} {CENTRE[1] - radius * math.sin(angle):.1f}"


def _tick(share: float) -> str:
    return f"M{_at(share, TICK[0])}L{_at(share, TICK[1])}"
