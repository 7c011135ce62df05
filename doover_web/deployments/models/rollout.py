from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from doover_web.control.ids import new_id
from doover_web.control.models import AppInstall, Application
from doover_web.identity.models import Agent, Organisation

from .deployment import Deployment

LATE = timedelta(days=30)


class RolloutQuerySet(models.QuerySet):
    def visible_to(self, caller):
        """Those of the organisations whose applications the caller may see."""
        if caller.is_superuser:
            return self
        members = caller.standing.members.items()
        return self.filter(organisation_id__in=[id for id, one in members if "applications_view" in one.flags])

    def moving(self):
        """Those that move by themselves, and those that ended lately and that a device may still answer to."""
        late = RolloutDevice.objects.filter(result__in=["under_way", "absent"]).values("rollout")
        ended = Q(ended_at__gt=timezone.now() - LATE, status__in=["done", "aborted"], pk__in=late)
        return self.filter(Q(status__in=["running", "rolling_back"]) | ended)


class Rollout(models.Model):
    """One change to the installs of an application on many devices, ring by ring.

    queued → running ⇄ paused → done; running or paused → aborted, or by way of rolling back → rolled back.
    """

    class Status(models.TextChoices):
        READY = "ready"
        RUNNING = "running"
        PAUSED = "paused"
        ROLLING_BACK = "rolling_back"
        DONE = "done"
        ABORTED = "aborted"
        ROLLED_BACK = "rolled_back"

    OPEN = (Status.READY, Status.RUNNING, Status.PAUSED, Status.ROLLING_BACK)

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="rollouts")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="rollouts")
    name = models.CharField(max_length=255)
    # What changes on each install: {"version"?, "config"?: merged into its settings}; empty: deploy it as it is.
    change = models.JSONField(default=dict)
    # How many devices, of a hundred, each ring reaches in the end; the last is 100.
    rings = models.JSONField(default=list)
    # Seconds that a ring must stand before the next begins, and how many of a hundred devices may fail.
    soak_seconds = models.PositiveIntegerField(default=0)
    abort_percent = models.PositiveSmallIntegerField(default=10)
    # Seconds that a device has to answer before it counts as absent; it is not waited for any longer.
    patience_seconds = models.PositiveIntegerField(default=3600)
    rolls_back = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.READY)
    ring = models.PositiveSmallIntegerField(default=0)
    ring_done_at = models.DateTimeField(null=True)
    log_output = models.TextField(blank=True)
    by = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = RolloutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rollout_status_known",
                condition=Q(
                    status__in=["ready", "running", "paused", "rolling_back", "done", "aborted", "rolled_back"]
                ),
            ),
            models.CheckConstraint(name="rollout_abort_of_hundred", condition=Q(abort_percent__lte=100)),
        ]
        indexes = [
            # The list of an organisation's roll-outs.
            models.Index(fields=["organisation", "-id"], name="rollout_by_organisation"),
            # The sweep that moves them on.
            models.Index(fields=["status"], name="rollout_moving", condition=Q(status__in=["running", "rolling_back"])),
        ]

    def __str__(self):
        return self.name

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def move(self, *sources: str, to: str) -> bool:
        """From one of `sources` to `to`. False when it stands elsewhere."""
        ended = {} if to in self.OPEN else {"ended_at": timezone.now()}
        moved = Rollout.objects.filter(pk=self.pk, status__in=sources).update(status=to, **ended) == 1
        if moved:
            self.status = to
        return moved


class RolloutDevice(models.Model):
    """One install of a roll-out: in which ring, what it had before, and what came of it."""

    class Result(models.TextChoices):
        WAITING = "waiting"
        UNDER_WAY = "under_way"
        DONE = "done"
        FAILED = "failed"
        ABSENT = "absent"  # did not answer in its time; the deployment goes on waiting
        SKIPPED = "skipped"
        ROLLED_BACK = "rolled_back"

    ENDED = (Result.DONE, Result.FAILED, Result.ABSENT, Result.SKIPPED, Result.ROLLED_BACK)

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="devices")
    install = models.ForeignKey(AppInstall, on_delete=models.CASCADE, related_name="+")
    ring = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=12, choices=Result, default=Result.WAITING)
    detail = models.TextField(blank=True)
    deployment = models.ForeignKey(Deployment, on_delete=models.SET_NULL, null=True, related_name="+")
    # What the install's own fields were, so that they can be put back.
    before = models.JSONField(default=dict)
    began_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rollout", "install"], name="install_once_in_rollout"),
            models.CheckConstraint(
                name="rollout_result_known",
                condition=Q(result__in=["waiting", "under_way", "done", "failed", "absent", "skipped", "rolled_back"]),
            ),
        ]
        indexes = [
            # The next devices of a ring, and the counts of each result.
            models.Index(fields=["rollout", "ring", "result"], name="rollout_device_by_result"),
        ]

    def __str__(self):
        return f"{self.install} in ring {self.ring}"
