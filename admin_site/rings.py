"""The rings of a roll-out as the page draws them, and as a form writes them."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest
from doover_web.deployments.models import Rollout
from doover_web.deployments.shown import counts_of

ENDED = ("done", "failed", "absent", "skipped", "rolled_back")


@dataclass(frozen=True, slots=True)
class Ring:
    """One step: how many devices stand how, and whether it is over, under way or to come."""

    number: int
    share: int
    counts: Counter
    mark: str

    @property
    def at(self) -> int:
        """Its place in the list of rings."""
        return self.number - 1

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def ended(self) -> int:
        return sum(self.counts[key] for key in ENDED)

    @property
    def bars(self) -> list[tuple[str, int, int]]:
        """The parts of its bar: colour, where it begins and how wide it is, of a hundred."""
        parts, found, start = {"ok": "done", "bad": "failed", "warn": "absent", "wait": "under_way"}, [], 0
        for mark, key in parts.items():
            if width := round(100 * self.counts[key] / (self.total or 1)):
                found.append((mark, start, width))
                start += width
        return found


def rings_of(rollout: Rollout) -> list[Ring]:
    """The rings that have devices; the last of them reaches all."""
    counts = counts_of(rollout)
    filled = [at for at in range(len(rollout.rings)) if counts[at].total()]
    shares = {at: rollout.rings[at] for at in filled} | ({filled[-1]: 100} if filled else {})
    return [Ring(at + 1, share, counts[at], _mark(rollout, at)) for at, share in shares.items()]


def shares_from(text: str) -> list[int]:
    """`1, 10, 50, 100` → shares of a hundred; empty for the usual ones."""
    parts = [part.strip().rstrip("%").strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise BadRequest(_("Rings are shares of a hundred, such as 1, 10, 50, 100"), code="bad_rings")
    return [int(part) for part in parts]


def whole(asked, name: str, what: str) -> int:
    """A whole number of a form; empty is none."""
    text = asked.get(name, "").strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise BadRequest(_("%(what)s is a whole number") % {"what": what}, code="bad_number")
    return int(text)


def _mark(rollout: Rollout, at: int) -> str:
    if rollout.status == "ready" or at > rollout.ring:
        return "held"
    if at < rollout.ring or rollout.status == "done":
        return "ok"
    return "wait" if rollout.status in ("running", "rolling_back") else "held"
