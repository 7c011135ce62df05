"""What happened: at one device, and at all that one may see."""

from collections.abc import Sequence

from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doover_web.common.snowflake import ID_MIN
from doover_web.common.window import read_cursor
from doover_web.common.wire import BadRequest
from doover_web.data.access import Reach, check_history, reach_agent
from doover_web.identity.models import Agent
from doover_web.pages.export import csv_response

from ..activity import Wanted, count_new, every, gather, read_wanted
from ..fleet import group_asked
from ..happened import MOST_DEVICES, line_of, lines_of, names_for, reaches_of
from ..page import page
from ..ui.activity import KINDS
from ..ui.frame import device_context
from ..viewer.messages import names_of

MOST_ROWS = 5000
HEAD = ("time", "device", "kind", "what", "who", "application", "result", "reason")


@page
@require_safe
def of_device(request, agent_id: str):
    """What happened at a device, the newest first."""
    if request.GET.get("part"):
        reach = reach_agent(request.caller, agent_id)
        check_history(reach)
        return _part(request, [reach])
    context = device_context(request, agent_id, "activity")
    check_history(context["device"].reach)
    address = reverse("portal:device_activity", args=[agent_id])
    return render(
        request,
        "portal/device_activity.html",
        {
            **context,
            **_shown(request, [context["device"].reach]),
            "address": address,
            "csv": reverse("portal:device_activity_export", args=[agent_id]),
        },
    )


@page
@require_safe
def everywhere(request):
    """What happened at the devices that one may see."""
    group = group_asked(request)
    reaches, left_out = reaches_of(request, group)
    if request.GET.get("part"):
        return _part(request, reaches)
    context = {
        "section": "activity",
        "group": group,
        "left_out": left_out,
        "most": MOST_DEVICES,
        "address": reverse("portal:activity"),
        "csv": reverse("portal:activity_export"),
    }
    return render(request, "portal/activity.html", {**context, **_shown(request, reaches), "is_overall": True})


@page
@require_safe
def export_of_device(request, agent_id: str):
    """The same as a file."""
    reach = reach_agent(request.caller, agent_id)
    check_history(reach)
    return _csv(request, [reach], f"activity-{reach.agent_id}")


@page
@require_safe
def export(request):
    """The same as a file."""
    return _csv(request, reaches_of(request, group_asked(request))[0], "activity")


def _shown(request, reaches: Sequence[Reach]) -> dict:
    wanted, problem = _wanted(request)
    found = gather(reaches, wanted, names_for(request), _before(request))
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


def _part(request, reaches: Sequence[Reach]):
    """How many lines are new, for the script that says so."""
    if request.GET["part"] != "new":
        raise BadRequest("There is no such part")
    newest = read_cursor(request.GET.get("newest"), "newest")
    wanted, _problem = _wanted(request)
    new = count_new(reaches, wanted, names_for(request), ID_MIN if newest is None else newest)
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


def _csv(request, reaches: Sequence[Reach], name: str):
    wanted = read_wanted(request.GET)
    rows = every(reaches, wanted, names_for(request), MOST_ROWS)

    def written():
        devices = dict(Agent.objects.filter(pk__in=[reach.agent_id for reach in reaches]).values_list("id", "name"))
        names: dict[int, str] = {}  # of each author once, however many lines there are
        for entry in rows:
            if entry.author_id not in names:
                names |= {entry.author_id: _("Somebody else"), **names_of(request.caller, {entry.author_id})}
            line = line_of(entry, names, {}, timezone.get_current_timezone())
            yield (
                *(line.at, devices.get(entry.agent_id, ""), entry.kind, entry.words),
                *(line.who, entry.app, entry.result, entry.reason),
            )

    return csv_response(request, name, HEAD, written())
