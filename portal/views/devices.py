"""A device: whether it is there, what its applications say, and its channels."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.data.access import reach_agent
from doover_web.data.alarm_lists import open_alarms_of
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights
from doover_web.pages import words

from ..page import page
from ..ui.lookups import state_of
from ..ui.presence import judge
from ..ui.readings import read_tags
from ..viewer.listing import address_of, channels_of


@page
def device(request, agent_id: str):
    """The device page: badge, readings from `tag_values`, and a way into each channel."""
    reach = reach_agent(request.caller, agent_id)
    agent = Agent.objects.select_related("organisation").get(pk=reach.agent_id)
    if agent.kind != Agent.Kind.DEVICE:
        raise Http404
    context = {
        "section": "devices",
        "agent": agent,
        "presence": judge(state_of(agent.id, "doover_connection"), now_ms(), timezone.get_current_timezone()),
        "apps": read_tags(
            state_of(agent.id, "tag_values"), state_of(agent.id, "deployment_config"), timezone.localtime()
        ),
        "base": address_of(str(agent.id), "tag_values"),
        "channels": channels_of(reach),
        "may_configure": bool(reach.rights & Rights.CONFIGURE),
        "open_alarms": [
            (alarm, address_of(str(agent.id), alarm["channel_name"]), words.from_ms(alarm["entered_state_ts"]))
            for alarm in open_alarms_of(reach)
        ],
    }
    return render(request, "portal/device.html", context)
