from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from doover_web.common.secrets import hash_secret

from ..ids import new_token_id
from .agent import Agent

USED_EVERY = timedelta(minutes=1)


class TokenQuerySet(models.QuerySet):
    def valid(self):
        """Tokens that open a door now: neither they nor what they were issued from is revoked."""
        now = timezone.now()
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=now),
            # A device that confirmed a new token retires the older ones (`data-api §14.3`).
            ~Q(kind=Token.Kind.DEVICE)
            | Q(agent__tokens_valid_from=None)
            | Q(created_at__gte=F("agent__tokens_valid_from")),
            revoked_at=None,
            parent__revoked_at=None,
            agent__archived_at=None,
        )

    def by_secret(self, secret: str, *kinds: str):
        """The token with this secret; none for other kinds."""
        return self.filter(secret_hash=hash_secret(secret), kind__in=kinds)


class Token(models.Model):
    """A credential of an agent. An access token's `id` is the `jti` of its JWT; of the others the hash is kept."""

    class Kind(models.TextChoices):
        ACCESS = "access"
        REFRESH = "refresh"
        DEVICE = "device"
        PERSONAL = "personal"
        # A pair of client id (`key`) and client secret.
        CLIENT = "client"
        # What a function in the cloud works with; it holds rights of its own (`permissions`).
        PROCESSOR = "processor"

    class Scope(models.TextChoices):
        """What a token allows at most, of what its agent may."""

        NONE = "none"
        READ = "read"
        CONTROL = "control"
        FULL = "full"

    id = models.BigIntegerField(primary_key=True, default=new_token_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=16, choices=Kind)
    scope = models.CharField(max_length=16, choices=Scope, default=Scope.FULL)
    name = models.CharField(max_length=100, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    key = models.UUIDField(unique=True, null=True, blank=True)
    # The application that signed in with it, and what of OpenID Connect was granted to it.
    client = models.ForeignKey(
        "allauth_idp_oidc.Client", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    openid_scopes = models.CharField(max_length=255, blank=True)
    # Rights that the credential brings along, as `standing.given_of` reads them; null: it stands as its agent does.
    permissions = models.JSONField(null=True, blank=True)
    # What it was issued for (a refresh token, a client secret, a trigger's own token); revoked together.
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="issued")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_address = models.GenericIPAddressField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_has_secret",
                condition=Q(kind="access") | Q(secret_hash__isnull=False),
            ),
            models.CheckConstraint(name="client_has_key", condition=~Q(kind="client") | Q(key__isnull=False)),
        ]
        indexes = [
            # The nightly job that forgets tokens which ended.
            models.Index(fields=["expires_at"], name="token_by_end"),
        ]

    def __str__(self):
        return self.name or f"{self.kind} token of {self.agent_id}"

    def revoke(self) -> bool:
        """Valid → revoked, with everything issued from it. False when it was revoked before."""
        return Token.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()) == 1

    def touch(self, address: str | None) -> bool:
        """Note the use, at most once a minute. An address that is not known does not replace one that is.

        True when it is the first of a day, or from another address than the one before.
        """
        now = timezone.now()
        before = now - USED_EVERY
        if self.last_used_at is not None and self.last_used_at >= before:
            return False
        unused = Token.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=before), pk=self.pk)
        where = {"last_used_address": address} if address else {}
        if unused.update(last_used_at=now, **where) == 0:
            return False
        is_new_day = self.last_used_at is None or self.last_used_at.date() != now.date()
        return is_new_day or bool(address and address != self.last_used_address)

    def why_refused(self) -> str:
        """Why it opens no door any more, in a word."""
        if self.revoked_at is not None or (self.parent and self.parent.revoked_at is not None):
            return "revoked"
        if self.expires_at is not None and self.expires_at <= timezone.now():
            return "expired"
        return "archived" if self.agent.archived_at is not None else "replaced"


class SigningKey(models.Model):
    """The key pair that signs access tokens; made at the first use, the private half encrypted with the secret key."""

    id = models.CharField(max_length=32, primary_key=True)
    sealed_private_pem = models.TextField()
    public_pem = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.id
