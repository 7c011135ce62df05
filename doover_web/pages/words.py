"""Moments and durations in words, the same as `static/js/words.js` writes them. Pure: the clock comes in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from django.utils.dateformat import format as formatted
from django.utils.translation import get_language
from django.utils.translation import gettext as _

MINUTE, HOUR, DAY = 60, 3600, 86400
# Between the thousands and before the decimals, where a language has others than `,` and `.`.
MARKS = {"de": str.maketrans(",.", ".,")}


def duration(seconds: float) -> str:
    """A span in its two largest units: `12 s`, `6 min`, `2 h 14 min`, `3 d 4 h`."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    if whole < DAY:
        hours, minutes = divmod(whole // MINUTE, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(whole // HOUR, 24)
    if not hours:
        return _("%(days)s d") % {"days": days}
    return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, up to a day; then the day, and the year where it differs. `now` carries the zone to speak in."""
    seconds = (now - moment).total_seconds()
    if -5 < seconds < DAY:
        return _("%(time)s ago") % {"time": duration(seconds)}
    if seconds < 0:
        return _("in %(time)s") % {"time": duration(-seconds)} if seconds > -DAY else on_day(moment, now)
    local = moment.astimezone(now.tzinfo)
    if seconds < 6 * DAY:
        return formatted(local, "D H:i")
    return on_day(moment, now)


def on_day(moment: datetime, now: datetime) -> str:
    """`3 Nov`, or `3 Nov 2024` when the year is not this one."""
    local = moment.astimezone(now.tzinfo)
    return formatted(local, _("j M") if local.year == now.year else _("j M Y"))


def clock(moment: datetime, now: datetime) -> str:
    """A moment to the second: `today 11:26:00`, `3 Nov 11:26:00`, `3 Nov 2024 11:26:00`."""
    local = moment.astimezone(now.tzinfo)
    day = _("today") if local.date() == now.date() else on_day(moment, now)
    return f"{day} {local:%H:%M:%S}"


def day_heading(moment: datetime, now: datetime) -> str:
    """The heading over the messages of a day: `Today, Saturday 21 November`."""
    local = moment.astimezone(now.tzinfo)
    day = formatted(local, _("l j F") if local.year == now.year else _("l j F Y"))
    if local.date() == now.date():
        return _("Today, %(day)s") % {"day": day}
    return _("Yesterday, %(day)s") % {"day": day} if local.date() == now.date() - timedelta(days=1) else day


def to_ms(moment: datetime) -> str:
    """The time of day to the millisecond, in the moment's own zone."""
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def in_utc(moment: datetime) -> str:
    """The exact moment for a title: `2026-11-21 01:26:12.480 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%d} {to_ms(utc)} UTC"


def from_ms(ms: float, zone: tzinfo | None = UTC) -> datetime | None:
    """The moment `ms` milliseconds after 1970; None when no calendar holds it."""
    try:
        return datetime.fromtimestamp(ms / 1000, zone)
    except (OverflowError, ValueError, OSError):
        return None


def looks_like_ms(number: float) -> bool:
    """Whether a number is a moment in milliseconds by its size: from 2000 up to 2100."""
    return 946_684_800_000 <= number < 4_102_444_800_000


def numerals(text: str) -> str:
    """A number as Python writes it, `31,635.5`, in the way of the language in force: in German `31.635,5`."""
    return text.translate(marks())


def marks() -> Mapping[int, int | str]:
    """How the marks in a number change in the language in force; nothing where they are as Python writes them."""
    return MARKS.get((get_language() or "")[:2], {})


def size(length: int) -> str:
    """A number of bytes for people: `640 B`, `12.6 KB`, `3.1 MB`."""
    if length < 1000:
        return f"{length} B"
    if length < 999_950:
        return numerals(f"{length / 1000:.1f} KB")
    return numerals(f"{length / 1_000_000:.1f} MB")


def zone_label(now: datetime) -> str:
    """The zone in force, said once per page: `Brisbane, UTC+10`."""
    name = str(now.tzinfo).rsplit("/", 1)[-1].replace("_", " ")
    offset = int((now.utcoffset() or timedelta()).total_seconds() // 60)
    if offset == 0:
        return "UTC" if name in ("UTC", "GMT") else f"{name}, UTC"
    hours, minutes = divmod(abs(offset), 60)
    return f"{name}, UTC{'+' if offset > 0 else '−'}{hours}" + (f":{minutes:02d}" if minutes else "")
