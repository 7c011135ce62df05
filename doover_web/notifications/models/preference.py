from django.db import models

from doover_web.identity.models import Agent

from ..pace import QuietHours


class Preference(models.Model):
    """How a person wants to be told: quiet hours, and up to where the list was read."""

    agent = models.OneToOneField(
        Agent, on_delete=models.CASCADE, primary_key=True, related_name="notification_preference"
    )
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_zone = models.CharField(max_length=64, blank=True)
    # The newest notification that the list has shown.
    seen_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quiet_hours_whole",
                condition=models.Q(quiet_from=None, quiet_until=None)
                | (models.Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~models.Q(quiet_zone="")),
            ),
        ]

    def __str__(self):
        return f"preferences of {self.agent_id}"

    @property
    def quiet_hours(self) -> QuietHours | None:
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return QuietHours(self.quiet_from, self.quiet_until, self.quiet_zone)
