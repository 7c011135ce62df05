from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from doover_web.identity.models import Agent

from ..tags import LONGEST
from .device_type import DeviceType


class DeviceManager(models.Manager):
    def tags_of(self, device: Agent) -> list[str]:
        """The tags of a device; none of one that nobody described."""
        return self.filter(agent=device).values_list("tags", flat=True).first() or []

    def tags_in(self, devices: models.QuerySet[Agent], most: int) -> list[str]:
        """The tags that some of these devices have, in order."""
        each = self.filter(agent__in=devices.order_by()).annotate(tag=models.Func(models.F("tags"), function="unnest"))
        return list(each.order_by("tag").values_list("tag", flat=True).distinct()[:most])

    def configs_of(self, agent_ids: Iterable[int]) -> dict[int, dict]:
        """The free configuration of those of the agents that have one."""
        return dict(self.filter(agent_id__in=agent_ids).values_list("agent_id", "extra_config"))


class Device(models.Model):
    """What is known of a device beside its agent, which has the same id (`control-api §3.5`)."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="as_device")
    type = models.ForeignKey(DeviceType, on_delete=models.PROTECT, null=True, blank=True, related_name="devices")
    fa_icon = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001  null: that of its type
    notes = models.TextField(null=True, blank=True)  # noqa: DJ001
    # By which people find it again, and change it together with others; see `control/tags.py`.
    tags = ArrayField(models.CharField(max_length=LONGEST), default=list, blank=True)
    # Free JSON about the one device, such as its site or a serial number.
    extra_config = models.JSONField(default=dict)
    # Where it stands, for one that does not say so itself.
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    # What its channels said before is not shown.
    history_since = models.DateTimeField(null=True, blank=True)
    # The client id (`Token.key`) it may sign in with; the secret was in the answer that made the device.
    client_key = models.UUIDField(null=True, blank=True)

    objects = DeviceManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="device_place_whole",
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__isnull=False, longitude__isnull=False, latitude__range=(-90, 90))
                & Q(longitude__range=(-180, 180)),
            ),
        ]
        # The list of devices by tag, and changes of those that have one.
        indexes = [GinIndex(fields=["tags"], name="device_by_tag")]

    def __str__(self):
        return str(self.agent)

    @property
    def fixed_location(self) -> dict | None:
        """As the wire has it: both numbers, or nothing."""
        if self.latitude is None:
            return None
        return {"latitude": self.latitude, "longitude": self.longitude}
