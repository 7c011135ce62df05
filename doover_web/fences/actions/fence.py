"""Fences are drawn, changed and taken away."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, NotFound, Refused
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_in_use, check_right
from doover_web.identity.models import Agent, Group, Organisation
from doover_web.identity.permissions import Rights

from ..alarms import alarm_of
from ..marks import FIELDS, ChangedMeanwhile, changed_since
from ..models import Fence, Stay
from ..shapes import read_shape
from ..watch import look_again

MOST = 500  # of an organisation
LARGEST_MARGIN = 10_000
LONGEST_DELAY = 24 * 60  # minutes
FLAGS = ("tells_entry", "tells_exit", "is_enabled")


def fence_to_see(by: Caller, fence_id: int) -> Fence:
    """The fence; NotFound for whom may not see the alarms where it watches."""
    found = Fence.objects.visible_to(by.standing).filter(pk=fence_id)
    fence = found.select_related("organisation", "group", "device__group").first()
    if fence is None:
        raise NotFound("There is no such fence")
    return fence


def may_manage(by: Caller, fence: Fence) -> bool:
    """Whether `by` may change the fence."""
    try:
        _check(by, fence)
    except Refused:
        return False
    return True


@transaction.atomic
def create_fence(*, place: Organisation | Group | Agent, fields: dict[str, Any], by: Caller) -> Fence:
    """Draw a fence for a device, for a group with all below it, or for a whole organisation."""
    fence = Fence(organisation=place if isinstance(place, Organisation) else place.organisation)
    fence.group = place if isinstance(place, Group) else None
    fence.device = place if isinstance(place, Agent) else None
    _check(by, fence)
    Organisation.objects.select_for_update(no_key=True).get(pk=fence.organisation_id)
    if Fence.objects.filter(organisation=fence.organisation_id).count() >= MOST:
        raise BadRequest(
            _("An organisation has at most %(most)s fences; delete one first") % {"most": MOST}, code="too_many"
        )
    _take(fence, fields)
    if not fence.name or not fence.shape:
        raise BadRequest(_("A fence needs a name and a shape"), code="missing_field")
    fence.save()
    if fence.is_enabled:
        _look_around(fence)
    _record("fence.created", fence, by)
    return fence


@transaction.atomic
def change_fence(*, fence: Fence, fields: dict[str, Any], by: Caller, marks: str = "") -> Fence:
    """Change what is given. A new shape is looked at afresh, as is one that was off: who is inside it then did not
    enter. Alarms follow what it is called and when it raises them. ChangedMeanwhile when this would overwrite what
    somebody else put there since `marks` were made."""
    _check(by, fence)
    fence.refresh_from_db(fields=FIELDS, from_queryset=Fence.objects.select_for_update(of=("self",), no_key=True))
    before, theirs = _seen(fence), {name: getattr(fence, name) for name in changed_since(fence, marks)}
    _take(fence, fields)
    if lost := [name for name, value in theirs.items() if getattr(fence, name) != value]:
        raise ChangedMeanwhile(lost)
    fence.save()
    if _seen(fence) != before:
        _look_around(fence)
        if _seen(fence)[:2] != before[:2]:
            fence.stays.all().delete()
    _record("fence.edited", fence, by)
    return fence


@transaction.atomic
def remove_fence(*, fence: Fence, by: Caller) -> None:
    """Take a fence away; what crossed it stays told. Its alarms go with it."""
    _check(by, fence)
    _record("fence.deleted", fence, by)
    look_again(Agent.objects.filter(stays__fence=fence), f"fence/{fence.id}")
    fence.delete()


def _seen(fence: Fence) -> tuple:
    """What of a fence the judging of devices depends on; first what it takes to look at it afresh."""
    return fence.shape, fence.is_enabled, alarm_of(fence) if fence.alarm_while else None


def _look_around(fence: Fence) -> None:
    """Have everybody whom the fence concerns, or concerned, judged where they are now."""
    there = Exists(Stay.objects.filter(fence=fence, agent=OuterRef("pk")))
    look_again(Agent.objects.filter(Q(pk__in=fence.devices().values("pk")) | there), f"fence/{fence.id}")


def _check(by: Caller, fence: Fence) -> None:
    thing = fence.device or fence.group or fence.organisation.root_group
    check_right(by, thing, Rights.ALARMS_MANAGE, "alarms_manage")
    if fence.device:
        check_in_use(fence.device.archived_at)


def _take(fence: Fence, fields: dict[str, Any]) -> None:
    if "name" in fields:
        fence.name = _name(fields["name"])
    if "shape" in fields:
        fence.shape = read_shape(fields["shape"]).document()
    if "margin" in fields:
        fence.margin = _bounded(fields["margin"], "margin", 0, LARGEST_MARGIN)
    if "severity" in fields:
        fence.severity = int(_bounded(fields["severity"], "severity", 3, 7))
    if "alarm_while" in fields:
        fence.alarm_while = _side(fields["alarm_while"])
    if "alarm_after" in fields:
        fence.alarm_after = int(_bounded(fields["alarm_after"], "alarm_after", 0, LONGEST_DELAY))
    for flag in FLAGS:
        if flag in fields:
            setattr(fence, flag, bool(fields[flag]))


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 100 or "\x00" in value:
        raise BadRequest(_("A name is 1 to 100 letters"), code="bad_value")
    return value.strip()


def _side(value: Any) -> str:
    if value not in Fence.Side.values:
        raise BadRequest(_("An alarm is raised inside, outside, or never"), code="bad_value")
    return value


def _bounded(value: Any, name: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadRequest(
            _("%(name)s is a number from %(least)s to %(most)s") % {"name": name, "least": least, "most": most},
            code="bad_value",
        )
    return value


def _record(action: str, fence: Fence, by: Caller) -> None:
    where = fence.device or fence.group or fence.organisation
    audit.record(action, actor=by, subject=fence, organisation_id=fence.organisation_id, source="fences", at=str(where))
