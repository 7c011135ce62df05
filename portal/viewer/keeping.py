"""The panel that says for how long a channel keeps its messages."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from doover_web.common.wire import BadRequest
from doover_web.data.access import Reach
from doover_web.data.publish import LEAST_RETENTION, keep_messages
from doover_web.data.retention import usual_days
from doover_web.pages import words

UNITS = {"hours": 3600, "days": 86_400, "weeks": 7 * 86_400}
UNIT_WORDS = {"hours": gettext_lazy("hours"), "days": gettext_lazy("days"), "weeks": gettext_lazy("weeks")}
MOST = 100 * 365 * 86_400  # seconds


def shown(page) -> dict:
    """What the panel shows: what holds now, in the largest unit that says it whole."""
    kept, usual = page.channel.message_retention, usual_days(page.owner.organisation)
    draft = page.draft if page.draft is not None and page.draft.action == "keep" else None
    unit = next((unit for unit in reversed(UNITS) if kept and kept % UNITS[unit] == 0), "days")
    return {
        "kept_words": words.duration(kept) if kept else "",
        "keep_usual": ngettext("%(days)s day", "%(days)s days", usual) % {"days": usual} if usual else "",
        "keep_by_owner": bool(page.owner.organisation and page.owner.organisation.retention_period),
        "keep_own": page.request.POST.get("how") == "own" if draft else kept is not None,
        "keep_number": page.request.POST.get("number", "")[:10] if draft else (kept or 0) // UNITS[unit] or "",
        "keep_unit": page.request.POST.get("unit", "") if draft else unit,
        "keep_units": UNIT_WORDS,
        "keep_problem": draft.problem if draft else "",
    }


def keep(reach: Reach, name: str, form) -> str:
    """Do what the form says: a span of the channel's own, or that of its organisation or the installation."""
    if form.get("how") != "own":
        keep_messages(reach=reach, name=name, seconds=None)
        return _("This channel keeps its messages as long as is usual here")
    number, unit = form.get("number", "").strip(), UNITS.get(form.get("unit", ""))
    if unit is None or not (number.isascii() and number.isdecimal()) or len(number) > 9:
        raise BadRequest(_("Write a whole number of hours, days or weeks"))
    seconds = int(number) * unit
    if not LEAST_RETENTION <= seconds <= MOST:
        raise BadRequest(_("A channel keeps its messages for an hour at least, and a hundred years at most"))
    keep_messages(reach=reach, name=name, seconds=seconds)
    return _("Messages are kept for %(span)s; older ones go within the hour") % {"span": words.duration(seconds)}
