from django.db import models

from doover_web.common.snowflake import now_ms
from doover_web.identity.models import Agent


class Awaited(models.Model):
    """Somebody wants to hear, once, that a device is back."""

    subscriber = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    device = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="awaited_by")
    since = models.BigIntegerField(default=now_ms)  # what it said until then is not what is waited for

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "subscriber"], name="awaited_once"),
        ]

    def __str__(self):
        return f"{self.subscriber_id} waits for {self.device_id}"
