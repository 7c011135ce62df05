"""What somebody else changed at a fence while its form was open, in words."""

from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doover_web.fences.marks import ChangedMeanwhile
from doover_web.fences.models import Fence
from doover_web.fences.shapes import CIRCLE
from doover_web.identity.auth import Caller
from doover_web.identity.models import AuditEntry
from doover_web.pages.words import duration

from .fence_sides import distance
from .ui.wording import figure
from .viewer.messages import names_of
from .words import severity_choices


class Meanwhile(NamedTuple):
    """Who changed it, and what its fields hold now: (name, value)."""

    title: str
    now: list[tuple[str, str]]


def meanwhile(fence: Fence, found: ChangedMeanwhile, caller: Caller) -> Meanwhile:
    who = _who(AuditEntry.objects.filter(subject_id=fence.id, action="fence.edited"), caller)
    title = _("Not saved: %(who)s changed this fence while you were at it") % {"who": who}
    return Meanwhile(title, [_field(fence, name) for name in found.fields])


def _who(entries: QuerySet[AuditEntry], caller: Caller) -> str:
    last = entries.order_by("-id").first()
    names = names_of(caller, {last.actor_id}) if last and last.actor_id else {}
    return next(iter(names.values()), _("Somebody else"))


def _field(fence: Fence, name: str) -> tuple[str, str]:
    value = getattr(fence, name)
    match name:
        case "name":
            return _("Name"), value
        case "shape":
            return _("Shape"), _shape(value)
        case "margin":
            return _("Margin in metres"), figure(value)
        case "alarm_while":
            return _("Raise an alarm"), str(Fence.Side(value).label)
        case "alarm_after":
            return _("After how many minutes"), duration(value * 60) if value else figure(0)
        case "severity":
            words = {number: said for _fine, group in severity_choices() for number, said in group}
            return _("Severity"), str(words[value])
    return _tick(name), _("Yes") if value else _("No")


def _shape(shape: dict) -> str:
    if shape["type"] == CIRCLE:
        said = {"lat": figure(shape["lat"]), "long": figure(shape["long"]), "radius": distance(shape["radius"])}
        return _("a circle of %(radius)s around %(lat)s, %(long)s") % said
    number = len(shape["points"])
    return ngettext("a polygon of %(n)s corner", "a polygon of %(n)s corners", number) % {"n": number}


def _tick(name: str) -> str:
    return {
        "tells_entry": _("Tell when a device enters"),
        "tells_exit": _("Tell when a device leaves"),
        "is_enabled": _("Switched on: it watches and tells"),
    }[name]
