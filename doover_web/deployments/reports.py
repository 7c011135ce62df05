"""Listener: what a device says of its deployments moves their rows (`edge §7.2`).

The device's message stays in the channel, so the sweep takes up what a crash kept us from hearing.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from doover_web.data.access import channel_named, ref_of
from doover_web.data.aside import aside
from doover_web.data.events import AggregateUpdated, Event, MessageUpdated
from doover_web.data.history import read_aggregate
from doover_web.data.models import Message

from .carry import end
from .models import Deployment
from .plan import Report, report_of, standing_of
from .steps import DEVICE, reach_of, show

AT_ONCE = 500


def heard(events: Sequence[Event]) -> None:
    """Take over what devices themselves report; an operator's edit of a message is no report."""
    for event in events:
        if not isinstance(event, MessageUpdated | AggregateUpdated) or event.channel.name != DEVICE:
            continue
        if event.author_id == event.channel.agent_id:
            aside(_take_over, event)


def look_again() -> int:
    """Read what devices answered to deployments that still wait. Returns how many have ended by it."""
    waiting = Deployment.objects.waiting().select_related("agent__organisation", "install").order_by("waiting_since")
    return sum(_look_at(one) for one in waiting[:AT_ONCE])


def _take_over(event: MessageUpdated | AggregateUpdated) -> None:
    waiting = Deployment.objects.waiting().select_related("agent__organisation", "install")
    mine = waiting.filter(agent_id=event.channel.agent_id)
    if isinstance(event, MessageUpdated):
        for deployment in mine.filter(docker_message_id=event.message.id):
            settle(deployment, report_of(orjson.loads(event.message.data)))
        return
    actual = _actual(event.aggregate.data)
    for deployment in mine.filter(app_key__in=actual):
        settle(deployment, standing_of(actual[deployment.app_key], str(deployment.id)))


def settle(deployment: Deployment, report: Report | None) -> bool:
    """Move a deployment as its device says. True when that was its end; a second answer changes nothing."""
    if report is None:
        return False
    words = "\n".join(dict.fromkeys(part for part in (report.detail, report.log) if part))
    if report.code == Deployment.Status.RUNNING:
        if deployment.hear(words or "The device is at work"):
            show(deployment)
        return False
    return end(deployment, report.code, words or ("Done" if report.code == "SUC" else "The device failed at it"))


def _look_at(deployment: Deployment) -> bool:
    reach = reach_of(deployment)
    channel = channel_named(reach, DEVICE)
    if channel is None:
        return False
    message = Message.objects.filter(
        agent_id=deployment.agent_id, channel_id=channel.id, id=deployment.docker_message_id
    ).first()
    if message is not None and message.revision and settle(deployment, _final(report_of(message.data))):
        return True
    actual = _actual(read_aggregate(ref_of(reach, channel)).data)
    return settle(deployment, standing_of(actual.get(deployment.app_key), str(deployment.id)))


def _final(report: Report | None) -> Report | None:
    return report if report is not None and report.code != "RUN" else None


def _actual(text: bytes) -> dict[str, Any]:
    state = orjson.loads(text)
    actual = state.get("actual") if isinstance(state, dict) else None
    return actual if isinstance(actual, dict) else {}
