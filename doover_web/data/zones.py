"""The zone whose midnights the days of an agent have."""

from collections.abc import Iterable

from django.conf import settings

from doover_web.identity.models import Agent


def zone_of(agent_id: int, otherwise: str = "") -> str:
    """The agent's own zone, else its organisation's, else `otherwise` or the server's."""
    return zones_of([agent_id], otherwise).get(agent_id, otherwise or settings.TIME_ZONE)


def zones_of(agent_ids: Iterable[int], otherwise: str = "") -> dict[int, str]:
    """The same of many agents by id, in one query."""
    found = Agent.objects.filter(pk__in=list(agent_ids)).values_list("id", "zone", "organisation__agent__zone")
    last = otherwise or settings.TIME_ZONE
    return {agent_id: next((zone for zone in zones if zone), last) for agent_id, *zones in found}
