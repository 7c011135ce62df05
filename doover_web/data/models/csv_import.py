from django.db import models
from django.utils import timezone

from ..ids import new_import_id


class CsvImport(models.Model):
    """A file on its way into a channel. The row is the truth: a worker that dies leaves how far it came, and doing a
    part again changes nothing, since the ids come from the rows."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.BigIntegerField(primary_key=True, default=new_import_id, editable=False)
    agent_id = models.BigIntegerField()
    channel = models.CharField(max_length=255)
    author_id = models.BigIntegerField()  # the person's agent
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    content = models.BinaryField()  # the file; emptied when the import has ended
    rows = models.IntegerField()
    done = models.IntegerField(default=0)
    stored = models.IntegerField(default=0)  # written, or there before with the same content
    refused = models.IntegerField(default=0)
    problems = models.JSONField(default=list)  # [[row number, what is wrong], …], the first ones
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)  # when a worker was last seen at it

    class Meta:
        indexes = [
            # The channel page lists what was imported last.
            models.Index(fields=["agent_id", "channel", "-id"], name="csv_import_of_channel"),
            # The sweep looks for what a dead worker left.
            models.Index(
                fields=["touched_at"], name="csv_import_open", condition=models.Q(status__in=["queued", "running"])
            ),
        ]

    def __str__(self):
        return f"import {self.id} into {self.channel}"

    def start(self, stale_before) -> bool:
        """Queued, or left by a worker last seen before `stale_before` → running. False when another is at it."""
        open_ = CsvImport.objects.filter(pk=self.pk).filter(
            models.Q(status="queued") | models.Q(status="running", touched_at__lt=stale_before)
        )
        return open_.update(status=self.Status.RUNNING, touched_at=timezone.now()) == 1

    def pause(self) -> bool:
        """Running → queued, so that others have their turn. False when it was ended meanwhile."""
        running = CsvImport.objects.filter(pk=self.pk, status="running")
        return running.update(status=self.Status.QUEUED, touched_at=timezone.now()) == 1

    def finish(self, status: str) -> None:
        CsvImport.objects.filter(pk=self.pk, status="running").update(
            status=status, content=b"", touched_at=timezone.now()
        )
