from datetime import UTC, datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from doover_web.data.models import Alarm
from doover_web.identity.models import Agent, Group, Organisation
from doover_web.identity.standing import Standing, places_with

from .ids import new_id
from .shapes import Shape, read_shape

MINUTE_MS = 60_000


class FenceQuerySet(models.QuerySet):
    def visible_to(self, standing: Standing):
        """Those whose alarms somebody may see: on devices, on groups, and of organisations by their root group."""
        if standing.is_superuser:
            return self
        groups = places_with(standing, "alarms_view")
        roots = Group.objects.filter(
            pk__in=groups, parent=None
        )  # no join, which would count what hangs on a fence anew
        return self.filter(
            Q(group__lineage__overlap=groups)
            | Q(device__group__lineage__overlap=groups)
            | Q(group=None, device=None, organisation_id__in=roots.values("organisation_id"))
        )

    def around(self, agent: Agent):
        """Those that watch over a device: its own, of a group above it, of its organisation."""
        lineage = agent.group.lineage if agent.group else []
        everybody = Q(group=None, device=None, organisation_id=agent.organisation_id)
        return self.filter(everybody | Q(device=agent) | Q(group__in=lineage), is_enabled=True)


class Fence(models.Model):
    """A place on the map that is watched over for an organisation, for a group and those below, or for one device: who
    is told when a device enters or leaves it, and on which side of it a device is in alarm."""

    class Side(models.TextChoices):
        NEITHER = "", _("Never")
        INSIDE = "inside", _("While a device is inside")
        OUTSIDE = "outside", _("While a device is outside")

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="fences")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="fences")
    device = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, blank=True, related_name="fences")
    name = models.CharField(max_length=100)
    # {"type": "circle", "lat", "long", "radius"} or {"type": "polygon", "points": [[lat, long], …]}.
    shape = models.JSONField()
    # Metres that a device must be past the edge.
    margin = models.FloatField(default=25)
    tells_entry = models.BooleanField(default=True)
    tells_exit = models.BooleanField(default=True)
    severity = models.PositiveSmallIntegerField(default=6)  # `data-api §12.1`
    alarm_while = models.CharField(max_length=7, choices=Side, blank=True, default=Side.NEITHER)
    # Minutes that a device must be on that side: positions at an edge come and go.
    alarm_after = models.PositiveSmallIntegerField(default=0)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="fence_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="fence_of_one_thing", condition=Q(group=None) | Q(device=None)),
            models.CheckConstraint(name="fence_margin_bounded", condition=Q(margin__gte=0, margin__lte=10_000)),
            models.CheckConstraint(name="fence_severity_known", condition=Q(severity__gte=3, severity__lte=7)),
            models.CheckConstraint(name="fence_side_known", condition=Q(alarm_while__in=["", "inside", "outside"])),
            models.CheckConstraint(name="fence_delay_bounded", condition=Q(alarm_after__lte=1440)),
        ]

    def __str__(self):
        return self.name

    def devices(self) -> models.QuerySet[Agent]:
        """Whom it watches over."""
        devices = Agent.objects.devices().filter(organisation_id=self.organisation_id)
        if self.device_id:
            return devices.filter(pk=self.device_id)
        return devices.filter(group__lineage__contains=[self.group_id]) if self.group_id else devices

    @property
    def raises_alarms(self) -> bool:
        return self.is_enabled and self.alarm_while != self.Side.NEITHER

    @property
    def area(self) -> Shape:
        return read_shape(self.shape)


class Track(models.Model):
    """Where a device was believed to be last, for the judge; and a jump that nothing confirmed yet."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="track")
    last = models.JSONField(null=True)  # [lat, long, accuracy, at]
    suspect = models.JSONField(null=True)

    def __str__(self):
        return f"track of {self.agent_id}"


class StayQuerySet(models.QuerySet):
    def in_alarm(self):
        """Those whose fence is in alarm about them now; of devices in use."""
        return self.filter(in_alarm())


def in_alarm(prefix: str = "") -> Q:
    """Whether the fence of a stay is in alarm about its device; `prefix` leads to the stay, like `stays__`."""
    of_fence = Alarm.objects.filter(agent_id=OuterRef(f"{prefix}agent_id"), id=OuterRef(f"{prefix}fence_id"))
    return Q(Exists(of_fence.filter(state=Alarm.State.ALARM)), **{f"{prefix}agent__archived_at": None})


class Stay(models.Model):
    """Whether a device is inside a fence, as it was judged last; of fences that are on and watch over it."""

    fence = models.ForeignKey(Fence, on_delete=models.CASCADE, related_name="stays")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="stays")
    is_inside = models.BooleanField()
    since = models.BigIntegerField()  # ms since 1970

    objects = StayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fence", "agent"], name="one_stay_each"),
        ]

    def __str__(self):
        return f"{self.agent_id} {'in' if self.is_inside else 'out of'} {self.fence_id}"


class Crossing(models.Model):
    """A device entered or left a fence. The name is copied: the row outlives the fence."""

    class Kind(models.TextChoices):
        ENTERED = "entered"
        LEFT = "left"

    id = models.BigIntegerField(primary_key=True)
    fence = models.ForeignKey(Fence, on_delete=models.SET_NULL, null=True, related_name="crossings")
    fence_name = models.CharField(max_length=100)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="crossings")
    kind = models.CharField(max_length=7, choices=Kind)
    at = models.BigIntegerField()  # ms since 1970
    lat = models.FloatField()
    long = models.FloatField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="crossing_kind_known", condition=Q(kind__in=["entered", "left"])),
        ]
        indexes = [
            # What happened at a fence and to a device, newest first, on their pages.
            models.Index(fields=["fence", "-id"], name="crossing_by_fence"),
            models.Index(fields=["agent", "-id"], name="crossing_by_agent"),
        ]

    def __str__(self):
        return f"{self.agent_id} {self.kind} {self.fence_name}"

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at / 1000, UTC)
