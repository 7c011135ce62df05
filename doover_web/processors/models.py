"""Functions, what starts them, and their invocations."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from doover_web.common import snowflake
from doover_web.identity.ids import minter
from doover_web.identity.models import Agent, Token

THROTTLE_MOST = 30  # requests a second
THROTTLE = 10
HASH_HEADER = "x-hmac-sha256"


def new_invocation_id() -> int:
    return minter.mint(snowflake.UNKNOWN)


class Function(models.Model):
    """An application on an agent, as far as the cloud runs it. `actor` is the agent in whose name it acts."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="functions")
    app_key = models.CharField(max_length=255)
    actor = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="acts_for")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "app_key"], name="one_function_per_app"),
            models.CheckConstraint(name="function_has_app_key", condition=~Q(app_key="")),
        ]

    def __str__(self):
        return f"{self.app_key} of {self.agent_id}"


class Trigger(models.Model):
    """What starts a function. `token` opens this trigger's own door and nothing else; `permissions` are what the
    function works with (`identity.given`)."""

    id = models.BigIntegerField(primary_key=True)
    function = models.ForeignKey(Function, on_delete=models.CASCADE, related_name="%(class)ss")
    token = models.OneToOneField(Token, on_delete=models.RESTRICT, related_name="+")
    permissions = models.JSONField(default=list)
    is_org = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self._meta.verbose_name} {self.id}"


class Subscription(Trigger):
    """A function hears a channel. `arn` is the name the registering side gave it, opaque to us."""

    arn = models.CharField(max_length=2048)
    # Another agent whose channel is heard; null: the function's own.
    subscribed_to = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, blank=True, related_name="+")


class Schedule(Trigger):
    """A function runs by the clock."""


class IngestionEndpoint(Trigger):
    """A function is called by a system outside."""

    lambda_arn = models.CharField(max_length=2048, blank=True)
    cidr_ranges = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    throttle_limit = models.PositiveSmallIntegerField(default=THROTTLE)
    # Encrypted with the server's secret key; never shown again.
    sealed_signing_key = models.TextField(blank=True)
    signing_key_hash_header = models.CharField(max_length=64, default=HASH_HEADER)
    never_replace_token = models.BooleanField(default=False)
    mini_token = models.BooleanField(default=False)
    origin = models.CharField(max_length=2048, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="throttle_in_range", condition=Q(throttle_limit__gte=1, throttle_limit__lte=THROTTLE_MOST)
            ),
        ]


class Invocation(models.Model):
    """One call of a function that waits for its turn."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        EXPIRED = "expired"

    id = models.BigIntegerField(primary_key=True, default=new_invocation_id, editable=False)
    function = models.ForeignKey(Function, on_delete=models.CASCADE, related_name="invocations")
    endpoint = models.ForeignKey(
        IngestionEndpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="invocations"
    )
    op = models.CharField(max_length=32)
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    payload = models.BinaryField(blank=True)
    content_type = models.CharField(max_length=255, blank=True)
    url = models.CharField(max_length=2048, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # Taking the next in line, counting what waits at an endpoint, and ending what waited too long.
            models.Index(fields=["status", "created_at"], name="invocation_by_status"),
            models.Index(fields=["endpoint", "status"], name="invocation_by_endpoint"),
        ]
        constraints = [
            models.CheckConstraint(name="invocation_status_known", condition=Q(status__in=["queued", "expired"])),
        ]

    def __str__(self):
        return f"{self.op} {self.id}"
