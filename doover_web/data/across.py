"""The state of one channel across many agents."""

from django.db.models import OuterRef, QuerySet, Subquery

from .models import Aggregate, Channel


def states_of(agents: QuerySet, name: str) -> dict[int, dict]:
    """The aggregate of channel `name` by agent id; agents without that channel, or with a private one, are left out."""
    state = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id"))
    found = Channel.objects.filter(agent__in=agents, name=name, is_private=False)
    return dict(found.annotate(state=Subquery(state.values("data")[:1])).values_list("agent_id", "state"))
