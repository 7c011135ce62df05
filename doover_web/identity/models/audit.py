from django.db import models

from ..ids import new_token_id


class AuditQuerySet(models.QuerySet):
    def of_organisations(self, organisation_ids):
        return self.filter(organisation_id__in=organisation_ids)

    def told_to(self, organisation):
        """What happened in `organisation`, and sign-ins and use of tokens of its members, which belong to none."""
        members = organisation.memberships.values("user_id")
        return self.filter(
            models.Q(organisation_id=organisation.id)
            | models.Q(organisation_id=None, source__in=("sign-in", "token"), subject_id__in=members)
        )


class AuditEntry(models.Model):
    """Who did what to what, from where, with the change. Append-only: a trigger refuses updates and deletes.

    Ids and names are copied, not referenced, so that an entry outlives what it is about.
    """

    id = models.BigIntegerField(primary_key=True, default=new_token_id, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=64)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=255, blank=True)
    # The superuser behind the actor, when one acts as somebody else.
    assumed_by_id = models.BigIntegerField(null=True)
    assumed_by_name = models.CharField(max_length=255, blank=True)
    subject_kind = models.CharField(max_length=32, blank=True)
    subject_id = models.BigIntegerField(null=True)
    subject_name = models.CharField(max_length=255, blank=True)
    organisation_id = models.BigIntegerField(null=True)
    source = models.CharField(max_length=16, default="control")
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=255, blank=True)
    metadata = models.JSONField(default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        indexes = [
            # The audit page of an organisation, newest first.
            models.Index(fields=["organisation_id", "-id"], name="audit_by_organisation"),
            # What one person did, and what was done to one thing.
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["subject_id", "-id"], name="audit_by_subject"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.subject_name}"
