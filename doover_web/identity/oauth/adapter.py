"""What django-allauth's OpenID Connect asks about us: issuer, keys, words for scopes, claims."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client, PrivateKey
from django.conf import settings

from doover_web.common.secrets import new_secret

from .. import keys
from ..clients import API_SCOPES, scope_of
from ..models import SigningKey


def in_words(client: Client, scopes: Iterable[str]) -> list[str]:
    """What an application asks for when it asks for these scopes, one sentence each; of the wider ones the widest."""
    asked, widest = set(scopes), scope_of(client, list(scopes))
    kept = [scope for scope in Adapter.scope_display if scope in asked - set(API_SCOPES)]
    return [Adapter.scope_display[scope] for scope in ([*kept, widest] if widest in API_SCOPES else kept)]


class Adapter(DefaultOIDCAdapter):
    """Answers with this server's address and the keys that sign access tokens."""

    scope_display = {
        "openid": "See who you are",
        "profile": "See your name",
        "email": "See your e-mail address",
        "offline_access": "Stay signed in",
        "read": "Look at your devices and what they say",
        "control": "Look at your devices and control them",
        "full": "Do everything that you may do",
    }

    def generate_client_secret(self) -> str:
        """Of letters that mean themselves in an address, a form and a Basic header, whether or not a client encodes it
        there first (RFC 6749 §2.3.1)."""
        return new_secret("dvs")

    def get_issuer(self) -> str:
        return settings.PUBLIC_URL

    def list_private_keys(self, *, did_activate=None, is_active=None) -> list[PrivateKey]:
        keys.signing_key()
        return [
            PrivateKey(pem=keys.private_pem(key), issued_at=key.created_at)
            for key in SigningKey.objects.order_by("-created_at")
        ]

    def get_claims(self, purpose, user, client, scopes: Iterable[str], email=None, **kwargs) -> dict:
        """The e-mail address is the account's, also of people who never had to prove it by mail."""
        claims = {"sub": self.get_user_sub(client, user)}
        if "profile" in scopes:
            claims["name"] = user.get_full_name()
        if "email" in scopes:
            proven = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
            claims |= {"email": user.email, "email_verified": proven}
        return claims
