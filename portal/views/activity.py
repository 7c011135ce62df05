"""What happened: at one device, and at all that one may see."""

from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from doover_web.common.snowflake import ID_MIN
from doover_web.common.window import read_cursor
from doover_web.common.wire import BadRequest
from doover_web.data.access import Reach, check_history, reach_agent
from doover_web.data.happenings import Around
from doover_web.identity.models import Agent
from doover_web.pages.export import csv_response
from doover_web.pages.parts import part_of

from ..activity import Wanted, count_new, every, gather, read_wanted
from ..fleet import group_asked
from ..happened import Line, around, authors_for, lines_of
from ..page import page
from ..ui.activity import KINDS
from ..ui.frame import device_context

MOST_ROWS = 5000
# What is for machines comes last: ids, and the place of a setting.
HEAD = ("time", "device", "kind", "what", "who", "application", "result", "reason", "place", "device_id")


@page
@require_safe
def of_device(request, agent_id: str):
    """What happened at a device, the newest first."""
    if part_of(request):
        reach = reach_agent(request.caller, agent_id)
        check_history(reach)
        return _part(request, at_device(reach))
    context = device_context(request, agent_id, "activity")
    check_history(context["device"].reach)
    address = reverse("portal:device_activity", args=[agent_id])
    return render(
        request,
        "portal/device_activity.html",
        {
            **context,
            **_shown(request, at_device(context["device"].reach)),
            "address": address,
            "csv": reverse("portal:device_activity_export", args=[agent_id]),
        },
    )


@page
@require_safe
def everywhere(request):
    """What happened at the devices that one may see."""
    group = group_asked(request)
    found = around(request, group)
    if part_of(request):
        return _part(request, found)
    context = {
        "section": "activity",
        "group": group,
        "address": reverse("portal:activity"),
        "csv": reverse("portal:activity_export"),
    }
    return render(request, "portal/activity.html", {**context, **_shown(request, found), "is_overall": True})


@page
@require_safe
def export_of_device(request, agent_id: str):
    """The same as a file."""
    reach = reach_agent(request.caller, agent_id)
    check_history(reach)
    return _csv(request, at_device(reach), f"activity-{reach.agent_id}")


@page
@require_safe
def export(request):
    """The same as a file."""
    return _csv(request, around(request, group_asked(request)), "activity")


def at_device(reach: Reach) -> Around:
    """One device."""
    return Around(Agent.objects.filter(pk=reach.agent_id))


def _shown(request, at: Around) -> dict:
    wanted, problem = _wanted(request)
    found = gather(request.caller, at, wanted, authors_for(request), _before(request))
    lines = lines_of(request, found.entries)
    return {
        "lines": lines,
        "next_before": found.cursor,
        "newest": found.entries[0].id if found.entries else ID_MIN,
        "is_newest": "before" not in request.GET,
        "wanted": wanted,
        "kinds": KINDS,
        "problem": problem,
        "asked_from": request.GET.get("from", "")[:40],
        "asked_to": request.GET.get("to", "")[:40],
    }


def _part(request, at: Around):
    """How many lines are new, for the script that says so."""
    if part_of(request) != "new":
        raise BadRequest("There is no such part")
    newest = read_cursor(request.GET.get("newest"), "newest")
    wanted, _problem = _wanted(request)
    newest = ID_MIN if newest is None else newest
    new = count_new(request.caller, at, wanted, authors_for(request), newest)
    return JsonResponse({"new": new})


def _wanted(request) -> tuple[Wanted, str]:
    try:
        return read_wanted(request.GET), ""
    except BadRequest as refusal:
        return Wanted(), refusal.message


def _before(request) -> int | None:
    try:
        return read_cursor(request.GET.get("before"), "before")
    except BadRequest:
        return None


def _csv(request, at: Around, name: str):
    pages = every(request.caller, at, read_wanted(request.GET), authors_for(request), MOST_ROWS)
    return csv_response(request, name, HEAD, (_row(line) for page in pages for line in lines_of(request, page)))


def _row(line: Line) -> tuple:
    entry = line.entry
    place = f"{entry.app}.{entry.name}" if entry.app and entry.name else entry.app or entry.name
    return (
        *(line.at, line.device.title if line.device else "", entry.kind, entry.words, line.who, line.app),
        *(entry.result, entry.reason, place, entry.agent_id),
    )
