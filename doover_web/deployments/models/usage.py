from django.db import models

from doover_web.identity.models import Organisation


class UsageQuerySet(models.QuerySet):
    def visible_to(self, caller):
        """Those of the organisations whose bills the caller looks after."""
        if caller.is_superuser:
            return self
        members = caller.standing.members.items()
        return self.filter(organisation_id__in=[id for id, one in members if "billing_manager" in one.flags])


class UsageDay(models.Model):
    """What an organisation used on a day (UTC), as bills are made of."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    devices = models.PositiveIntegerField(default=0)  # that were there and not archived
    messages = models.BigIntegerField(default=0)  # dated on the day and kept when it was measured
    bytes = models.BigIntegerField(default=0)  # of those messages, as they are stored
    attachments = models.BigIntegerField(default=0)  # that came on the day
    attachment_bytes = models.BigIntegerField(default=0)
    function_runs = models.BigIntegerField(default=0)  # that were asked for
    measured_at = models.DateTimeField()

    objects = UsageQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "day"], name="usage_once_a_day")]

    def __str__(self):
        return f"{self.organisation} on {self.day}"
