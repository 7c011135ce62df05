from django.conf import settings
from django.db import models

from doover_web.common.secrets import seal, unseal
from doover_web.identity.models import Agent, Organisation
from doover_web.identity.standing import Standing

from ..ids import new_id


class RegistryProfileQuerySet(models.QuerySet):
    def visible_to(self, standing: Standing):
        """Those of the organisations whose profiles the caller may see."""
        if standing.is_superuser:
            return self
        flag = "conatiner_registry_profile_view"
        return self.filter(organisation_id__in=[id for id, one in standing.members.items() if flag in one.flags])


class RegistryProfile(models.Model):
    """Where an organisation's images lie, and what they are pulled with (`control-api §3.14`)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="registry_profiles")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    url = models.CharField(max_length=500)
    username = models.CharField(max_length=255)
    # Encrypted with the secret key; devices get it on request, pages and answers never.
    sealed_password = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = RegistryProfileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=models.Q(archived_at=None),
                name="registry_profile_name_once",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def password(self) -> str:
        return unseal(self.sealed_password, settings.SECRET_KEY) if self.sealed_password else ""

    @password.setter
    def password(self, text: str) -> None:
        self.sealed_password = seal(text, settings.SECRET_KEY) if text else ""


class TrustedPublisher(models.Model):
    """A repository whose build server may publish the applications that point here (`control-api §8`)."""

    class Provider(models.TextChoices):
        GITHUB = "GH"

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="publishers")
    provider = models.CharField(max_length=2, choices=Provider, default=Provider.GITHUB)
    repository_owner = models.CharField(max_length=100)
    repository_name = models.CharField(max_length=100)
    workflow = models.CharField(max_length=255, blank=True)
    # Who publishes when that build server calls; it may do nothing else.
    agent = models.OneToOneField(Agent, on_delete=models.PROTECT, related_name="as_publisher")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "provider", "repository_owner", "repository_name", "workflow"],
                name="publisher_once",
            ),
            models.CheckConstraint(name="publisher_provider_known", condition=models.Q(provider__in=["GH"])),
        ]

    def __str__(self):
        return f"{self.repository_owner}/{self.repository_name}"
