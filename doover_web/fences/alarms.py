"""The alarms that fences raise: of each device, on a channel that says on which side of them it is.

They are alarms like others, so states, history, notes, numbers and pages come with them. Their ids are those of the
fences. People hear of such a crossing by its alarm, when and how gravely the fence wants it, and not of both.
"""

from collections.abc import Sequence

from doover_web.data.access import GEOFENCES, Reach
from doover_web.data.actions.alarm import Kept, keep_in_step
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent
from doover_web.identity.permissions import EVERYTHING
from doover_web.identity.standing import Standing

from .models import MINUTE_MS, Fence, Stay


def keep_alarms(device: Agent, fences: Sequence[Fence], at: int | None = None) -> None:
    """Bring the alarms of a device in step with the fences around it, and with where it was judged to be at the moment
    `at` (ms; None: now)."""
    stays = dict(Stay.objects.filter(agent=device).values_list("fence_id", "is_inside"))
    holding = [fence for fence in fences if fence.raises_alarms and fence.id in stays]
    keep_in_step(
        reach=_as_itself(device),
        name=GEOFENCES,
        state={str(fence.id): {"inside": stays[fence.id]} for fence in holding},  # the name is for who sees alarms
        alarms={fence.id: alarm_of(fence) for fence in holding},
        at=at,
    )


def alarm_of(fence: Fence) -> Kept:
    """The alarm in the shape of the wire (`data-api §10.1`). What it says is read by `data.alarm_brief`."""
    is_inside = fence.alarm_while == Fence.Side.INSIDE
    here, there = ("inside", "outside") if is_inside else ("outside", "inside")
    tells_it, tells_end = (fence.tells_entry, fence.tells_exit)[:: 1 if is_inside else -1]
    said = {
        "alarm": (tells_it, f"device is {here}"),
        "ok": (tells_end, f"back to normal, device is {there}"),
        "pending": (False, f"device is {here}, not for long enough yet"),
        "no_data": (False, "it is not known where the device is"),
    }
    body = {
        "name": fence.name,
        "key": f"{fence.id}.inside",
        "operator": "eq",
        "value": is_inside,
        "alarm_pending_ms": fence.alarm_after * MINUTE_MS,
        "topic_name": f"geofence-{fence.id}",
        "messages": {name: {"notify": tells, "text": f"{fence.name}: {text}"} for name, (tells, text) in said.items()},
    }
    return Kept(body, fence.severity)


def _as_itself(device: Agent) -> Reach:
    caller = Caller(device.id, device.kind, device.title, Standing(device.id), device.organisation_id)
    return Reach(caller, device.id, device.organisation_id, EVERYTHING)
