"""Connections, subscriptions and TURN credentials over HTTP (`data-api §11, §14.2`)."""

from django.conf import settings
from ninja import Router, Schema

from doover_web.common.window import read_window
from doover_web.common.wire import JSON, BadRequest, Forbidden, Refused, flag, parse_json
from doover_web.data.access import can_be_stored, reach_agent
from doover_web.data.requests import body_of
from doover_web.identity.permissions import Rights

from .attendance import (
    Attended,
    connection_history,
    find_connection,
    live_connections,
    subscription_history,
    watchers_of,
)
from .connection import recompute
from .models import SubscriptionLog
from .turn import turn_credentials

router = Router(tags=["connections"])
CONNECTED, CLOSED = 1, 0
WINDOW: list[dict] = [
    {"in": "query", "name": name, "schema": {"type": "string", "pattern": "^-?[0-9]{1,19}$"}}
    for name in ("before", "after")
] + [{"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": settings.MAX_PAGE}}]
ONLY_DEFAULT = {"in": "query", "name": "default_connection", "schema": {"type": "boolean"}}
ONE_CHANNEL = {"in": "query", "name": "channel", "description": "JSON text", "schema": {"type": "string"}}
TURN_BODY = {"role": "client", "camera_name": "yard", "device_id": "154816659125698577"}


class ChannelRefOut(Schema):
    agent_id: str
    name: str


class SubscriptionOut(Schema):
    channel: ChannelRefOut
    connection_id: str
    subscribed_at: int


class SubscriptionLogOut(SubscriptionOut):
    unsubscribed_at: int | None


class ConnectionOut(Schema):
    """`status` is 1 while the session is open; `latency` in ms."""

    agent_id: str
    session_id: str
    default_session: bool
    address: str
    status: int
    subscriptions: list[SubscriptionOut]
    last_ping: int | None
    latency: float | None


class TurnOut(Schema):
    """`ttl` in seconds, `expires_at` in seconds since 1970."""

    username: str
    credential: str
    ttl: int
    expires_at: int
    uris: list[str]


@router.get("/agents/{agent_id}/wss_connections", response=list[ConnectionOut])
def list_connections(request, agent_id: str):
    """The sessions of an agent that are open now, newest first."""
    return [_connection_out(one) for one in live_connections(reach_agent(request.auth, agent_id))]


@router.get(
    "/agents/{agent_id}/wss_connections/history",
    response=list[ConnectionOut],
    openapi_extra={"parameters": [*WINDOW, ONLY_DEFAULT]},
)
def list_connection_history(request, agent_id: str):
    """The sessions of a window: newest first, or oldest first with `after` alone."""
    window = read_window(request.GET, maximum=settings.MAX_PAGE)
    default_only = flag(request.GET, "default_connection")
    found = connection_history(reach_agent(request.auth, agent_id), window, default_only=default_only)
    return [_connection_out(one) for one in found]


@router.get(
    "/agents/{agent_id}/wss_connections/subscriptions/history",
    response=list[SubscriptionLogOut],
    openapi_extra={"parameters": [*WINDOW, ONE_CHANNEL]},
)
def list_subscription_history(request, agent_id: str):
    """What the sessions of an agent watched. A page may be longer than `limit`: it ends with its last session."""
    window = read_window(request.GET, maximum=settings.MAX_PAGE)
    channel = _channel_of(request.GET.get("channel"))
    found = subscription_history(reach_agent(request.auth, agent_id), window, channel)
    return [{**_subscription_out(one), "unsubscribed_at": one.unsubscribed_at} for one in found]


@router.get("/connections/{connection_id}", response=ConnectionOut)
def get_connection(request, connection_id: str):
    return _connection_out(find_connection(request.auth, connection_id))


@router.get("/agents/{agent_id}/channels/{name}/subscriptions", response=list[SubscriptionOut])
def list_channel_subscriptions(request, agent_id: str, name: str):
    """Who watches a channel now, the latest first."""
    return [_subscription_out(one) for one, _ in watchers_of(reach_agent(request.auth, agent_id), name)]


@router.post("/agents/{agent_id}/connection_sync")
def sync_connection(request, agent_id: str) -> dict:
    """Judge anew whether an agent is online, and write it to `doover_connection`."""
    reach = reach_agent(request.auth, agent_id)
    if not reach.rights & Rights.CONTROL:
        raise Forbidden("You may not write to this agent's channels (device_control)", code="no_control")
    recompute([reach.agent_id])
    return {}


@router.post(
    "/turn/token",
    response=TurnOut,
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"example": TURN_BODY}}}},
)
def create_turn_token(request):
    """Credentials for the TURN servers, for one camera of one device."""
    body = body_of(request.body)
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object", code="not_an_object")
    device_id = body.get("device_id")
    if isinstance(device_id, bool) or not isinstance(device_id, str | int | None):
        raise BadRequest("device_id is an id, as text", code="bad_device")
    return turn_credentials(
        request.auth, role=_text(body, "role"), camera=_text(body, "camera_name"), device_id=device_id
    )


def _text(body: dict, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be a text", code="bad_value")
    return value


def _channel_of(text: str | None) -> tuple[int | str, str] | None:
    """The channel that a query names in JSON, as the clients write it; None when it names none."""
    if not text:
        return None
    try:
        channel = parse_json(text.encode(), max_depth=settings.MAX_JSON_DEPTH)
        agent_id, name = channel["agent_id"], channel["name"]
    except (Refused, TypeError, KeyError) as problem:
        raise BadRequest('channel is JSON text: {"agent_id": "…", "name": "…"}', code="bad_channel") from problem
    if not isinstance(agent_id, str | int) or not isinstance(name, str) or not can_be_stored(name):
        raise BadRequest("channel holds an id and a name", code="bad_channel")
    return agent_id, name


def _connection_out(attended: Attended) -> dict:
    connection = attended.connection
    return {
        "agent_id": str(connection.agent_id),
        "session_id": str(connection.id),
        "default_session": connection.is_default,
        "address": connection.address,
        "status": CONNECTED if attended.is_live else CLOSED,
        "subscriptions": [_subscription_out(one) for one in attended.subscriptions],
        "last_ping": connection.last_ping,
        "latency": connection.latency,
    }


def _subscription_out(watch: SubscriptionLog) -> dict:
    return {
        "channel": {"agent_id": str(watch.channel_agent_id), "name": watch.channel_name},
        "connection_id": str(watch.connection_id),
        "subscribed_at": watch.subscribed_at,
    }
