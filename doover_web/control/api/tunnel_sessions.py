"""Tunnels as the published tunnel client asks for them, on the Data API (`control-api §8`). The rows are those of
`/tunnels/`. A session needs a relay between its two ends, which this server is not: it says so."""

from contextlib import suppress
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from doover_web.common.wire import BadRequest, Conflict, NotFound
from doover_web.data.access import parse_id, reach_agent
from doover_web.data.api.answers import answer, body_shape
from doover_web.data.requests import body_of
from doover_web.identity.models import Agent

from ..actions.tunnel import create_tunnel, tunnel_to_use
from ..models import Tunnel

router = Router(tags=["tunnels"])
HERE = "/agents/{agent_id}/tunnels"
TAKEN = ("name", "hostname", "port", "protocol", "username")
TUNNEL_BODY = {
    "name": "ssh",
    "hostname": "localhost",
    "port": 22,
    "protocol": "tcp",
    "service": "ssh",
    "timeout_ms": 1_800_000,
    "username": "doover",
}
SESSION_BODY = {"mode": "cli", "ttl_ms": 1_800_000, "allow_ips": [], "auto_knock": False}


class TunnelForClient(Schema):
    """As the device's `tunnels` channel describes it."""

    id: str
    name: str
    hostname: str
    port: int
    protocol: str
    timeout_ms: int
    username: str | None


@router.post(HERE, response=TunnelForClient, openapi_extra=body_shape(TUNNEL_BODY))
def create(request: HttpRequest, agent_id: str):
    """Describe a tunnel, closed until activated; the client makes one to sign in with ssh where there is none."""
    device = Agent.objects.select_related("organisation__agent").get(pk=reach_agent(request.auth, agent_id).agent_id)
    body = body_of(request.body)
    fields = {name: body[name] for name in TAKEN if body.get(name) is not None}
    if (timeout := body.get("timeout_ms")) is not None:
        fields["timeout"] = _seconds(timeout)
    return answer(_shape(create_tunnel(device=device, fields=fields, by=request.auth)))


@router.post(HERE + "/{tunnel_id}/sessions", openapi_extra=body_shape(SESSION_BODY))
def open_session(request: HttpRequest, agent_id: str, tunnel_id: str):
    """Refused in words: nothing here relays between two ends."""
    _found(request, agent_id, tunnel_id)
    raise Conflict(
        "This server has no relay for tunnel sessions; activate the tunnel instead, and connect to its endpoint",
        code="no_relay",
    )


@router.delete(HERE + "/{tunnel_id}/sessions/{session_id}")
def close_session(request: HttpRequest, agent_id: str, tunnel_id: str, session_id: str):
    """There is none to close."""
    with suppress(NotFound):  # the same words for a tunnel that is not there
        _found(request, agent_id, tunnel_id)
    raise NotFound("There is no such session")


def _found(request: HttpRequest, agent_id: str, tunnel_id: str) -> Tunnel:
    return tunnel_to_use(request.auth, pk=parse_id(tunnel_id), device=parse_id(agent_id))


def _seconds(milliseconds: Any) -> int:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int) or milliseconds < 1000:
        raise BadRequest("timeout_ms must be a whole number of milliseconds, a second or more", code="bad_value")
    return milliseconds // 1000


def _shape(tunnel: Tunnel) -> dict[str, Any]:
    return {
        "id": str(tunnel.id),
        "name": tunnel.name,
        "hostname": tunnel.hostname,
        "port": tunnel.port,
        "protocol": tunnel.protocol,
        "timeout_ms": tunnel.timeout * 1000,
        "username": tunnel.username,
    }
