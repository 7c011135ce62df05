import uuid

from django.db import models
from django.db.models import Q

from doover_web.data.models.fields import OrderedJSONField
from doover_web.identity.models import Organisation
from doover_web.identity.standing import Standing

from ..ids import new_id
from .access import CHOOSES_APPLICATIONS, Access, choosing, listed_for
from .registry import RegistryProfile, TrustedPublisher
from .upload import Upload


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, standing: Standing):
        """Those of the own organisations, and what is shared with these, as far as one may choose from them; and what
        is open to everybody (`control-api §3.7`)."""
        if standing.is_superuser:
            return self
        there = choosing(standing, CHOOSES_APPLICATIONS)
        own = Q(visibility__in=Application.OPEN) | Q(organisation_id__in=there)
        own |= Q(publisher__agent_id=standing.agent_id)
        return self.filter(own | listed_for(ApplicationAccess, "application", there))

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
    config_schema = OrderedJSONField(default=dict)  # forms ask in its order
    ui_schema = models.JSONField(default=dict)
    tag_schema = models.JSONField(default=dict)
    notification_schema = models.JSONField(default=dict)
    # Base64 of a zip with the deployment folder.
    deployment_data = models.TextField(null=True, blank=True)  # noqa: DJ001  null is on the wire
    image_name = models.CharField(max_length=255, blank=True)
    # What the first generation calls its repository and registry account.
    code_repo_key = models.CharField(max_length=255, blank=True)
    repo_branch = models.CharField(max_length=255, default="main")
    container_registry_profile_key = models.CharField(max_length=255, blank=True)
    container_registry_profile = models.ForeignKey(
        RegistryProfile, on_delete=models.SET_NULL, null=True, blank=True, related_name="applications"
    )
    publisher = models.ForeignKey(
        TrustedPublisher, on_delete=models.SET_NULL, null=True, blank=True, related_name="applications"
    )
    # Which function runs it, and how.
    lambda_arn = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    lambda_config = models.JSONField(default=dict)
    stars = models.IntegerField(default=0)
    icon_url = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001
    banner_url = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001
    repository_url = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001
    # What was uploaded and not released yet; a release points at the same files.
    widget = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    processor_source = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    icon = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    banner = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
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


class ApplicationAccess(Access):
    """Which organisations may use a private application."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="access")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "organisation"], name="application_access_once"),
            models.CheckConstraint(name="application_access_known", condition=Q(access__in=["WHL", "BLK"])),
        ]


class ApplicationVersion(models.Model):
    """A release: schemas, image and code as they were then; it does not change (`control-api §8`)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    tag = models.CharField(max_length=128, blank=True)
    commit = models.CharField(max_length=128, blank=True)
    notes = models.TextField(blank=True)
    # Installs that follow the newest release pass over it.
    alpha = models.BooleanField(default=False)
    image_name = models.CharField(max_length=512, blank=True)
    config_schema = OrderedJSONField(default=dict)  # forms ask in its order
    ui_schema = models.JSONField(default=dict)
    tag_schema = models.JSONField(default=dict)
    lambda_config = models.JSONField(default=dict)
    deployment_data = models.TextField(null=True, blank=True)  # noqa: DJ001  as on the application
    widget = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    processor_source = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="version_number_once"),
            models.CheckConstraint(name="version_number_positive", condition=Q(number__gte=1)),
        ]

    def __str__(self):
        return f"{self.application} {self.number}"


class ConfigProfileQuerySet(models.QuerySet):
    def visible_to(self, standing: Standing):
        """Those of the organisations from whose applications one may choose."""
        if standing.is_superuser:
            return self
        return self.filter(organisation_id__in=choosing(standing, CHOOSES_APPLICATIONS))


class ConfigProfile(models.Model):
    """A named partial configuration of an application that many installs share (`control-api §3.7`)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="config_profiles")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="config_profiles")
    display_name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    deployment_config = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConfigProfileQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="config_profile_named", condition=~Q(display_name=""))]

    def __str__(self):
        return self.display_name
