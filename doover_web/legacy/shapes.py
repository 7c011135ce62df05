"""Agents, channels and messages in the words of the first generation (`legacy-client-api §4`)."""

import time
from collections.abc import Iterable

import orjson

from doover_web.common.message_key import message_key
from doover_web.data.events import AggregateRecord, MessageRecord
from doover_web.data.models import Channel
from doover_web.identity.models import Agent

from .payloads import Payloads
from .translate import kind_of, moment_of, seconds

TYPES = {
    Agent.Kind.USER: "doover_users | user",
    Agent.Kind.DEVICE: "devices | device",
    Agent.Kind.ORGANISATION: "organisations | organisation",
    Agent.Kind.APP: "applications | app install",
    Agent.Kind.DASHBOARD: "dashboards | dashboard",
}


def agent_out(agent: Agent, config: dict) -> dict:
    """An agent without its channels; `agent.organisation.agent` must be at hand."""
    return {
        "agent": str(agent.key),
        "type": TYPES[Agent.Kind(agent.kind)],
        "name": agent.title,
        "owner_org": str(agent.organisation.agent.key) if agent.organisation_id else None,
        "current_time": time.time(),
        "settings": {"deployment_config": config},
    }


def listed_channel(channel: Channel, agent_key: str) -> dict:
    """A channel inside its agent: no aggregate, clients load it when they want it."""
    kind = kind_of(channel.name)
    return {"channel": str(channel.key), "name": channel.name, "type": kind, "agent": agent_key}


def channel_out(
    channel: Channel, agent_key: str, state: AggregateRecord, payload: bytes, processor_key: str | None
) -> dict:
    changed = state.last_updated if state.last_updated is not None else int(channel.created_at.timestamp() * 1000)
    return {
        "channel": str(channel.key),
        "name": channel.name,
        "type": kind_of(channel.name),
        "owner": agent_key,
        "processor": processor_key,
        "current_time": time.time(),
        "aggregate": {
            "payload": orjson.Fragment(payload),
            "timestamp": seconds(changed),
        },
    }


def message_out(message: MessageRecord, payloads: Payloads, author_key: str) -> dict:
    """A message with its payload as native JSON, never null, so that no client decodes it twice."""
    payload = payloads.of(message)
    return {
        "message": message_key(message.id),
        "type": "base",
        "agent": author_key,
        "channel": str(payloads.channel.key),
        "channel_name": payloads.channel.name,
        "timestamp": moment_of(message.id),
        "payload": orjson.Fragment(b"{}" if payload == b"null" else payload),
    }


def keys_of(agent_ids: Iterable[int]) -> dict[int, str]:
    """The UUID keys of agents by id."""
    return {id_: str(key) for id_, key in Agent.objects.filter(pk__in=set(agent_ids)).values_list("id", "key")}
