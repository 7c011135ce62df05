"""Times of day that are kept in UTC and shown on the clock of whoever looks (`alarms: time_of_day`)."""

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest

DAY_S = 86_400
FARTHEST = 14 * 60  # minutes from UTC
DAYS_AHEAD = 366


def offset_now() -> int:
    """How many minutes the viewer's clock is before UTC's now."""
    return _offset(timezone.localtime())


def offset_typed(text: str) -> int:
    """The offset that a form was drawn with, so that its hours mean what they meant then; else that of now."""
    number = text.removeprefix("-")
    known = number.isascii() and number.isdigit() and len(number) < 4 and int(number) <= FARTHEST
    return int(text) if known else offset_now()


def clock_of(ms: int, offset: int) -> str:
    """Milliseconds since midnight, UTC → `05:30` or `05:30:15` on a clock that many minutes before."""
    seconds = (ms // 1000 + offset * 60) % DAY_S
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")


def moment_of(text: str, offset: int) -> int:
    """`05:30` or `05:30:15` on that clock → milliseconds since midnight, UTC."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts):
        raise BadRequest(_("A time of day is hours and minutes, such as 05:30"))
    hours, minutes, seconds = (*map(int, parts), 0)[:3]
    if hours > 24 or minutes > 59 or seconds > 59:
        raise BadRequest(_("A time of day is hours and minutes, such as 05:30"))
    return ((hours * 60 + minutes - offset) * 60 + seconds) % DAY_S * 1000


def in_words(now: datetime) -> str:
    """Whose clock it is, and what the next change of the clocks does to hours that are kept in UTC."""
    zone = str(now.tzinfo)
    changed = _next_change(now)
    if changed is None:
        return _("On the clock of %(zone)s.") % {"zone": zone}
    at, minutes = changed
    words = {"zone": zone, "day": formats.date_format(at, "j F Y"), "minutes": abs(minutes)}
    kept = _("On the clock of %(zone)s, kept in UTC.") % words
    if minutes < 0:
        moved = _("When the clocks change on %(day)s, these hours begin and end %(minutes)s min earlier.") % words
    else:
        moved = _("When the clocks change on %(day)s, these hours begin and end %(minutes)s min later.") % words
    return f"{kept} {moved}"


def _next_change(now: datetime) -> tuple[datetime, int] | None:
    """The day on which the clocks change next, and by how many minutes forward; None within a year."""
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    for days in range(1, DAYS_AHEAD):
        later = noon + timedelta(days=days)
        if minutes := _offset(later) - _offset(now):
            return later, minutes
    return None


def _offset(moment: datetime) -> int:
    return int((moment.utcoffset() or timedelta()).total_seconds() // 60)
