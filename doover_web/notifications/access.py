"""Whose endpoints and subscriptions a caller may see and change; what one may not see is not there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from doover_web.common.wire import Forbidden, NotFound
from doover_web.data.access import agent_not_found, parse_id, reach_agent
from doover_web.identity.auth import Caller
from doover_web.identity.callers import standings_of_agents
from doover_web.identity.models import Agent, Membership
from doover_web.identity.permissions import Rights, may_administer, rights_over, subject_of
from doover_web.identity.standing import rights_of

from .models import Endpoint, Subscription

HEARS = Rights.VIEW | Rights.HISTORY  # what it takes to hear of an agent's notifications
MANAGES = "users_manage"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An agent whose notifications are arranged. `is_whole`: with the addresses of its endpoints."""

    caller: Caller
    agent: Agent
    is_whole: bool
    may_change: bool

    @property
    def id(self) -> int:
        return self.agent.id


def subscriber_to_read(caller: Caller, agent_id: str) -> Subscriber:
    """Oneself, an agent that one may configure, or a person whom one manages (without their addresses)."""
    agent = Agent.objects.filter(pk=_id(caller, agent_id)).select_related("group").first()
    if agent is None:
        raise agent_not_found()
    rights = rights_over(caller, agent)
    if agent.id == caller.agent_id:
        return _visible(Subscriber(caller, agent, bool(rights & Rights.VIEW), bool(rights & Rights.CONFIGURE)))
    if rights & Rights.CONFIGURE:
        return Subscriber(caller, agent, True, True)
    if agent.kind == Agent.Kind.USER and _manages(caller, agent):
        return Subscriber(caller, agent, False, True)
    if not rights & Rights.VIEW:
        raise agent_not_found()
    raise Forbidden(_("You may not arrange this agent's notifications (device_configure)"), code="no_configure")


def subscriber_to_change(caller: Caller, agent_id: str) -> Subscriber:
    """The same, for adding, changing and removing subscriptions."""
    found = subscriber_to_read(caller, agent_id)
    if not found.may_change:
        raise Forbidden(_("This token may look at notifications, but not arrange them"), code="narrow_token")
    return found


def endpoints_to_read(caller: Caller, agent_id: str) -> Subscriber:
    """The same, for endpoints with their addresses."""
    return _whole(subscriber_to_read(caller, agent_id))


def endpoints_to_change(caller: Caller, agent_id: str) -> Subscriber:
    return _whole(subscriber_to_change(caller, agent_id))


def endpoint_of(subscriber: Subscriber, endpoint_id: int | str) -> Endpoint:
    found = Endpoint.objects.filter(agent_id=subscriber.id, pk=parse_id(endpoint_id)).first()
    if found is None:
        raise NotFound("Endpoint not found")
    return found


def subscription_of(subscriber: Subscriber, subscription_id: int | str) -> Subscription:
    found = Subscription.objects.filter(subscriber_id=subscriber.id, pk=parse_id(subscription_id)).first()
    if found is None:
        raise NotFound("Subscription not found")
    return found


def agent_to_hear(subscriber: Subscriber, agent_id: int | str) -> Agent:
    """The agent that somebody is to be subscribed to: both the caller and the subscriber may read its messages. An
    organisation stands for all its devices, also to its guests: of each it is asked who may hear."""
    if home := _home_of_both(subscriber, agent_id):
        return home
    reach = reach_agent(subscriber.caller, agent_id)
    agent = Agent.objects.select_related("group").get(pk=reach.agent_id)
    if not may_hear([subscriber.agent], agent, is_private=False):
        raise Forbidden(_("The subscriber may not read this agent's messages (device_history)"), code="no_history")
    if reach.rights & HEARS != HEARS:
        raise Forbidden(_("You may not read the history of this agent (device_history)"), code="no_history")
    return agent


def may_hear(subscribers: Iterable[Agent], agent: Agent, *, is_private: bool) -> set[int]:
    """Who of `subscribers` may read the messages of the agent's `notifications` channel now, by id."""
    needed = HEARS | Rights.PRIVATE if is_private else HEARS
    subject = subject_of(agent)
    standings = standings_of_agents(subscribers)
    return {id_ for id_, standing in standings.items() if rights_of(standing, subject) & needed == needed}


def _home_of_both(subscriber: Subscriber, agent_id: int | str) -> Agent | None:
    """The organisation with this id, when caller and subscriber are in it."""
    found = Agent.objects.filter(pk=parse_id(agent_id), kind=Agent.Kind.ORGANISATION).first()
    if found is None or found.id not in subscriber.caller.organisations:
        return None
    is_in_it = Membership.objects.filter(user_id=subscriber.id, organisation_id=found.id).exists()
    return found if is_in_it else None


def _manages(caller: Caller, agent: Agent) -> bool:
    homes = Membership.objects.filter(user_id=agent.id).values_list("organisation_id", flat=True)
    return any(may_administer(caller.standing, home, MANAGES) for home in homes)


def _visible(subscriber: Subscriber) -> Subscriber:
    if not subscriber.is_whole:
        raise agent_not_found()
    return subscriber


def _whole(subscriber: Subscriber) -> Subscriber:
    if not subscriber.is_whole:
        raise Forbidden(_("A person's endpoints are for that person; see endpoints/summary"), code="not_own_endpoints")
    return subscriber


def _id(caller: Caller, agent_id: str) -> int:
    return caller.agent_id if agent_id == "me" else parse_id(agent_id)
