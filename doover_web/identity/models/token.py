from django.db import models
from django.utils import timezone

from ..ids import new_token_id
from .agent import Agent


class TokenQuerySet(models.QuerySet):
    def valid(self):
        """Tokens that open a door now."""
        now = timezone.now()
        return self.filter(revoked_at=None, agent__archived_at=None).filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=now)
        )


class Token(models.Model):
    """A credential of an agent. An access token's `id` is the `jti` of its JWT; a device token is kept as a hash."""

    class Kind(models.TextChoices):
        ACCESS = "access"
        DEVICE = "device"

    id = models.BigIntegerField(primary_key=True, default=new_token_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=16, choices=Kind)
    secret_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="device_token_is_hashed",
                condition=models.Q(kind="access") | models.Q(kind="device", secret_hash__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.kind} token of {self.agent_id}"

    def revoke(self) -> bool:
        """Valid → revoked. False when it was revoked before."""
        return Token.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()) == 1


class SigningKey(models.Model):
    """The key pair that signs access tokens; made at the first use, the private half encrypted with the secret key."""

    id = models.CharField(max_length=32, primary_key=True)
    sealed_private_pem = models.TextField()
    public_pem = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.id
