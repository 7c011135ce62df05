from django.db import models
from django.db.models import Q

from doover_web.data.models.fields import OrderedJSONField
from doover_web.identity.models import Agent, Organisation
from doover_web.identity.standing import Standing

from ..ids import new_id
from .access import CHOOSES_APPLICATIONS, Access, choosing, open_to
from .application import Application, ConfigProfile


class SolutionQuerySet(models.QuerySet):
    def visible_to(self, standing: Standing):
        """Those of the organisations from which one may choose, and of others as their access lists allow."""
        if standing.is_superuser:
            return self
        there = choosing(standing, CHOOSES_APPLICATIONS)
        return self.filter(Q(organisation_id__in=there) | open_to(SolutionAccess, "solution", there))

    def in_use(self):
        return self.filter(archived_at=None)


class Solution(models.Model):
    """A product: several applications that are installed and configured together (`control-api §3.10`)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="solutions")
    display_name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    # Turns its few values into the configuration of each application.
    jinja_template = models.TextField(blank=True)
    config_schema = OrderedJSONField(default=dict)  # forms ask in its order
    config = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SolutionQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="solution_named", condition=~Q(display_name=""))]

    def __str__(self):
        return self.display_name


class SolutionAccess(Access):
    """Which organisations may use a solution."""

    solution = models.ForeignKey(Solution, on_delete=models.CASCADE, related_name="access")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["solution", "organisation"], name="solution_access_once"),
            models.CheckConstraint(name="solution_access_known", condition=Q(access__in=["WHL", "BLK"])),
        ]


class SolutionTemplate(models.Model):
    """One application of a solution, and what it is configured with there."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    solution = models.ForeignKey(Solution, on_delete=models.CASCADE, related_name="templates")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="templates")
    # The key its installs get; empty: made from the application's name.
    name = models.CharField(max_length=100, blank=True)
    display_name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    deployment_config = models.JSONField(default=dict)
    synced = models.BooleanField(default=True)
    profiles = models.ManyToManyField(ConfigProfile, through="TemplateProfile", related_name="templates")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["solution", "name"], condition=~Q(name=""), name="template_name_once_in_solution"
            ),
        ]

    def __str__(self):
        return self.display_name


class TemplateProfile(models.Model):
    """A config profile of a template; those further down win."""

    template = models.ForeignKey(SolutionTemplate, on_delete=models.CASCADE, related_name="ordered_profiles")
    profile = models.ForeignKey(ConfigProfile, on_delete=models.CASCADE, related_name="+")
    position = models.IntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["template", "profile"], name="profile_once_in_template")]

    def __str__(self):
        return str(self.profile)


class SolutionInstall(models.Model):
    """A solution on a device; its applications are installs that point here, and its status follows theirs."""

    class Status(models.TextChoices):
        QUEUED = "QUE"
        RUNNING = "RUN"
        SUCCEEDED = "SUC"
        FAILED = "FAI"
        CANCELLED = "CAN"

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT, related_name="installs")
    device = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="solution_installs")
    display_name = models.CharField(max_length=100)
    deployment_config = models.JSONField(default=dict)
    status = models.CharField(max_length=3, choices=Status, default=Status.QUEUED)
    deployed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="solution_install_status_known", condition=Q(status__in=["QUE", "RUN", "SUC", "FAI", "CAN"])
            ),
        ]

    def __str__(self):
        return self.display_name
