from django.conf import settings
from django.db import models, transaction

from doover_web.common.secrets import unseal

from .agent import Agent
from .group import Group
from .role import OrganisationRole


class OrganisationManager(models.Manager):
    @transaction.atomic
    def found(self, name: str, id: int | None = None) -> "Organisation":
        """A new organisation; it is an agent of its own, with the same id, a new one unless `id` says which."""
        agent = Agent(kind=Agent.Kind.ORGANISATION, name=name, **({} if id is None else {"id": id}))
        agent.organisation_id = agent.id
        agent.save(force_insert=True)
        organisation = self.create(id=agent.id, agent=agent, name=name)
        Group.objects.create(organisation=organisation, name=name)
        return organisation


class Organisation(models.Model):
    """Who owns devices. People belong to it by membership."""

    id = models.BigIntegerField(primary_key=True, editable=False)
    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="as_organisation")
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    # Days to keep its data; 0 for ever.
    retention_period = models.IntegerField(default=0)
    # A number that the vendor's front ends know; nothing here reads it.
    test_field_a = models.IntegerField(default=0)
    extra_config = models.JSONField(default=dict, null=True, blank=True)
    # Secrets that functions need again: encrypted, and never told.
    sealed_legacy_key = models.TextField(blank=True)
    sealed_llm_key = models.TextField(blank=True)

    objects = OrganisationManager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="organisation_is_its_agent", condition=models.Q(id=models.F("agent"))),
        ]

    def __str__(self):
        return self.name

    @property
    def llm_api_key(self) -> str:
        """The key for language models, which settings of applications may ask for; empty when there is none."""
        return unseal(self.sealed_llm_key, settings.SECRET_KEY) if self.sealed_llm_key else ""

    @property
    def root_group(self) -> Group:
        """The group that every other of the organisation hangs under."""
        return self.groups.get(parent=None)


class Membership(models.Model):
    """A person in an organisation, and what the person may administer there. Rights over devices are group roles."""

    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.ForeignKey(
        OrganisationRole, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], name="one_membership_each"),
        ]

    def __str__(self):
        return f"{self.user} in {self.organisation}: {self.role}"
