"""What a function learns about itself when it starts (`data-api §13.1`)."""

from typing import Any

import orjson

from doover_web.data.models import Aggregate, Channel

from .models import Function

STATES = {
    "deployment_config": "deployment_config",
    "ui_state": "ui_state",
    "ui_cmds": "ui_cmds",
    "tag_values": "tag_values",
    "connection_data": "doover_connection",
}


def info_of(function: Function, token: str) -> dict:
    """The nine fields that the published client reads; a state that was never written is null."""
    texts = _texts(function.agent_id)
    states = {key: orjson.Fragment(texts[name]) if name in texts else None for key, name in STATES.items()}
    return {
        "agent_id": str(function.agent_id),
        "organisation_id": str(function.agent.organisation_id),
        "app_key": function.app_key,
        "token": token,
        **states,
        "deployment_config": _own_block(texts.get("deployment_config"), function.app_key),
    }


def _texts(agent_id: int) -> dict[str, bytes]:
    """The states of an agent as JSON text, by channel, in two queries."""
    names = dict(Channel.objects.filter(agent_id=agent_id, name__in=STATES.values()).values_list("id", "name"))
    rows = Aggregate.objects.filter(agent_id=agent_id, channel_id__in=names, last_updated__isnull=False)
    texts = rows.extra(select={"text": "data::text"}).values_list("channel_id", "text")
    return {names[channel_id]: text.encode() for channel_id, text in texts}


def _own_block(text: bytes | None, app_key: str) -> dict[str, Any]:
    """The settings of this application alone: others' may hold secrets."""
    document = orjson.loads(text) if text else {}
    applications = document.get("applications")
    block = applications.get(app_key) if isinstance(applications, dict) else None
    return block if isinstance(block, dict) else {}
