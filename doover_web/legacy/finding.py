"""Agents, channels by key, id or name, with the refusals that old clients expect (`legacy-client-api §3.4`)."""

from doover_web.common.message_key import key_of
from doover_web.common.wire import Forbidden, NotFound
from doover_web.data.access import Reach, can_be_stored, channel_not_found, channel_to_watch, reach_agent
from doover_web.data.models import Channel
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

from .translate import id_of


def agent_id_of(text: str) -> int:
    """The id behind a key or a decimal id. NotFound for anything else."""
    if (key := key_of(text)) is not None:
        found = Agent.objects.filter(key=key).values_list("id", flat=True).first()
    else:
        found = id_of(text)
    if found is None:
        raise NotFound("There is no such agent")
    return found


def agent_to_see(caller: Caller, text: str) -> tuple[Reach, Agent]:
    """The agent itself; 404 when the caller may not know of it."""
    reach = reach_agent(caller, agent_id_of(text))
    return reach, Agent.objects.select_related("organisation__agent").get(pk=reach.agent_id)


def reach_of(caller: Caller, text: str) -> Reach:
    """The caller's rights at an agent whose channels are asked for: denied is 403 here, as keys cannot be guessed."""
    return _reach(caller, agent_id_of(text), by_key=key_of(text) is not None)


def channel_at(caller: Caller, agent: str, name: str) -> tuple[Reach, Channel]:
    """A channel by its exact name, prefix included."""
    reach = reach_of(caller, agent)
    return reach, channel_to_watch(reach, name)


def channel_of(caller: Caller, text: str) -> tuple[Reach, Channel]:
    """A channel by key or id; any other text is a name at the caller's own agent (`§5.3`)."""
    key, plain = key_of(text), id_of(text)
    found = None
    if key is not None:
        found = Channel.objects.filter(key=key).first()
    elif plain is not None:
        found = Channel.objects.filter(id=plain).first()
    if found is None and can_be_stored(text):
        found = Channel.objects.filter(agent_id=caller.agent_id, name=text).first()
    if found is None:
        raise channel_not_found(text)
    reach = _reach(caller, found.agent_id, by_key=key is not None)
    if found.is_private and not reach.rights & Rights.PRIVATE:
        raise channel_not_found(text)
    return reach, found


def check_history(reach: Reach) -> None:
    if not reach.rights & Rights.HISTORY:
        raise Forbidden("You may not read the history of this agent (device_history)", code="no_history")


def _reach(caller: Caller, agent_id: int, *, by_key: bool) -> Reach:
    try:
        return reach_agent(caller, agent_id)
    except NotFound as problem:
        if by_key and Agent.objects.filter(pk=agent_id).exists():
            raise Forbidden("You have no access to this agent", code="no_access") from problem
        raise
