from django.db import models
from django.db.models import Q

from doover_web.identity.models import Agent

from ..ids import new_id
from .application import Application, ConfigProfile
from .solution import SolutionInstall, SolutionTemplate


class AppInstallQuerySet(models.QuerySet):
    def in_use(self):
        return self.filter(archived_at=None)

    def lock(self, id, solution_install_id=None):
        """Let nobody else change or deploy this install until the transaction ends; before it the solution it is part
        of, and before any deployment of it: everybody locks in this order."""
        if solution_install_id is not None:
            list(SolutionInstall.objects.select_for_update(no_key=True).filter(pk=solution_install_id).values("pk"))
        list(AppInstall.objects.select_for_update(no_key=True).filter(pk=id).values("pk"))

    def visible_to(self, caller):
        """Those on the agents that the caller may see."""
        if caller is not None and caller.is_superuser:
            return self
        return self.filter(agent__in=Agent.objects.visible_to(caller))


class AppInstall(models.Model):
    """An application on one agent, which is a device or an organisation (`control-api §3.8`)."""

    class Synced(models.TextChoices):
        IN_STEP = "OK"
        OUT_OF_STEP = "NO"
        OVERRIDDEN = "OV"

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="app_installs")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="installs")
    # The application's key on that agent: in `deployment_config`, in the names of its channels and tags.
    name = models.CharField(max_length=100)
    display_name = models.CharField(max_length=100)
    # The release it is kept at: a number or a tag. Null: the newest that is not an alpha.
    version = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001  null is on the wire
    # What differs here from template and profiles.
    deployment_config = models.JSONField(default=dict)
    profiles = models.ManyToManyField(ConfigProfile, through="InstallProfile", related_name="installs")
    solution_install = models.ForeignKey(
        SolutionInstall, on_delete=models.SET_NULL, null=True, blank=True, related_name="app_installs"
    )
    template = models.ForeignKey(
        SolutionTemplate, on_delete=models.SET_NULL, null=True, blank=True, related_name="app_installs"
    )
    # The installs that need this one.
    managed_by = models.ManyToManyField("self", symmetrical=False, related_name="manages", blank=True)
    synced = models.CharField(max_length=2, choices=Synced, default=Synced.OUT_OF_STEP)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    # Profiles that are looked at in place of those it has, before a change is made; never saved.
    tried_profiles: list[ConfigProfile] | None = None

    objects = AppInstallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "name"], condition=Q(archived_at=None), name="install_name_once_on_agent"
            ),
            models.CheckConstraint(name="install_named", condition=~Q(name="")),
            models.CheckConstraint(name="install_synced_known", condition=Q(synced__in=["OK", "NO", "OV"])),
        ]

    def __str__(self):
        return self.display_name or self.name


class InstallProfile(models.Model):
    """A config profile of an install; those further down win."""

    install = models.ForeignKey(AppInstall, on_delete=models.CASCADE, related_name="ordered_profiles")
    profile = models.ForeignKey(ConfigProfile, on_delete=models.CASCADE, related_name="+")
    position = models.IntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["install", "profile"], name="profile_once_on_install")]

    def __str__(self):
        return str(self.profile)
