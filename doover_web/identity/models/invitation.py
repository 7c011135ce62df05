from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from ..ids import new_token_id
from .group import Group
from .organisation import Organisation
from .role import GroupRole, OrganisationRole


class InvitationQuerySet(models.QuerySet):
    def pending(self):
        """Not yet accepted; expired ones too, since they can be sent again."""
        return self.filter(accepted_at=None)


class Invitation(models.Model):
    """Somebody asked by mail to join an organisation. The link's secret is kept as a hash."""

    id = models.BigIntegerField(primary_key=True, default=new_token_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.ForeignKey(OrganisationRole, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    message = models.TextField(blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey("identity.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_invited = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    # Where it leads: known to who has just sent it, and never stored.
    link = ""

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("email"),
                condition=models.Q(accepted_at=None),
                name="one_pending_invitation_each",
            ),
        ]

    def __str__(self):
        return self.email

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class InvitedGroup(models.Model):
    """A group role that comes with an invitation."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="groups")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey(GroupRole, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "group"], name="one_invited_role_each")]

    def __str__(self):
        return f"{self.invitation} in {self.group}: {self.role}"
