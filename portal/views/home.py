"""Home: the devices one may see, as a list, as cards or on a map, and whether they are there."""

from collections import Counter
from collections.abc import Iterator

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from doover_web.common.wire import NotFound
from doover_web.data.access import parse_id
from doover_web.identity.models import Agent
from doover_web.identity.standing import places_with
from doover_web.pages import words
from doover_web.pages.export import csv_response
from doover_web.pages.parts import part_of

from ..actions.favourite import mark, unmark
from ..fleet import groups_of
from ..page import page
from ..roster import (
    STATES,
    Part,
    Wanted,
    counts_of,
    found,
    in_order,
    number_alarmed,
    of_state,
    read_wanted,
    rows_of,
    tags_of,
    types_of,
    with_all,
)
from ..ui.presence import Presence
from ..words import STATE_WORDS
from .frame import YEAR, back
from .map import map_context

VIEWS = ("list", "cards", "map")
VIEW_COOKIE = "home_view"
MOST_IN_FILE = 100_000


@page
@require_safe
def home(request):
    """The devices; search, sort, filters and page are in the address, the way they are shown is remembered."""
    wanted = read_wanted(request.GET)
    if part_of(request) == "counts":
        return render(request, "portal/_availability.html", counts_context(request, wanted))
    if part_of(request) == "alarmed":
        return render(request, "portal/_alarmed.html", {"alarmed": number_alarmed(request, wanted)})
    group = groups_of(request).filter(pk=wanted.group).first() if wanted.group is not None else None
    context = {**devices_context(request, wanted), "section": "devices", "group": group}
    if group:
        request.group_way = group.lineage
    return remembering_view(request, render(request, "portal/home.html", context))


def counts_context(request, wanted: Wanted) -> dict:
    """What `portal/_availability.html` draws: how many of the devices asked for are there, and how many are not."""
    counts = counts_of(request, wanted, found(request, wanted))
    return {"state": wanted.state, **_counted(counts)}


def _counted(counts: Counter) -> dict:
    return {
        "counts": [(Presence(key, str(word)), counts[key]) for key, word in STATE_WORDS.items()],
        "bars": availability(counts),
        "total": counts.total(),
    }


def devices_context(request, wanted: Wanted) -> dict:
    """What `portal/_devices.html` draws: one page of the devices asked for, with the counts of all of them."""
    devices = found(request, wanted)
    counts = counts_of(request, wanted, devices)
    number = counts[wanted.state] if wanted.state else counts.total()
    view = view_of(request)
    ordered = in_order(of_state(devices, wanted.state), wanted.listing)
    shown = wanted.listing.page(Part(with_all(ordered), number))
    return {
        **(map_context(request, wanted) if view == "map" else {}),
        "wanted": wanted,
        "listing": wanted.listing,
        "state": wanted.state,
        "page": shown,
        "rows": rows_of(request, shown) if view != "map" else [],
        "view": view,
        "views": VIEWS,
        "types": types_of(request, wanted, devices),
        "tags": tags_of(request, wanted, devices),
        **_counted(counts),
        "add_device": add_device(request.caller),
        "alarmed": counts.total() if wanted.with_alarms else number_alarmed(request, wanted),
    }


def add_device(caller) -> str:
    """Where a device is added, for whom may somewhere."""
    may = caller.is_superuser or bool(places_with(caller.standing, "device_create"))
    return reverse("admin_site:new_device") if may else ""


@page
@require_safe
def download(request):
    """The devices asked for as a CSV file, all pages of them."""
    wanted = read_wanted(request.GET)
    devices = with_all(in_order(of_state(found(request, wanted), wanted.state), wanted.listing))
    head = [_("Name"), _("Id"), _("Device name"), _("Organisation"), _("Group"), _("Type"), _("State"), _("Last seen")]
    return csv_response(request, "devices", head, _lines(devices[:MOST_IN_FILE]))


@page
@require_POST
def favourite(request):
    """Mark a device, or take the mark away again."""
    is_mark = "mark" in request.POST
    agent_id = parse_id(request.POST.get("mark" if is_mark else "unmark", ""))
    agent = Agent.objects.visible_to(request.caller).filter(pk=agent_id).first()
    if agent is None:
        raise NotFound("There is no such device")
    change = mark if is_mark else unmark
    change(user=request.user, agent=agent)
    return HttpResponseRedirect(back(request))


def view_of(request) -> str:
    """As a list, as cards or on a map: as the address says, else as last time."""
    asked = request.GET.get("view") or request.COOKIES.get(VIEW_COOKIE, "")
    return asked if asked in VIEWS else VIEWS[0]


def remembering_view(request, response):
    """The way that was chosen is a cookie."""
    if (asked := request.GET.get("view")) in VIEWS:
        response.set_cookie(VIEW_COOKIE, asked, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return response


def availability(counts: Counter, width: float = 420, gap: float = 2) -> list[dict]:
    """The segments of the bar: where each begins and how wide it is; a few among many stay visible."""
    there = [state for state in STATES if counts[state]]
    least = sum(counts.values()) / 100
    shares = [max(least, counts[state]) for state in there]
    unit, x, bars = (width - gap * (len(there) - 1)) / max(1, sum(shares)), 0.0, []
    for state, share in zip(there, shares, strict=True):
        bars.append({"kind": Presence(state, "").kind, "x": round(x, 1), "width": round(share * unit, 1)})
        x += share * unit + gap
    return bars


def _lines(devices) -> Iterator[tuple]:
    for agent in devices.iterator(chunk_size=500):
        device = getattr(agent, "as_device", None)
        seen = words.from_ms(agent.last) if agent.last is not None else None
        type_name = device.type.name if device and device.type else ""
        group = agent.group.name if agent.group else ""
        state = str(STATE_WORDS[STATES[agent.rank]])
        yield agent.title, agent.id, agent.name, agent.organisation.name, group, type_name, state, seen
