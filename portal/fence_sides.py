"""On which side of a fence devices stand now, and how far from its edge, in words."""

from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from doover_web.common.places import Place
from doover_web.fences.models import Fence
from doover_web.identity.models import Agent
from doover_web.pages.in_line import isolated
from doover_web.pages.words import duration

from .positions import located
from .ui.wording import figure

MOST = 1000  # that are looked at
NAMED = 3


class Side(NamedTuple):
    """A device and how many metres inside the edge it is; negative outside."""

    device: Agent
    depth: float

    @property
    def is_inside(self) -> bool:
        return self.depth >= 0

    @property
    def away(self) -> str:
        return distance(-self.depth)


def watched(fence: Fence, visible: QuerySet[Agent]) -> QuerySet[Agent]:
    """Of the devices that one may see, those in use that the fence watches over."""
    return visible.in_use().filter(pk__in=fence.devices().values("pk"))


def sides_of(fence: Fence, visible: QuerySet[Agent]) -> list[Side]:
    """Where those that are somewhere stand, the innermost first."""
    area = fence.area
    rows = located(watched(fence, visible)).order_by("id")[:MOST]
    return sorted((Side(one, area.depth(Place(one.lat, one.long))) for one in rows), key=lambda side: -side.depth)


def told_sides(sides: list[Side]) -> str:
    """Who is inside and outside now: of a few each by name, of many how many."""
    if not sides:
        return _("It is not known yet where what it watches over is.")
    if len(sides) <= NAMED:
        return " ".join(_told(one) for one in sides)
    inside = sum(one.is_inside for one in sides)
    return _("%(inside)s of %(number)s devices are inside now.") % {"inside": inside, "number": len(sides)}


def raised(fence: Fence) -> str:
    """When it raises an alarm, in words; empty for one that raises none."""
    if not fence.alarm_while:
        return ""
    is_inside = fence.alarm_while == Fence.Side.INSIDE
    words = _("alarm while a device is inside") if is_inside else _("alarm while a device is outside")
    if not fence.alarm_after:
        return words
    return _("%(alarm)s, after %(time)s") % {"alarm": words, "time": duration(fence.alarm_after * 60)}


def distance(metres: float) -> str:
    """A distance as people say it: 340 m, 2.4 km, 30 km."""
    if metres < 1000:
        return _("%(metres)s m") % {"metres": figure(round(metres))}
    return _("%(km)s km") % {"km": figure(metres / 1000, 1 if metres < 10_000 else 0)}


def _told(side: Side) -> str:
    name = isolated(side.device.title)
    if side.is_inside:
        return _("%(device)s is inside now.") % {"device": name}
    return _("%(device)s is %(distance)s outside now.") % {"device": name, "distance": side.away}
