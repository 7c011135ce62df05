from collections.abc import Iterable

from django.db import models

from doover_web.identity.models import Agent


class DeviceManager(models.Manager):
    def configs_of(self, agent_ids: Iterable[int]) -> dict[int, dict]:
        """The free configuration of those of the agents that have one."""
        return dict(self.filter(agent_id__in=agent_ids).values_list("agent_id", "extra_config"))


class Device(models.Model):
    """What is known of a device beside its agent, which has the same id."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="as_device")
    # Free JSON about the one device, such as its site or a serial number.
    extra_config = models.JSONField(default=dict)

    objects = DeviceManager()

    def __str__(self):
        return str(self.agent)
