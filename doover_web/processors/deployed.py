"""What starts a deployed application, kept in step with its settings (`control-api §5.3`)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from doover_web.identity.given import AGENT, given_of, listed
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

from .actions import AT_HOME, function_of, put_trigger, remove_trigger
from .models import Function, IngestionEndpoint, Invocation, Schedule, Subscription, new_invocation_id
from .reading import endpoint_values

KINDS = {"subscription": Subscription, "schedule": Schedule, "ingestion": IngestionEndpoint}


@transaction.atomic
def keep_function(
    *, host: Agent, app_key: str, starts: Iterable[Mapping[str, Any]], permissions: Iterable[dict], is_org: bool
) -> Function:
    """Have exactly `starts` start the function `app_key` of `host`, each with `permissions`.

    What was there stays as it is, with its token; what is no longer wanted goes.
    """
    function = function_of(host, app_key)
    there = {_name(trigger): trigger for trigger in _triggers(function)}
    rights = _rights(host, permissions)
    for start in starts:
        trigger = there.pop((start["kind"], start["name"]), None)
        values = {**_values(start), "is_org": is_org}
        if trigger is None:
            model = KINDS[start["kind"]]
            put_trigger(
                model,
                host=host,
                trigger_id=new_invocation_id(),
                app_key=app_key,
                permissions=rights,
                values=values,
                by=None,
            )
        else:
            _change(trigger, {**values, "permissions": listed(rights)})
    for trigger in there.values():
        remove_trigger(trigger=trigger, by=None)
    return function


@transaction.atomic
def drop_function(*, host: Agent, app_key: str) -> None:
    """Nothing starts the function any more; its tokens end. Doing so twice changes nothing."""
    function = Function.objects.filter(agent=host, app_key=app_key).first()
    if function is not None:
        for trigger in _triggers(function):
            remove_trigger(trigger=trigger, by=None)


def call_once(*, function: Function, op: str, payload: bytes) -> Invocation:
    """Queue one run of a function."""
    return Invocation.objects.create(function=function, op=op, payload=payload, content_type="application/json")


def _triggers(function: Function) -> list:
    return [
        trigger
        for model in KINDS.values()
        for trigger in model.objects.select_related("function__agent", "token").filter(function=function)
    ]


def _name(trigger) -> tuple[str, str]:
    """How settings name it; a subscription that somebody registered by hand has the name it got there."""
    if isinstance(trigger, Subscription):
        return "subscription", f"channel:{trigger.channel}" if trigger.channel else trigger.arn
    return ("schedule", "schedule") if isinstance(trigger, Schedule) else ("ingestion", "door")


def _values(start: Mapping[str, Any]) -> dict[str, Any]:
    if start["kind"] == "subscription":
        return {"channel": start["channel"], "arn": start["name"]}
    if start["kind"] == "schedule":
        return {"expression": start["expression"], "zone": start["zone"]}
    return endpoint_values({"signing_key": None, **start["body"]})


def _rights(host: Agent, permissions: Iterable[dict]) -> dict[tuple[str, int], Rights]:
    given = given_of(host.organisation_id, permissions)
    rights = {(AGENT, agent_id): mask for agent_id, mask in given.agents.items()}
    home = (AGENT, host.id)
    return {**rights, home: rights.get(home, Rights.NONE) | AT_HOME}


def _change(trigger, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(trigger, name, value)
    trigger.save(update_fields=[*values, "changed_at"])
