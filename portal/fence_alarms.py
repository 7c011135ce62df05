"""Which alarms are of fences, and lead to them."""

from collections.abc import Iterable

from doover_web.data.access import GEOFENCES
from doover_web.fences.models import Fence
from doover_web.identity.auth import Caller


def is_of_fence(channel_name: str) -> bool:
    """Whether an alarm on this channel is kept by a fence, and has its id."""
    return channel_name == GEOFENCES


def fences_seen(caller: Caller, alarms: Iterable[tuple[str, int]]) -> set[int]:
    """The fences among these alarms (the channel, the id) that the caller may see; a query where there are any."""
    wanted = {alarm_id for channel_name, alarm_id in alarms if is_of_fence(channel_name)}
    if not wanted:
        return set()
    return set(Fence.objects.visible_to(caller.standing).filter(pk__in=wanted).values_list("id", flat=True))
