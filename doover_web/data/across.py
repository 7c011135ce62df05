"""The states of channels across many agents."""

from collections.abc import Collection

from django.db.models import OuterRef, QuerySet, Subquery

from .models import Aggregate, Channel


def states_of(agents: QuerySet, name: str) -> dict[int, dict]:
    """The aggregate of channel `name` by agent id; agents without that channel, or with a private one, are left out."""
    return states_by_name(agents, [name])[name]


def states_by_name(agents: QuerySet, names: Collection[str]) -> dict[str, dict[int, dict]]:
    """The same of several channels, in one query."""
    state = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id"))
    channels = Channel.objects.filter(agent__in=agents, name__in=names, is_private=False)
    found: dict[str, dict[int, dict]] = {name: {} for name in names}
    for name, agent_id, data in channels.annotate(state=Subquery(state.values("data")[:1])).values_list(
        "name", "agent_id", "state"
    ):
        found[name][agent_id] = data
    return found
