from typing import Any

from ninja import Router, Schema

from ..access import channel_to_watch, check_sees_alarms, parse_id, reach_agent
from ..actions.alarm import create_alarm, delete_alarm, put_alarm, update_alarm
from ..alarm_lists import alarms_of_agent, alarms_of_channel, find_alarm
from ..requests import body_of
from .answers import answer, body_shape, nothing

router = Router(tags=["alarms"])
ALARMS = "/agents/{agent_id}/channels/{name}/alarms"
SINGLE = {"name": "Too hot", "key": "temperature", "operator": "gt", "value": 80, "expiry_mins": None}
LISTED = {
    "name": "Too hot by day",
    "conditions": [
        {"type": "threshold", "key": "temperature", "operator": "gt", "value": 80},
        {"type": "time_of_day", "from_ms": 18_000_000, "to_ms": 75_600_000},
    ],
    "alarm_pending_ms": 60_000,
    "messages": {"alarm": {"notify": True, "text": "The plant room is too hot"}},
}


class AlarmOut(Schema):
    """Every field is always there; the single ones mirror the primary condition (`data-api §10.3`)."""

    id: str
    name: str
    description: str
    channel_name: str
    enabled: bool
    key: str
    operator: str
    value: Any
    rate_threshold: float | None
    rate_window_ms: int | None
    rate_baseline_value: float | None
    rate_baseline_ts: int | None
    conditions: list[dict[str, Any]]
    condition_state: dict[str, Any]
    condition_summary: str
    state: str
    entered_state_ts: int
    expiry_mins: float | None
    alarm_pending_ms: int | None
    last_seen_ts: int | None
    topic_name: str
    notification_policy: str
    messages: dict[str, Any] | None


@router.get("/agents/{agent_id}/alarms", response=list[AlarmOut])
def list_agent_alarms(request, agent_id: str):
    """The alarms of all channels of an agent; those of private channels for who may read them."""
    reach = reach_agent(request.auth, agent_id)
    check_sees_alarms(reach)
    return answer(alarms_of_agent(reach))


@router.get(ALARMS, response=list[AlarmOut])
def list_alarms(request, agent_id: str, name: str):
    """The alarms of a channel, the oldest first."""
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_watch(reach, name)
    check_sees_alarms(reach)
    return answer(alarms_of_channel(channel))


@router.post(ALARMS, response=AlarmOut, openapi_extra=body_shape(LISTED))
def post_alarm(request, agent_id: str, name: str):
    """Watch over the state of a channel; the alarm is judged at once (`data-api §10.4`)."""
    reach = reach_agent(request.auth, agent_id)
    return answer(create_alarm(reach=reach, name=name, body=body_of(request.body)))


@router.get(ALARMS + "/{alarm_id}", response=AlarmOut)
def get_alarm(request, agent_id: str, name: str, alarm_id: str):
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_watch(reach, name)
    check_sees_alarms(reach)
    return answer(find_alarm(channel, parse_id(alarm_id)))


@router.put(ALARMS + "/{alarm_id}", response=AlarmOut, openapi_extra=body_shape(SINGLE))
def replace_alarm(request, agent_id: str, name: str, alarm_id: str):
    """State an alarm anew, or make one with this id."""
    reach = reach_agent(request.auth, agent_id)
    return answer(put_alarm(reach=reach, name=name, alarm_id=parse_id(alarm_id), body=body_of(request.body)))


@router.patch(ALARMS + "/{alarm_id}", response=AlarmOut, openapi_extra=body_shape({"value": 75}))
def patch_alarm(request, agent_id: str, name: str, alarm_id: str):
    """Change what the body names: single fields edit the primary condition, a list replaces all conditions."""
    reach = reach_agent(request.auth, agent_id)
    return answer(update_alarm(reach=reach, name=name, alarm_id=parse_id(alarm_id), body=body_of(request.body)))


@router.delete(ALARMS + "/{alarm_id}")
def remove_alarm(request, agent_id: str, name: str, alarm_id: str):
    delete_alarm(reach=reach_agent(request.auth, agent_id), name=name, alarm_id=parse_id(alarm_id))
    return nothing()
