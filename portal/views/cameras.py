"""Cameras: the newest picture of every one that somebody may see, and the history of one."""

from collections.abc import Mapping

import orjson
from django.contrib import messages as notes
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.cameras import Camera
from doover_web.common.wire import Forbidden, NotFound
from doover_web.data.access import Reach, channel_named, reach_agents
from doover_web.data.models import Cameras, Channel
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights
from doover_web.pages.parts import part_of

from ..fleet import groups_of
from ..gallery import PAGE, REASONS, Asked, around, cameras_at, newest_of, read_asked, shots_of
from ..overview import CHANNELS, tree_of
from ..page import page
from ..roster import found, read_wanted, rows_of, with_all
from ..ui.frame import DeviceFrame, device_context
from ..ui.presets import NO_PRESETS, Presets, presets_at
from ..viewer.calls import Call, calls_of, make_call

DEVICES = 12
CONTROL, SNAPSHOT, GOTO = "camera_control", "get_immediate_snapshot", "goto_preset"
PATIENCE_S = 120
# What the page reads again by itself: the call for a picture, and the pictures.
PARTS = {"waking": "portal/_camera_waking.html", "shots": "portal/_camera_shots.html"}


@page
@require_safe
def cameras(request):
    """The cameras of the devices asked for, each with its newest picture."""
    wanted = read_wanted(request.GET)
    devices = found(request, wanted).filter(cameras__isnull=False).order_by("name", "id")
    shown = Paginator(with_all(devices).select_related("cameras"), DEVICES).get_page(wanted.listing.number)
    rows = rows_of(request, shown, alarms=False)
    reaches = reach_agents(request.caller, [row.agent.id for row in rows])
    there = [row for row in rows if row.agent.id in reaches]
    seen = newest_of((reaches[row.agent.id], cameras_at(row.agent.cameras.found)) for row in there)
    context = {
        "section": "cameras",
        "wanted": wanted,
        "listing": wanted.listing,
        "page": shown,
        "rows": [(row, seen[row.agent.id]) for row in there],
        "groups": list(groups_of(request).order_by("name", "id")[:500]),
        "is_narrow": bool(wanted.listing.search or wanted.group),
    }
    template = "portal/_cameras.html" if part_of(request) == "list" else "portal/cameras.html"
    return render(request, template, context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def camera(request, agent_id: str, name: str):
    """The pictures of one camera by day; one of them large; a new one can be asked for."""
    context = device_context(request, agent_id, "cameras", channels=CHANNELS)
    device: DeviceFrame = context["device"]
    here = _camera(device.agent, name)
    presets = presets_at(tree_of(device), here)
    if request.method == "POST":
        notes.success(request, _ask(device.reach, here, presets, request.POST))
        return redirect("portal:camera", agent_id, name)
    asked = read_asked(request.GET)
    context |= {
        "section": "cameras",
        "camera": here,
        "asked": asked,
        "reasons": REASONS,
        "may_ask": device.may_control,
        "presets": presets if device.may_control else NO_PRESETS,
        "today": timezone.localdate(),
        **_history(device, here, asked),
    }
    return render(request, PARTS.get(part_of(request), "portal/camera.html"), context)


def _history(device: DeviceFrame, here: Camera, asked: Asked) -> dict:
    """What is seen of a camera's past; nothing without the right to history, or where it is private to others."""
    if not device.sees_history:
        return {"is_hidden": True}
    channel = _readable(device.reach, here.channel)
    shots = shots_of(device.reach, channel, asked) if channel else []
    large, before, after = around(device.reach, channel, asked.shot) if channel and asked.shot else (None, None, None)
    if asked.shot and large is None:
        raise NotFound(_("There is no such picture, or it was deleted"))
    return {
        "shots": shots[:PAGE],
        "older": shots[PAGE - 1].id if len(shots) > PAGE else "",
        "large": large,
        "before": before,
        "after": after,
        "waking": _waking(device.reach, here),
    }


def _waking(reach: Reach, here: Camera) -> Call | None:
    """The newest call for a picture, or to turn, that nothing came of yet, or that failed."""
    channel = _readable(reach, CONTROL)
    calls = calls_of(reach, channel) if channel else []
    mine = next((one for one in calls if one.app == here.app and one.method in (SNAPSHOT, GOTO)), None)
    return mine if mine is not None and mine.life.kind != "ok" else None


def _ask(reach: Reach, here: Camera, presets: Presets, form: Mapping[str, str]) -> str:
    """Ask for a picture, or to turn to a preset; what is told of it."""
    if not reach.rights & Rights.CONTROL:
        raise Forbidden(_("Asking a camera for a picture takes the permission device_control here"), code="no_control")
    call = {"method": SNAPSHOT, "app_key": here.app, "expires_after": str(PATIENCE_S)}
    preset = form.get("preset")
    if preset is None:
        make_call(reach, CONTROL, call)
        return _("The camera was asked for a picture.")
    if preset not in presets.names:
        raise NotFound(_("This camera has no such preset any more"))
    make_call(reach, CONTROL, {**call, "method": GOTO, "data": orjson.dumps(preset).decode()})
    return _("The camera was asked to turn to %(preset)s.") % {"preset": preset}


def _readable(reach: Reach, name: str) -> Channel | None:
    channel = channel_named(reach, name)
    hidden = channel is not None and channel.is_private and not reach.rights & Rights.PRIVATE
    return None if hidden else channel


def _camera(agent: Agent, name: str) -> Camera:
    kept = Cameras.objects.filter(agent=agent).values_list("found", flat=True).first() or []
    found = next((one for one in cameras_at(kept) if one.channel == name), None)
    if found is None:
        raise NotFound(_("This device has no such camera"))
    return found
