from django.db import models

from ..ids import new_token_id
from .agent import Agent
from .group import Group
from .role import GroupRole


class SharingProfile(models.Model):
    """What an organisation lends to another: devices and groups, with the rights of one group role at most.

    In the other organisation the loan hangs on its root group: who has rights there has the same rights here, as far
    as `role` allows them.
    """

    id = models.BigIntegerField(primary_key=True, default=new_token_id, editable=False)
    organisation = models.ForeignKey("identity.Organisation", on_delete=models.CASCADE, related_name="shares_given")
    taker = models.ForeignKey("identity.Organisation", on_delete=models.CASCADE, related_name="shares_taken")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    role = models.ForeignKey(GroupRole, on_delete=models.PROTECT, related_name="+")
    devices = models.ManyToManyField(Agent, blank=True, related_name="shared_by")
    groups = models.ManyToManyField(Group, blank=True, related_name="shared_by")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="shared_with_others", condition=~models.Q(organisation=models.F("taker"))),
        ]

    def __str__(self):
        return self.name
