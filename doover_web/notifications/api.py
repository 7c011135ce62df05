"""Endpoints, subscriptions and subscribers over HTTP (`data-api §12.2`).

Routes with a word stand before those with an id in the same place.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from doover_web.common.wire import BadRequest, NotFound
from doover_web.data.access import parse_id
from doover_web.data.api.answers import answer, body_shape, nothing
from doover_web.data.requests import body_of, whole_number

from . import access, vapid
from .actions.endpoint import SECRET, create_endpoint, delete_endpoint, edit_endpoint, renew_web_push, try_endpoint
from .actions.subscription import PARTS, edit_subscriptions, end_subscriptions, subscribe
from .kinds import Kind
from .models import Endpoint, Subscription
from .transports import obstacle

router = Router(tags=["notifications"])
BASE = "/agents/{agent_id}/notifications"
ENDPOINTS, SUBSCRIPTIONS = f"{BASE}/endpoints", f"{BASE}/subscriptions"
DEFAULT = f"{SUBSCRIPTIONS}/default"
MOST_SUBSCRIBERS = 1000
ENDPOINT_BODY = body_shape({"name": "Work", "type": "Email", "extra_data": {"email": "a@example.com"}, "default": True})
SUBSCRIPTION_BODY = body_shape(
    {"subscribe_to": "1", "severity": 5, "topic_filter": [], "topic_filter_mode": "exact", "topic_filter_exclude": []}
)
PUSH_BODY = body_shape({"old_endpoint": "https://…", "endpoint": "https://…", "key_p256dh": "…", "key_auth": "…"})


@router.get("/notifications/webpush-public-key", auth=None)
def webpush_public_key(request: HttpRequest) -> HttpResponse:
    """What a browser subscribes with; public by its nature."""
    return answer({"key": vapid.public_key()})


@router.post("/agents/me/notifications/update_web_push", openapi_extra=PUSH_BODY)
def update_web_push(request: HttpRequest) -> HttpResponse:
    """A browser's subscription was replaced by another."""
    subscriber = access.endpoints_to_change(request.auth, "me")
    body = _body(request)
    old = body.get("old_endpoint")
    if not isinstance(old, str):
        raise BadRequest("old_endpoint is the address that the subscription had", code="bad_push")
    extra = {name: body.get(name) for name in ("endpoint", "key_p256dh", "key_auth", "expires_at")}
    renew_web_push(agent_id=subscriber.id, old_endpoint=old, extra_data=extra)
    return nothing()


@router.get(BASE)
def everything(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Endpoints, subscriptions, and who else subscribed to this agent."""
    subscriber = access.endpoints_to_read(request.auth, agent_id)
    return answer(
        {
            "subscriptions": [_subscription_out(one) for one in _subscriptions(subscriber)],
            "subscribers": _subscribers(subscriber),
            "endpoints": [_endpoint_out(one) for one in Endpoint.objects.of(subscriber.id)],
        }
    )


@router.get(ENDPOINTS)
def list_endpoints(request: HttpRequest, agent_id: str, name: str | None = None) -> HttpResponse:
    """By priority, with their addresses; `name` picks those called so."""
    subscriber = access.endpoints_to_read(request.auth, agent_id)
    found = Endpoint.objects.of(subscriber.id)
    if name is not None:
        found = found.filter(name=name.replace("\x00", ""))
    return answer({"endpoints": [_endpoint_out(one) for one in found]})


@router.get(f"{ENDPOINTS}/summary")
def summarise_endpoints(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Whether each can deliver, without its address."""
    subscriber = access.subscriber_to_read(request.auth, agent_id)
    return answer({"endpoints": [_summary_out(one) for one in Endpoint.objects.of(subscriber.id)]})


@router.post(ENDPOINTS, openapi_extra=ENDPOINT_BODY)
def post_endpoint(request: HttpRequest, agent_id: str) -> HttpResponse:
    """A webhook's answer holds the secret that its deliveries are signed with, here and never again."""
    subscriber = access.endpoints_to_change(request.auth, agent_id)
    body = _body(request)
    endpoint, secret = create_endpoint(
        agent=subscriber.agent,
        name=_text(body.get("name"), "name"),
        kind=_type(body.get("type")),
        extra_data=_object(body.get("extra_data", {}), "extra_data"),
        is_default=_boolean(body.get("default", False), "default"),
        priority=_priority(body.get("priority")),
    )
    out = _endpoint_out(endpoint)
    return answer(out | {"extra_data": out["extra_data"] | {SECRET: secret}} if secret else out)


@router.patch(ENDPOINTS + "/{endpoint_id}", openapi_extra=ENDPOINT_BODY)
def patch_endpoint(request: HttpRequest, agent_id: str, endpoint_id: str) -> HttpResponse:
    """`name`, `extra_data` (whole), `priority` (null clears); what is left out stays."""
    endpoint = access.endpoint_of(access.endpoints_to_change(request.auth, agent_id), endpoint_id)
    body = _body(request)
    changes: dict[str, Any] = {}
    if body.get("name") is not None:
        changes["name"] = _text(body["name"], "name")
    if body.get("extra_data") is not None:
        changes["extra_data"] = _object(body["extra_data"], "extra_data")
    if "priority" in body:
        changes["priority"] = _priority(body["priority"])
    return answer(_endpoint_out(edit_endpoint(endpoint=endpoint, **changes)))


@router.delete(ENDPOINTS + "/{endpoint_id}")
def remove_endpoint(request: HttpRequest, agent_id: str, endpoint_id: str) -> HttpResponse:
    delete_endpoint(endpoint=access.endpoint_of(access.endpoints_to_change(request.auth, agent_id), endpoint_id))
    return nothing()


@router.post(ENDPOINTS + "/{endpoint_id}/test")
def test_endpoint(request: HttpRequest, agent_id: str, endpoint_id: str) -> HttpResponse:
    """Send a test now; `problem` says why it did not go."""
    endpoint = access.endpoint_of(access.endpoints_to_change(request.auth, agent_id), endpoint_id)
    problem = try_endpoint(endpoint=endpoint)
    return answer({"success": not problem} | ({"problem": problem} if problem else {}))


@router.get(SUBSCRIPTIONS)
def list_subscriptions(request: HttpRequest, agent_id: str, subscribed_to: str | None = None) -> HttpResponse:
    subscriber = access.subscriber_to_read(request.auth, agent_id)
    return answer({"subscriptions": [_subscription_out(one) for one in _subscriptions(subscriber, subscribed_to)]})


@router.post(SUBSCRIPTIONS, openapi_extra=SUBSCRIPTION_BODY)
def post_subscription(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Subscribe through one endpoint or the default ones; replaces whole what was agreed there before."""
    subscriber = access.subscriber_to_change(request.auth, agent_id)
    body = _body(request)
    wanted = body.get("endpoint_id")
    made = subscribe(
        subscriber=subscriber.agent,
        to=access.agent_to_hear(subscriber, body.get("subscribe_to", "")),
        endpoint=None if wanted is None else access.endpoint_of(subscriber, wanted),
        **{"severity": None, **_parts(body)},
    )
    return answer({"subscriptions": [{"id": str(one.id), "endpoint_id": str(one.endpoint_id)} for one in made]})


@router.get(DEFAULT)
def list_default_subscriptions(request: HttpRequest, agent_id: str, subscribed_to: str | None = None) -> HttpResponse:
    subscriber = access.subscriber_to_read(request.auth, agent_id)
    found = _subscriptions(subscriber, subscribed_to).by_default()
    return answer({"subscriptions": [_subscription_out(one) for one in found]})


@router.patch(DEFAULT + "/{subscribed_to}", openapi_extra=SUBSCRIPTION_BODY)
def patch_default_subscriptions(request: HttpRequest, agent_id: str, subscribed_to: str) -> HttpResponse:
    """Every row that the default endpoints hold for that one target."""
    subscriber = access.subscriber_to_change(request.auth, agent_id)
    found = _defaults(subscriber, subscribed_to)
    edit_subscriptions(subscriptions=found, changes=_parts(_body(request)))
    return nothing()


@router.delete(DEFAULT + "/{subscribed_to}")
def remove_default_subscriptions(request: HttpRequest, agent_id: str, subscribed_to: str) -> HttpResponse:
    subscriber = access.subscriber_to_change(request.auth, agent_id)
    end_subscriptions(subscriptions=_defaults(subscriber, subscribed_to))
    return nothing()


@router.patch(SUBSCRIPTIONS + "/{subscription_id}", openapi_extra=SUBSCRIPTION_BODY)
def patch_subscription(request: HttpRequest, agent_id: str, subscription_id: str) -> HttpResponse:
    """What is left out stays; an empty list of exclusions clears them."""
    found = access.subscription_of(access.subscriber_to_change(request.auth, agent_id), subscription_id)
    edit_subscriptions(subscriptions=[found], changes=_parts(_body(request)))
    return nothing()


@router.delete(SUBSCRIPTIONS + "/{subscription_id}")
def remove_subscription(request: HttpRequest, agent_id: str, subscription_id: str) -> HttpResponse:
    found = access.subscription_of(access.subscriber_to_change(request.auth, agent_id), subscription_id)
    end_subscriptions(subscriptions=[found])
    return nothing()


@router.get(f"{BASE}/subscribers")
def list_subscribers(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Others who hear of this agent."""
    return answer({"subscribers": _subscribers(access.endpoints_to_read(request.auth, agent_id))})


def _subscriptions(subscriber: access.Subscriber, subscribed_to: str | None = None):
    found = Subscription.objects.filter(subscriber_id=subscriber.id).wire_order()
    return found if subscribed_to is None else found.filter(subscribed_to_id=parse_id(subscribed_to))


def _defaults(subscriber: access.Subscriber, subscribed_to: str) -> list[Subscription]:
    found = list(_subscriptions(subscriber, subscribed_to).by_default())
    if not found:
        raise NotFound("The default endpoints hold no subscription to this agent")
    return found


def _subscribers(subscriber: access.Subscriber) -> list[dict]:
    found = Subscription.objects.filter(subscribed_to_id=subscriber.id).exclude(subscriber_id=subscriber.id)
    return [_subscription_out(one) for one in found.wire_order()[:MOST_SUBSCRIBERS]]


def _endpoint_out(one: Endpoint) -> dict:
    return {
        "id": str(one.id),
        "agent_id": str(one.agent_id),
        "type": one.type_name,
        "name": one.name,
        "default": one.is_default,
        "extra_data": one.extra_data,
        "priority": one.priority,
    }


def _summary_out(one: Endpoint) -> dict:
    return {
        "id": str(one.id),
        "type": one.type_name,
        "name": one.name,
        "default": one.is_default,
        "ready": not obstacle(one),
        "priority": one.priority,
    }


def _subscription_out(one: Subscription) -> dict:
    return {
        "id": str(one.id),
        "subscriber": str(one.subscriber_id),
        "subscribed_to": str(one.subscribed_to_id),
        "severity": one.severity_name,
        "topic_filter": one.topic_filter,
        "topic_filter_mode": one.topic_filter_mode,
        "topic_filter_exclude": one.topic_filter_exclude,
        "endpoints": [
            {"id": str(one.endpoint_id), "name": one.endpoint.name, "default": one.endpoint.is_default},
        ],
    }


def _body(request: HttpRequest) -> dict:
    return _object(body_of(request.body), "The body")


def _parts(body: dict) -> dict[str, Any]:
    """The parts of a subscription that a body names; null is as good as left out."""
    return {name: body[name] for name in PARTS if body.get(name) is not None}


def _type(value: Any) -> Kind:
    try:
        if not isinstance(value, bool):
            return Kind[value] if isinstance(value, str) else Kind(value)
    except (KeyError, ValueError, TypeError):
        pass
    raise BadRequest(f"type is one of {', '.join(kind.name for kind in Kind)}, or 1 to 6", code="bad_type")


def _priority(value: Any) -> int | None:
    return whole_number(value, "priority", least=-(2**31), most=2**31 - 1)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be a text", code="bad_value")
    return value


def _object(value: Any, name: str) -> dict:
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be a JSON object", code="not_an_object")
    return value


def _boolean(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(f"{name} must be true or false", code="bad_value")
    return value
