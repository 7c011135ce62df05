"""What a rule would have done with readings that were kept (pure): the judging of `alarms`, moment by moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .alarms import ALARM, NO_DATA, Rule, Scene, Standing, due, step

Readings = tuple[int, Mapping[str, Any]]  # ms, and what was written then by key
MOST_STEPS = 200_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """How the alarm would have stood from `start` until `end` (ms)."""

    state: str
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Replay:
    """The stretches one after the other, without gaps. `end` is earlier than asked when there was too much to judge."""

    stretches: tuple[Stretch, ...]
    end: int

    @property
    def alarms(self) -> list[Stretch]:
        return [stretch for stretch in self.stretches if stretch.state == ALARM]

    @property
    def total(self) -> int:
        """How long it would have been on, in ms."""
        return sum(stretch.length for stretch in self.alarms)

    @property
    def longest(self) -> int:
        return max((stretch.length for stretch in self.alarms), default=0)


def replay(rule: Rule, before: Readings | None, readings: Iterable[Readings], start: int, end: int) -> Replay:
    """The rule over [start, end]. `before` is what was known at the start, and since when."""
    walk = _Walk(rule, start)
    if before is not None:
        walk.write(*before)
    walk.step(start)
    for ms, values in readings:
        if ms > end or not walk.pass_time(ms - 1):
            break
        walk.write(ms, values)
        walk.step(ms)
    done = walk.pass_time(end)
    return walk.result(end if done else walk.at)


class _Walk:
    """One replay under way."""

    def __init__(self, rule: Rule, start: int):
        self.rule, self.at, self.left = rule, start, MOST_STEPS
        self.document: dict[str, Any] = {}
        self.written: dict[str, int | None] = {}
        self.scene = Scene(self.document, self.written)
        self.standing = Standing(NO_DATA, start)
        self.moves: list[tuple[int, str]] = [(start, NO_DATA)]

    def write(self, ms: int, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            self.document[key] = value
            if value is not None:
                self.written[key] = ms

    def step(self, ms: int) -> None:
        self.at, self.left = ms, self.left - 1
        self.standing = step(self.rule, self.standing, self.scene, ms)
        if self.standing.state != self.moves[-1][1]:
            self.moves.append((ms, self.standing.state))

    def pass_time(self, until: int) -> bool:
        """Go through the moments up to `until` that matter by themselves; False when that was too many."""
        while (moment := due(self.rule, self.standing, self.scene, self.at)) is not None and moment <= until:
            if self.left <= 0:
                return False
            self.step(moment)
        return self.left > 0

    def result(self, end: int) -> Replay:
        ends = [ms for ms, _state in self.moves[1:]] + [end]
        stretches = [Stretch(state, ms, stop) for (ms, state), stop in zip(self.moves, ends, strict=True) if stop > ms]
        return Replay(tuple(stretches), end)
