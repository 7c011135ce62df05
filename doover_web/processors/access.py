"""Finding with permission: who may register what starts a function, and whose token opens a trigger."""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Q

from doover_web.common.wire import Forbidden, NotFound
from doover_web.data.access import parse_id, reach_agent
from doover_web.data.models import Channel
from doover_web.data.redaction import GUARDED
from doover_web.identity.auth import Caller
from doover_web.identity.callers import standings_of_agents
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights, require, rights_over, subject_of
from doover_web.identity.standing import rights_of

from .models import IngestionEndpoint, Schedule, Subscription

T = TypeVar("T", Subscription, Schedule, IngestionEndpoint)
# What an organisation's own functions are for, one of which one must administer (`control-api §4.4`).
ADMINISTERS = ("integrations_manage", "reports_create", "applications_manage")


def host_to_change(caller: Caller, agent_id: int | str) -> Agent:
    """The agent whose functions the caller may register. NotFound when it is not seen, Forbidden without the right."""
    reach = reach_agent(caller, agent_id)
    host = Agent.objects.in_use().filter(pk=reach.agent_id).first()
    if host is None or host.kind not in (Agent.Kind.DEVICE, Agent.Kind.ORGANISATION):
        raise NotFound("There is no device or organisation with this id")
    if host.kind == Agent.Kind.ORGANISATION:
        require(caller, host.id, ADMINISTERS)
    elif not reach.rights & Rights.CONFIGURE:
        raise Forbidden("You may not configure this device (device_configure)", code="no_configure")
    # A device stands on its own only; what runs on it is not for it to decide.
    if caller.agent_id == host.id and not caller.is_superuser:
        raise Forbidden("What runs on an agent is registered by those who configure it", code="no_configure")
    return host


def trigger_to_change(model: type[T], host: Agent, trigger_id: int | str) -> T:
    """The trigger of `host` with this id."""
    found = model.objects.select_related("function__actor", "function__agent", "token")
    trigger = found.filter(pk=parse_id(trigger_id), function__agent=host).first()
    if trigger is None:
        raise NotFound(f"{host.title} has no {model._meta.verbose_name} with this id")
    return trigger


def trigger_of_token(model: type[T], caller: Caller, name: str) -> T:
    """The trigger that the caller's token belongs to, which must be the one that `name` (an id or an ARN) names."""
    found = model.objects.select_related("function__actor", "function__agent", "token")
    trigger = found.filter(token_id=caller.token_id, function__agent__archived_at=None).first()
    if trigger is None or name not in (str(trigger.id), getattr(trigger, "arn", None)):
        raise NotFound(f"This token belongs to no such {model._meta.verbose_name}")
    return trigger


def endpoint_to_call(caller: Caller, endpoint_id: int | str, agent_id: int | str | None = None) -> IngestionEndpoint:
    """The endpoint that the caller may call: with its own token, or as somebody who may control its agent."""
    named = Q(pk=parse_id(endpoint_id)) & (Q() if agent_id is None else Q(function__agent_id=parse_id(agent_id)))
    found = IngestionEndpoint.objects.select_related("function__agent__group", "token")
    endpoint = found.filter(named, function__agent__archived_at=None).first()
    if endpoint is not None and endpoint.token_id == caller.token_id:
        return endpoint
    rights = rights_over(caller, endpoint.function.agent) if endpoint else Rights.NONE
    if endpoint is None or not rights & Rights.VIEW:
        raise NotFound("There is no such ingestion endpoint")
    if not rights & Rights.CONTROL:
        raise Forbidden("You may not control this agent (device_control)", code="no_control")
    return endpoint


def may_hear(agent_ids: Iterable[int | None], heard_id: int, channel_id: int) -> set[int]:
    """Who of these agents may read all of what is said on a channel now, by id."""
    channel = Channel.objects.select_related("agent__group").filter(agent_id=heard_id, id=channel_id).first()
    if channel is None:
        return set()
    needed = Rights.VIEW | (Rights.PRIVATE if channel.is_private else Rights.NONE)
    needed |= Rights.CONFIGURE if channel.name in GUARDED else Rights.NONE
    subject = subject_of(channel.agent)
    standings = standings_of_agents(Agent.objects.filter(pk__in=[one for one in agent_ids if one is not None]))
    return {id_ for id_, standing in standings.items() if rights_of(standing, subject) & needed == needed}
