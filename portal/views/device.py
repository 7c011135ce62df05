"""The parts of a device page that this file knows: the overview and the details."""

from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from doover_web.common.snowflake import now_ms
from doover_web.data.access import reach_agent
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent
from doover_web.notifications import access
from doover_web.notifications.actions.await_device import await_device, stop_awaiting
from doover_web.notifications.actions.subscription import endpoints_by_default
from doover_web.notifications.models import Awaited, Endpoint
from doover_web.notifications.transports import obstacle
from doover_web.pages.parts import part_of

from ..connected import DAYS, before_outage, connected, days_asked, promise_of
from ..connected import address_of as address_of_device
from ..desk import desk_for
from ..overview import CHANNELS, SHOWN_AT_ONCE, add_pictures, draw, strip_of, tree_of
from ..page import page
from ..said import said_by
from ..ui.frame import DeviceFrame, device_context
from ..ui.onlookers import here, live_lines
from ..ui.readings import read_tags
from ..ui.states import NOTHING, states_at
from ..viewer.listing import address_of, channels_of
from ..viewer.messages import names_of
from ..warnings import hide_put_away
from .subscriptions import tell_missing

MOST_ASKED, MOST_NAMED = 400, 3
ONLOOKERS = "dv-ui-sub"


@page
@require_safe
def device(request, agent_id: str):
    """The overview, drawn from channels; with `part=board` or `part=elements&el=…` what a live page draws anew, with
    `part=head` what stands above the tags of a device that draws nothing."""
    context = device_context(request, agent_id, "overview", channels=CHANNELS)
    shown = context["device"]
    tree = tree_of(shown)
    hide_put_away(request.session, shown.agent.id, tree)
    has_controls = any(one.is_control for one in tree.shown())
    # Said once, above them all.
    context["looks_only"] = has_controls and not shown.may_control and shown.agent.archived_at is None
    context["may_command"] = has_controls and shown.may_control
    part = part_of(request)  # that a script asks for
    if shown.is_offline and part != "elements":
        context |= _away(request, shown)
    if not tree.visible and part != "elements":
        context |= tags_in_place_of(shown)
        parts = {"": "portal/device.html", "head": "portal/_tags_head.html", "said": "portal/_said.html"}
        return render(request, parts.get(part, "portal/_tags.html"), context)
    if part == "elements":
        wanted = set(request.GET.getlist("el")[:MOST_ASKED])
        if any(one.is_control for one in tree.shown() if one.id in wanted):
            desk_for(request, shown, tree)
        draw(shown, tree, only=wanted)
        context["elements"] = [one for one in tree.shown() if one.id in wanted and not one.is_container]
        return render(request, "portal/_elements.html", context)
    desk = desk_for(request, shown, tree)
    board = draw(shown, tree)
    add_pictures(shown, board, tree, drawn=request.GET.getlist("drawn"))
    strip = strip_of(shown, board.warnings, tree)
    context |= {
        "board": board,
        "desk": desk,
        "live": live_lines(tree.shown()),
        "me": request.caller.agent_id,
        "strip": strip,
        "strip_more": max(0, len(strip) - SHOWN_AT_ONCE),
    }
    return render(request, "portal/_board.html" if part == "board" else "portal/device.html", context)


def _away(request, device: DeviceFrame) -> dict:
    """What the banner of a device that is away tells of it."""
    connection = device.state("doover_connection").data
    awaited = Awaited.objects.filter(subscriber=request.user.agent_id, device=device.agent).exists()
    mine = Endpoint.objects.of(request.user.agent_id).default() if awaited else ()
    return {
        "promise": promise_of(connection),
        "address": address_of_device(connection),
        "before": before_outage(device),
        "awaited": awaited,
        "arrives": any(not obstacle(one) for one in mine),
    }


@page
@require_POST
def await_back(request, agent_id: str):
    """Be told once that a device is back, or no longer."""
    subscriber = access.subscriber_to_change(caller_of_user(request.user), "me")
    if "stop" in request.POST:  # who lost the right to its history may still think better of it
        device = Agent.objects.get(pk=reach_agent(subscriber.caller, agent_id).agent_id)
        stop_awaiting(subscriber=subscriber.agent, device=device)
        notes.success(request, _("You are not told when %(name)s is back.") % {"name": device.title})
    else:
        device = access.agent_to_hear(subscriber, agent_id)
        await_device(subscriber=subscriber.agent, device=device)
        _say_awaited(request, device, endpoints_by_default(subscriber.agent))
    if request.POST.get("next") == "subscriptions":
        return redirect("portal:subscriptions")
    return redirect("portal:device", device.id)


def _say_awaited(request, device: Agent, endpoints: list[Endpoint]) -> None:
    """Where nothing arrives, before what one may count on: that is told only where something does."""
    tell_missing(request, endpoints)
    if not all(obstacle(one) for one in endpoints):
        notes.success(request, _("You are told once, when %(name)s is back.") % {"name": device.title})
    elif not all(one.is_nowhere for one in endpoints):
        notes.info(request, _("Your choice is kept, but while nothing arrives you do not hear of it."))


@page
@require_safe
def onlookers(request, agent_id: str):
    """Who else has this page open, as a part of it."""
    reach = reach_agent(request.caller, agent_id)
    stamps = states_at(reach, [ONLOOKERS]).get(ONLOOKERS, NOTHING).data
    others = [who for who in here(stamps, now_ms()) if who != request.caller.agent_id]
    known = names_of(request.caller, others)
    names = [known[who] for who in others if who in known]
    context = {"names": names[:MOST_NAMED], "more": max(0, len(names) - MOST_NAMED)}
    return render(request, "portal/_here.html", context)


@page
@require_safe
def details(request, agent_id: str):
    """What the device is, how it is connected, and its channels."""
    context = device_context(request, agent_id, "details")
    device = context["device"]
    connection = device.state("doover_connection").data
    context |= {
        "channels": channels_of(device.reach),
        "connected": connected(device, days_asked(request.GET)),
        "day_choices": DAYS,
        "promise": promise_of(connection),
        "address": address_of_device(connection),
    }
    return render(request, "portal/device_details.html", context)


def tags_in_place_of(device: DeviceFrame) -> dict:
    """What stands where no application draws anything: a table of what they say, else what the device says itself."""
    tags, config = device.state("tag_values").data, device.state("deployment_config").data
    strip, apps = strip_of(device, []), read_tags(tags, config, timezone.localtime())
    said = [] if apps else said_by(device)
    return {
        "apps": apps,
        "said": said,
        "base": address_of(str(device.agent.id), "tag_values"),
        "strip": strip,
        "strip_more": max(0, len(strip) - SHOWN_AT_ONCE),
        "is_new": device.is_device and device.presence.state == "unknown",
    }
