"""The zone whose midnights the days of an agent have."""

from django.conf import settings

from doover_web.identity.models import Agent


def zone_of(agent_id: int, otherwise: str = "") -> str:
    """The agent's own zone, else its organisation's, else `otherwise` or the server's."""
    found = Agent.objects.filter(pk=agent_id).values_list("zone", "organisation__agent__zone").first()
    return next((zone for zone in found or () if zone), otherwise or settings.TIME_ZONE)
