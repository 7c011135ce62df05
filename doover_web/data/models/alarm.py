from django.db import models

from .channel import Channel

CONNECTION = "doover_connection"


class Alarm(models.Model):
    """A watch over the state of a channel. Judged where the state is written; all rows of a channel are changed under
    the lock on its aggregate, so the transitions of an alarm form one chain."""

    class State(models.TextChoices):
        NO_DATA = "NoData"
        OK = "OK"
        ALARM = "Alarm"
        PENDING = "AlarmPending"

    class Policy(models.TextChoices):
        DEFAULT = "default"
        OPT_IN = "opt-in"

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "id")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    id = models.BigIntegerField()
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    enabled = models.BooleanField(default=True)
    # A list of objects in the shape of the wire (`data-api §10.2`): they are only ever read and replaced together.
    conditions = models.JSONField()
    # Condition id → what is remembered of it: a rate's baseline, the last verdict.
    traces = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State, default=State.NO_DATA)
    entered_state_ts = models.BigIntegerField()  # ms since 1970
    # The next moment, in ms since 1970, at which time alone may change the state; never too late, perhaps too early.
    due_at = models.BigIntegerField(null=True)
    expiry_mins = models.FloatField(null=True)
    alarm_pending_ms = models.BigIntegerField(null=True)
    topic_name = models.CharField(max_length=200)
    notification_policy = models.CharField(max_length=7, choices=Policy, default=Policy.DEFAULT)
    messages = models.JSONField(null=True)
    # How grave it is, of one that the platform keeps; none: as alarms are (`data-api §10.5`).
    severity = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="alarm_name_not_empty", condition=~models.Q(name="")),
            models.CheckConstraint(name="alarm_topic_not_empty", condition=~models.Q(topic_name="")),
            models.CheckConstraint(
                name="alarm_state_known", condition=models.Q(state__in=["NoData", "OK", "Alarm", "AlarmPending"])
            ),
            models.CheckConstraint(
                name="alarm_policy_known", condition=models.Q(notification_policy__in=["default", "opt-in"])
            ),
            models.CheckConstraint(
                name="alarm_disabled_is_not_due", condition=models.Q(enabled=True) | models.Q(due_at=None)
            ),
        ]
        indexes = [
            # The timer that judges what is due.
            models.Index(fields=["due_at"], name="alarm_due", condition=models.Q(due_at__isnull=False)),
            # The open alarms of an agent, on its page.
            models.Index(
                fields=["agent_id"], name="alarm_open", condition=models.Q(state__in=["Alarm", "AlarmPending"])
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.state})"


class AlarmMoveQuerySet(models.QuerySet):
    def beginnings(self):
        """Those by which all is well with an alarm of which nothing was ever known before: no news for people."""
        return self.filter(_begins())

    def news(self):
        """Those that people are told of: all but beginnings."""
        return self.exclude(_begins())

    def with_connection(self):
        """Each with `of_connection`: whether it is of an alarm on the connection of its agent."""
        channel = Channel.objects.filter(agent_id=models.OuterRef("agent_id"), id=models.OuterRef("channel_id"))
        return self.annotate(of_connection=models.Exists(channel.filter(name=CONNECTION)))


class AlarmMove(models.Model):
    """One transition of an alarm, written in the transaction that brought it about. What it was called and what it said
    stand here, as both may change later."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "id")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    id = models.BigIntegerField()  # of the moment it was noticed
    alarm_id = models.BigIntegerField()
    at = models.BigIntegerField()  # ms since 1970: since when it stands so
    old_state = models.CharField(max_length=12, choices=Alarm.State)
    new_state = models.CharField(max_length=12, choices=Alarm.State)
    name = models.CharField(max_length=255)
    said = models.TextField()
    severity = models.PositiveSmallIntegerField(null=True)  # none where it was not kept yet
    of_connection: bool  # by `with_connection`

    objects = AlarmMoveQuerySet.as_manager()

    class Meta:
        indexes = [
            # The history of an alarm, and the marks on its chart.
            models.Index(fields=["agent_id", "alarm_id", "id"], name="alarm_moves_of_alarm"),
            # What happened at a device.
            models.Index(fields=["agent_id", "id"], name="alarm_moves_of_agent"),
        ]

    def __str__(self):
        return f"{self.name}: {self.old_state} → {self.new_state}"


def _begins() -> models.Q:
    earlier = AlarmMove.objects.filter(agent_id=models.OuterRef("agent_id"), alarm_id=models.OuterRef("alarm_id"))
    earlier = earlier.filter(channel_id=models.OuterRef("channel_id"), id__lt=models.OuterRef("id"))
    return models.Q(~models.Exists(earlier), old_state=Alarm.State.NO_DATA, new_state=Alarm.State.OK)


class AlarmNote(models.Model):
    """Somebody has seen an alarm, and perhaps says something; it stands for the state that was entered at `since`."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "id")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    id = models.BigIntegerField()  # of the moment
    alarm_id = models.BigIntegerField()
    author_id = models.BigIntegerField()
    since = models.BigIntegerField()
    text = models.TextField(blank=True)

    class Meta:
        indexes = [
            # What was said of an alarm.
            models.Index(fields=["agent_id", "alarm_id", "id"], name="alarm_notes_of_alarm"),
        ]

    def __str__(self):
        return f"{self.author_id} has seen {self.alarm_id}"
