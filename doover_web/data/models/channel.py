import uuid

from django.db import models

from doover_web.identity.models import Agent

from ..ids import new_channel_id
from .fields import OrderedJSONField


class ChannelQuerySet(models.QuerySet):
    def of(self, agent: Agent):
        return self.filter(agent_id=agent.id)

    def in_use(self):
        return self.filter(archived_at=None)

    def public(self):
        return self.filter(is_private=False)

    def hide_before(self, ms: int | None, *, instead_of: int | None):
        """Do not show what these channels said before `ms`, which takes the place of a bound of the whole device; a
        later one of a channel's own stays."""
        follows = models.Q(history_since=instead_of)
        if ms is not None:
            follows |= models.Q(history_since=None) | models.Q(history_since__lt=ms)
        self.filter(follows).update(history_since=ms)


class Channel(models.Model):
    """A named stream of an agent: its messages are the history, its aggregate is the state."""

    pk = models.CompositePrimaryKey("agent_id", "id")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="channels", db_index=False)
    id = models.BigIntegerField(default=new_channel_id, editable=False)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    is_private = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    message_schema = models.JSONField(null=True, blank=True)
    aggregate_schema = models.JSONField(null=True, blank=True)
    # The earliest message time the channel shows, in ms since 1970; nothing is deleted (`data-api §6`).
    history_since = models.BigIntegerField(null=True, blank=True)
    # Seconds to keep a message that was posted without a time to live of its own.
    default_ttl = models.BigIntegerField(null=True, blank=True)
    # Seconds to keep messages by their own time; null: as long as the installation does.
    message_retention = models.BigIntegerField(null=True, blank=True)
    # Somebody runs when something is said here, and must not miss it.
    has_hooks = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "name"], name="channel_name_once_per_agent"),
            models.CheckConstraint(name="channel_name_not_empty", condition=~models.Q(name="")),
        ]
        indexes = [
            # The first generation names channels by key or id alone.
            models.Index(fields=["key"], name="channel_by_key"),
            models.Index(fields=["id"], name="channel_by_id"),
        ]

    def __str__(self):
        return f"{self.name} of {self.agent_id}"


class Aggregate(models.Model):
    """The state of a channel. `revision` grows by one with every write, so a reader can tell a gap."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    data = OrderedJSONField()
    revision = models.BigIntegerField(default=0)
    last_updated = models.BigIntegerField(null=True)  # ms since 1970; null: never written
    author_id = models.BigIntegerField(null=True)  # of the last write
    attachments = OrderedJSONField(null=True)  # its files, see `attached`
    # Null without alarms; else each key that they read → when it was last written, in ms since 1970.
    readings = OrderedJSONField(null=True)

    class Meta:
        managed = False
        db_table = "data_aggregate"

    def __str__(self):
        return f"state of {self.channel_id}, revision {self.revision}"
