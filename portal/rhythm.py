"""How often reports come: the choices of the form, the text of the schedule, and words for it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doover_web.common.timetable import DISABLED

DAY, WEEK, MONTH, OWN = "day", "week", "month", "own"
EVERY = (DAY, WEEK, MONTH, OWN)
LAST_DAY = 28  # every month has it
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
# What the form writes, and the same as it stands in the default of the generator.
SIMPLE = re.compile(r"cron\(([0-9]{1,2}) ([0-9]{1,2}) ([0-9]{1,2}|[*?]) \* ([0-6]|[*?])\)")
RATE = re.compile(r"rate\(([0-9]{1,6}) (minute|hour|day)s?\)")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A schedule as the form asks for it; `own` is its text where none of the choices fits."""

    every: str = WEEK
    at: str = "08:00"
    weekday: int = 1  # as cron counts: 0 is Sunday
    day: int = 1
    own: str = ""


def rhythm_of(text: str) -> Rhythm:
    """The choices that make this schedule."""
    found = SIMPLE.fullmatch(text)
    if found is None or int(found[1]) > 59 or int(found[2]) > 23:
        return Rhythm(every=OWN, own=text)
    at, day, weekday = f"{int(found[2]):02}:{int(found[1]):02}", found[3], found[4]
    if day.isdigit() and not weekday.isdigit() and 1 <= int(day) <= LAST_DAY:
        return Rhythm(MONTH, at, day=int(day))
    if not day.isdigit():
        return Rhythm(WEEK, at, weekday=int(weekday)) if weekday.isdigit() else Rhythm(DAY, at)
    return Rhythm(every=OWN, own=text)


def read_rhythm(form: Mapping[str, str]) -> Rhythm:
    """What was typed; what is no choice counts as the first there is."""
    every = form.get("every", "")
    return Rhythm(
        every=every if every in EVERY else WEEK,
        at=form.get("at", "").strip()[:20],
        weekday=_between(form.get("weekday", ""), 0, 6),
        day=_between(form.get("day", ""), 1, LAST_DAY),
        own=form.get("own", "").strip()[:200],
    )


def written(rhythm: Rhythm) -> str:
    """The text of the schedule; empty where the time of day is none, or nothing was typed."""
    if rhythm.every == OWN:
        return rhythm.own
    clock = CLOCK.fullmatch(rhythm.at)
    if clock is None:
        return ""
    start = f"{int(clock[2])} {int(clock[1])}"
    if rhythm.every == MONTH:
        return f"cron({start} {rhythm.day} * *)"
    return f"cron({start} * * {rhythm.weekday})" if rhythm.every == WEEK else f"cron({start} * * *)"


def in_words(text: str) -> str:
    """`Every Monday at 08:00`; what is neither a simple cron nor a rate stays as it is."""
    if text in ("", DISABLED):
        return _("Never by itself")
    if rate := RATE.fullmatch(text):
        return _rate(int(rate[1]), rate[2])
    rhythm = rhythm_of(text)
    if rhythm.every == DAY:
        return _("Every day at %(time)s") % {"time": rhythm.at}
    if rhythm.every == WEEK:
        return _("Every %(weekday)s at %(time)s") % {"weekday": weekday_name(rhythm.weekday), "time": rhythm.at}
    if rhythm.every == MONTH:
        return _("On day %(day)s of every month at %(time)s") % {"day": rhythm.day, "time": rhythm.at}
    return text


def weekday_name(number: int) -> str:
    """The day of the week that cron calls `number`."""
    return str(WEEKDAYS[(number - 1) % 7])


def weekdays() -> list[tuple[int, str]]:
    """From Monday to Sunday, as the form offers them."""
    return [(number % 7, weekday_name(number)) for number in range(1, 8)]


def _rate(count: int, unit: str) -> str:
    if unit == "minute":
        words = ngettext("Every minute", "Every %(count)s minutes", count)
    elif unit == "hour":
        words = ngettext("Every hour", "Every %(count)s hours", count)
    else:
        words = ngettext("Every day", "Every %(count)s days", count)
    return words % {"count": count}


def _between(text: str, low: int, high: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else low
    return min(max(number, low), high)
