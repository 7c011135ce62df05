from datetime import timedelta

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Right
from django.utils import timezone

from doover_web.control.ids import new_id
from doover_web.control.models import AppInstall, Application, ApplicationVersion
from doover_web.identity.models import Agent

LEASE = timedelta(seconds=150)  # a worker that holds a deployment longer than this is taken for dead
MOST_ATTEMPTS = 3
LONGEST_LOG = 64 * 1024
LONGEST_STEP = 255


class DeploymentQuerySet(models.QuerySet):
    def visible_to(self, caller):
        """Those on the agents that the caller may see."""
        if caller is not None and caller.is_superuser:
            return self
        return self.filter(agent__in=Agent.objects.visible_to(caller))

    def open(self):
        """Those that have not ended."""
        return self.filter(status__in=Deployment.OPEN)

    def waiting(self):
        """Those that the device was told of and has not answered."""
        return self.filter(status=Deployment.Status.RUNNING, waiting_since__isnull=False)

    def abandoned(self, now):
        """Those that no worker has in its hands: never taken, or left by one that died."""
        free = Q(lease_until=None, created_at__lt=now - timedelta(seconds=20)) | Q(lease_until__lt=now)
        return self.open().filter(free, waiting_since=None)

    def standing(self, agent_id: int, app_key: str):
        """What stands on an agent under a key: the newest that succeeded."""
        done = self.filter(agent_id=agent_id, app_key=app_key, status=Deployment.Status.SUCCEEDED)
        return done.order_by("-id").first()


class Deployment(models.Model):
    """An install on its way to its agent, or away from it: queued → running → succeeded, failed or cancelled.

    `deployment_config` is what the agent gets and `wanted` all else that it is made of, so that it can be made again.
    """

    class Status(models.TextChoices):
        QUEUED = "QUE"
        RUNNING = "RUN"
        SUCCEEDED = "SUC"
        FAILED = "FAI"
        CANCELLED = "CAN"

    class Action(models.TextChoices):
        DEPLOY = "deploy"
        REMOVE = "remove"

    OPEN = (Status.QUEUED, Status.RUNNING)

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="deployments")
    # Null: the install is gone, and this took it away.
    install = models.ForeignKey(AppInstall, on_delete=models.SET_NULL, null=True, related_name="deployments")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="deployments")
    version = models.ForeignKey(ApplicationVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    app_key = models.CharField(max_length=100)
    action = models.CharField(max_length=6, choices=Action, default=Action.DEPLOY)
    status = models.CharField(max_length=3, choices=Status, default=Status.QUEUED)
    deployment_config = models.JSONField(default=dict)
    wanted = models.JSONField(default=dict)
    # What stood there before: where a rollback leads.
    previous = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    log_output = models.TextField(blank=True)
    progress = models.PositiveSmallIntegerField(default=0)  # of a hundred
    step = models.CharField(max_length=LONGEST_STEP, blank=True)
    # The message that told the device (`edge §7.2`).
    docker_message_id = models.BigIntegerField(null=True)
    by = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=255, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "app_key"], condition=Q(status__in=["QUE", "RUN"]), name="one_deployment_at_a_time"
            ),
            models.CheckConstraint(
                name="deployment_status_known", condition=Q(status__in=["QUE", "RUN", "SUC", "FAI", "CAN"])
            ),
            models.CheckConstraint(name="deployment_action_known", condition=Q(action__in=["deploy", "remove"])),
            models.CheckConstraint(name="deployment_progress_of_hundred", condition=Q(progress__lte=100)),
            models.CheckConstraint(
                name="deployment_end_dated",
                condition=Q(status__in=["QUE", "RUN"], ended_at=None)
                | Q(status__in=["SUC", "FAI", "CAN"], ended_at__isnull=False),
            ),
        ]
        indexes = [
            # The deployments of an install, and what stands under a key.
            models.Index(fields=["install", "-id"], name="deployment_by_install"),
            models.Index(fields=["agent", "app_key", "-id"], name="deployment_by_key"),
            # Which deployment a device's report is about.
            models.Index(
                fields=["agent", "docker_message_id"],
                name="deployment_by_message",
                condition=Q(docker_message_id__isnull=False),
            ),
            # The sweep.
            models.Index(fields=["lease_until"], name="deployment_open", condition=Q(status__in=["QUE", "RUN"])),
        ]

    def __str__(self):
        return f"{self.get_action_display()} {self.app_key}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def claim(self) -> bool:
        """Queued, or left by a worker that died → running. False when another worker has it, or it ended."""
        now = timezone.now()
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        mine = Deployment.objects.open().filter(free, pk=self.pk, waiting_since=None)
        taken = mine.update(
            status=self.Status.RUNNING,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
            started_at=now,
        )
        self.refresh_from_db(fields=["status", "lease_until", "attempts", "started_at", "log_output"])
        return taken == 1

    def note(self, step: str, progress: int) -> bool:
        """Say how far it is. False when it ended meanwhile."""
        return self._move(step=step[:LONGEST_STEP], progress=progress, lease_until=timezone.now() + LEASE, line=step)

    def wait(self, message_id: int) -> bool:
        """Running → waiting for the device's own report on this message."""
        words = "Told the device; waiting for it"
        return self._move(
            docker_message_id=message_id, waiting_since=timezone.now(), lease_until=None, step=words, line=words
        )

    def hear(self, line: str) -> bool:
        """Something the device says while it is at work."""
        return self._move(step=line[:LONGEST_STEP], line=line)

    def succeed(self, line: str = "Done") -> bool:
        """Running → succeeded."""
        return self._end(self.Status.SUCCEEDED, line, progress=100)

    def fail(self, line: str) -> bool:
        """Queued or running → failed."""
        return self._end(self.Status.FAILED, line)

    def cancel(self, line: str) -> bool:
        """Queued or running → cancelled."""
        return self._end(self.Status.CANCELLED, line)

    def _end(self, status: str, line: str, **fields) -> bool:
        now = timezone.now()
        return self._move(status=status, ended_at=now, lease_until=None, step=line[:LONGEST_STEP], line=line, **fields)

    def _move(self, *, line: str, **fields) -> bool:
        """Change it as long as it is open, with a line in its log, of which the end is kept."""
        text = log_line(timezone.now(), line)
        log = Right(Concat(F("log_output"), Value(text)), LONGEST_LOG)
        moved = Deployment.objects.open().filter(pk=self.pk).update(log_output=log, **fields) == 1
        if moved:
            for name, value in fields.items():
                setattr(self, name, value)
            self.log_output = (self.log_output + text)[-LONGEST_LOG:]
        return moved


def log_line(moment, line: str) -> str:
    """A line of a log: when, and what; NUL, which PostgreSQL cannot hold, left out."""
    return f"{moment:%Y-%m-%d %H:%M:%S}Z {line.replace(chr(0), '')[:8000]}\n"
