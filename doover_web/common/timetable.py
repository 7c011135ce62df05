"""`cron(…)`, `rate(…)` and `disabled`: when something comes next (`processors §9.1`). Pure.

Cron text has five fields, or the six of AWS with the year last, where weekdays run from 1, Sunday, to 7. It is read on
the clock of a zone: what falls into the hour that spring skips comes right after it, and nothing comes twice in autumn.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from croniter import CroniterError, croniter

RATE = re.compile(r"rate\(\s*([1-9][0-9]{0,5})\s+(minute|hour|day)s?\s*\)")
CRON = re.compile(r"cron\(([^()]{1,200})\)")
RANDOM = re.compile(r"(?<![a-z])[rh](?![a-z])", re.IGNORECASE)  # what croniter would choose by itself
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
DISABLED = "disabled"


class NotATimetable(ValueError):
    """Says what is wrong with the text."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """Every `every`, or whenever `cron` (in croniter's words) fits the clock of `zone`. Neither: never."""

    cron: str = ""
    every: timedelta | None = None
    zone: tzinfo = UTC

    def next_after(self, moment: datetime) -> datetime | None:
        """The first time after `moment`; None when there is none."""
        if self.every is not None:
            return moment + self.every
        return next(self._around(moment, back=False), None) if self.cron else None

    def last_before(self, moment: datetime) -> datetime | None:
        """The last time before `moment`, as the beginning of what a report tells about."""
        if self.every is not None:
            return moment - self.every
        return next(self._around(moment, back=True), None) if self.cron else None

    def _around(self, moment: datetime, *, back: bool):
        # On the wall, where cron lives; the zone is put on afterwards.
        wall = moment.astimezone(self.zone).replace(tzinfo=None)
        clock = croniter(self.cron, wall, ret_type=datetime, max_years_between_matches=8)
        try:
            for _ in range(100):
                found = (clock.get_prev() if back else clock.get_next()).replace(tzinfo=self.zone).astimezone(UTC)
                if (found < moment) if back else (found > moment):
                    yield found
        except CroniterError:
            return


def read_timetable(text: str, zone: tzinfo = UTC) -> Timetable:
    """The timetable that `text` describes. NotATimetable when it is none."""
    text = text.strip()
    if text in ("", DISABLED):
        return Timetable(zone=zone)
    if rate := RATE.fullmatch(text):
        return Timetable(every=int(rate[1]) * UNITS[rate[2]], zone=zone)
    if cron := CRON.fullmatch(text):
        return Timetable(cron=_checked(_words(cron[1].split())), zone=zone)
    raise NotATimetable("A schedule is cron(minute hour day month weekday), rate(n minutes|hours|days) or disabled")


def coming(timetable: Timetable, moment: datetime, count: int) -> list[datetime]:
    """The next `count` times, for showing them."""
    found: list[datetime] = []
    while len(found) < count and (following := timetable.next_after(found[-1] if found else moment)):
        found.append(following)
    return found


def _words(fields: list[str]) -> str:
    if len(fields) not in (5, 6):
        raise NotATimetable("cron(…) has five fields, or six with a year: minute hour day month weekday")
    is_aws = len(fields) == 6
    minute, hour, day, month, weekday = ("*" if field == "?" else field for field in fields[:5])
    if is_aws:
        weekday = re.sub(r"(?<![#/0-9])[1-7](?![0-9])", lambda found: str(int(found[0]) - 1), weekday)
        weekday = re.sub(r"([0-6])L", r"L\1", weekday)
        if fields[5] not in ("*", "?"):
            return f"{minute} {hour} {day} {month} {weekday} 0 {fields[5]}"
    return f"{minute} {hour} {day} {month} {weekday}"


def _checked(cron: str) -> str:
    if RANDOM.search(cron) or not croniter.is_valid(cron):
        raise NotATimetable("This cron(…) does not fit: minute 0–59, hour 0–23, day 1–31, month 1–12, weekday")
    return cron
