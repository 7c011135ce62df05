from django.db import models


class ChannelSize(models.Model):
    """How much a channel's history took on a day, by a sample: about how many bytes on disk, and messages."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "day")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    day = models.DateField()
    bytes = models.BigIntegerField()
    messages = models.BigIntegerField()

    class Meta:
        indexes = [
            # The storage page reads two days; measuring forgets old ones.
            models.Index(fields=["day", "agent_id"], name="channel_size_by_day"),
        ]

    def __str__(self):
        return f"{self.bytes} bytes of {self.channel_id} on {self.day}"
