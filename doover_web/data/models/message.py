from django.db import models

from doover_web.common.snowflake import first_id_of, now_ms

from .fields import OrderedJSONField


class MessageQuerySet(models.QuerySet):
    def in_channel(self, channel):
        """The messages that `channel` shows: neither expired nor from before its history begins."""
        shown = self.filter(agent_id=channel.agent_id, channel_id=channel.id).unexpired()
        if channel.history_since is not None:
            shown = shown.filter(id__gte=first_id_of(channel.history_since))
        return shown

    def unexpired(self):
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=now_ms()))


class Message(models.Model):
    """One entry of a channel's history; the moment is in the id. Partitioned by id, see the migration."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "id")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    id = models.BigIntegerField()
    data = models.JSONField()
    author_id = models.BigIntegerField()
    received_at = models.BigIntegerField()  # ms since 1970: when it arrived here
    edited_at = models.BigIntegerField(null=True)  # ms since 1970: when it last changed
    expires_at = models.BigIntegerField(null=True)  # ms since 1970: hidden from then on
    revision = models.IntegerField(default=0)  # how often it changed
    attachments = OrderedJSONField(null=True)  # its files, see `attached`

    objects = MessageQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "data_message"

    def __str__(self):
        return f"message {self.id}"
