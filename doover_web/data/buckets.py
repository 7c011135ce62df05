"""The steps of the history pyramid, and which of them make up a span of time (pure; all times in ms since 1970).

Fixed steps begin at whole multiples since 1970; a day begins at midnight of the site's zone, so that days of 23 and 25
hours are what they are. Midnights lie on quarters of an hour (in every zone, since the 1970s), which is why a day is
made of quarters.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

RAW = 0  # the messages themselves
TEN_SECONDS, MINUTE, QUARTER, FOUR_HOURS, DAY = 10_000, 60_000, 900_000, 14_400_000, 86_400_000
STEPS = (TEN_SECONDS, MINUTE, QUARTER, FOUR_HOURS, DAY)
# What each step is made of.
BELOW = {TEN_SECONDS: RAW, MINUTE: TEN_SECONDS, QUARTER: MINUTE, FOUR_HOURS: QUARTER, DAY: QUARTER}


@dataclass(frozen=True, slots=True)
class Piece:
    """The buckets of `step` that begin in [low, high); with RAW the messages of that time."""

    step: int
    low: int
    high: int


def floor(ms: int, step: int) -> int:
    """Where the bucket of a fixed step that holds `ms` begins."""
    return ms - ms % step


def ceil(ms: int, step: int) -> int:
    return -(-ms // step) * step


def days_over(low: int, high: int, zone: str) -> list[int]:
    """The midnights from the one at or before `low` to the one at or after `high`."""
    midnights = [_midnight(day, zone) for day in _dates(low, high, zone)]
    found = sorted(set(midnights))
    first = bisect_right(found, low) - 1
    last = bisect_left(found, high)
    return found[first : last + 1]


def span_of(low: int, high: int, step: int, zone: str) -> tuple[int, int]:
    """[low, high) widened to whole buckets of `step`."""
    if step == DAY:
        days = days_over(low, high, zone)
        return days[0], days[-1]
    return floor(low, step), ceil(high, step)


def step_for(span: int, points: int) -> int:
    """The coarsest step that still gives a point for each of `points` places; RAW when none does."""
    return max((step for step in STEPS if span >= step * points), default=RAW)


def pieces(low: int, high: int, step: int, zone: str) -> list[Piece]:
    """What covers [low, high) exactly: `step` in the middle, ever finer ones towards the ends."""
    if low >= high:
        return []
    if step == RAW:
        return [Piece(RAW, low, high)]
    inner_low, inner_high = _inside(low, high, step, zone)
    if inner_low >= inner_high:
        return pieces(low, high, BELOW[step], zone)
    middle = [Piece(step, inner_low, inner_high)]
    return pieces(low, inner_low, BELOW[step], zone) + middle + pieces(inner_high, high, BELOW[step], zone)


def edges_over(low: int, high: int, step: int, points: int, zone: str) -> list[int]:
    """Where the points of an answer begin: at most `points`, each one or several whole buckets wide. They do not
    move when the span does, so that a picture that follows the clock does not flicker."""
    if step == DAY:
        days = days_over(low, high, zone)[:-1]
        together = max(1, math.ceil(len(days) / max(points - 1, 1)))
        # By the day's own number: noon, as a midnight in UTC may be on the day before.
        return [days[0]] + [day for day in days[1:] if ((day + DAY // 2) // DAY) % together == 0]
    width = step or max(1, math.ceil((high - low) / max(points - 1, 1)))
    together = max(1, math.ceil((high - low) / width / max(points - 1, 1)))
    wide = width * together
    return list(range(floor(low, wide), high, wide))


def zone_or_utc(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return ZoneInfo("UTC")


def _inside(low: int, high: int, step: int, zone: str) -> tuple[int, int]:
    """The whole buckets inside [low, high); nothing is left when the first is not before the second."""
    if step != DAY:
        return ceil(low, step), floor(high, step)
    days = days_over(low, high, zone)
    return (days[0] if days[0] == low else days[1]), (days[-1] if days[-1] == high else days[-2])


def _dates(low: int, high: int, zone: str) -> Sequence[date]:
    first = datetime.fromtimestamp(low / 1000, UTC).date() - timedelta(days=2)
    last = datetime.fromtimestamp(high / 1000, UTC).date() + timedelta(days=2)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _midnight(day: date, zone: str) -> int:
    """When a day begins: the first of two midnights, or what comes instead of one that the clocks leave out."""
    moment = datetime(day.year, day.month, day.day, tzinfo=zone_or_utc(zone))
    return floor(int(moment.timestamp()) * 1000, QUARTER)
