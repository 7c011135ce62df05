from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from doover_web.identity.models import Organisation

from ..ids import new_id


class Domain(models.Model):
    """A host name under which an organisation's site is found (`control-api §3.15`)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="domains")
    hostname = models.CharField(max_length=253)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("hostname"), name="domain_hostname_once"),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(is_default=True), name="one_default_domain_each"
            ),
        ]

    def __str__(self):
        return self.hostname
