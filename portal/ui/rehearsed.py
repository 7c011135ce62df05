"""A rehearsal of an alarm as a page shows it: a line of stretches, how often and how long."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from doover_web.data.alarms import ALARM, NO_DATA, PENDING
from doover_web.data.rehearsal import Rehearsal
from doover_web.pages.words import duration, from_ms, numerals

from .drawing import WIDE, time_words
from .happenings import state_words

TONES = {ALARM: "bad", PENDING: "warn", NO_DATA: "idle"}
MOST_BARS, MOST_ROWS = 2000, 20


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch on the line; `tone` is empty where all was well."""

    x: float
    width: float
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """`times` it would have gone on, `total` and `longest` in words; `rows` are the newest stretches on."""

    bars: list[Bar]
    ticks: list[str]
    times: int
    total: str
    longest: str
    share: str
    rows: list[tuple[datetime | None, str]]
    more: int
    readings: int
    is_coarse: bool
    is_sampled: bool
    is_cut: bool
    is_blind: bool
    since: datetime | None
    days: int


def rehearsed(found: Rehearsal) -> Rehearsed:
    """A rehearsal ready to be drawn."""
    span, zone, done = found.before - found.after, timezone.get_current_timezone(), found.replay
    bars = [
        Bar(
            round(WIDE * (one.start - found.after) / span, 2),
            max(round(WIDE * one.length / span, 2), 1.0 if one.state == ALARM else 0.0),
            TONES.get(one.state, ""),
            f"{state_words(one.state)}, {duration(one.length / 1000)}",
        )
        for one in done.stretches[-MOST_BARS:]
    ]
    newest = done.alarms[::-1]
    return Rehearsed(
        bars=bars,
        ticks=[time_words(found.after + span * at // 4, span, zone) for at in range(5)],
        times=len(newest),
        total=duration(done.total / 1000),
        longest=duration(done.longest / 1000),
        share=numerals(f"{100 * done.total / _judged(found):.1f} %"),
        rows=[(from_ms(one.start, zone), duration(one.length / 1000)) for one in newest[:MOST_ROWS]],
        more=max(0, len(newest) - MOST_ROWS),
        readings=found.readings,
        is_coarse=found.is_coarse,
        is_sampled=found.is_sampled,
        is_cut=done.end < found.before,
        is_blind=found.since is None,
        since=from_ms(found.since, zone) if found.since is not None and found.since > found.after else None,
        days=round(span / 86_400_000),
    )


def _judged(found: Rehearsal) -> int:
    """How much of the span (ms) can be judged: what lies before the first reading is neither well nor not."""
    since = found.after if found.since is None else max(found.since, found.after)
    return max(found.before - since, 1)
