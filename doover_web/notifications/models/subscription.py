from typing import Any

from django.db import models

from doover_web.identity.models import Agent

from ..ids import new_subscription_id
from ..spoken import SEVERITY_WORDS
from ..topics import EXACT, SEVERITY_NAMES, matches
from .endpoint import Endpoint


class SubscriptionQuerySet(models.QuerySet):
    def by_default(self):
        """Those made through default endpoints."""
        return self.filter(endpoint__is_default=True)

    def wire_order(self):
        return self.select_related("endpoint").order_by("id")


class Subscription(models.Model):
    """Somebody wants to hear of an agent's notifications at one endpoint, from a severity up."""

    id = models.BigIntegerField(primary_key=True, default=new_subscription_id, editable=False)
    subscriber = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="notification_subscriptions")
    subscribed_to = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="notification_subscribers")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="subscriptions")
    severity = models.PositiveSmallIntegerField()
    topic_filter = models.JSONField(default=list)
    topic_filter_mode = models.CharField(max_length=8, default=EXACT)
    # Always expressions, in either mode.
    topic_filter_exclude = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "subscribed_to"], name="one_subscription_each"),
            models.CheckConstraint(name="subscription_severity", condition=models.Q(severity__range=(3, 7))),
            models.CheckConstraint(
                name="subscription_mode", condition=models.Q(topic_filter_mode__in=["exact", "regex"])
            ),
        ]

    def __str__(self):
        return f"{self.subscriber_id} hears of {self.subscribed_to_id} at {self.endpoint_id}"

    @property
    def parts(self) -> dict[str, Any]:
        """What is heard of: everything but of whom, and where."""
        names = ("severity", "topic_filter", "topic_filter_mode", "topic_filter_exclude")
        return {name: getattr(self, name) for name in names}

    @property
    def severity_name(self) -> str:
        return SEVERITY_NAMES[self.severity]

    @property
    def severity_words(self) -> str:
        """As pages call it."""
        return str(SEVERITY_WORDS[self.severity_name])

    def takes(self, severity: int, topic: str) -> bool:
        """Whether a notification of this severity and topic (as sent) is wanted."""
        return severity >= self.severity and matches(
            topic or None,
            wanted=self.topic_filter,
            mode=self.topic_filter_mode,
            unwanted=self.topic_filter_exclude,
        )
