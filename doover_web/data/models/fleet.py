from django.db import models
from django.db.models import Case, Q, Value, When

from doover_web.identity.models import Agent

UNKNOWN, OFFLINE, OVERDUE, ONLINE = "unknown", "offline", "overdue", "online"


class BadgeQuerySet(models.QuerySet):
    @staticmethod
    def state_at(now_ms: int, prefix: str = "badge__") -> Case:
        """The state of an agent's badge at a moment, as an expression that lists count, filter and sort by."""
        return Case(
            When(Q(**{f"{prefix}agent_id__isnull": True}), then=Value(UNKNOWN)),
            When(Q(**{f"{prefix}offline_from__lte": now_ms}), then=Value(OFFLINE)),
            When(Q(**{f"{prefix}overdue_from__lte": now_ms}), then=Value(OVERDUE)),
            default=Value(ONLINE),
            output_field=models.CharField(),
        )

    @staticmethod
    def rank_at(now_ms: int, prefix: str = "badge__") -> Case:
        """The same as a number to sort by: who is there first, who was never seen last."""
        return Case(
            When(Q(**{f"{prefix}agent_id__isnull": True}), then=Value(3)),
            When(Q(**{f"{prefix}offline_from__lte": now_ms}), then=Value(2)),
            When(Q(**{f"{prefix}overdue_from__lte": now_ms}), then=Value(1)),
            default=Value(0),
            output_field=models.IntegerField(),
        )


class Badge(models.Model):
    """What lists need of a device's public `doover_connection`, as columns: counting and sorting thousands of devices
    reads no document. `commit` writes it with the state that it comes from; the rule is `common/presence.turns`."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="badge")
    seen = models.BigIntegerField(null=True)  # ms since 1970
    # From when on the device counts as overdue and as offline if it stays silent, ms since 1970; null: never.
    overdue_from = models.BigIntegerField(null=True)
    offline_from = models.BigIntegerField(null=True)

    objects = BadgeQuerySet.as_manager()

    def __str__(self):
        return f"badge of {self.agent_id}"


class Position(models.Model):
    """Where a device said last that it is: its public `location` (`ui-schema §18.3`) as columns, for maps."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="position")
    lat = models.FloatField()
    long = models.FloatField()
    accuracy = models.FloatField(null=True)  # metres
    at = models.BigIntegerField()  # ms since 1970

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="position_on_earth", condition=Q(lat__gte=-90, lat__lte=90, long__gte=-180, long__lte=180)
            ),
        ]

    def __str__(self):
        return f"{self.lat:.5f}, {self.long:.5f}"


class Cameras(models.Model):
    """The cameras that a device's public `ui_state` shows, for the page of all cameras; devices without any have none
    of these rows."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="cameras")
    found = models.JSONField()  # [{"app": …, "channel": …, "title": …}]

    def __str__(self):
        return f"cameras of {self.agent_id}"
