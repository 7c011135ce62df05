"""From the agent in an address to the caller's rights there."""

import uuid

from doover_web.common.wire import NotFound
from doover_web.data.access import Reach, reach_agent
from doover_web.identity.models import Agent


def reach_of(caller, agent: str) -> tuple[Reach, Agent]:
    """The rights at an agent and the agent itself, by id or by UUID key."""
    if "-" in agent[1:]:
        known = Agent.objects.visible_to(caller).filter(key=uuid.UUID(agent)).values_list("id", flat=True).first()
        if known is None:
            raise NotFound("Agent not found")
        agent = str(known)
    reach = reach_agent(caller, agent)
    return reach, Agent.objects.select_related("organisation").get(pk=reach.agent_id)
