from django.db import models

from doover_web.identity.models import Agent


class Dashboard(models.Model):
    """What a dashboard shows: tiles in their order, each of a device and one of its values. It is an agent of the same
    id, which hangs in a group."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="as_dashboard")
    # [{"id", "kind", "title", "device", "path", "units", "decimals", "low", "high", "camera", "text"}]
    tiles = models.JSONField(default=list)

    def __str__(self):
        return str(self.agent)
