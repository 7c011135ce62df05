"""Finding agents by a text, and the states of channels: one across many agents, many of one agent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from doover_web.data.access import Reach, sees_secrets
from doover_web.data.models import Aggregate, Channel
from doover_web.data.redaction import GUARDED, hide_secrets
from doover_web.identity.permissions import Rights


@dataclass(frozen=True, slots=True)
class State:
    """The state of a channel, when it last changed (ms since 1970), how often it has, and who wrote it last."""

    data: Any
    changed: int | None
    revision: int
    author_id: int | None = None


NOTHING = State({}, None, 0)


def states_at(reach: Reach, names: Iterable[str]) -> dict[str, State]:
    """The state of each of these channels that the caller may see, by name; secrets of settings are taken out."""
    found = Channel.objects.filter(agent_id=reach.agent_id, name__in=list(names))
    if not reach.rights & Rights.PRIVATE:
        found = found.public()
    ids = dict(found.values_list("id", "name"))
    rows = Aggregate.objects.filter(agent_id=reach.agent_id, channel_id__in=ids)
    open_book = sees_secrets(reach.caller, reach.agent_id, reach.rights)
    return {
        ids[one.channel_id]: State(
            one.data if open_book or ids[one.channel_id] not in GUARDED else hide_secrets(one.data),
            one.last_updated,
            one.revision,
            one.author_id,
        )
        for one in rows
    }


def state_of(agent_id: int, name: str) -> dict | None:
    """The aggregate of one public channel; None when there is no such channel."""
    channel = Channel.objects.filter(agent_id=agent_id, name=name, is_private=False).values_list("id", flat=True)
    return Aggregate.objects.filter(agent_id=agent_id, channel_id__in=channel).values_list("data", flat=True).first()


def searched(agents, text: str):
    """The agents whose name, display name or id holds `text`."""
    if not text:
        return agents
    by_id = Q(id=int(text)) if text.isascii() and text.isdigit() and len(text) <= 18 else Q()
    return agents.filter(Q(name__icontains=text) | Q(display_name__icontains=text) | by_id)
