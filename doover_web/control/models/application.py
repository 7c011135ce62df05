import uuid

from django.db import models
from django.db.models import Q

from doover_web.identity.models import Organisation
from doover_web.identity.standing import Standing

from ..ids import new_id


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, standing: Standing):
        """Those of the own organisations, and what is open to everybody (`control-api §3.7`)."""
        if standing.is_superuser:
            return self
        return self.filter(Q(visibility__in=Application.OPEN) | Q(organisation_id__in=list(standing.members)))

    def in_use(self):
        return self.filter(archived_at=None)


class Application(models.Model):
    """An entry of the catalogue: something that can be installed on an agent."""

    class Type(models.TextChoices):
        DEVICE = "DEV"
        PROCESSOR = "PRO"
        TASK = "TAS"
        INTEGRATION = "INT"
        REPORT = "REP"

    class Visibility(models.TextChoices):
        CORE = "COR"
        PUBLIC = "PUB"
        PRIVATE = "PRI"
        INTERNAL = "INT"

    OPEN = (Visibility.CORE, Visibility.PUBLIC)

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="applications"
    )
    name = models.CharField(max_length=100, unique=True)
    display_name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    long_description = models.TextField(blank=True)
    type = models.CharField(max_length=3, choices=Type)
    visibility = models.CharField(max_length=3, choices=Visibility, default=Visibility.PRIVATE)
    allow_many = models.BooleanField(default=False)
    # Names or keys of other applications.
    depends_on = models.JSONField(default=list)
    config_schema = models.JSONField(default=dict)
    # Base64 of a zip with the deployment folder.
    deployment_data = models.TextField(null=True, blank=True)  # noqa: DJ001  null is on the wire
    image_name = models.CharField(max_length=255, blank=True)
    # What the first generation calls its repository and registry account.
    code_repo_key = models.CharField(max_length=255, blank=True)
    repo_branch = models.CharField(max_length=255, default="main")
    container_registry_profile_key = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="application_type_known", condition=Q(type__in=["DEV", "PRO", "TAS", "INT", "REP"])
            ),
            models.CheckConstraint(
                name="application_visibility_known", condition=Q(visibility__in=["COR", "PUB", "PRI", "INT"])
            ),
        ]

    def __str__(self):
        return self.display_name or self.name
