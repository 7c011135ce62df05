from django.db import models
from django.utils import timezone


class Series(models.Model):
    """A value of a channel's messages that is charted, by its dotted `path`, and how far it is rolled up.

    All times in ms since 1970. `edge`: messages from before it are in the buckets; null before the first was looked
    at. `floor`: messages from before it may be gone, and with them the buckets of ten seconds and a minute.
    """

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "number")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    number = models.SmallIntegerField()
    path = models.CharField(max_length=500)
    zone = models.CharField(max_length=64)  # whose midnights its days have
    edge = models.BigIntegerField(null=True)
    floor = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent_id", "channel_id", "path"], name="series_path_once"),
        ]

    def __str__(self):
        return f"{self.path} of {self.channel_id}"


class SeriesBucket(models.Model):
    """What the values of a series were from `start` on for one `step` (both ms; see `buckets.py`)."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "series", "step", "start")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    series = models.SmallIntegerField()
    step = models.IntegerField()
    start = models.BigIntegerField()
    count = models.BigIntegerField()
    min = models.FloatField()
    max = models.FloatField()
    sum = models.FloatField()
    first = models.FloatField()
    last = models.FloatField()

    def __str__(self):
        return f"{self.count} values from {self.start}"


class StateBucket(models.Model):
    """Which states a series of strings or truth values was in from `start` on for one `step` (both ms): the first,
    since `first_at`, the last, since `changed_at`, and how often it changed in between. States are JSON text."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "series", "step", "start")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    series = models.SmallIntegerField()
    step = models.IntegerField()
    start = models.BigIntegerField()
    count = models.BigIntegerField()
    changes = models.BigIntegerField()
    first_at = models.BigIntegerField()
    changed_at = models.BigIntegerField(null=True)
    first = models.TextField()
    last = models.TextField()

    def __str__(self):
        return f"{self.changes} changes from {self.start}"


class SeriesMark(models.Model):
    """The quarter of an hour from `slot` (ms) on must be rolled up again: something in it changed afterwards. Never
    shared between two changes, so that taking one away cannot lose the other."""

    pk = models.CompositePrimaryKey("agent_id", "channel_id", "id")
    agent_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    id = models.BigIntegerField()
    slot = models.BigIntegerField()

    def __str__(self):
        return f"{self.slot} of {self.channel_id}"
