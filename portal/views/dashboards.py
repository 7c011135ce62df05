"""Dashboards: the list, the page with its tiles, and the page where they are chosen and put in order."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.cameras import Camera
from doover_web.common.wire import BadRequest, NotFound, Refused
from doover_web.control.actions.dashboard import (
    CAMERA,
    KINDS,
    add_tile,
    archive_dashboard,
    create_dashboard,
    move_tile,
    remove_tile,
    rename_dashboard,
)
from doover_web.control.models import Dashboard
from doover_web.data.access import parse_id
from doover_web.data.models import Cameras
from doover_web.identity.guard import effective_flags
from doover_web.identity.models import Agent, Group
from doover_web.identity.permissions import Rights, rights_over
from doover_web.identity.sessions import has_chosen
from doover_web.pages.listing import read_listing
from doover_web.pages.typed import is_unclear, number, unclear_words

from ..fleet import devices_of, groups_of
from ..gallery import cameras_at
from ..page import page
from ..problems import NOTHING_WRONG, Wrong, only, told
from ..roster import searched
from ..tile_checks import wrong_tile, wrong_title
from ..tile_choices import listed, values_of
from ..tiles import tiles_of
from ..ui.plots import Line, chartable
from ..ui.states import state_of

KIND_WORDS = {
    "value": gettext_lazy("Value"),
    "gauge": gettext_lazy("Gauge"),
    "chart": gettext_lazy("Course of the last day"),
    "alarms": gettext_lazy("Open alarms of a device"),
    "map": gettext_lazy("Map of a device"),
    "camera": gettext_lazy("Newest picture of a camera"),
    "text": gettext_lazy("Text"),
}
MOST_DEVICES = 50


@page
@require_http_methods(["GET", "HEAD", "POST"])
def dashboards(request):
    """The dashboards that one may see; a form for a new one where one may make some."""
    groups = _groups(request)
    problem, problems = NOTHING_WRONG
    if request.method == "POST":
        try:
            return redirect("portal:edit_dashboard", _make(request, groups).id)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            problem, problems = told(refusal)
    listing = read_listing(request.GET, sorts=["name"])
    boards = Agent.objects.visible_to(request.caller).filter(kind=Agent.Kind.DASHBOARD).in_use()
    boards = boards.seen_from(request.caller) if has_chosen(request) else boards
    rows = searched(boards, listing.search).select_related("group", "organisation").order_by("display_name", "id")
    context = {
        "section": "dashboards",
        "listing": listing,
        "page": listing.page(rows),
        "groups": groups,
        "problem": problem,
        "problems": problems,
        "asked": request.POST if problem or problems else {},
    }
    return render(request, "portal/dashboards.html", context, status=400 if problem or problems else 200)


@page
@require_safe
def dashboard(request, agent_id: str):
    """The tiles, as they stand now and as they change."""
    agent, rights = _board(request, agent_id)
    documents = _documents(agent)
    if again := request.GET.get("again"):
        documents = [one for one in documents if one["id"] == again]
        return render(request, "portal/_tiles_again.html", {"tiles": tiles_of(request.caller, documents)})
    context = {
        "section": "dashboards",
        "agent": agent,
        "tiles": tiles_of(request.caller, documents),
        "may_edit": bool(rights & Rights.CONFIGURE) and not agent.archived_at,
    }
    return render(request, "portal/dashboard.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, agent_id: str):
    """Where tiles are added, moved and removed, all by buttons that a keyboard reaches."""
    agent, rights = _board(request, agent_id)
    problem, problems = NOTHING_WRONG
    if request.method == "POST":
        try:
            return redirect(*_do(request, agent))
        except Refused as refusal:
            if refusal.status != 400:
                raise
            problem, problems = told(refusal)
    if not rights & Rights.CONFIGURE:
        return redirect("portal:dashboard", agent.id)
    device, text = _device(request), request.GET.get("find", "")[:200]
    context = {
        "section": "dashboards",
        "agent": agent,
        "tiles": listed(request.caller, _documents(agent), KIND_WORDS),
        "problem": problem,
        "problems": problems,
        "asked": request.POST if problem or problems else {},
        "kinds": KIND_WORDS,
        "chosen": device,
        "cameras": _cameras(device) if device else [],
        "values": values_of(device) if device else [],
        "find": text,
        "found": list(searched(devices_of(request), text.strip()).order_by("name", "id")[:MOST_DEVICES]),
    }
    return render(request, "portal/dashboard_edit.html", context, status=400 if problem or problems else 200)


def _make(request, groups: list[Group]) -> Agent:
    title = request.POST.get("title", "")
    group = next((one for one in groups if str(one.id) == request.POST.get("group")), None)
    if problems := only({"title": wrong_title(title), "group": group is None and _("Choose a group")}):
        raise Wrong(problems)
    assert group is not None
    return create_dashboard(group=group, title=title, by=request.caller)


def _do(request, agent: Agent) -> tuple:
    """What a form asks for; returns where to go then."""
    form, deed = request.POST, request.POST.get("do", "")
    if deed == "archive":
        archive_dashboard(dashboard=agent, by=request.caller)
        notes.success(request, _("The dashboard is archived."))
        return ("portal:dashboards",)
    if deed == "rename":
        if words := wrong_title(form.get("title", "")):
            raise Wrong({"board-title": words})
        rename_dashboard(dashboard=agent, title=form.get("title", ""), by=request.caller)
    elif deed == "add":
        tile = _tile(request)
        if wrong := wrong_tile(tile):
            raise Wrong(wrong)
        add_tile(dashboard=agent, tile=tile, by=request.caller)
    elif deed in ("up", "down"):
        places = -1 if deed == "up" else 1
        move_tile(dashboard=agent, tile_id=form.get("tile", ""), by_places=places, by=request.caller)
    elif deed == "remove":
        remove_tile(dashboard=agent, tile_id=form.get("tile", ""), by=request.caller)
    else:
        raise BadRequest(_("This form is out of date; load the page anew"))
    address = reverse("portal:edit_dashboard", args=[agent.id])
    device = form.get("device") or request.GET.get("device")  # so that the next tile is of the same one
    return (f"{address}?{urlencode({'device': device})}" if device else address,)


def _tile(request) -> dict[str, Any]:
    form = request.POST
    tile: dict[str, Any] = {key: form.get(key, "") for key in ("title", "text", "path", "camera")}
    tile["kind"] = form.get("kind") if form.get("kind") in KINDS else ""
    device = _device(request)
    if device is None:
        return tile
    tile["device"] = device
    if tile["kind"] == CAMERA:
        named = (one.title for one in _cameras(device) if one.channel == tile["camera"])
        return {**tile, "title": tile["title"] or next(named, "") or device.title}
    line = chartable(state_of(device.id, "ui_state"), state_of(device.id, "tag_values")).lines.get(tile["path"])
    if line:
        tile |= {"units": line.units, "decimals": line.decimals, "title": tile["title"] or line.title}
    low, high = _reach(line)
    tile |= {
        key: _number(key, text) if (text := form.get(key, "").strip()) else usual
        for key, usual in (("low", low), ("high", high))
    }
    tile["title"] = tile["title"] or device.title
    return tile


def _reach(line: Line | None) -> tuple[float, float]:
    """From where to where the ranges of a value reach; 0 to 100 where it has none."""
    zones = [(one.low, one.high) for one in line.limits if one.high is not None] if line else []
    return (min(low for low, _ in zones), max(high for _, high in zones)) if zones else (0, 100)


def _number(field: str, text: str) -> float | None:
    if is_unclear(text):
        raise Wrong({field: unclear_words(text)})
    return number(text) if len(text) < 20 else None


def _device(request) -> Agent | None:
    text = request.POST.get("device") or request.GET.get("device") or ""
    if not text:
        return None
    device = Agent.objects.visible_to(request.caller).devices().filter(pk=parse_id(text)).first()
    if device is None:
        raise NotFound("There is no such device")
    return Agent.objects.select_related("group").get(pk=device.pk)


def _board(request, agent_id: str) -> tuple[Agent, Rights]:
    found = Agent.objects.visible_to(request.caller).filter(pk=parse_id(agent_id), kind=Agent.Kind.DASHBOARD)
    agent = found.select_related("group", "organisation").first()
    if agent is None:
        raise NotFound("There is no such dashboard")
    return agent, rights_over(request.caller, agent)


def _cameras(device: Agent) -> list[Camera]:
    kept = Cameras.objects.filter(agent=device).values_list("found", flat=True).first()
    return cameras_at(kept or [])


def _documents(agent: Agent) -> list[dict]:
    return Dashboard.objects.filter(agent=agent).values_list("tiles", flat=True).first() or []


def _groups(request) -> list[Group]:
    groups = groups_of(request).order_by("name", "id")[:500]
    return [group for group in groups if "dashboard_create" in effective_flags(request.caller, group)]
