"""Putting a warning of a device away."""

from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import NotFound
from doover_web.data.access import check_write

from ..overview import CHANNELS, tree_of
from ..page import page
from ..ui import sending
from ..ui.frame import device_frame
from ..warnings import may_be_put_away, press_of, put_away


@page
@require_POST
def dismiss(request, agent_id: str):
    """Tell the device that a warning was seen, and hide it for this person until it changes."""
    device = device_frame(request, agent_id, "overview", channels=CHANNELS)
    check_write(device.reach, sending.CHANNEL, is_private=False)
    place = request.POST.get("place", "")
    found = next((one for one in tree_of(device).shown() if one.place == place and may_be_put_away(one)), None)
    if found is None:
        raise NotFound(_("This device has no such warning any more"))
    sending.send(reach=device.reach, control=press_of(found), value=now_ms())
    put_away(request.session, device.agent.id, found)
    return redirect("portal:device", device.agent.id)
