from django.db import models

from doover_web.common.snowflake import now_ms

from ..ids import new_attachment_id


class Blob(models.Model):
    """Stored bytes. The row comes before the bytes and leaves after them, so that none is ever forgotten."""

    pk = models.CompositePrimaryKey("agent_id", "id")
    agent_id = models.BigIntegerField()
    id = models.BigIntegerField(default=new_attachment_id, editable=False)
    name = models.CharField(max_length=255)  # in the storage "attachments"
    size = models.BigIntegerField()  # bytes
    sha256 = models.BinaryField(max_length=32)
    made_at = models.BigIntegerField(default=now_ms)  # ms since 1970

    class Meta:
        # The sweep of what a crash left behind.
        indexes = [models.Index(fields=["made_at"], name="blob_age")]

    def __str__(self):
        return self.name


class Attachment(models.Model):
    """A file that hangs on a message of a channel, or on the channel's state when `message_id` is empty.

    What lists and events show of it is kept beside the data of the message or the state; `commit` writes both.
    """

    pk = models.CompositePrimaryKey("agent_id", "id")
    agent_id = models.BigIntegerField()
    id = models.BigIntegerField(default=new_attachment_id, editable=False)
    channel_id = models.BigIntegerField()
    message_id = models.BigIntegerField(null=True)
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255, null=True)  # noqa: DJ001  null is what the wire says
    blob_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent_id", "channel_id", "message_id", "filename"],
                name="attachment_filename_once",
                nulls_distinct=False,
            )
        ]
        # Whether a blob is still in use.
        indexes = [models.Index(fields=["agent_id", "blob_id"], name="attachment_blob")]

    def __str__(self):
        return self.filename
