"""Listener: what a device says of its tunnels moves their rows (`control-api §3.9`)."""

from collections.abc import Sequence

import orjson
from django.db import transaction

from doover_web.data.access import reach_agent
from doover_web.data.aside import aside
from doover_web.data.events import AggregateUpdated, Event
from doover_web.data.publish import update_aggregate
from doover_web.identity.auth import in_name_of
from doover_web.identity.models import Agent

from . import tunnel_state
from .actions.tunnel import CHANNEL, wish_of
from .models import Tunnel


def heard(events: Sequence[Event]) -> None:
    """Take over where the tunnels of a device are open, when the device itself said so."""
    for event in events:
        if isinstance(event, AggregateUpdated) and event.channel.name == CHANNEL and _is_own(event):
            aside(_take_over, event)


def _is_own(event: AggregateUpdated) -> bool:
    return event.author_id == event.channel.agent_id


@transaction.atomic
def _take_over(event: AggregateUpdated) -> None:
    state = orjson.loads(event.aggregate.data)
    if not isinstance(state, dict):
        return
    tunnels = {one.id: one for one in Tunnel.objects.select_for_update().filter(device_id=event.channel.agent_id)}
    wishes = [wish_of(tunnel) for tunnel in tunnels.values()]
    where = tunnel_state.endpoints(state, wishes)
    for tunnel_id, endpoint in where.items():
        if tunnels[tunnel_id].endpoint != endpoint:
            Tunnel.objects.filter(pk=tunnel_id).update(endpoint=endpoint)
    if not tunnel_state.is_old(state):
        _keep_open_in_step(event.channel.agent_id, state, tunnel_state.opened(wishes, where))


def _keep_open_in_step(device_id: int, state: dict, is_open: list[dict]) -> None:
    if tunnel_state.entries(state, "open") != is_open:
        device = Agent.objects.select_related("organisation").get(pk=device_id)
        reach = reach_agent(in_name_of(device.organisation), device_id)
        update_aggregate(reach=reach, name=CHANNEL, data={"open": is_open})
