"""The runs of a task of the first generation: what started them, and what became of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _

from doover_web.data.access import Reach, reach_agents, ref_of
from doover_web.data.models import Channel
from doover_web.data.redaction import without_secrets
from doover_web.identity.permissions import Rights
from doover_web.processors.models import Invocation, Task, TaskSubscription

from .messages import names_of

SHOWN = 50
LONGEST = 4000  # letters of what started a run


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it is drawn."""

    status: str
    moment: datetime
    author: str
    channel: str
    said: str


def shown(page) -> dict:
    """The panel of runs. What was published is history, and shown to those who may read it."""
    channel = page.channel
    task = Task.objects.of(channel)
    may_read = bool(page.reach.rights & Rights.HISTORY)
    mine = {"task_agent_id": channel.agent_id, "task_channel_id": channel.id}
    found = Invocation.objects.filter(**mine).order_by("-id")[:SHOWN] if may_read else []
    said = [(one, orjson.loads(bytes(one.payload))) for one in found]
    names = names_of(page.reach.caller, {what["author_id"] for _, what in said})
    heard = list(TaskSubscription.objects.filter(**mine).values_list("agent_id", "channel_id"))
    channels = _names(page, {(channel.agent_id, channel.id), *heard})
    spoken = _spoken(page, [what for _, what in said])
    return {
        "runs": [
            Run(
                status=one.get_status_display(),
                moment=one.created_at,
                author=names.get(what["author_id"], _("Somebody else")),
                channel=channels.get(what["channel_id"], _("another channel")),
                said=words[:LONGEST],
            )
            for (one, what), words in zip(said, spoken, strict=True)
        ],
        "task": task,
        "processor": _processor(page, task),
        "heard": sorted(channels[number] for _, number in heard if number in channels),
        "may_read": may_read,
    }


def _spoken(page, said: list[dict]) -> list[str]:
    """What was said, as far as the reader may read the channel it was said on."""
    channels = {one.id: one for one in Channel.objects.filter(id__in={what["channel_id"] for what in said})}
    reaches = reach_agents(page.reach.caller, {one.agent_id for one in channels.values()})
    return [_words(channels.get(what["channel_id"]), reaches, what["data"]) for what in said]


def _words(channel: Channel | None, reaches: dict[int, Reach], data: Any) -> str:
    reach = reaches.get(channel.agent_id) if channel else None
    needed = Rights.HISTORY | (Rights.PRIVATE if channel and channel.is_private else Rights.NONE)
    if channel is None or reach is None or reach.rights & needed != needed:
        return _("On a channel that you may not read")
    text = orjson.dumps(data)
    shown = without_secrets(text) if ref_of(reach, channel).hides_secrets else text
    return orjson.dumps(orjson.loads(shown), option=orjson.OPT_INDENT_2).decode()


def _names(page, keys: set[tuple[int, int]]) -> dict[int, str]:
    """The names of those of the channels that are of this agent; another's may not be anybody's business here."""
    own = [number for agent_id, number in keys if agent_id == page.channel.agent_id]
    return dict(Channel.objects.filter(agent_id=page.channel.agent_id, id__in=own).values_list("id", "name"))


def _processor(page, task: Task | None) -> str:
    processor = task.processor if task else None
    return processor.name if processor and processor.agent_id == page.channel.agent_id else ""
