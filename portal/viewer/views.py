"""The pages of the channel viewer."""

from dataclasses import replace
from urllib.parse import quote

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import NotFound, Refused
from doover_web.data.access import channel_to_watch, ref_of
from doover_web.data.across import states_of
from doover_web.data.events import as_object
from doover_web.data.history import read_aggregate
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights
from doover_web.pages.listing import read_listing
from doover_web.pages.parts import part_of
from doover_web.pages.permission_words import in_words

from ..page import page
from ..problems import told
from ..ui.alarm_deeds import is_only_shown
from ..ui.presence import judge
from ..ui.states import searched
from . import compose
from .channel import ChannelPage
from .listing import address_of, channels_of
from .messages import entries_of, find_messages, names_of, read_filters, read_page
from .panels import open_panel
from .reaching import reach_of
from .watchers import connections_page

KINDS = {
    "device": gettext_lazy("Devices"),
    "organisation": gettext_lazy("Organisations"),
    "user": gettext_lazy("People"),
    "app": gettext_lazy("Applications"),
    "dashboard": gettext_lazy("Dashboards"),
}


@page
@require_safe
def agents(request):
    """Whose channels there are to see."""
    listing = read_listing(request.GET, sorts=["name", "kind"])
    found = searched(Agent.objects.visible_to(request.caller).in_use(), listing.search)
    kind = request.GET.get("kind", "")
    if kind in KINDS:
        found = found.filter(kind=kind)
    order = ("kind", "name") if listing.sort == "kind" else ("name",)
    shown = listing.page(found.select_related("organisation").order_by(*order, "id"))
    devices = Agent.objects.filter(pk__in=[agent.id for agent in shown if agent.kind == Agent.Kind.DEVICE])
    states, now, zone = states_of(devices, "doover_connection"), now_ms(), timezone.get_current_timezone()
    rows = [(agent, judge(states.get(agent.id), now, zone) if agent.kind == "device" else None) for agent in shown]
    context = {"section": "channels", "rows": rows, "page": shown, "listing": listing, "kinds": KINDS, "kind": kind}
    return render(request, "viewer/agents.html", context)


@page
def start(request):
    """The address that the command line opens leads to the start, with what was asked for."""
    asked = request.META.get("QUERY_STRING", "")
    return redirect(reverse("portal:agents") + (f"?{asked}" if asked else ""))


@page
@require_http_methods(["GET", "HEAD", "POST"])
def channels(request, agent: str):
    """The channels of an agent, and a form to make one."""
    reach, owner = reach_of(request.caller, agent)
    problem, status = "", 200
    if request.method == "POST":
        try:
            name = compose.create_channel(reach, request.POST)
            return HttpResponseRedirect(address_of(agent, name))
        except Refused as refusal:
            problem, status = in_words(refusal.message), 403 if refusal.status == 403 else 400
    archived = "archived" in request.GET
    if part_of(request) == "list":
        current = request.GET.get("current", "")
        listed = channels_of(reach, archived=archived, current=current)
        return render(request, "viewer/_channels.html", {"channels": listed, "agent_key": agent, "current": current})
    context = {
        "section": "channels",
        "agent": owner,
        "agent_key": agent,
        "channels": channels_of(reach, archived=archived),
        "archived": archived,
        "may_write": bool(reach.rights & Rights.CONTROL),
        "may_hide": bool(reach.rights & Rights.PRIVATE),
        "problem": problem,
        "wanted_name": request.POST.get("name", ""),
    }
    return render(request, "viewer/channels.html", context, status=status)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def channel(request, agent: str, name: str, path: str | None = None):
    """One channel: its state as a tree, its messages, and what one may do with them."""
    reach, owner = reach_of(request.caller, agent)
    found = channel_to_watch(reach, name)
    if part_of(request) == "messages":
        return _messages_part(request, reach, found)
    state = read_aggregate(ref_of(reach, found))
    state = replace(state, data=as_object(name, state.data))
    draft, status = None, 200
    if part_of(request) == "panel":
        return _panel_part(request, reach, owner, found, state)
    if request.method == "POST" and is_only_shown(request.POST.get("action", "")):
        draft = compose.draft_of(request.POST, "", state.revision)
    elif request.method == "POST":
        try:
            notes.success(
                request,
                compose.carry_out(reach, name, request.POST, state.revision, request.FILES.getlist("attachment")),
            )
            opened = open_panel(request.GET.get("panel", ""))
            return HttpResponseRedirect(address_of(agent, name) + (f"?panel={opened.key}" if opened else ""))
        except Refused as refusal:
            problem, problems = told(refusal)
            draft = compose.draft_of(request.POST, problem, state.revision, problems)
            status = 403 if refusal.status == 403 else 400
    shown = ChannelPage(request, reach, owner, agent, found, state, path or "", draft)
    return render(request, "viewer/channel.html", shown.context(), status=status)


@page
@require_safe
def connections(request, agent: str):
    """The sessions of an agent, open and ended."""
    reach, owner = reach_of(request.caller, agent)
    context = {"section": "channels", "agent": owner, "agent_key": agent, **connections_page(reach, owner.title)}
    return render(request, "viewer/connections.html", context)


@page
@require_safe
def download(request, agent: str, name: str):
    """The state of a channel as a file."""
    reach, owner = reach_of(request.caller, agent)
    state = read_aggregate(ref_of(reach, channel_to_watch(reach, name)))
    response = HttpResponse(state.data, content_type="application/json")
    filename = quote(f"{owner.title} {name}.json", safe="")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{filename}"
    return response


def _panel_part(request, reach, owner, found, state) -> HttpResponse:
    """What an open panel shows now, alone."""
    panel = open_panel(request.GET.get("panel", ""))
    if panel is None or not panel.fragment:
        raise NotFound("There is no such part")
    shown = ChannelPage(request, reach, owner, str(owner.id), found, state, "", None)
    context = {
        **panel.shown(shown),
        "channel": found,
        "base": shown.base,
        "may_write": bool(reach.rights & Rights.CONTROL),
    }
    return render(request, panel.fragment, context)


def _messages_part(request, reach, found) -> HttpResponse:
    """A page of messages alone: what scrolling loads, and what a page reads again after a cut."""
    if not reach.rights & Rights.HISTORY:
        raise NotFound(_("You may not read the history of this agent"))
    window, filters = read_page(request.GET), read_filters(request.GET)
    listed = find_messages(reach, found, window, filters)
    entries = entries_of(listed, names_of(request.caller, (one.author_id for one in listed)))
    may_write = bool(reach.rights & Rights.CONTROL)
    response = render(request, "viewer/_messages.html", {"entries": entries, "may_write": may_write})
    response["X-Full-Page"] = "true" if len(listed) == window.limit else "false"
    return response
