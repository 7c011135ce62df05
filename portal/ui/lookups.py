"""Finding agents by a text, and the state of one channel across many of them, each in one query."""

from django.db.models import OuterRef, Q, QuerySet, Subquery

from doover_web.data.models import Aggregate, Channel


def states_of(agents: QuerySet, name: str) -> dict[int, dict]:
    """The aggregate of channel `name` by agent id; agents without that channel, or with a private one, are left out."""
    state = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id"))
    found = Channel.objects.filter(agent__in=agents, name=name, is_private=False)
    return dict(found.annotate(state=Subquery(state.values("data")[:1])).values_list("agent_id", "state"))


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
