"""The states of channels across many agents."""

from collections.abc import Collection

from django.db.models import OuterRef, QuerySet, Subquery

from .models import Aggregate, Channel


def states_of(agents: QuerySet, name: str, *, private: bool = False) -> dict[int, dict]:
    """The aggregate of channel `name` by agent id; agents without that channel, or with a private one, are left out.
    With `private` it is read all the same: for who asks on the platform's own account."""
    return states_by_name(agents, [name], private=private)[name]


def states_by_name(agents: QuerySet, names: Collection[str], *, private: bool = False) -> dict[str, dict[int, dict]]:
    """The same of several channels, in one query."""
    state = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id"))
    channels = Channel.objects.filter(agent__in=agents, name__in=names)
    channels = channels if private else channels.public()
    found: dict[str, dict[int, dict]] = {name: {} for name in names}
    for name, agent_id, data in channels.annotate(state=Subquery(state.values("data")[:1])).values_list(
        "name", "agent_id", "state"
    ):
        found[name][agent_id] = data
    return found
