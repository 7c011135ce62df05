from django.db import models

from doover_web.common.snowflake import now_ms


class MessageLog(models.Model):
    """What code wrote while it worked on a message: the log of the invocation that the message sums up."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "message_id")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    message_id = models.BigIntegerField()
    entries = models.JSONField()
    stored_at = models.BigIntegerField(default=now_ms)  # ms since 1970

    def __str__(self):
        return f"log of message {self.message_id}"
