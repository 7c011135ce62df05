"""Fences: the list with what crossed them, and the form in which one is drawn."""

from typing import Any

import orjson
from django.contrib import messages as notes
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Forbidden, NotFound, Refused
from doover_web.data.access import parse_id
from doover_web.fences.actions.fence import change_fence, create_fence, fence_to_see, may_manage, remove_fence
from doover_web.fences.models import Crossing, Fence
from doover_web.fences.shapes import CIRCLE, POLYGON
from doover_web.identity.models import Agent, Group, Organisation
from doover_web.identity.permissions import Rights, rights_over
from doover_web.pages.listing import read_listing

from ..fleet import groups_of
from ..page import page
from ..words import severity_choices

LARGEST_SHAPE = 20_000  # characters


@page
@require_safe
def fences(request):
    """Every fence that one may see, how many devices are inside, and the last crossings."""
    listing = read_listing(request.GET, sorts=["name"])
    seen = _seen(request)
    if listing.search:
        seen = seen.filter(Q(name__icontains=listing.search) | Q(group__name__icontains=listing.search))
    inside = Count("stays", filter=Q(stays__is_inside=True))
    rows = seen.select_related("organisation", "group", "device").annotate(inside=inside).order_by("name", "id")
    context = {
        "section": "map",
        "listing": listing,
        "page": listing.page(rows),
        "crossings": _crossings(request, seen),
        "may_draw": bool(_places(request)),
    }
    return render(request, "portal/fences.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """Draw a fence: of the organisation, of a group, or of the device that the address names."""
    device = _device(request, request.GET.get("device", ""))
    places = [] if device else _places(request)
    if not device and not places:
        raise Forbidden(_("Drawing a fence takes the permission alarms_manage in a group"), code="no_permission")
    problem = ""
    if request.method == "POST":
        try:
            fence = create_fence(place=device or _chosen(request), fields=_fields(request.POST), by=request.caller)
            notes.success(request, _("The fence watches from now on."))
            return redirect("portal:fence", fence.id)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            problem = refusal.message
    context = {"fence": None, "device": device, "places": places, "may_manage": True}
    return _form(request, context, problem)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def fence(request, fence_id: str):
    """A fence: its shape, what it tells, who is inside, what crossed it; changed and deleted here."""
    here = fence_to_see(request.caller, parse_id(fence_id))
    problem = ""
    if request.method == "POST":
        try:
            if request.POST.get("do") == "delete":
                remove_fence(fence=here, by=request.caller)
                notes.success(request, _("The fence is gone."))
                return redirect("portal:fences")
            change_fence(fence=here, fields=_fields(request.POST), by=request.caller)
            notes.success(request, _("Saved."))
            return redirect("portal:fence", here.id)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            problem = refusal.message
            here.refresh_from_db()
    visible = Agent.objects.visible_to(request.caller)
    context = {
        "fence": here,
        "device": here.device,
        "may_manage": may_manage(request.caller, here),
        "inside": visible.filter(stays__fence=here, stays__is_inside=True).order_by("name", "id")[:50],
        "crossings": here.crossings.filter(agent__in=visible).select_related("agent").order_by("-id")[:50],
    }
    return _form(request, context, problem)


def _form(request, context: dict, problem: str):
    fence = context["fence"]
    shape = fence.shape if fence else {}
    asked = request.POST if problem else {}
    context |= {
        "section": "map",
        "problem": problem,
        "asked": asked,
        "kind": asked.get("kind") or shape.get("type", CIRCLE),
        "corners": asked.get("points") or "\n".join(f"{lat}, {long}" for lat, long in shape.get("points", [])),
        "circle": shape if shape.get("type") == CIRCLE else {},
        "severities": severity_choices(),
    }
    return render(request, "portal/fence.html", context, status=400 if problem else 200)


def _fields(form) -> dict[str, Any]:
    return {
        "name": form.get("name", ""),
        "shape": _shape(form),
        "margin": _number(form.get("margin", "25"), _("Margin")),
        "severity": _number(form.get("severity", "6"), _("Severity")),
        **{flag: form.get(flag) == "1" for flag in ("tells_entry", "tells_exit", "is_enabled")},
    }


def _shape(form) -> dict[str, Any]:
    """The shape as the form has it: three numbers of a circle, or a line for each corner of a polygon."""
    if form.get("kind") == POLYGON:
        text = form.get("points", "")
        if len(text) > LARGEST_SHAPE:
            raise BadRequest(_("This polygon has too many corners"))
        lines = [line for line in text.splitlines() if line.strip()]
        return {"type": POLYGON, "points": [_corner(line) for line in lines]}
    numbers = {name: _number(form.get(name, ""), name) for name in ("lat", "long", "radius")}
    return {"type": CIRCLE, **numbers}


def _corner(line: str) -> list[float]:
    parts = line.replace(";", ",").split(",")
    if len(parts) != 2:
        raise BadRequest(_("A corner is a line with a latitude, a comma and a longitude: −27.58, 152.43"))
    return [_number(part, _("Corner")) for part in parts]


def _number(text: str, name: str) -> float:
    try:
        return float(orjson.loads(text.strip().replace("−", "-")))
    except (ValueError, TypeError):
        raise BadRequest(_("%(name)s is a number") % {"name": name}) from None


def _seen(request):
    found = Fence.objects.visible_to(request.caller.standing)
    here = request.caller.organisation_id
    return found.filter(organisation_id=here) if here else found


def _crossings(request, seen) -> list[Crossing]:
    visible = Agent.objects.visible_to(request.caller)
    found = Crossing.objects.filter(fence__in=seen.order_by().values("pk"), agent__in=visible)
    return list(found.select_related("agent").order_by("-id")[:20])


def _places(request) -> list[Organisation | Group]:
    """Where the person may draw one: the groups, the root standing for the organisation."""
    groups = groups_of(request).select_related("organisation").order_by("name", "id")[:500]
    may = [group for group in groups if rights_over(request.caller, group) & Rights.ALARMS_MANAGE]
    return [group.organisation if group.is_root else group for group in may]


def _chosen(request) -> Organisation | Group:
    wanted = request.POST.get("place", "")
    found = next((one for one in _places(request) if str(one.id) == wanted), None)
    if found is None:
        raise BadRequest(_("Choose what the fence watches over"))
    return found


def _device(request, text: str) -> Agent | None:
    if not text:
        return None
    found = Agent.objects.visible_to(request.caller).devices().filter(pk=parse_id(text))
    device = found.select_related("organisation", "group").first()
    if device is None:
        raise NotFound("There is no such device")
    return device
