"""How much an endpoint takes at a time: a flood becomes one digest, the night is quiet. Pure; the clock comes in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

WINDOW = timedelta(minutes=10)
# What is critical waits for nobody, until even that is a flood.
CRITICAL_TIMES = 4


class Told(Protocol):
    @property
    def is_critical(self) -> bool: ...


@dataclass(slots=True)
class Plan:
    """What goes out now one by one, what goes out now as one digest, and what waits for the window to end."""

    single: list = field(default_factory=list)
    digest: list = field(default_factory=list)
    held: list = field(default_factory=list)

    @property
    def outgoing(self) -> int:
        return len(self.single) + bool(self.digest)


def plan(due: Sequence[Told], *, sent: int, most: int) -> Plan:
    """Share out what is due at an endpoint that got `sent` mails (or the like) in this window, of `most` it takes."""
    made, room = Plan(), max(0, most - sent)
    if len(due) <= room:
        made.single = list(due)
        return made
    urgent = [one for one in due if one.is_critical]
    rest = [one for one in due if not one.is_critical]
    if len(urgent) <= max(0, most * CRITICAL_TIMES - sent):
        made.single = urgent
    else:
        rest = list(due)
    if len(made.single) < room:
        made.digest = rest
    else:
        made.held = rest
    if len(made.digest) == 1:
        made.single, made.digest = made.single + made.digest, []
    return made


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends` on the clock of `zone`, across midnight where it ends before it begins."""

    begins: time
    ends: time
    zone: str

    def end_after(self, moment: datetime) -> datetime | None:
        """When the quiet that `moment` lies in is over; None when it lies in none.

        Clock times that a change to summer time skips count as the moment after the gap.
        """
        zone = ZoneInfo(self.zone)
        local = moment.astimezone(zone)
        for day in (local.date() - timedelta(days=1), local.date()):
            begin = datetime.combine(day, self.begins, zone)
            last_day = day if self.ends > self.begins else day + timedelta(days=1)
            end = datetime.combine(last_day, self.ends, zone)
            if begin.timestamp() <= moment.timestamp() < end.timestamp():
                return end.astimezone(moment.tzinfo)
        return None
