"""Connections and their history: who is, and was, connected, and what each session watched (`data-api §11`).

Moments are in ms since 1970; when a session or a subscription began is in its id. No key points anywhere: the rows are
written in batches by `register`, and swept when they are old.
"""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from doover_web.common.snowflake import ms_of

# A web process says that it is there every few seconds; one that was silent so long is not counted any more.
SILENT = timedelta(seconds=20)


class WebProcess(models.Model):
    """A web server process that holds connections; one that died leaves its row behind until the sweep."""

    id = models.BigIntegerField(primary_key=True)
    seen_at = models.DateTimeField(auto_now_add=True)
    # Set when a sweep finds it silent; only a second sweep ends its connections, as the database may have been away.
    doubted_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"web process {self.id}"


class ConnectionQuerySet(models.QuerySet):
    def live(self):
        """Open sessions of processes that are there."""
        there = WebProcess.objects.filter(seen_at__gt=timezone.now() - SILENT)
        return self.filter(closed_at=None, process_id__in=there.values("id"))


class Connection(models.Model):
    """A session of the gateway. A resume takes the same row up again."""

    pk = models.CompositePrimaryKey("agent_id", "id")
    agent_id = models.BigIntegerField()
    id = models.BigIntegerField()
    process_id = models.BigIntegerField()
    is_default = models.BooleanField(default=False)  # the agent's own link
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=255, blank=True)
    # When the socket that has it now took it up: an older process must not close what a newer one holds.
    attached_at = models.BigIntegerField()
    closed_at = models.BigIntegerField(null=True)
    last_ping = models.BigIntegerField(null=True)
    latency = models.FloatField(null=True)  # ms

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="connection_by_id"),  # GET /connections/{id}
            # The live list of an agent, and whether its own link is open.
            models.Index(fields=["agent_id"], condition=models.Q(closed_at=None), name="connection_open"),
            # The sweep of a process that died.
            models.Index(fields=["process_id"], condition=models.Q(closed_at=None), name="connection_of_process"),
            # Retention.
            models.Index(fields=["closed_at"], condition=models.Q(closed_at__isnull=False), name="connection_closed"),
        ]

    def __str__(self):
        return f"connection {self.id} of {self.agent_id}"

    @property
    def connected_at(self) -> int:
        return ms_of(self.id)


class SubscriptionLog(models.Model):
    """One channel that one session watched, from the moment in the id until it left."""

    pk = models.CompositePrimaryKey("agent_id", "id")
    agent_id = models.BigIntegerField()  # whose session
    id = models.BigIntegerField()
    connection_id = models.BigIntegerField()
    channel_agent_id = models.BigIntegerField()
    channel_name = models.CharField(max_length=255)
    unsubscribed_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            # What a session watched, and the pages of the history.
            models.Index(fields=["agent_id", "connection_id", "id"], name="subscription_of_session"),
            # Who watches a channel now.
            models.Index(
                fields=["channel_agent_id", "channel_name"],
                condition=models.Q(unsubscribed_at=None),
                name="subscription_open",
            ),
            # Retention.
            models.Index(
                fields=["unsubscribed_at"], condition=models.Q(unsubscribed_at__isnull=False), name="subscription_ended"
            ),
        ]

    def __str__(self):
        return f"{self.channel_name} watched by {self.connection_id}"

    @property
    def subscribed_at(self) -> int:
        return ms_of(self.id)
