"""Tunnels, in the first generation's fields (`legacy-client-api §9`)."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from doover_web.common.message_key import key_of
from doover_web.common.wire import BadRequest, NotFound
from doover_web.control.actions import tunnel as actions
from doover_web.control.models import Tunnel

from .door import answer, either_slash, object_of
from .finding import agent_to_see
from .translate import id_of

router = Router(tags=["tunnels"])
SAME = ("name", "hostname", "port", "protocol", "ip_restricted", "ip_whitelist", "is_favourite")
KINDS = ("tcp", "http")


@either_slash(router, ["GET"], "/agent/{agent}/dd_tunnels")
def list_tunnels(request, agent: str):
    _, device = agent_to_see(request.auth, agent)
    return answer({"tunnels": [_out(one) for one in actions.tunnels_of(device, request.auth)]})


@either_slash(router, ["POST"], "/agent/{agent}/dd_tunnels")
def create_tunnel(request, agent: str):
    _, device = agent_to_see(request.auth, agent)
    return answer(_out(actions.create_tunnel(device=device, fields=_fields(object_of(request)), by=request.auth)))


@either_slash(router, ["GET"], "/tunnels/{tunnel}")
def get_tunnel(request, tunnel: str):
    return answer(_out(_found(request, tunnel)))


@either_slash(router, ["PATCH"], "/tunnels/{tunnel}")
def patch_tunnel(request, tunnel: str):
    found = _found(request, tunnel)
    fields = _fields(object_of(request))
    if fields.get("protocol") in KINDS and fields["protocol"] == _kind(found):
        del fields["protocol"]
    return answer(_out(actions.change_tunnel(tunnel=found, fields=fields, by=request.auth)))


@either_slash(router, ["DELETE"], "/tunnels/{tunnel}")
def delete_tunnel(request, tunnel: str):
    actions.remove_tunnel(tunnel=_found(request, tunnel), by=request.auth)
    return HttpResponse(b"", content_type="text/plain")


@either_slash(router, ["POST"], "/tunnels/{tunnel}/activate")
def activate_tunnel(request, tunnel: str):
    """Ask the device to open it; poll until `is_active`."""
    return answer(_out(actions.activate_tunnel(tunnel=_found(request, tunnel), by=request.auth)))


@either_slash(router, ["POST"], "/tunnels/{tunnel}/deactivate")
def deactivate_tunnel(request, tunnel: str):
    return answer(_out(actions.deactivate_tunnel(tunnel=_found(request, tunnel), by=request.auth)))


@either_slash(router, ["GET"], "/agent/{agent}/ngrok_tunnels/{kind}")
def list_endpoints(request, agent: str, kind: str):
    """Addresses reserved at a tunnel provider. There is none here, so there are no addresses."""
    _reserved_of(request, agent, kind)
    return answer([])


@either_slash(router, ["POST"], "/agent/{agent}/ngrok_tunnels/{kind}")
def reserve_endpoint(request, agent: str, kind: str):
    _reserved_of(request, agent, kind)
    raise BadRequest("This server has no tunnel provider to reserve addresses at", code="no_tunnel_provider")


def _reserved_of(request, agent: str, kind: str) -> None:
    _, device = agent_to_see(request.auth, agent)
    actions.tunnels_of(device, request.auth)
    if kind not in KINDS:
        raise NotFound("Endpoints are of the kind tcp or http")


def _found(request, text: str) -> Tunnel:
    key, plain = key_of(text), id_of(text)
    if key is None and plain is None:
        raise NotFound("There is no such tunnel")
    return actions.tunnel_to_use(request.auth, **({"key": key} if key else {"id": plain}))


def _fields(body: dict) -> dict[str, Any]:
    fields = {name: body[name] for name in SAME if name in body}
    if body.get("timeout") is not None:
        minutes = body["timeout"]
        if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 < minutes < 10**6:
            raise BadRequest("timeout must be a number of minutes", code="bad_value")
        fields["timeout"] = max(1, round(minutes * 60))
    return fields


def _kind(tunnel: Tunnel) -> str:
    return "http" if tunnel.protocol in ("http", "https") else "tcp"


def _out(tunnel: Tunnel) -> dict:
    return {
        "key": str(tunnel.key),
        "name": tunnel.name,
        "hostname": tunnel.hostname,
        "port": tunnel.port,
        "protocol": _kind(tunnel),
        "timeout": max(1, round(tunnel.timeout / 60)),
        "ip_restricted": tunnel.ip_restricted,
        "ip_whitelist": tunnel.ip_whitelist,
        "is_favourite": tunnel.is_favourite,
        "endpoint": tunnel.endpoint,
        "is_active": tunnel.is_active,
    }
