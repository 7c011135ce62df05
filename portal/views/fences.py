"""Fences: the list with what crossed them, and the form in which one is drawn."""

from typing import Any

from django.contrib import messages as notes
from django.db.models import Count, Q, QuerySet
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import Forbidden, NotFound, Refused
from doover_web.data.access import parse_id
from doover_web.fences.actions.fence import change_fence, create_fence, fence_to_see, may_manage, remove_fence
from doover_web.fences.marks import ChangedMeanwhile, marks_of
from doover_web.fences.models import Crossing, Fence, in_alarm
from doover_web.fences.shapes import CIRCLE
from doover_web.identity.guard import check_in_use
from doover_web.identity.models import Agent, Group, Organisation
from doover_web.identity.permissions import Rights, rights_over
from doover_web.identity.sessions import has_chosen
from doover_web.notifications.topics import SEVERITIES
from doover_web.pages.listing import read_listing
from doover_web.pages.parts import part_of
from doover_web.pages.typed import number

from ..fence_checks import shape_of, wrong_fence
from ..fence_meanwhile import Meanwhile, meanwhile
from ..fence_sides import raised, sides_of, told_sides, watched
from ..fleet import groups_of
from ..page import page
from ..positions import points_of
from ..problems import NOTHING_WRONG, Wrong, told
from ..words import severity_choices


@page
@require_safe
def fences(request):
    """Every fence that one may see, how many devices are inside, and the last crossings."""
    listing = read_listing(request.GET, sorts=["name"])
    seen = seen_fences(request)
    if listing.search:
        seen = seen.filter(Q(name__icontains=listing.search) | Q(group__name__icontains=listing.search))
    inside = Count("stays", filter=Q(stays__is_inside=True, stays__agent__archived_at=None))
    alarmed = Count("stays", filter=in_alarm("stays__"))
    rows = seen.select_related("organisation", "group", "device").annotate(inside=inside, alarmed=alarmed)
    shown = listing.page(rows.order_by("name", "id"))
    for one in shown:
        one.raised = raised(one)
    context = {
        "section": "map",
        "listing": listing,
        "page": shown,
        "crossings": _crossings(request, seen),
        "may_draw": bool(_places(request)),
    }
    return render(request, "portal/fences.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """Draw a fence: of the organisation, of a group, or of the device that the address names."""
    device = _device(request, request.GET.get("device", ""))
    if device:
        check_in_use(device.archived_at)
    places = [] if device else _places(request)
    if not device and not places:
        raise Forbidden(_("Drawing a fence takes the permission alarms_manage in a group"), code="no_permission")
    problem, problems = NOTHING_WRONG
    if request.method == "POST":
        try:
            fence = _draw(request, device)
            words = (
                _("The fence watches from now on.") if fence.is_enabled else _("The fence is kept; it does not watch.")
            )
            notes.success(request, f"{words} {told_sides(sides_of(fence, _visible(request)))}")
            return redirect("portal:fence", fence.id)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            problem, problems = told(refusal)
    points = points_of(_visible(request).filter(pk=device.id)) if device else []
    context = {"fence": None, "device": device, "points": points, "places": places, "may_manage": True}
    return _form(request, context, problem, problems)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def fence(request, fence_id: str):
    """A fence: its shape, what it tells, who is inside, what crossed it; changed and deleted here."""
    here = fence_to_see(request.caller, parse_id(fence_id))
    problem, problems = NOTHING_WRONG
    theirs: Meanwhile | None = None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "delete":
                remove_fence(fence=here, by=request.caller)
                notes.success(request, _("The fence is gone."))
                return redirect("portal:fences")
            change_fence(
                fence=here, fields=_fields(request.POST), by=request.caller, marks=request.POST.get("marks", "")
            )
            notes.success(request, f"{_('Saved.')} {told_sides(sides_of(here, _visible(request)))}")
            return redirect("portal:fence", here.id)
        except ChangedMeanwhile as found:
            here.refresh_from_db()
            theirs = meanwhile(here, found, request.caller)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            problem, problems = told(refusal)
            here.refresh_from_db()
    visible = _visible(request)
    context = {
        "fence": here,
        "device": here.device,
        "points": points_of(watched(here, visible)),
        "outside": [side for side in sides_of(here, visible) if not side.is_inside][:50],
        "may_manage": may_manage(request.caller, here),
        "alarmed": here.stays.in_alarm().filter(agent__in=visible).count(),
        "inside": visible.filter(stays__fence=here, stays__is_inside=True).order_by("name", "id")[:50],
        "crossings": here.crossings.filter(agent__in=visible).select_related("agent").order_by("-id")[:50],
    }
    if part_of(request) == "now":
        return render(request, "portal/_fence_now.html", context)
    return _form(request, context, problem, problems, theirs)


def _form(request, context: dict, problem: str, problems: dict[str, str], theirs: Meanwhile | None = None):
    fence = context["fence"]
    shape = fence.shape if fence else {}
    asked = request.POST if problem or problems or theirs else {}
    status = 409 if theirs else 400 if problem or problems else 200
    context |= {
        "section": "map",
        "problem": problem,
        "problems": problems,
        "asked": asked,
        "meanwhile": theirs,
        # Of a form that is wrong still those with which it was opened.
        "marks": asked.get("marks", "") if problem or problems else marks_of(fence) if fence else "",
        "kind": asked.get("kind") or shape.get("type", CIRCLE),
        "corners": asked.get("points") or "\n".join(f"{lat}, {long}" for lat, long in shape.get("points", [])),
        "circle": shape if shape.get("type") == CIRCLE else {},
        "alarm_sides": Fence.Side.choices,
        "alarm_side": asked.get("alarm_while", _side_at_first(fence, context["device"])),
        "severities": severity_choices(is_fine=bool(fence) and fence.severity < SEVERITIES["Info"]),
    }
    return render(request, "portal/fence.html", context, status=status)


def _side_at_first(fence: Fence | None, device: Agent | None) -> str:
    """What is chosen before somebody chooses. A new fence around one device keeps it in; of many devices most may be
    elsewhere, and an alarm of each of them is for people to ask for."""
    if fence:
        return fence.alarm_while
    return str(Fence.Side.OUTSIDE if device else Fence.Side.NEITHER)


def _draw(request, device: Agent | None) -> Fence:
    place = device or _chosen(request)
    fields = _fields(request.POST, is_placed=place is not None)
    assert place is not None
    return create_fence(place=place, fields=fields, by=request.caller)


def _fields(form, *, is_placed: bool = True) -> dict[str, Any]:
    if problems := wrong_fence(form, is_placed=is_placed):
        raise Wrong(problems)
    return {
        "name": form.get("name", ""),
        "shape": shape_of(form),
        "margin": number(form.get("margin", "25")),
        "severity": number(form.get("severity", "6")),
        "alarm_while": form.get("alarm_while", ""),
        "alarm_after": number(form.get("alarm_after", "0")),
        **{flag: form.get(flag) == "1" for flag in ("tells_entry", "tells_exit", "is_enabled")},
    }


def seen_fences(request) -> QuerySet[Fence]:
    """Those that one may see; of the organisation that one has chosen, once one has."""
    found = Fence.objects.visible_to(request.caller.standing)
    return found.filter(organisation_id=request.caller.organisation_id) if has_chosen(request) else found


def _crossings(request, seen) -> list[Crossing]:
    found = Crossing.objects.filter(fence__in=seen.order_by().values("pk"), agent__in=_visible(request))
    return list(found.select_related("agent").order_by("-id")[:20])


def _places(request) -> list[Organisation | Group]:
    """Where the person may draw one: the groups, the root standing for the organisation."""
    groups = groups_of(request).select_related("organisation").order_by("name", "id")[:500]
    may = [group for group in groups if rights_over(request.caller, group) & Rights.ALARMS_MANAGE]
    return [group.organisation if group.is_root else group for group in may]


def _chosen(request) -> Organisation | Group | None:
    wanted = request.POST.get("place", "")
    return next((one for one in _places(request) if str(one.id) == wanted), None)


def _visible(request):
    return Agent.objects.visible_to(request.caller)


def _device(request, text: str) -> Agent | None:
    if not text:
        return None
    found = _visible(request).devices().filter(pk=parse_id(text))
    device = found.select_related("organisation", "group").first()
    if device is None:
        raise NotFound("There is no such device")
    return device
