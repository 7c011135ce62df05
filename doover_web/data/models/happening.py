from django.db import models


class Happening(models.Model):
    """Where something stands that people may want to hear of: a message of a channel that tells of deeds and states, or
    a transition of an alarm. `commit` writes the row with what it points at, so that what happened in a fleet of any
    size is found in the order of time without asking each device."""

    class Kind(models.IntegerChoices):
        COMMAND = 1
        NOTIFICATION = 2
        CONNECTION = 3
        EVENT = 4
        ALARM = 5

    pk = models.CompositePrimaryKey("agent_id", "kind", "id", "channel_id")
    agent_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=Kind)
    id = models.BigIntegerField()  # of the message, or of the transition
    channel_id = models.BigIntegerField()
    organisation_id = models.BigIntegerField()  # of the agent, which stays in it

    class Meta:
        indexes = [
            # What happened last in an organisation; read from the index alone.
            models.Index(
                fields=["organisation_id", "kind", "id"],
                include=["agent_id", "channel_id"],
                name="happening_of_organisation",
            ),
        ]

    def __str__(self):
        return f"{self.Kind(self.kind).label} {self.id} of {self.agent_id}"
