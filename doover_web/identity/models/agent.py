import uuid

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Lower, NullIf

from ..ids import new_agent_id
from ..standing import visible_agents

# What lists of devices are sorted by: the name that people see, whatever its case.
SORTED_AS = Lower(Coalesce(NullIf("display_name", Value("")), "name"))


class AgentQuerySet(models.QuerySet):
    def visible_to(self, caller):
        """The agents this caller may know of; none for nobody."""
        return self.filter(visible_agents(caller.standing if caller else None))

    def seen_from(self, caller):
        """Those of the organisation that the caller is in, and what is lent; not those of the caller's others."""
        if caller.organisation_id is None:
            return self
        if caller.is_superuser:
            return self.filter(organisation_id=caller.organisation_id)
        return self.exclude(organisation_id__in=[one for one in caller.organisations if one != caller.organisation_id])

    def devices(self):
        return self.filter(kind=Agent.Kind.DEVICE)

    def in_use(self):
        return self.filter(archived_at=None)


class Agent(models.Model):
    """Everyone who acts: a person, a device, an organisation, an installed application, a dashboard."""

    class Kind(models.TextChoices):
        USER = "user"
        DEVICE = "device"
        ORGANISATION = "organisation"
        APP = "app"
        DASHBOARD = "dashboard"

    id = models.BigIntegerField(primary_key=True, default=new_agent_id, editable=False)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    organisation = models.ForeignKey(
        "identity.Organisation", on_delete=models.RESTRICT, null=True, blank=True, related_name="agents"
    )
    # Where devices and dashboards hang in their organisation's tree; people's rights follow from it.
    group = models.ForeignKey("identity.Group", on_delete=models.PROTECT, null=True, blank=True, related_name="agents")
    name = models.CharField(max_length=255)
    display_name = models.CharField(max_length=255, blank=True)
    # Whose midnights its days have; empty: those of its organisation, whose agent may have a zone too.
    zone = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    # Whether a device may replace its own token, and the oldest one it confirmed (`data-api §14.3`).
    token_self_rotation = models.BooleanField(default=False)
    tokens_valid_from = models.DateTimeField(null=True, blank=True)

    objects = AgentQuerySet.as_manager()

    class Meta:
        indexes = [
            # The home page and the channel viewer list the agents of an organisation by kind.
            models.Index(fields=["organisation", "kind", "name"], name="agent_by_organisation"),
            # A page of the list of devices by name, whatever the size of the fleet.
            models.Index(
                SORTED_AS, F("id"), name="device_by_title", condition=Q(kind="device", archived_at__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="agent_has_organisation", condition=Q(kind="user") | Q(organisation__isnull=False)
            ),
            models.CheckConstraint(
                name="device_hangs_in_group",
                condition=~Q(kind__in=["device", "dashboard"]) | Q(group__isnull=False),
            ),
            models.CheckConstraint(
                name="agent_kind_known",
                condition=Q(kind__in=["user", "device", "organisation", "app", "dashboard"]),
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if self.group_id is None and self.organisation_id and self.kind in (Agent.Kind.DEVICE, Agent.Kind.DASHBOARD):
            self.group = self.organisation.root_group
        super().save(*args, **kwargs)

    @property
    def title(self) -> str:
        """The name to show to people."""
        return self.display_name or self.name
