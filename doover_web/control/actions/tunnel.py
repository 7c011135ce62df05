"""Tunnels to devices: described, opened and closed by way of the device's `tunnels` channel (`control-api §3.9`)."""

import ipaddress
from datetime import timedelta
from typing import Any

import orjson
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Conflict, NotFound
from doover_web.data.access import channel_named, reach_agent, ref_of
from doover_web.data.across import states_of
from doover_web.data.history import read_aggregate
from doover_web.data.publish import open_channel, update_aggregate
from doover_web.identity import audit
from doover_web.identity.auth import Caller, in_name_of
from doover_web.identity.guard import check_in_use, check_right
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights, rights_over

from .. import tunnel_state
from ..hosts import host_of
from ..models import Tunnel

CHANNEL = "tunnels"
MOST = 200  # of one device
LONGEST = 24 * 3600  # seconds
FLAGS = ("ip_restricted", "is_favourite", "disable_tls_verification")
LONGEST_NAME = 200
SIGNING_IN = ("username", "sealed_password")
CHANGEABLE = ("name", "hostname", "port", "timeout", "ip_whitelist", *SIGNING_IN, *FLAGS)


def tunnels_of(device: Agent, by: Caller) -> list[Tunnel]:
    """The tunnels of a device, by name."""
    check_right(by, device, Rights.TUNNELS, "device_tunnels")
    return list(Tunnel.objects.filter(device=device).order_by("name", "id"))


def open_tunnels(device: Agent) -> None:
    """Have the device's `tunnels` channel be there, where clients look before there is a tunnel."""
    open_channel(reach=reach_agent(in_name_of(device.organisation), device.id), name=CHANNEL)


def tunnel_to_use(by: Caller, **where: Any) -> Tunnel:
    """The tunnel that `where` names; NotFound when it is at a device that `by` may not see."""
    tunnel = Tunnel.objects.select_related("device__group").filter(**where).first()
    if tunnel is None or not rights_over(by, tunnel.device) & Rights.VIEW:
        raise NotFound("There is no such tunnel")
    check_right(by, tunnel.device, Rights.TUNNELS, "device_tunnels")
    return tunnel


@transaction.atomic
def create_tunnel(*, device: Agent, fields: dict[str, Any], by: Caller) -> Tunnel:
    """Describe a tunnel to `hostname`:`port` as seen from the device; it is closed until activated."""
    check_right(by, device, Rights.TUNNELS, "device_tunnels")
    check_in_use(device.archived_at)
    if Tunnel.objects.filter(device=device).count() >= MOST:
        raise BadRequest(_("A device has at most %(most)s tunnels; delete one first") % {"most": MOST}, code="too_many")
    tunnel = Tunnel(device=device)
    tunnel.hostname = "127.0.0.1"  # where none is named
    _take(tunnel, fields)
    if not tunnel.port:
        raise BadRequest(_("A tunnel needs a port"), code="missing_field")
    tunnel.name = tunnel.name or tunnel.address[:LONGEST_NAME]
    tunnel.save()
    _mirror(tunnel)
    _record("tunnel.created", tunnel, by)
    return tunnel


@transaction.atomic
def change_tunnel(*, tunnel: Tunnel, fields: dict[str, Any], by: Caller) -> Tunnel:
    """Change what is given. The protocol stays as it was made."""
    check_right(by, tunnel.device, Rights.TUNNELS, "device_tunnels")
    check_in_use(tunnel.device.archived_at)
    if fields.get("protocol", tunnel.protocol) != tunnel.protocol:
        raise BadRequest(_("The protocol of a tunnel cannot be changed; make a new one"), code="fixed_field")
    _take(tunnel, fields)
    tunnel.save(update_fields=CHANGEABLE)  # where it is open the device may be saying just now
    _mirror(tunnel)
    _record("tunnel.edited", tunnel, by)
    return tunnel


@transaction.atomic
def remove_tunnel(*, tunnel: Tunnel, by: Caller) -> None:
    check_right(by, tunnel.device, Rights.TUNNELS, "device_tunnels")
    tunnel.wanted_until = None
    _tell_closed(tunnel)
    _say(tunnel, {"tunnels": {str(tunnel.id): None}})
    _record("tunnel.deleted", tunnel, by)
    tunnel.delete()


@transaction.atomic
def activate_tunnel(*, tunnel: Tunnel, by: Caller) -> Tunnel:
    """Ask the device to open it, for as long as its timeout says. Conflict when nothing there opens tunnels."""
    check_right(by, tunnel.device, Rights.TUNNELS, "device_tunnels")
    check_in_use(tunnel.device.archived_at)
    state = _state(tunnel)
    if not tunnel_state.is_served(state):
        raise Conflict(
            _("Nothing on this device opens tunnels: an application that does has to be installed on it"),
            code="no_tunnel_service",
        )
    tunnel.wanted_until = timezone.now() + timedelta(seconds=tunnel.timeout)
    tunnel.save(update_fields=["wanted_until"])
    if tunnel_state.is_old(state):
        _say(tunnel, {"to_open": tunnel_state.asked_to_open(state, wish_of(tunnel))})
    elif tunnel_state.answer_of(state, tunnel.id).state == "error":
        _say(tunnel, {"status": {str(tunnel.id): None}})  # it is asked anew, so why it failed before is over
    _mirror(tunnel)
    _record("tunnel.opened", tunnel, by)
    return tunnel


@transaction.atomic
def deactivate_tunnel(*, tunnel: Tunnel, by: Caller | None) -> Tunnel:
    """Ask the device to close it; doing so twice changes nothing. `by` None: its time is over."""
    check_right(by, tunnel.device, Rights.TUNNELS, "device_tunnels")
    tunnel.wanted_until = None
    tunnel.save(update_fields=["wanted_until"])
    _tell_closed(tunnel)
    _mirror(tunnel)
    _record("tunnel.closed", tunnel, by)
    return tunnel


def close_tunnels(device: Agent) -> None:
    """Ask for every tunnel that shall be open to be closed, and take them all for closed: the device is shut out, and
    its answer would not be heard."""
    tunnels = list(Tunnel.objects.filter(device=device).select_related("device__organisation"))
    for tunnel in tunnels:
        if tunnel.wanted_until is not None:
            deactivate_tunnel(tunnel=tunnel, by=None)
    if tunnels and tunnel_state.is_served(state := _state(tunnels[0])):
        over: dict = {"open": []} if tunnel_state.is_old(state) else {"status": {str(one.id): None for one in tunnels}}
        _say(tunnels[0], over)
    Tunnel.objects.filter(device=device).exclude(endpoint="").update(endpoint="")


def answers_among(devices: QuerySet[Agent]) -> dict[int, dict]:
    """What those devices on which something opens tunnels say of them, by the device's id."""
    states = states_of(devices, CHANNEL, private=True).items()
    return {agent_id: state for agent_id, state in states if isinstance(state, dict) and tunnel_state.is_served(state)}


def wish_of(tunnel: Tunnel) -> tunnel_state.Wish:
    allow = tuple(tunnel.ip_whitelist) if tunnel.ip_restricted else None
    return tunnel_state.Wish(
        tunnel.id, tunnel.name, tunnel.hostname, tunnel.port, tunnel.protocol, tunnel.timeout, allow
    )


def _tell_closed(tunnel: Tunnel) -> None:
    state = _state(tunnel)
    if tunnel_state.is_old(state):
        _say(tunnel, tunnel_state.asked_to_close(state, wish_of(tunnel)))


def _state(tunnel: Tunnel) -> dict:
    """The state of the device's `tunnels` channel, with nobody else of us changing it meanwhile."""
    list(Agent.objects.select_for_update(of=("self",)).filter(pk=tunnel.device_id))
    reach = reach_agent(in_name_of(tunnel.device.organisation), tunnel.device_id)
    channel = channel_named(reach, CHANNEL)
    document = orjson.loads(read_aggregate(ref_of(reach, channel)).data) if channel else {}
    return document if isinstance(document, dict) else {}


def _mirror(tunnel: Tunnel) -> None:
    until = int(tunnel.wanted_until.timestamp() * 1000) if tunnel.wanted_until else None
    _say(tunnel, {"tunnels": {str(tunnel.id): tunnel_state.definition(wish_of(tunnel), until)}})


def _say(tunnel: Tunnel, patch: dict) -> None:
    reach = reach_agent(in_name_of(tunnel.device.organisation), tunnel.device_id)
    update_aggregate(reach=reach, name=CHANNEL, data=patch)


def _record(action: str, tunnel: Tunnel, by: Caller | None) -> None:
    audit.record(
        action,
        actor=by,
        subject=tunnel,
        organisation_id=tunnel.device.organisation_id,
        source="tunnels",
        device=str(tunnel.device_id),
        address=tunnel.address,
    )


def _take(tunnel: Tunnel, fields: dict[str, Any]) -> None:
    if fields.get("name") is not None:
        tunnel.name = _text(fields["name"], "name")
    if fields.get("hostname") is not None:
        tunnel.hostname = _host(fields["hostname"])
    if fields.get("port") is not None:
        tunnel.port = _number(fields["port"], "port", 65535)
    if fields.get("timeout") is not None:
        tunnel.timeout = _number(fields["timeout"], "timeout", LONGEST)
    if fields.get("protocol") is not None:
        if fields["protocol"] not in Tunnel.Protocol.values:
            raise BadRequest(
                _("protocol must be one of %(names)s") % {"names": ", ".join(Tunnel.Protocol.values)}, code="bad_value"
            )
        tunnel.protocol = fields["protocol"]
    for name in FLAGS:
        if fields.get(name) is not None:
            if not isinstance(fields[name], bool):
                raise BadRequest(_("%(name)s must be true or false") % {"name": name}, code="bad_value")
            setattr(tunnel, name, fields[name])
    if "username" in fields:
        tunnel.username = _text(fields["username"], "username") if fields["username"] else None
    if fields.get("password"):  # an empty one, which answers show, leaves the one there is
        tunnel.password = _text(fields["password"], "password")
    if fields.get("ip_whitelist") is not None:
        tunnel.ip_whitelist = _ranges(fields["ip_whitelist"])


def _host(value: Any) -> str:
    host = host_of(_text(value, "hostname"))
    if host is None:
        raise BadRequest(_("hostname must be a name or an address, without a port or a scheme"), code="bad_value")
    return host


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 200 or "\x00" in value:
        raise BadRequest(_("%(name)s must be text of 1 to 200 letters") % {"name": name}, code="bad_value")
    return value


def _number(value: Any, name: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise BadRequest(
            _("%(name)s must be a whole number from 1 to %(most)s") % {"name": name, "most": most}, code="bad_value"
        )
    return value


def _ranges(value: Any) -> list[str]:
    try:
        if not isinstance(value, list) or len(value) > 100:
            raise ValueError
        return [str(ipaddress.ip_network(one, strict=False)) for one in value if isinstance(one, str)]
    except ValueError as problem:
        raise BadRequest(_("ip_whitelist is a list of up to 100 addresses or ranges"), code="bad_value") from problem
