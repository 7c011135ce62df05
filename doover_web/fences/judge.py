"""Whether a device crossed a fence, from where it is and where it was. Pure.

A receiver is never exact: near the edge a position decides nothing, and a jump faster than anything flies counts only
when the next position confirms it.
"""

from dataclasses import dataclass, replace

from doover_web.common.places import Place, metres_between

FASTEST = 300.0  # metres a second
STEP = 500.0  # metres that any receiver may be off at any time
ENTERED, LEFT = "entered", "left"


@dataclass(frozen=True, slots=True)
class Fix:
    """A place at a moment, in ms since 1970."""

    place: Place
    at: int


@dataclass(frozen=True, slots=True)
class Track:
    """Where a device was believed to be last, and a jump that nothing has confirmed yet."""

    last: Fix | None = None
    suspect: Fix | None = None


def follow(track: Track, fix: Fix) -> tuple[Track, bool]:
    """The track with `fix`, and whether it is to be believed. One that is older than what is known changes nothing."""
    if track.last is None:
        return Track(fix), True
    if fix.at < track.last.at:
        return track, False
    if _can_follow(track.last, fix) or (track.suspect is not None and _can_follow(track.suspect, fix)):
        return Track(fix), True
    return replace(track, suspect=fix), False


def crossed(
    was_inside: bool | None, depth: float, margin: float, accuracy: float | None, deepest: float
) -> tuple[bool | None, str]:
    """Whether the device is inside now, and what it did: `entered`, `left` or nothing.

    `depth` is how far inside the edge it is; it has to be past the edge by `margin`, or by what its receiver may be
    off. Halfway to the middle of a fence, `deepest` metres from its edge, is inside of the smallest one, unless the
    receiver may be off by more than the fence is wide. `was_inside` None: nobody looked before, and being inside is no
    news.
    """
    off = accuracy or 0.0
    sure = max(margin, off)
    if was_inside is None:
        return depth >= 0, ""
    if not was_inside and depth >= (min(sure, deepest / 2) if off <= 2 * deepest else sure):
        return True, ENTERED
    if was_inside and depth <= -sure:
        return False, LEFT
    return was_inside, ""


def _can_follow(before: Fix, fix: Fix) -> bool:
    seconds = max(0.0, (fix.at - before.at) / 1000)
    slack = STEP + (before.place.accuracy or 0) + (fix.place.accuracy or 0)
    return metres_between(before.place, fix.place) <= slack + FASTEST * seconds
