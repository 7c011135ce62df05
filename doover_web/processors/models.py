"""Functions, what starts them, and their invocations."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from doover_web.common import snowflake
from doover_web.data.models import Channel
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
    # The channel; empty when whoever registered it keeps that to itself.
    channel = models.CharField(max_length=255, blank=True)
    # Another agent whose channel is heard; null: the function's own.
    subscribed_to = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, blank=True, related_name="+")


class Schedule(Trigger):
    """A function runs by the clock."""

    # `rate(…)` or `cron(…)`; empty when whoever registered it has a clock of its own.
    expression = models.CharField(max_length=255, blank=True)
    zone = models.CharField(max_length=64, blank=True)


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


class TaskManager(models.Manager):
    def of(self, channel: Channel) -> "Task | None":
        return self.filter(agent_id=channel.agent_id, channel_id=channel.id).first()


class Task(models.Model):
    """What runs a processor of the first generation: a `!` channel, whose state is the configuration, bound to the
    `#` channel that holds the package (`legacy-client-api §8.1`)."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    processor_agent_id = models.BigIntegerField()
    processor_channel_id = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TaskManager()

    def __str__(self):
        return f"task {self.channel_id} of {self.agent_id}"

    @property
    def processor(self) -> Channel | None:
        """The processor's channel; None when it is gone."""
        return Channel.objects.filter(agent_id=self.processor_agent_id, id=self.processor_channel_id).first()


class TaskSubscription(models.Model):
    """A channel whose publishes run a task; it may belong to another agent."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "task_agent_id", "task_channel_id")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    task_agent_id = models.BigIntegerField()
    task_channel_id = models.BigIntegerField()
    # Who wanted it: the task hears another agent only as long as they may.
    subscriber_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            # What a task is subscribed to.
            models.Index(fields=["task_agent_id", "task_channel_id"], name="subscription_by_task"),
        ]

    def __str__(self):
        return f"{self.channel_id} runs {self.task_channel_id}"


class Invocation(models.Model):
    """One call of a function, or one run of a task, that waits for its turn."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        EXPIRED = "expired"

    id = models.BigIntegerField(primary_key=True, default=new_invocation_id, editable=False)
    function = models.ForeignKey(Function, on_delete=models.CASCADE, null=True, blank=True, related_name="invocations")
    task_agent_id = models.BigIntegerField(null=True, blank=True)
    task_channel_id = models.BigIntegerField(null=True, blank=True)
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
            # The runs of a task, the newest first.
            models.Index(fields=["task_agent_id", "task_channel_id", "id"], name="invocation_by_task"),
        ]
        constraints = [
            models.CheckConstraint(name="invocation_status_known", condition=Q(status__in=["queued", "expired"])),
            models.CheckConstraint(
                name="invocation_of_function_or_task",
                condition=Q(function__isnull=False, task_channel_id=None)
                | Q(function=None, task_channel_id__isnull=False, task_agent_id__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.op} {self.id}"
