from django.db import models
from django.db.models import F, Q


class OutboxEntry(models.Model):
    """Something that somebody must react to, written in the transaction it came from; it goes once that is done."""

    class Kind(models.TextChoices):
        # A message on a `notifications` channel: {"message_id", "author_id", "text": its JSON}.
        NOTIFICATION = "notification"
        # An alarm changed its state and people are to be told: {"message_id", "data"}, `data` being what will
        # stand on the `notifications` channel (`data-api §10.5, §12.1`).
        ALARM = "alarm"
        # Something was said on a channel with hooks: {"channel_id", "author_id", "message_id", "ts", "data"}.
        TASK = "task"
        # A device said where it is: {"lat", "long", "accuracy", "at"} (`ui-schema §18.3`).
        PLACE = "place"
        # What watches over a device changed, so it is judged anew where it is: {}.
        AROUND = "around"

    pk = models.CompositePrimaryKey("agent_id", "kind", "key")
    agent_id = models.BigIntegerField()  # whose channels it is about; that agent may be gone by now
    kind = models.CharField(max_length=16)
    # What makes it one thing and not two: adding the same key again changes nothing.
    key = models.CharField(max_length=128)
    payload = models.JSONField()
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.BigIntegerField()  # ms since 1970
    due_at = models.BigIntegerField(null=True)  # ms since 1970: not tried before; null: given up

    class Meta:
        constraints = [
            models.CheckConstraint(name="outbox_due_after_made", condition=Q(due_at__gte=F("created_at"))),
        ]
        indexes = [
            # `take`: what is due of a kind, the longest waiting first.
            models.Index(fields=["kind", "due_at"], name="outbox_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self):
        return f"{self.kind} {self.key} of {self.agent_id}"
