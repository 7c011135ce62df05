"""The parts of a device page that this file knows: the overview and the details."""

from django.shortcuts import render
from django.utils import timezone

from doover_web.pages import words

from ..page import page
from ..ui.frame import device_context
from ..ui.readings import read_tags
from ..viewer.listing import address_of, channels_of


@page
def device(request, agent_id: str):
    """The overview: readings from `tag_values`, open alarms."""
    context = device_context(request, agent_id, "overview", channels=["deployment_config"])
    device = context["device"]
    return render(
        request,
        "portal/device.html",
        {
            **context,
            "apps": read_tags(
                device.state("tag_values").data, device.state("deployment_config").data, timezone.localtime()
            ),
            "base": address_of(str(device.agent.id), "tag_values"),
            "open_alarms": [
                (
                    alarm,
                    address_of(str(device.agent.id), alarm["channel_name"]),
                    words.from_ms(alarm["entered_state_ts"]),
                )
                for alarm in device.alarms
            ],
        },
    )


@page
def details(request, agent_id: str):
    """What the device is, how it is connected, and its channels."""
    context = device_context(request, agent_id, "details")
    device = context["device"]
    return render(request, "portal/device_details.html", {**context, "channels": channels_of(device.reach)})
