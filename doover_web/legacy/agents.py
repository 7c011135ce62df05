"""Agents (`legacy-client-api §5.2`)."""

from ninja import Router

from doover_web.control.models import Device
from doover_web.data.models import Channel
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

from .door import answer, either_slash
from .finding import agent_to_see
from .shapes import agent_out, listed_channel

router = Router(tags=["agents"])


@either_slash(router, ["GET"], "/list_agents")
def list_agents(request):
    """Every agent the caller may see; nothing of this generation knows pages."""
    found = Agent.objects.visible_to(request.auth).in_use().select_related("organisation__agent").order_by("name", "id")
    agents = list(found)
    configs = Device.objects.configs_of(agent.id for agent in agents)
    return answer({"agents": [agent_out(agent, configs.get(agent.id, {})) for agent in agents]})


@either_slash(router, ["GET"], "/agent/{agent}")
def get_agent(request, agent: str):
    """An agent with its channels."""
    reach, found = agent_to_see(request.auth, agent)
    channels = Channel.objects.of(found).in_use().order_by("name")
    if not reach.rights & Rights.PRIVATE:
        channels = channels.public()
    config = Device.objects.configs_of([found.id]).get(found.id, {})
    listed = [listed_channel(channel, str(found.key)) for channel in channels]
    return answer({**agent_out(found, config), "channels": listed})
