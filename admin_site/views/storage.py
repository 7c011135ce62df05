"""How much the history of each channel takes, and how fast it grows; where the days of the organisation begin."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import Refused
from doover_web.common.zones import zone_names
from doover_web.data.models import Channel
from doover_web.data.retention import usual_days
from doover_web.data.sizes import Size, sizes_of
from doover_web.identity.actions.zone import set_zone
from doover_web.identity.models import Agent
from doover_web.pages import words
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

from ..place import organisation_of

SORTS = {"size": lambda size: -size.bytes, "growth": lambda size: -(size.growth or 0)}


@dataclass(frozen=True, slots=True)
class Row:
    """A channel's line: its size, and for how long it keeps messages."""

    agent: Agent
    channel: Channel | None
    size: Size
    kept: str

    @property
    def bytes(self) -> str:
        return words.size(self.size.bytes)

    @property
    def growth(self) -> str:
        growth = self.size.growth
        if growth is None:
            return _("not known yet")
        return f"{'−' if growth < 0 else '+'}{words.size(abs(round(growth)))}"


@page
@require_http_methods(["GET", "HEAD", "POST"])
def storage(request):
    """The channels of the organisation by the space their messages take."""
    organisation = organisation_of(request, "users_manage")
    if request.method == "POST":
        try:
            set_zone(organisation=organisation, zone=request.POST.get("zone", "").strip()[:64], by=request.caller)
            notes.success(request, _("Saved. Charts of days are drawn anew within minutes"))
        except Refused as refusal:
            if refusal.status != 400:
                raise
            notes.error(request, in_words(refusal.message))
        return redirect("admin_site:storage")
    listing = read_listing(request.GET, sorts=list(SORTS))
    agents = Agent.objects.visible_to(request.caller).filter(organisation=organisation)
    sizes = sorted(sizes_of(agents.values_list("id", flat=True)), key=SORTS[listing.sort])
    shown = listing.page(sizes)
    context = {
        "section": "storage",
        "organisation": organisation,
        "listing": listing,
        "page": shown,
        "rows": _rows(shown),
        "total": words.size(sum(size.bytes for size in sizes)),
        "growth": words.size(max(0, grown)) if (grown := _grown(sizes)) is not None else "",
        "channels": len(sizes),
        "zones": sorted(zone_names()),
        "server_zone": settings.TIME_ZONE,
    }
    return render(request, "admin_site/storage.html", context)


def _grown(sizes: list[Size]) -> int | None:
    known = [size.growth for size in sizes if size.growth is not None]
    return round(sum(known)) if known else None


def _rows(sizes) -> list[Row]:
    ids = [size.channel_id for size in sizes]
    agents = Agent.objects.select_related("organisation").in_bulk({size.agent_id for size in sizes})
    channels = {channel.id: channel for channel in Channel.objects.filter(agent_id__in=agents, id__in=ids)}
    return [_row(agents[size.agent_id], channels.get(size.channel_id), size) for size in sizes]


def _row(agent: Agent, channel: Channel | None, size: Size) -> Row:
    return Row(agent, channel, size, _kept(agent, channel))


def _kept(agent: Agent, channel: Channel | None) -> str:
    if channel is not None and channel.message_retention is not None:
        return words.duration(channel.message_retention)
    days = usual_days(agent.organisation)
    return words.duration(days * words.DAY) if days else _("for ever")
