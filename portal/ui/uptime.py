"""When a device was there and when it was not, over some days: stretches, their share, and a bar of them (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from doover_web.data.comings import Turn
from doover_web.pages import words

WIDTH = 1000
KINDS = ("ok", "bad", "idle")  # there, away, not known


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of time in ms since 1970. `is_there` is None before anything is known; `is_open`: it goes on."""

    start: float
    end: float
    is_there: bool | None
    is_open: bool = False

    @property
    def kind(self) -> str:
        return "idle" if self.is_there is None else "ok" if self.is_there else "bad"

    @property
    def starts_at(self) -> datetime | None:
        return words.from_ms(self.start)

    @property
    def ends_at(self) -> datetime | None:
        return words.from_ms(self.end)

    @property
    def lasted(self) -> str:
        return words.duration((self.end - self.start) / 1000)


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of the drawing: its colour, where it begins and how wide it is."""

    kind: str
    x: str
    width: str


def stays_of(turns: Sequence[Turn], now: float) -> list[Stay]:
    """The stretches between these turns, the newest first; what follows the last one lasts until now."""
    found, end = [], now
    for turn in turns:
        found.append(Stay(turn.ms, end, turn.is_there, is_open=end == now))
        end = turn.ms
    return found


def within(stays: Sequence[Stay], start: float, now: float) -> list[Stay]:
    """What of them is younger than `start`, with what is not known before the oldest."""
    kept = [Stay(max(one.start, start), one.end, one.is_there, one.is_open) for one in stays if one.end > start]
    oldest = kept[-1].start if kept else now
    return [*kept, Stay(start, oldest, None)] if oldest > start else kept


def known_of(stays: Sequence[Stay]) -> list[Stay]:
    """The stretches of which it is known whether the device was there."""
    return [one for one in stays if one.is_there is not None]


def kinds_of(stays: Sequence[Stay]) -> list[str]:
    """Which colours their bar has, in the order of its legend."""
    return [kind for kind in KINDS if any(one.kind == kind for one in stays)]


def share_of(stays: Sequence[Stay]) -> str:
    """The share of the known time that the device was there: `98.7 %`; empty when nothing is known."""
    known = known_of(stays)
    total = sum(one.end - one.start for one in known)
    if not total:
        return ""
    share = 100 * sum(one.end - one.start for one in known if one.is_there) / total
    # All of it is only said of all of it.
    return "100 %" if share == 100 else words.numerals(f"{min(share, 99.9):.1f} %")


def bars_of(stays: Sequence[Stay]) -> list[Bar]:
    """The stretches as a bar, the oldest at the left; none is too short to be seen."""
    start, end = stays[-1].start, stays[0].end
    scale = WIDTH / (end - start) if end > start else 0
    return [
        Bar(one.kind, f"{(one.start - start) * scale:.1f}", f"{max((one.end - one.start) * scale, 2):.1f}")
        for one in sorted(stays, key=lambda stay: (stay.is_there is False, stay.start))
    ]
