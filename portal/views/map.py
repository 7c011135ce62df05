"""The map: where devices are, what stands for each, where one has been; and a device's own place."""

from django.contrib import messages as notes
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.places import Place
from doover_web.common.wire import BadRequest, NotFound, Refused
from doover_web.control.actions.device import change_device
from doover_web.control.models import Device
from doover_web.data.access import parse_id, reach_agent
from doover_web.fences.models import Crossing, Fence, Stay
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights
from doover_web.pages import words
from doover_web.pages.permission_words import in_words
from doover_web.pages.typed import number

from ..fleet import groups_of
from ..page import page
from ..positions import MOST_POINTS, PERIODS, located, nowhere, placed, points_of, track_of
from ..roster import Wanted, found, of_state, read_wanted, rows_of, with_all
from ..ui.frame import device_context
from ..words import STATE_WORDS
from .fences import seen_fences

SHOWN = 50


@page
@require_safe
def fleet_map(request):
    """The devices asked for on the map; below it those that are nowhere, and the places of the others as a table."""
    wanted = read_wanted(request.GET)
    group = groups_of(request).filter(pk=wanted.group).first() if wanted.group is not None else None
    if group:
        request.group_way = group.lineage
    context = {**map_context(request, wanted), "section": "map", "group": group, "groups": _groups(request)}
    context["states"] = list(STATE_WORDS.items())
    return render(request, "portal/map.html", context)


def map_context(request, wanted: Wanted) -> dict:
    """What `portal/_fleet_map.html` draws."""
    devices = of_state(found(request, wanted), wanted.state)
    there = wanted.listing.page(located(devices).select_related("group").order_by("name", "id"))
    fences = seen_fences(request).filter(is_enabled=True)
    return {
        "wanted": wanted,
        "listing": wanted.listing,
        "there": there,
        "nowhere": list(nowhere(devices).select_related("group").order_by("name", "id")[:SHOWN]),
        "nowhere_count": nowhere(devices).count(),
        "most": MOST_POINTS,
        "fences": [shape_of(fence) for fence in fences.order_by("id")[:200]],
    }


def shape_of(fence: Fence) -> dict:
    """A fence as the map draws it."""
    return {"id": str(fence.id), "name": fence.name, "shape": fence.shape}


@page
@require_safe
def points(request):
    """Where the devices asked for are, for the map to draw."""
    wanted = read_wanted(request.GET)
    return JsonResponse({"points": points_of(of_state(found(request, wanted), wanted.state))})


@page
@require_safe
def popup(request, agent_id: str):
    """What the map says of a device when it is chosen."""
    devices = Agent.objects.visible_to(request.caller).devices().filter(pk=parse_id(agent_id))
    agent = with_all(placed(devices)).first()
    if agent is None:
        raise NotFound("There is no such device")
    [row] = rows_of(request, [agent])
    return render(request, "portal/_map_popup.html", {"row": row, "agent": agent})


@page
@require_safe
def track(request, agent_id: str):
    """Where a device has been, as far back as `?period=24h` says."""
    reach = reach_agent(request.caller, agent_id)
    return JsonResponse({"track": track_of(reach, request.GET.get("period", ""))})


@page
@require_http_methods(["GET", "HEAD", "POST"])
def location(request, agent_id: str):
    """A device's place: where it says it is, where it has been, what it crossed; where it stands can be set."""
    context = device_context(request, agent_id, "location", channels=["location"])
    device = context["device"]
    problem = ""
    if request.method == "POST":
        try:
            place = _typed(request.POST)
            fixed = {"latitude": place.lat, "longitude": place.long} if place else None
            change_device(device=device.agent, fields={"fixed_location": fixed}, by=request.caller)
            notes.success(request, _("The place was saved."))
            return redirect("portal:device_location", agent_id)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            problem = in_words(refusal.message)
    here = placed(Agent.objects.filter(pk=device.agent.id)).get()
    period = request.GET.get("period") if request.GET.get("period") in PERIODS else "24h"
    context |= {
        "here": here,
        "said": words.from_ms(here.said_at) if here.said_at else None,
        "may_fence": device.may_alarm,
        "fixed": Device.objects.filter(pk=device.agent.id).first(),
        "problem": problem,
        "asked": request.POST if problem else {},
        "period": period,
        "periods": list(PERIODS),
        **_fences_at(request, device),
    }
    return render(request, "portal/device_location.html", context, status=400 if problem else 200)


def _fences_at(request, device) -> dict:
    """The fences that watch over the device and that one may see, and what it crossed last."""
    if not device.may(Rights.ALARMS_VIEW):
        return {"stays": [], "fences": [], "crossings": []}
    around = Fence.objects.around(device.agent).order_by("name", "id")[:100]
    inside = dict(Stay.objects.filter(agent=device.agent).values_list("fence_id", "is_inside"))
    crossings = Crossing.objects.filter(agent=device.agent).order_by("-id")[:20] if device.sees_history else []
    return {
        "stays": [(fence, inside.get(fence.id)) for fence in around],
        "fences": [shape_of(fence) for fence in around],
        "crossings": list(crossings),
    }


def _typed(form) -> Place | None:
    """The place in a form; None when both numbers were taken out."""
    texts = [form.get(name, "").strip() for name in ("latitude", "longitude")]
    if not any(texts):
        return None
    lat, long = (number(text, grouped=False) for text in texts)
    if lat is None or long is None:
        raise BadRequest(_("A place is two numbers, latitude and longitude, as −27.5806 and 152.4312"))
    if not (-90 <= lat <= 90 and -180 <= long <= 180):
        raise BadRequest(_("A latitude is between −90 and 90, a longitude between −180 and 180"))
    return Place(lat, long)


def _groups(request) -> list:
    return list(groups_of(request).order_by("name", "id")[:200])
