"""Registering what starts a function, and the exchange of its first token (`data-api §13.1, §13.2`)."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from doover_web.data.access import parse_id
from doover_web.data.api.answers import answer, body_shape, nothing
from doover_web.data.requests import body_of
from doover_web.identity.given import read_permissions

from .access import T, host_to_change, trigger_of_token, trigger_to_change
from .actions import Registered, put_trigger, remove_trigger, renew_token, working_token
from .info import info_of
from .models import IngestionEndpoint, Schedule, Subscription
from .reading import common_values, endpoint_values, read_app_key, read_body, subscription_values

router = Router(tags=["processors"])
PROCESSORS = "/agents/{agent_id}/processors"
GIVEN = {
    "app_key": "tank_1",
    "permissions": [{"permission_id": "ag:154816659125698577", "permission": "1099511627774"}],
}
SUBSCRIPTION_BODY = {**GIVEN, "subscription_arn": "arn:aws:sns:…", "subscribed_to_agent": 154816659125698577}
ENDPOINT_BODY = {**GIVEN, "lambda_arn": "…", "cidr_ranges": ["10.0.0.0/8"], "throttle_limit": 10}


class RegisteredOut(Schema):
    """`token` is "" when the one before it stays, which is not shown again."""

    id: str
    token: str
    token_id: str


class SubscriptionInfoOut(Schema):
    agent_id: str
    organisation_id: str
    app_key: str
    token: str
    deployment_config: dict[str, Any]
    ui_state: dict[str, Any] | None
    ui_cmds: dict[str, Any] | None
    tag_values: dict[str, Any] | None
    connection_data: dict[str, Any] | None


@router.put(PROCESSORS + "/schedules/{schedule_id}", response=RegisteredOut, openapi_extra=body_shape(GIVEN))
def put_schedule(request: HttpRequest, agent_id: str, schedule_id: str):
    """A function runs by the clock."""
    return _put(request, Schedule, agent_id, schedule_id, lambda body: common_values(body))


@router.delete(PROCESSORS + "/schedules/{schedule_id}")
def delete_schedule(request: HttpRequest, agent_id: str, schedule_id: str):
    return _delete(request, Schedule, agent_id, schedule_id)


@router.post(PROCESSORS + "/schedules/{schedule_id}/token", response=RegisteredOut)
def post_schedule_token(request: HttpRequest, agent_id: str, schedule_id: str):
    """A fresh token; the one before it ends."""
    host = host_to_change(request.auth, agent_id)
    return _told(renew_token(trigger=trigger_to_change(Schedule, host, schedule_id), by=request.auth))


@router.put(
    PROCESSORS + "/subscriptions/{subscription_id}",
    response=RegisteredOut,
    openapi_extra=body_shape(SUBSCRIPTION_BODY),
)
def put_subscription(request: HttpRequest, agent_id: str, subscription_id: str):
    """A function hears a channel."""
    return _put(request, Subscription, agent_id, subscription_id, lambda body: subscription_values(body, request.auth))


@router.delete(PROCESSORS + "/subscriptions/{subscription_id}")
def delete_subscription(request: HttpRequest, agent_id: str, subscription_id: str):
    return _delete(request, Subscription, agent_id, subscription_id)


@router.put(PROCESSORS + "/ingestions/{ingestion_id}", response=RegisteredOut, openapi_extra=body_shape(ENDPOINT_BODY))
def put_ingestion(request: HttpRequest, agent_id: str, ingestion_id: str):
    """A system outside calls a function."""
    return _put(request, IngestionEndpoint, agent_id, ingestion_id, endpoint_values)


@router.delete(PROCESSORS + "/ingestions/{ingestion_id}")
def delete_ingestion(request: HttpRequest, agent_id: str, ingestion_id: str):
    return _delete(request, IngestionEndpoint, agent_id, ingestion_id)


@router.get("/processors/subscriptions/{subscription_id}", response=SubscriptionInfoOut)
def get_subscription(request: HttpRequest, subscription_id: str):
    """Exchange a subscription's first token, named by id or ARN, for one to work with."""
    return _info(request, Subscription, subscription_id)


@router.get("/processors/subscriptions/{subscription_id}/info", response=SubscriptionInfoOut)
def get_subscription_info(request: HttpRequest, subscription_id: str):
    return _info(request, Subscription, subscription_id)


@router.get("/processors/schedules/{schedule_id}", response=SubscriptionInfoOut)
def get_schedule(request: HttpRequest, schedule_id: str):
    """Exchange a schedule's first token for one to work with."""
    return _info(request, Schedule, schedule_id)


@router.get("/processors/schedules/{schedule_id}/info", response=SubscriptionInfoOut)
def get_schedule_info(request: HttpRequest, schedule_id: str):
    return _info(request, Schedule, schedule_id)


def _put(request: HttpRequest, model: type[T], agent_id: str, trigger_id: str, read):
    host = host_to_change(request.auth, agent_id)
    body = read_body(body_of(request.body))
    made = put_trigger(
        model,
        host=host,
        trigger_id=parse_id(trigger_id),
        app_key=read_app_key(body),
        permissions=read_permissions(body.get("permissions", [])),
        values=read(body),
        by=request.auth,
    )
    return _told(made)


def _delete(request: HttpRequest, model: type[T], agent_id: str, trigger_id: str):
    host = host_to_change(request.auth, agent_id)
    remove_trigger(trigger=trigger_to_change(model, host, trigger_id), by=request.auth)
    return nothing()


def _info(request: HttpRequest, model: type[T], name: str):
    trigger = trigger_of_token(model, request.auth, name)
    return answer(info_of(trigger.function, working_token(trigger)))


def _told(made: Registered):
    return answer({"id": str(made.id), "token": made.secret, "token_id": str(made.token_id)})
