"""How a change spreads over devices, and when it must stop (pure)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doover_web.common.wire import BadRequest

MOST_RINGS = 10
DEFAULT = (1, 10, 50, 100)


def read_rings(value: Any) -> list[int]:
    """Growing shares of a hundred, the last of them everything. BadRequest otherwise."""
    if value in (None, []):
        return list(DEFAULT)
    if not isinstance(value, list) or len(value) > MOST_RINGS:
        raise BadRequest(f"rings is a list of up to {MOST_RINGS} shares of a hundred", code="bad_rings")
    if not all(isinstance(one, int) and not isinstance(one, bool) and 1 <= one <= 100 for one in value):
        raise BadRequest("Each ring is a whole number from 1 to 100", code="bad_rings")
    if sorted(set(value)) != value or value[-1] != 100:
        raise BadRequest("Rings grow, and the last is 100", code="bad_rings")
    return value


def spread(ids: Sequence[int], rings: Sequence[int], seed: int) -> dict[int, int]:
    """The ring of each id. Which come first depends on the seed alone, so that it is not always the same devices; a
    ring has at least one device as long as there are any."""
    order = sorted(ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())
    found: dict[int, int] = {}
    start = 0
    for ring, share in enumerate(rings):
        end = max(-(-len(order) * share // 100), min(start + 1, len(order)))
        found.update(dict.fromkeys(order[start:end], ring))
        start = end
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """How the devices of a ring, or of all rings begun, stand."""

    waiting: int = 0
    under_way: int = 0
    done: int = 0
    failed: int = 0
    absent: int = 0
    skipped: int = 0

    @property
    def is_over(self) -> bool:
        return not self.waiting and not self.under_way

    @property
    def answered(self) -> int:
        return self.done + self.failed


def standing_of(counts: Mapping[str, int]) -> Standing:
    return Standing(**{name: counts.get(name, 0) for name in Standing.__dataclass_fields__})


def must_stop(begun: Standing, abort_percent: int) -> bool:
    """Whether too many of the devices that answered have failed."""
    return begun.failed > 0 and begun.failed * 100 > abort_percent * begun.answered


def next_move(ring: Standing, begun: Standing, *, abort_percent: int, is_last: bool, soaked: bool | None) -> str:
    """What comes next: `stop`, `fill` (begin what waits in this ring), `wait`, `soak` (the ring is done; start the
    clock), `gate` (nobody in it answered: a person decides), `next` ring, or `end`.

    A ring without devices is passed over; `is_last` when no device is in a later one.
    `soaked` is whether the ring has stood long enough, None before the clock was started.
    """
    if must_stop(begun, abort_percent):
        return "stop"
    if ring.waiting:
        return "fill"
    if ring.under_way:
        return "wait"
    if is_last:
        return "end"
    if ring == Standing():
        return "next"
    if ring.done == 0 and (ring.absent or ring.skipped):
        return "gate"
    if soaked is None:
        return "soak"
    return "next" if soaked else "wait"
