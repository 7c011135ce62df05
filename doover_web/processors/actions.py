"""Registering what starts a function, swapping its token for one to work with, and queueing calls."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from doover_web.common.wire import Busy, Conflict, TooMany
from doover_web.identity import audit
from doover_web.identity.actions.processor import create_trigger_token, create_working_token
from doover_web.identity.actions.token import revoke_token
from doover_web.identity.auth import Caller
from doover_web.identity.flags import Rights
from doover_web.identity.given import AGENT, listed
from doover_web.identity.guard import check_gives
from doover_web.identity.models import Agent

from .access import T
from .models import Function, IngestionEndpoint, Invocation

# The longest run (900 s) and a minute for what comes after it.
WORKING_SECONDS = 960
# What a function may do at the agent it belongs to, whatever else it is given (`data-api §17` I44, I45).
AT_HOME = Rights.VIEW | Rights.PRIVATE | Rights.HISTORY | Rights.CONTROL | Rights.ALARMS_VIEW | Rights.ALARMS_MANAGE
MOST_WAITING = 1000  # calls that wait at one endpoint
WAITS = timedelta(hours=6)
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Registered:
    """`secret` is the trigger's token, or "" when it kept the one it has, which is never shown again."""

    id: int
    token_id: int
    secret: str


def put_trigger(
    model: type[T],
    *,
    host: Agent,
    trigger_id: int,
    app_key: str,
    permissions: dict[tuple[str, int], Rights],
    values: dict[str, Any],
    by: Caller | None,
) -> Registered:
    """Make or change what starts the function `app_key` of `host`; its token is replaced.

    An endpoint that is never to lose its token keeps it. Conflict when the id belongs to another agent.
    """
    try:
        with transaction.atomic():
            return _put(model, host, trigger_id, app_key, check_gives(by, permissions), values, by)
    except IntegrityError as problem:
        raise _taken(trigger_id) from problem


@transaction.atomic
def remove_trigger(*, trigger, by: Caller | None) -> None:
    """It starts nothing any more, and every token that came of it ends."""
    function, token = trigger.function, trigger.token
    _record("processor.removed", trigger, function, by)
    trigger.delete()
    revoke_token(token=token, by=None)


@transaction.atomic
def renew_token(*, trigger, by: Caller | None) -> Registered:
    """A fresh token in the place of the trigger's old one, which ends with all that came of it."""
    old, function = trigger.token, trigger.function
    trigger.token, secret = create_trigger_token(agent=function.actor, name=str(trigger), by=by)
    trigger.save(update_fields=["token", "changed_at"])
    revoke_token(token=old, by=None)
    _record("processor.token_renewed", trigger, function, by)
    return Registered(trigger.id, trigger.token_id, secret)


def working_token(trigger) -> str:
    """The token that a run works with: it holds the trigger's permissions and ends by itself."""
    return create_working_token(parent=trigger.token, permissions=trigger.permissions, seconds=WORKING_SECONDS)[1]


def count_call(endpoint: IngestionEndpoint) -> None:
    """Count one more call in this second; TooMany beyond the endpoint's limit."""
    key = f"ingestion:{endpoint.id}:{int(time.time())}"
    cache.add(key, 0, 5)
    if cache.incr(key) > endpoint.throttle_limit:
        raise TooMany(f"This endpoint takes {endpoint.throttle_limit} calls a second", code="throttled")


def queue_call(*, endpoint: IngestionEndpoint, payload: bytes, content_type: str, url: str) -> Invocation:
    """Keep a call from outside until the function's turn comes; Busy when too many wait already."""
    waiting = Invocation.objects.filter(endpoint=endpoint, status=Invocation.Status.QUEUED)[:MOST_WAITING]
    if waiting.count() >= MOST_WAITING:
        raise Busy(f"{MOST_WAITING} calls wait at this endpoint; try again later", code="queue_full")
    return Invocation.objects.create(
        function_id=endpoint.function_id,
        endpoint=endpoint,
        op="on_ingestion_endpoint",
        payload=payload,
        content_type=content_type[:255],
        url=url[:2048],
    )


def sweep() -> int:
    """End calls that waited too long, dropping what they carried, and forget old ones; how many were ended."""
    now = timezone.now()
    queued = Invocation.objects.filter(status=Invocation.Status.QUEUED)
    # A task's run waits as long as it takes: nobody sends it again.
    late = queued.filter(created_at__lt=now - WAITS, function__isnull=False)
    ended = late.update(status=Invocation.Status.EXPIRED, ended_at=now, payload=b"")
    Invocation.objects.exclude(status=Invocation.Status.QUEUED).filter(created_at__lt=now - KEPT).delete()
    return ended


def function_of(host: Agent, app_key: str) -> Function:
    """The function of an application on `host`, made with an agent to act as when it is new."""
    known = Function.objects.select_related("actor").filter(agent=host, app_key=app_key).first()
    if known is not None:
        return known
    actor = Agent.objects.create(
        kind=Agent.Kind.APP,
        organisation_id=host.organisation_id,
        name=app_key,
        display_name=f"{app_key} of {host}"[:255],
    )
    return Function.objects.create(agent=host, app_key=app_key, actor=actor)


def _put(model, host: Agent, trigger_id: int, app_key: str, given: dict, values: dict, by: Caller | None) -> Registered:
    # One at a time for an agent, so that two calls do not make two actors for one application.
    Agent.objects.select_for_update(no_key=True).get(pk=host.pk)
    function = function_of(host, app_key)
    trigger = model.objects.select_related("function", "token").filter(pk=trigger_id).first()
    if trigger is not None and trigger.function.agent_id != host.id:
        raise _taken(trigger_id)
    home = (AGENT, host.id)
    given = {**given, home: given.get(home, Rights.NONE) | AT_HOME}
    values = {**values, "function": function, "permissions": listed(given)}
    if trigger is None:
        trigger = model(id=trigger_id)
    elif trigger.function_id == function.id and values.get("never_replace_token"):
        _save(trigger, values)
        _record("processor.registered", trigger, function, by)
        return Registered(trigger.id, trigger.token_id, "")
    old = None if trigger._state.adding else trigger.token
    trigger.token, secret = create_trigger_token(agent=function.actor, name=str(trigger), by=by)
    _save(trigger, values)
    if old is not None:
        revoke_token(token=old, by=None)
    _record("processor.registered", trigger, function, by)
    return Registered(trigger.id, trigger.token_id, secret)


def _save(trigger, values: dict) -> None:
    for name, value in values.items():
        setattr(trigger, name, value)
    trigger.save()


def _record(action: str, trigger, function: Function, by: Caller | None) -> None:
    audit.record(
        action,
        actor=by,
        subject=function.agent,
        organisation_id=function.agent.organisation_id,
        kind=trigger._meta.model_name,
        id=str(trigger.id),
        app_key=function.app_key,
        permissions=trigger.permissions[:50],
    )


def _taken(trigger_id: int) -> Conflict:
    return Conflict(f"The id {trigger_id} is in use elsewhere; choose another", code="id_taken")
