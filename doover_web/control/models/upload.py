from django.db import models
from django.db.models import Q

from ..ids import new_id


class Upload(models.Model):
    """A file that somebody gave to the control plane: a widget, a function's source, artwork, an installer.

    The row comes before the bytes and goes after them; those that nothing points at any more are swept.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    # In the storage `attachments`.
    name = models.CharField(max_length=100, unique=True)
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(name="upload_size_not_negative", condition=Q(size__gte=0))]
        indexes = [
            # The sweep of files that nothing points at.
            models.Index(fields=["created_at"], name="upload_by_age"),
        ]

    def __str__(self):
        return self.filename
