"""Remote access: tunnels to what a device can reach, opened for a while and by name."""

import ipaddress
from typing import Any

from django.contrib import messages as notes
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Forbidden, Refused
from doover_web.control.actions.tunnel import (
    activate_tunnel,
    answers_among,
    change_tunnel,
    create_tunnel,
    deactivate_tunnel,
    remove_tunnel,
    tunnel_to_use,
    tunnels_of,
)
from doover_web.control.hosts import host_of
from doover_web.control.models import Tunnel
from doover_web.control.tunnel_state import answer_of
from doover_web.data.access import parse_id
from doover_web.identity.context import origin
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights
from doover_web.identity.standing import agents_with
from doover_web.pages.listing import read_listing
from doover_web.pages.parts import part_of

from ..fleet import devices_of
from ..page import page
from ..problems import NOTHING_WRONG, Wrong, only, told
from ..roster import rows_of
from ..ui.frame import device_context
from ..ui.tunnels import PRESETS, address_of, standing_of
from .frame import back

CHANGES = {"open": activate_tunnel, "close": deactivate_tunnel}
LONGEST, MOST_ADDRESSES = 24 * 60, 100  # minutes; of a tunnel


@page
@require_safe
def remote(request):
    """The tunnels of every device that one may open some at, favourites and open ones first."""
    listing = read_listing(request.GET, sorts=["name"])
    devices = devices_of(request).filter(agents_with(request.caller.standing, "device_tunnels", Rights.TUNNELS))
    found = Tunnel.objects.filter(device__in=devices)
    if listing.search:
        text = listing.search
        found = found.filter(
            Q(name__icontains=text) | Q(device__display_name__icontains=text) | Q(device__name__icontains=text)
        )
    ordered = found.select_related("device__group", "device__organisation", "device__as_device__type").order_by(
        "-is_favourite", "wanted_until", "device__name", "name", "id"
    )
    shown = listing.page(ordered)
    away = {row.agent.id for row in rows_of(request, {one.device for one in shown}, alarms=False) if row.is_away}
    answers = answers_among(Agent.objects.filter(pk__in={one.device_id for one in shown}))
    context = {
        "section": "remote",
        "listing": listing,
        "page": shown,
        "rows": [_row(one, one.device_id in away, answers.get(one.device_id)) for one in shown],
        "may_any": devices.exists(),
        "has_devices": devices_of(request).exists(),
    }
    template = "portal/_remote_list.html" if part_of(request) == "list" else "portal/remote.html"
    return render(request, template, context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def device(request, agent_id: str):
    """The tunnels of one device: described, opened, closed, and where they are."""
    context = device_context(request, agent_id, "remote")
    frame = context["device"]
    if not frame.may(Rights.TUNNELS):
        raise Forbidden(_("Opening tunnels takes the permission device_tunnels here"), code="no_tunnels")
    problem, problems = NOTHING_WRONG
    if request.method == "POST":
        try:
            _do(request, frame.agent)
            return HttpResponseRedirect(_after(request, frame.agent))
        except Refused as refusal:
            if refusal.status not in (400, 409):
                raise
            problem, problems = told(refusal)
    tunnels = tunnels_of(frame.agent, request.caller)
    answers = answers_among(Agent.objects.filter(pk=frame.agent.id)).get(frame.agent.id)
    context |= {
        "rows": [_row(one, frame.presence.state in ("offline", "unknown"), answers) for one in tunnels],
        "is_served": answers is not None,
        "edited": _edited(request, tunnels),
        "asked": request.POST if (problem or problems) and request.POST.get("do") in ("create", "edit") else {},
        "problem": problem,
        "problems": problems,
        "presets": PRESETS,
        "preset": next((one for one in PRESETS if one[0] == request.GET.get("preset")), None),
        "protocols": Tunnel.Protocol.values,
        "my_address": origin.get().address or "",
        "most_minutes": LONGEST,
    }
    part = part_of(request) == "tunnels"
    template = "portal/_tunnels.html" if part else "portal/device_remote.html"
    return render(request, template, context, status=400 if problem or problems else 200)


def _row(tunnel: Tunnel, is_offline: bool, answers: dict | None) -> dict:
    return {
        "tunnel": tunnel,
        "is_served": answers is not None,
        "standing": standing_of(tunnel, timezone.now(), answer_of(answers or {}, tunnel.id), is_offline=is_offline),
        "address": address_of(tunnel),
    }


def _do(request, agent: Agent) -> None:
    """What a form of the page asks for."""
    deed = request.POST.get("do", "")
    if deed == "create":
        create_tunnel(device=agent, fields=_fields(request.POST, new=True), by=request.caller)
        notes.success(request, _("The tunnel is described. Open it when you need it."))
        return
    tunnel = tunnel_to_use(request.caller, pk=parse_id(request.POST.get("tunnel", "")), device=agent)
    if deed in CHANGES:
        CHANGES[deed](tunnel=tunnel, by=request.caller)
    elif deed == "favourite":
        change_tunnel(tunnel=tunnel, fields={"is_favourite": not tunnel.is_favourite}, by=request.caller)
    elif deed == "delete":
        remove_tunnel(tunnel=tunnel, by=request.caller)
        notes.success(request, _("The tunnel is gone."))
    elif deed == "edit":
        change_tunnel(tunnel=tunnel, fields=_fields(request.POST), by=request.caller)
        notes.success(request, _("Saved."))
    else:
        raise BadRequest(_("This form is out of date; load the page anew"))


def _fields(form, *, new: bool = False) -> dict[str, Any]:
    if problems := _wrong(form):
        raise Wrong(problems)
    fields: dict[str, Any] = {
        "name": form.get("name", "").strip() or None,
        "hostname": form.get("hostname", "").strip() or None,
        "port": int(form["port"]),
        "timeout": int(form["minutes"]) * 60,
        "ip_restricted": form.get("ip_restricted") == "1",
        "ip_whitelist": _addresses(form),
    }
    if new:
        fields["protocol"] = form.get("protocol", "tcp")
    return fields


def _wrong(form) -> dict[str, str]:
    """What is wrong with the description of a tunnel, by field."""
    return only(
        {
            "hostname": _wrong_host(form["hostname"].strip()) if "hostname" in form else "",
            "port": _wrong_number(form.get("port", ""), 65535),
            "minutes": _wrong_number(form.get("minutes", ""), LONGEST),
            "addresses": _wrong_addresses(_addresses(form), is_needed=form.get("ip_restricted") == "1"),
        }
    )


def _wrong_host(text: str) -> str:
    return "" if host_of(text) else _("The name of a host or an address, such as 127.0.0.1, without a port")


def _wrong_number(text: str, most: int) -> str:
    text = text.strip()
    is_known = text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most
    return "" if is_known else _("A whole number from 1 to %(most)d") % {"most": most}


def _wrong_addresses(addresses: list[str], *, is_needed: bool) -> str:
    if is_needed and not addresses:
        return _("Name the addresses that may use the tunnel, or let every address")
    for one in addresses:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError:
            return _("%(text)s is neither an address nor a range such as 203.0.113.0/24") % {"text": one[:60]}
    return _("%(most)s addresses at most") % {"most": MOST_ADDRESSES} if len(addresses) > MOST_ADDRESSES else ""


def _addresses(form) -> list[str]:
    return [one for one in form.get("addresses", "").replace(",", " ").split() if one]


def _edited(request, tunnels: list[Tunnel]) -> Tunnel | None:
    wanted = request.POST.get("tunnel") if request.POST.get("do") == "edit" else request.GET.get("edit")
    return next((one for one in tunnels if str(one.id) == wanted), None)


def _after(request, agent: Agent) -> str:
    return back(request) if request.POST.get("next") else reverse("portal:device_tunnels", args=[agent.id])
