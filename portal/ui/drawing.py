"""A course of numbers as the lines of a picture (pure): what the server draws, before and without scripts."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _

from doover_web.data.heard import usual_distance
from doover_web.data.series import Course, Point
from doover_web.pages import words

WIDE, HIGH = 1000, 216
LEAST_SPAN = 1e-300  # of an axis; steps of a smaller one are no numbers any more
GAP = 12  # points of usual distance without a value are a gap in the line
MINUTE, DAY, YEAR = 60_000, 86_400_000, 366 * 86_400_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths in a box of 1000 × 216; `marks` are words along the left from the top, `times` along the bottom."""

    line: str
    band: str
    marks: list[str]
    rules: list[float]
    times: list[str]


def draw(course: Course, zone: tzinfo) -> Drawing:
    """The line of the means and the band from minimum to maximum."""
    low, high, steps = scale_of(course.points)
    values = [high - (high - low) * number / steps for number in range(steps + 1)]
    span = course.before - course.after
    moments = [course.after + span * number // 4 for number in range(5)]

    def x(ms: float) -> float:
        return round(WIDE * (ms - course.after) / span, 1)

    def y(value: float) -> float:
        return round(HIGH * (high - value) / (high - low), 1)

    runs = list(runs_of(course.points, course.step))
    line = " ".join("M" + "L".join(f"{x(p.start)} {y(p.mean)}" for p in run) for run in runs)
    band = " ".join(closed([(x(p.start), y(p.max), y(p.min)) for p in run]) for run in runs if course.step)
    rules = [round(HIGH * number / steps, 1) for number in range(steps + 1)]
    return Drawing(
        line, band, [number(value) for value in values], rules, [time_words(ms, span, zone) for ms in moments]
    )


def number(value: float, decimals: int | None = None) -> str:
    """A number for people, grouped, with a real minus: with its decimals, else up to five digits that count."""
    if decimals is not None:
        return words.numerals(f"{value:,.{decimals}f}".replace("-", "−"))
    if value and not 1e-4 <= abs(value) < 1e12:
        text = f"{value:.3g}"
    else:
        places = max(0, 4 - math.floor(math.log10(abs(value)))) if value else 0
        text = f"{value:,.{min(places, 6)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else words.numerals(text.replace("-", "−"))


def scale_of(points: Sequence[Point]) -> tuple[float, float, int]:
    """From where to where the scale of these points reaches, and in how many steps."""
    return steps_over(
        min((point.min for point in points), default=0.0), max((point.max for point in points), default=1.0)
    )


def steps_over(low: float, high: float) -> tuple[float, float, int]:
    """`low` and `high` widened to whole steps of 1, 2 or 5 and noughts, and how many these are."""
    if not high - low > LEAST_SPAN:  # nothing but noughts stands on the axis, not in the middle of a box
        low, high = low - abs(low) * 0.05, high + (abs(high) * 0.05 or 1.0)
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next((unit * factor for factor in (1, 2, 5) if rough <= unit * factor), unit * 10)
    first, last = math.floor(low / step), math.ceil(high / step)
    return first * step, last * step, last - first


def runs_of(points: Sequence[Point], step: int) -> Iterator[list[Point]]:
    """Stretches without a gap: GAP times what is usual, the middle of the distances."""
    longest = GAP * usual_distance(points, step)
    run: list[Point] = []
    for point in points:
        if run and point.start - run[-1].start > longest:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def closed(edges: list[tuple[float, float, float]]) -> str:
    """A band as a path, from (x, top, bottom)."""
    above = "L".join(f"{x} {top}" for x, top, _ in edges)
    below = "L".join(f"{x} {bottom}" for x, _, bottom in reversed(edges))
    return f"M{above}L{below}Z"


def time_words(ms: int, span: int, zone: tzinfo) -> str:
    """What stands below a chart of that span."""
    try:
        moment = datetime.fromtimestamp(ms / 1000, zone)
    except (OverflowError, ValueError, OSError):
        return ""
    if span <= 10 * MINUTE:
        return f"{moment:%H:%M:%S}"
    if span <= 2 * DAY:
        return f"{moment:%H:%M}"
    return formatted(moment, _("j M") if span <= YEAR else "M Y")
