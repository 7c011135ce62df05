"""Several courses on shared and separate scales, with zones, lines and marks, as what the server draws (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.utils.translation import gettext as _

from doover_web.data.series import Course, Point
from doover_web.data.values import Changes

from .drawing import HIGH, WIDE, closed, number, steps_over, time_words
from .plots import NAMED, Limit, Line

SIDES = ("left", "right")
DOT = "h.01"  # a point that stands alone is a dot
SEEN_HEIGHT, SEEN_SHARE = 0.01, 0.05  # of the height of a line, of its points: a band below them is none to the eye
BLOCK = 0.75  # of the height of a line: a band as high as that in the mean is a block
APART = 16  # of a box of HIGH; of lines closer together one is named
MOST_WORDS = 8  # kinds of text that a strip tells apart by colour


@dataclass(frozen=True, slots=True)
class Ink:
    """The colour of a line: a class of the stylesheet, or an attribute for a colour that an application chose."""

    place: int
    colour: str = ""

    @property
    def name(self) -> str:
        """The end of the classes `s-…` and `f-…`."""
        return self.colour if self.colour in NAMED else "" if self.colour else str((self.place - 1) % 8 + 1)

    @property
    def attribute(self) -> str:
        return "" if self.name else self.colour


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line and its points, ready to be drawn and told about."""

    line: Line
    place: int
    course: Course
    runs: Sequence[Sequence[Point]] = ()  # the points of the course, and what held between them, between gaps
    is_calm: bool = False  # its points were gathered, as it went up and down too often

    @property
    def ink(self) -> Ink:
        return Ink(self.place, self.line.colour)

    @property
    def has_band(self) -> bool:
        """Whether a band is seen and tells something: enough of its points stand for values that lie apart, from lowest
        to highest."""
        points = [point for run in self.runs for point in run]
        if not points or self.is_block:
            return False
        least = SEEN_HEIGHT * (max(point.max for point in points) - min(point.min for point in points))
        apart = sum(point.max - point.min > least for point in points)
        return apart > SEEN_SHARE * len(points)

    @property
    def is_block(self) -> bool:
        """Whether the band of a calm line would fill nearly the whole of its height: the ends say as much in words."""
        points = [point for run in self.runs for point in run]
        if not self.is_calm or not points:
            return False
        height = max(point.max for point in points) - min(point.min for point in points)
        return sum(point.max - point.min for point in points) > BLOCK * height * len(points)

    @property
    def axis(self) -> str:
        """Lines with the same have one scale: what the document says, else the unit."""
        return self.line.axis or (f"in {self.line.units}" if self.line.units else f"own {self.line.path}")


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high`; `side` is empty for one that has no place at an edge any more."""

    key: str
    low: float
    high: float
    steps: int
    units: str
    side: str
    low_is_fixed: bool = False
    high_is_fixed: bool = False

    @property
    def marks(self) -> list[str]:
        """The words along the scale from the top, the unit with the first."""
        values = [self.high - (self.high - self.low) * at / self.steps for at in range(self.steps + 1)]
        words = [number(value) for value in values]
        return [f"{words[0]} {self.units}".strip(), *words[1:]]

    def y(self, value: float) -> float:
        return round(HIGH * (self.high - value) / (self.high - self.low), 1)


@dataclass(frozen=True, slots=True)
class Trace:
    """The paths of one line in the box."""

    ink: Ink
    line: str
    band: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A zone (with a height) or a line across the box."""

    y: float
    height: float
    ink: Ink
    label: str

    @property
    def percent(self) -> float:
        """How far down the box it is."""
        return round(100 * self.y / HIGH, 1)

    @property
    def is_at_top(self) -> bool:
        """Whether its words have no room above it."""
        return self.y < APART


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, as an upright line; `kind` gives its colour."""

    ms: int
    kind: str
    words: str
    alarm_id: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything in a box of 1000 × 216."""

    scales: list[Scale]
    traces: list[Trace]
    bounds: list[Bound]
    rules: list[float]
    times: list[str]
    marks: list[tuple[float, Mark]]

    @property
    def named_bounds(self) -> list[Bound]:
        """The lines whose names stand at their ends."""
        found: list[Bound] = []
        for bound in self.bounds:
            if bound.label and not bound.height and all(abs(bound.y - one.y) >= APART for one in found):
                found.append(bound)
        return found

    @property
    def left(self) -> Scale | None:
        return next((scale for scale in self.scales if scale.side == "left"), None)

    @property
    def right(self) -> Scale | None:
        return next((scale for scale in self.scales if scale.side == "right"), None)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a strip: where, what held then, and its colour (empty: nothing is on)."""

    x: float
    width: float
    words: str
    tone: str


def picture(drawn: Sequence[Drawn], view: str, marks: Sequence[Mark], after: int, before: int, zone: tzinfo) -> Picture:
    """The box of these lines. `view` shows their limits as lines or zones, or not."""
    scales = scales_of(drawn, view)
    by_key = {scale.key: scale for scale in scales}
    span = before - after
    traces = [_trace(one, by_key[one.axis], after, span) for one in drawn]
    bounds = [bound for one in drawn for bound in _bounds(one, by_key[one.axis], view)]
    steps = scales[0].steps if scales else 4
    rules = [round(HIGH * at / steps, 1) for at in range(steps + 1)]
    times = [time_words(after + span * at // 4, span, zone) for at in range(5)]
    placed = [(round(WIDE * (mark.ms - after) / span, 1), mark) for mark in marks]
    return Picture(scales, traces, bounds, rules, times, placed)


def scales_of(drawn: Sequence[Drawn], view: str) -> list[Scale]:
    """One scale for each axis: the first at the left, the second at the right, others only in the legend."""
    grouped: dict[str, list[Drawn]] = {}
    for one in drawn:
        grouped.setdefault(one.axis, []).append(one)
    return [
        _scale(key, group, view, SIDES[place] if place < len(SIDES) else "")
        for place, (key, group) in enumerate(grouped.items())
    ]


def limits_of(line: Line, view: str) -> list[Limit]:
    """Those that are shown: thresholds always unless off, ranges as zones."""
    if view == "off":
        return []
    return [limit for limit in line.limits if limit.high is None or view == "zone"]


def name_of(limit: Limit, line: Line) -> str:
    """What a limit is called: as the document says, else its value."""
    return limit.label or f"{number(limit.low, line.decimals)} {line.units}".strip()


def segments(changes: Changes, line: Line, until: int) -> list[Segment]:
    """A strip of what a text or a truth value was, holding until the next change and to `until` at the end."""
    span, tones = changes.before - changes.after, dict[str, str]()
    ends = [ms for ms, _value in changes.points[1:]] + [min(until, changes.before)]
    found = []
    for (ms, value), end in zip(changes.points, ends, strict=False):  # without points there is an end too many
        words = value_words(value, line)
        tone = tones.setdefault(words, str(len(tones) % MOST_WORDS + 1)) if value not in (False, None) else ""
        start = max(ms, changes.after)
        x, width = WIDE * (start - changes.after) / span, WIDE * (max(end, start) - start) / span
        found.append(Segment(round(x, 1), round(width, 1), words, tone))
    return found


def value_words(value: Any, line: Line) -> str:
    """A single value for people, with the labels that the document gives to whole numbers."""
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    if isinstance(value, int | float):
        at = int(value)
        return line.steps[at] if 0 <= at < len(line.steps) and at == value else number(value)
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _scale(key: str, group: list[Drawn], view: str, side: str) -> Scale:
    points = [point for one in group for run in one.runs for point in run]
    low, high = min((p.min for p in points), default=0.0), max((p.max for p in points), default=1.0)
    reach = high - low or abs(high) or 1.0
    near = [
        value
        for one in group
        for limit in limits_of(one.line, view)
        for value in (limit.low, limit.high)
        if value is not None and low - reach <= value <= high + reach
    ]
    fixed_low = next((one.line.low for one in group if one.line.low is not None), None)
    fixed_high = next((one.line.high for one in group if one.line.high is not None), None)
    low, high, steps = steps_over(min([low, *near]), max([high, *near]))
    low, high = low if fixed_low is None else fixed_low, high if fixed_high is None else fixed_high
    if low >= high:
        fixed_low = fixed_high = None
        low, high, steps = steps_over(min(low, high), max(low, high))
    fixed = fixed_low is not None, fixed_high is not None
    return Scale(key, low, high, 4 if any(fixed) else steps, group[0].line.units, side, *fixed)


def _trace(one: Drawn, scale: Scale, after: int, span: int) -> Trace:
    def x(ms: float) -> float:
        return round(WIDE * (ms - after) / span, 1)

    paths = (
        "L".join(f"{x(p.start)} {scale.y(p.mean)}" for p in run) + (DOT if len(run) == 1 else "") for run in one.runs
    )
    line = " ".join(f"M{path}" for path in paths)
    band = " ".join(
        closed([(x(p.start), scale.y(p.max), scale.y(p.min)) for p in run]) for run in one.runs if one.has_band
    )
    return Trace(one.ink, line, band)


def _bounds(one: Drawn, scale: Scale, view: str) -> list[Bound]:
    found = []
    for limit in limits_of(one.line, view):
        ink = Ink(one.place, limit.colour)
        if limit.high is None:
            if scale.low <= limit.low <= scale.high:
                found.append(Bound(scale.y(limit.low), 0, ink, name_of(limit, one.line)))
            continue
        top, bottom = scale.y(min(limit.high, scale.high)), scale.y(max(limit.low, scale.low))
        if bottom > top:
            found.append(Bound(top, round(bottom - top, 1), ink, limit.label))
    return found
