from django.db import models
from django.db.models import Q
from django.utils import timezone

from doover_web.identity.models import Organisation

from .application import Application
from .install import AppInstall


class ReportSchedule(models.Model):
    """When the reports of an install come next (`control-api §3.12`): the install of a report generator on an
    organisation. Its configuration says how often; this row says when, and in whose name."""

    install = models.OneToOneField(AppInstall, on_delete=models.CASCADE, primary_key=True, related_name="schedule")
    # The person's agent that set it up; the reports tell what this person may read.
    author_id = models.BigIntegerField()
    # Null: it is disabled, or archived.
    next_at = models.DateTimeField(null=True, blank=True)
    # Why the last one could not be made.
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            # What is due, every minute.
            models.Index(fields=["next_at"], name="report_schedule_due", condition=Q(next_at__isnull=False)),
        ]

    def __str__(self):
        return str(self.install)


class ReportJob(models.Model):
    """A report that is being made. What people see of it is the message of the same id in the organisation's channel
    `reports`; this row is the work, and survives a worker that dies."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    schedule = models.ForeignKey(ReportSchedule, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs")
    author_id = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)  # when a worker was last seen at it
    started_at = models.DateTimeField(null=True, blank=True)  # when the last worker began
    # How many of its devices it has read, and of how many; 0 of 0: not known yet.
    devices_done = models.PositiveIntegerField(default=0)
    devices = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            # The sweep looks for what a dead worker left.
            models.Index(fields=["touched_at"], name="report_job_open", condition=Q(status__in=["queued", "running"])),
        ]
        constraints = [
            models.CheckConstraint(
                name="report_job_status_known", condition=Q(status__in=["queued", "running", "done", "failed"])
            )
        ]

    def __str__(self):
        return f"report {self.id}"

    def start(self, stale_before) -> bool:
        """Queued, or left by a worker last seen before `stale_before` → running. False when another is at it."""
        left = Q(status="queued") | Q(status="running", touched_at__lt=stale_before)
        mine, now = ReportJob.objects.filter(left, pk=self.pk), timezone.now()
        fresh = {"touched_at": now, "started_at": now, "devices_done": 0, "devices": 0}
        return mine.update(status="running", attempts=models.F("attempts") + 1, **fresh) == 1

    def note(self, done: int, devices: int) -> None:
        """How far its worker has come; also says that it lives."""
        running = ReportJob.objects.filter(pk=self.pk, status="running")
        running.update(touched_at=timezone.now(), devices_done=done, devices=devices)

    def end(self, status: str) -> bool:
        """Running → done or failed. False when it was ended before."""
        running = ReportJob.objects.filter(pk=self.pk, status="running")
        return running.update(status=status, touched_at=timezone.now()) == 1
