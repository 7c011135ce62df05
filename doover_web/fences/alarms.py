"""The alarms that fences raise: of each device, on a channel that says on which side of them it is.

They are alarms like others, so states, history, notes, numbers and pages come with them. Their ids are those of the
fences. Nobody is told of them: a crossing says it already, when and how gravely the fence wants it.
"""

from collections.abc import Sequence

from doover_web.data.access import GEOFENCES, Reach
from doover_web.data.actions.alarm import keep_in_step
from doover_web.data.alarm_bodies import MESSAGES
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent
from doover_web.identity.permissions import EVERYTHING
from doover_web.identity.standing import Standing

from .models import MINUTE_MS, Fence, Stay


def keep_alarms(device: Agent, fences: Sequence[Fence]) -> None:
    """Bring the alarms of a device in step with the fences around it, and with where it was judged to be."""
    stays = dict(Stay.objects.filter(agent=device).values_list("fence_id", "is_inside"))
    holding = [fence for fence in fences if fence.raises_alarms and fence.id in stays]
    keep_in_step(
        reach=_as_itself(device),
        name=GEOFENCES,
        state={str(fence.id): {"inside": stays[fence.id]} for fence in holding},  # the name is for who sees alarms
        alarms={fence.id: alarm_of(fence) for fence in holding},
    )


def alarm_of(fence: Fence) -> dict:
    """The alarm in the shape of the wire (`data-api §10.1`)."""
    return {
        "name": fence.name,
        "key": f"{fence.id}.inside",
        "operator": "eq",
        "value": fence.alarm_while == Fence.Side.INSIDE,
        "alarm_pending_ms": fence.alarm_after * MINUTE_MS,
        "topic_name": f"geofence-{fence.id}",
        "messages": {state: {"notify": False} for state in MESSAGES},
    }


def _as_itself(device: Agent) -> Reach:
    caller = Caller(device.id, device.kind, device.title, Standing(device.id), device.organisation_id)
    return Reach(caller, device.id, device.organisation_id, EVERYTHING)
