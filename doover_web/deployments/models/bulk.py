from django.db import models
from django.db.models import Q
from django.utils import timezone

from doover_web.control.ids import new_id
from doover_web.identity.models import Agent, Organisation


class BulkJobQuerySet(models.QuerySet):
    def visible_to(self, caller):
        """One's own, and those of the organisations whose people the caller manages."""
        if caller.is_superuser:
            return self
        members = caller.standing.members.items()
        manages = [id for id, one in members if "applications_manage" in one.flags]
        return self.filter(Q(by_id=caller.agent_id) | Q(organisation_id__in=manages))

    def moving(self):
        return self.filter(status__in=["queued", "running", "undoing"])


class BulkJob(models.Model):
    """The same change to many devices, each with a result of its own: queued → running → done → undoing → undone."""

    class Action(models.TextChoices):
        MOVE = "move"
        TAG = "tag"
        ARCHIVE = "archive"
        UNARCHIVE = "unarchive"
        CONFIGURE = "configure"

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        UNDOING = "undoing"
        UNDONE = "undone"

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="bulk_jobs")
    action = models.CharField(max_length=12, choices=Action)
    # Of the action: {"group_id"}, {"add", "remove"} or {"application_id", "config", "config_profile_ids"?, "deploy"}.
    parameters = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    by = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = BulkJobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bulk_action_known", condition=Q(action__in=["move", "tag", "archive", "unarchive", "configure"])
            ),
            models.CheckConstraint(
                name="bulk_status_known",
                condition=Q(status__in=["queued", "running", "done", "cancelled", "undoing", "undone"]),
            ),
        ]
        indexes = [
            # The list of an organisation's jobs.
            models.Index(fields=["organisation", "-id"], name="bulk_job_by_organisation"),
            # The sweep.
            models.Index(
                fields=["status"], name="bulk_job_moving", condition=Q(status__in=["queued", "running", "undoing"])
            ),
        ]

    def __str__(self):
        return f"{self.get_action_display()} {self.id}"

    def move(self, *sources: str, to: str) -> bool:
        """From one of `sources` to `to`. False when it stands elsewhere."""
        ended = {"ended_at": timezone.now()} if to in ("done", "cancelled", "undone") else {"ended_at": None}
        moved = BulkJob.objects.filter(pk=self.pk, status__in=sources).update(status=to, **ended) == 1
        if moved:
            self.status = to
        return moved


class BulkRow(models.Model):
    """One device of a job: what came of it, and what it was before."""

    class Result(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        SAME = "same"  # it was like that already
        REFUSED = "refused"
        UNDONE = "undone"
        KEPT = "kept"  # somebody changed it since, so it was not undone

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="rows")
    device = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    result = models.CharField(max_length=8, choices=Result, default=Result.WAITING)
    detail = models.CharField(max_length=500, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "device"], name="device_once_in_job"),
            models.CheckConstraint(
                name="bulk_result_known",
                condition=Q(result__in=["waiting", "done", "same", "refused", "undone", "kept"]),
            ),
        ]
        indexes = [
            # The next rows of a job, and the counts of each result.
            models.Index(fields=["job", "result"], name="bulk_row_by_result"),
        ]

    def __str__(self):
        return f"{self.device}: {self.result}"
