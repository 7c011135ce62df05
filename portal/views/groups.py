"""A group: what hangs there and below, and who may see it."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from doover_web.common.wire import NotFound
from doover_web.data.access import parse_id
from doover_web.identity.models import Agent, Group
from doover_web.identity.people import may_see_people
from doover_web.identity.permissions import Rights, rights_over

from ..fleet import Branch, fleet_of
from ..happened import around, newest_lines
from ..page import page
from ..roster import read_wanted
from .alarm_overview import open_rows
from .home import devices_context, remembering_view

MOST_ALARMS, MOST_DASHBOARDS, MOST_LINES = 5, 12, 8


@page
@require_safe
def group(request, group_id: str):
    """The group's counts, the groups right below it, and its devices with those of all groups below."""
    here, rights = group_to_see(request, group_id)
    request.group_way = here.lineage
    context = {
        **devices_context(request, read_wanted(request.GET, group=here.id)),
        "section": "groups-tree",
        "group": here,
        "of_group": True,
        "above": above(request, here),
        "below": _branch(fleet_of(request).tree, here.id),
        "may_see_people": may_see_people(request.caller, here),
        **_around(request, here),
        "may_edit": bool(rights & Rights.GROUP_EDIT),
    }
    return remembering_view(request, render(request, "portal/group.html", context))


def _around(request, here: Group) -> dict:
    """What is to be known of the group beside its devices: open alarms, dashboards, what happened last."""
    below = Agent.objects.visible_to(request.caller).in_use().filter(group__lineage__contains=[here.id])
    boards = below.filter(kind=Agent.Kind.DASHBOARD).select_related("group")
    alarms, number = open_rows(request.caller, below, MOST_ALARMS)
    return {
        "open_alarms": alarms,
        "open_alarms_more": number - len(alarms),
        "dashboards": boards.order_by("display_name", "id")[:MOST_DASHBOARDS],
        "happened": newest_lines(request, around(request, here), MOST_LINES),
    }


def group_to_see(request, group_id: str) -> tuple[Group, Rights]:
    """The group, and what the person may do with it; NotFound when they may not see it."""
    here = Group.objects.select_related("organisation").filter(pk=parse_id(group_id)).first()
    rights = rights_over(request.caller, here) if here else Rights.NONE
    if here is None or not rights & Rights.GROUP_VIEW:
        raise NotFound("There is no such group")
    return here, rights


def above(request, here: Group) -> list[Group]:
    """The groups from the root down to `here`, itself left out; those that one may not see are passed over."""
    found = Group.objects.in_bulk(here.lineage[:-1])
    known = [found[one] for one in here.lineage[:-1] if one in found]
    return [one for one in known if rights_over(request.caller, one) & Rights.GROUP_VIEW]


def _branch(branches: list[Branch], group_id: int) -> Branch | None:
    for branch in branches:
        if branch.id == group_id:
            return branch
        if found := _branch(branch.children, group_id):
            return found
    return None
