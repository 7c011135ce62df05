from typing import Any

from django.utils import timezone
from ninja import Query, Router, Schema

from doover_web.common.wire import BadRequest

from ..access import channel_to_watch, reach_agent, ref_of
from ..alarm_lists import alarms_of_agent, alarms_of_channel
from ..attached import read_attached
from ..events import AggregateRecord, aggregate_out
from ..history import read_aggregate
from ..models import Aggregate, Channel
from ..publish import LEAST_RETENTION, open_channel, set_archived
from ..requests import MAX_TTL, body_of, whole_number
from ..schemas import check_schema
from .answers import answer, body_shape, nothing
from .schemas import ChannelIdOut, ChannelOut

router = Router(tags=["channels"])
CHANNEL_BODY = {"is_private": False, "message_schema": None, "aggregate_schema": None, "history_since": None}


class ListFilter(Schema):
    include_aggregate: bool = False
    include_archived: bool = False


@router.get("/agents/{agent_id}/channels", response=list[ChannelOut])
def list_channels(request, agent_id: str, query: Query[ListFilter]):
    """The channels of an agent, by name."""
    reach = reach_agent(request.auth, agent_id)
    channels = Channel.objects.filter(agent_id=reach.agent_id).order_by("name")
    if not query.include_archived:
        channels = channels.in_use()
    if not reach.rights & reach.rights.PRIVATE:
        channels = channels.public()
    states = _states(reach, channels) if query.include_aggregate else {}
    shown = [_channel_out(channel, states.get(channel.id)) for channel in channels]
    if reach.rights & reach.rights.ALARMS_VIEW:
        _add_alarms(shown, alarms_of_agent(reach))
    return answer(shown)


@router.get("/agents/{agent_id}/channels/{name}", response=ChannelOut)
def get_channel(request, agent_id: str, name: str, include_aggregate: bool = True):
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_watch(reach, name)
    shown = _channel_out(channel, read_aggregate(ref_of(reach, channel)) if include_aggregate else None)
    if reach.rights & reach.rights.ALARMS_VIEW:
        _add_alarms([shown], alarms_of_channel(channel))
    return answer(shown)


@router.post("/agents/{agent_id}/channels/{name}", response=ChannelIdOut, openapi_extra=body_shape(CHANNEL_BODY))
def create_channel(request, agent_id: str, name: str):
    """Make a channel; one that exists stays as it is (`data-api §6`)."""
    reach = reach_agent(request.auth, agent_id)
    channel = open_channel(reach=reach, name=name, settings=_settings(body_of(request.body)))
    return answer({"id": str(channel.id)})


@router.put("/agents/{agent_id}/channels/{name}", response=ChannelOut, openapi_extra=body_shape(CHANNEL_BODY))
def put_channel(request, agent_id: str, name: str):
    """Make or change a channel; keys left out keep their value, null clears it."""
    reach = reach_agent(request.auth, agent_id)
    channel = open_channel(reach=reach, name=name, settings=_settings(body_of(request.body)), update=True)
    return answer(_channel_out(channel, read_aggregate(ref_of(reach, channel))))


@router.post("/agents/{agent_id}/channels/{name}/archive")
def archive_channel(request, agent_id: str, name: str):
    """Hide the channel from lists; it stays usable."""
    set_archived(reach=reach_agent(request.auth, agent_id), name=name, moment=timezone.now())
    return nothing()


@router.post("/agents/{agent_id}/channels/{name}/unarchive")
def unarchive_channel(request, agent_id: str, name: str):
    set_archived(reach=reach_agent(request.auth, agent_id), name=name, moment=None)
    return nothing()


def _settings(body: Any) -> dict:
    """The columns that a channel body sets; BadRequest for a value of the wrong kind."""
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object", code="not_an_object")
    settings: dict[str, Any] = {}
    if "is_private" in body:
        if not isinstance(body["is_private"], bool):
            raise BadRequest("is_private must be true or false", code="bad_value")
        settings["is_private"] = body["is_private"]
    for name in ("message_schema", "aggregate_schema"):
        if name in body:
            settings[name] = _schema(body[name], name)
    if "history_since" in body:
        settings["history_since"] = whole_number(body["history_since"], "history_since", least=-(10**14), most=10**14)
    if "message_retention" in body:
        settings["message_retention"] = whole_number(
            body["message_retention"], "message_retention", least=LEAST_RETENTION, most=MAX_TTL
        )
    if "default_ttl" in body:
        settings["default_ttl"] = whole_number(body["default_ttl"], "default_ttl", least=1, most=MAX_TTL)
    return settings


def _schema(value: Any, name: str) -> dict | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be a JSON Schema object", code="bad_schema")
    check_schema(value, name)
    return value


def _states(reach, channels) -> dict[int, AggregateRecord]:
    refs = {channel.id: ref_of(reach, channel) for channel in channels}
    rows = Aggregate.objects.filter(agent_id=reach.agent_id, channel_id__in=refs)
    rows = rows.extra(select={"text": "data::text", "files": "attachments::text"})
    found = rows.values_list("channel_id", "text", "revision", "last_updated", "files")
    return {
        channel_id: AggregateRecord(refs[channel_id], text.encode(), revision, at, read_attached(files))
        for channel_id, text, revision, at, files in found
    }


def _add_alarms(shown: list[dict], alarms: list[dict]) -> None:
    """What watches over each channel, for those who may see alarms (`data-api §5`)."""
    of: dict[str, list[dict]] = {}
    for alarm in alarms:
        of.setdefault(alarm["channel_name"], []).append(alarm)
    for channel in shown:
        channel["alarms"] = of.get(channel["name"], [])
        channel["alarms_enabled"] = any(alarm["enabled"] for alarm in channel["alarms"])


def _channel_out(channel: Channel, state: AggregateRecord | None) -> dict:
    out = {
        "id": str(channel.id),
        "name": channel.name,
        "owner_id": str(channel.agent_id),
        "is_private": channel.is_private,
        "is_archived": channel.archived_at is not None,
        "message_schema": channel.message_schema,
        "aggregate_schema": channel.aggregate_schema,
        "history_since": channel.history_since,
        "default_ttl": channel.default_ttl,
    }
    if channel.message_retention is not None:  # an extension, so that others see the contract's shape
        out["message_retention"] = channel.message_retention
    if state is not None:
        out["aggregate"] = aggregate_out(state)
    return out
