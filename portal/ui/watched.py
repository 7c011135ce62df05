"""The alarm that a chart is about (`alarm=` in its address): its thresholds are lines across the box."""

from typing import Any

from doover_web.data.access import Reach
from doover_web.data.alarm_lists import alarms_of_agent
from doover_web.identity.permissions import Rights

from .plots import Limit

CHANNEL = "tag_values"


def watched_by(reach: Reach, alarm_id: str) -> dict[str, Any] | None:
    """The alarm of this id on the values of the device; None where there is none that the caller may see."""
    if not alarm_id or not reach.rights & Rights.ALARMS_VIEW:
        return None
    return next(
        (one for one in alarms_of_agent(reach) if (one["id"], one["channel_name"]) == (alarm_id, CHANNEL)), None
    )


def thresholds_of(alarm: dict[str, Any] | None, path: str) -> tuple[Limit, ...]:
    """The lines that a value is held against, called as the alarm is."""
    if alarm is None:
        return ()
    values = [one.get("value") for one in alarm["conditions"] if one.get("key") == path]
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    return tuple(Limit(alarm["name"], one, None, "red") for one in numbers)
