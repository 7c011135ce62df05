from django.db import models
from django.utils import timezone

from doover_web.identity.models import Agent

from ..ids import new_endpoint_id
from ..kinds import CHOICES, Kind


class EndpointQuerySet(models.QuerySet):
    def of(self, agent_id: int):
        return self.filter(agent_id=agent_id).order_by(models.F("priority").asc(nulls_last=True), "id")

    def reachable(self):
        """Those that lead somewhere."""
        return self.exclude(type=Kind.Placeholder)

    def default(self):
        return self.filter(is_default=True)


class Endpoint(models.Model):
    """Where somebody can be reached: a mail address, a browser, a telephone, a program."""

    id = models.BigIntegerField(primary_key=True, default=new_endpoint_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="notification_endpoints")
    type = models.PositiveSmallIntegerField(choices=CHOICES)
    name = models.CharField(max_length=255)
    # Subscriptions that name no endpoint are made through these.
    is_default = models.BooleanField(default=False)
    extra_data = models.JSONField(default=dict)
    # What a webhook's deliveries are signed with, encrypted; shown once.
    sealed_secret = models.TextField(blank=True)
    priority = models.IntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # The other side said that it is gone for good.
    off_since = models.DateTimeField(null=True, blank=True)
    off_because = models.CharField(max_length=255, blank=True)
    # How many mails (or the like) went out since the window began (`pace.py`).
    window_began = models.DateTimeField(null=True, blank=True)
    window_sent = models.PositiveIntegerField(default=0)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="endpoint_type_known", condition=models.Q(type__in=[1, 2, 3, 4, 5, 6])),
            models.CheckConstraint(name="endpoint_has_name", condition=~models.Q(name="")),
        ]

    def __str__(self):
        return self.name

    @property
    def is_nowhere(self) -> bool:
        """It keeps what somebody wants to hear of until there is an address."""
        return self.type == Kind.Placeholder

    @property
    def type_name(self) -> str:
        return Kind(self.type).name

    def switch_off(self, because: str) -> bool:
        """On → off. False when it was off already."""
        on = Endpoint.objects.filter(pk=self.pk, off_since=None)
        return on.update(off_since=timezone.now(), off_because=because[:255]) == 1


class VapidKey(models.Model):
    """The key pair that signs web pushes; browsers are bound to it, so there is one, made at the first use."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sealed_private_pem = models.TextField()
    public_key = models.CharField(max_length=100)  # the uncompressed point, in base64 for addresses
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(name="one_vapid_key", condition=models.Q(id=1))]

    def __str__(self):
        return self.public_key
