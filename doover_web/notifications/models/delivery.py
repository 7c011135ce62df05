from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from doover_web.identity.models import Agent

from ..kinds import CHOICES, Kind
from ..spoken import grave, said
from ..topics import SEVERITIES, SEVERITY_NAMES, alarm_event
from .endpoint import Endpoint

LEASE = timedelta(minutes=5)
# Between one try and the next; after the last the delivery is given up.
WAITS = [timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=4)]


class Notification(models.Model):
    """What an agent had to say to people, read from its message."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="notifications")
    message_id = models.BigIntegerField()
    author_id = models.BigIntegerField()
    title = models.CharField(max_length=200, blank=True)  # empty: the agent's name
    message = models.TextField()
    severity = models.PositiveSmallIntegerField()
    topic = models.CharField(max_length=1000, blank=True)  # as it was sent
    # It tells of an alarm on the connection of its agent, whose words mean something of their own.
    of_connection = models.BooleanField(default=False)
    at = models.DateTimeField()  # the moment in the message's id
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "message_id"], name="one_notification_a_message"),
        ]
        indexes = [
            # The nightly job that forgets old ones.
            models.Index(fields=["created_at"], name="notification_by_age"),
        ]

    def __str__(self):
        return self.headline

    @property
    def headline(self) -> str:
        return self.title or self.agent.title

    @property
    def alarm_event(self) -> str:
        """What happened to the alarm that tells of it; empty where none does."""
        return alarm_event(self.topic)

    @property
    def severity_name(self) -> str:
        """The word of the contract."""
        return SEVERITY_NAMES[self.severity]

    @property
    def words(self) -> str:
        """The message in the language of whoever reads it, as far as this server made it."""
        return said(self.topic, self.title, self.message, of_connection=self.of_connection)

    @property
    def severity_words(self) -> str:
        """How grave it is, as pages call it."""
        return grave(self.severity, self.topic)


class DeliveryQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=(Delivery.Status.QUEUED, Delivery.Status.SENDING))

    def due(self, now: datetime):
        return self.filter(status=Delivery.Status.QUEUED, due_at__lte=now)

    def abandoned(self, now: datetime):
        """Those whose worker never came back."""
        return self.filter(status=Delivery.Status.SENDING, due_at__lte=now)

    def claim(self) -> datetime:
        """Queued → sending, until the moment that is returned; it tells this worker's rows from another's."""
        lease = timezone.now() + LEASE
        fields = {"attempts": F("attempts") + 1, "waits_for": Delivery.Waits.NOTHING}
        queued = self.filter(status=Delivery.Status.QUEUED)
        queued.update(status=Delivery.Status.SENDING, due_at=lease, **fields)
        return lease

    def held_since(self, lease: datetime):
        """Those of a claim that the sweep has not given to another worker meanwhile."""
        return self.filter(status=Delivery.Status.SENDING, due_at=lease)

    def sent(self, *, is_digest: bool = False) -> int:
        """Sending → sent."""
        return self._end(Delivery.Status.SENT, "", is_digest=is_digest)

    def fail(self, problem: str) -> int:
        """→ failed, for good."""
        return self._end(Delivery.Status.FAILED, problem)

    def put_off(self, problem: str) -> int:
        """Sending → queued for later, or → given up after the last try."""
        moved = self.filter(attempts__gt=len(WAITS))._end(Delivery.Status.GIVEN_UP, problem)
        for tried, wait in enumerate(WAITS, start=1):
            fields = {"waits_for": Delivery.Waits.RETRY, "problem": problem[:500]}
            again = self.filter(attempts=tried)
            moved += again.update(status=Delivery.Status.QUEUED, due_at=timezone.now() + wait, **fields)
        return moved

    def release(self) -> int:
        """Sending → queued, without having been tried."""
        return self.update(status=Delivery.Status.QUEUED, due_at=timezone.now(), attempts=F("attempts") - 1)

    def _end(self, status: str, problem: str, **fields) -> int:
        return self.update(status=status, problem=problem[:500], ended_at=timezone.now(), **fields)


class Delivery(models.Model):
    """One notification to one endpoint, and what came of it. Without a notification it is a test."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        # The other side will not have it: trying again would change nothing.
        FAILED = "failed"
        # Tried as often as is reasonable.
        GIVEN_UP = "given_up"

    class Waits(models.TextChoices):
        """Why a queued one does not go out at once."""

        NOTHING = ""
        QUIET = "quiet"
        FLOOD = "flood"
        RETRY = "retry"

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, null=True, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.SET_NULL, null=True, related_name="deliveries")
    endpoint_name = models.CharField(max_length=255)
    endpoint_type = models.PositiveSmallIntegerField(choices=CHOICES)
    subscriber = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    organisation_id = models.BigIntegerField(null=True)  # of the agent it is about
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    waits_for = models.CharField(max_length=8, choices=Waits, default=Waits.NOTHING, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    is_digest = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    # Queued: not before. Sending: when the worker that took it is taken for dead.
    due_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            # Delivering is at least once; the row is exactly once.
            models.UniqueConstraint(fields=["notification", "endpoint"], name="one_delivery_each"),
            models.CheckConstraint(
                name="delivery_status_known",
                condition=Q(status__in=["queued", "sending", "sent", "failed", "given_up"]),
            ),
            models.CheckConstraint(
                name="delivery_ended",
                condition=Q(status__in=["queued", "sending"], ended_at=None)
                | (Q(status__in=["sent", "failed", "given_up"]) & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [
            # The sweep, and the job of one endpoint.
            models.Index(fields=["due_at"], name="delivery_open", condition=Q(status__in=["queued", "sending"])),
            # Somebody's own list, and an organisation's.
            models.Index(fields=["subscriber", "-id"], name="delivery_of_subscriber"),
            models.Index(fields=["organisation_id", "-id"], name="delivery_of_organisation"),
        ]

    def __str__(self):
        return f"delivery {self.pk}: {self.status}"

    @property
    def is_nowhere(self) -> bool:
        """It is for what stands in until somebody adds an address."""
        return self.endpoint_type == Kind.Placeholder

    @property
    def is_critical(self) -> bool:
        return self.notification is not None and self.notification.severity >= SEVERITIES["Critical"]

    @property
    def endpoint_kind(self) -> str:
        return Kind(self.endpoint_type).name
