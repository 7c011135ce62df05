"""oauthlib's server for the authorization code, on our own tokens: django-allauth checks, we issue."""

from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator
from allauth.idp.oidc.models import Client
from django.conf import settings
from django.core.cache import cache
from oauthlib.common import Request
from oauthlib.openid import Server

from doover_web.common.secrets import hash_secret

from ..actions.token import create_refresh_token, revoke_token
from ..auth import issue_access_token
from ..clients import may, scope_of
from ..models import Token
from .prompts import sign_in_of

# Longer than a code lives, so that a second use is noticed.
REMEMBER = 600


def server() -> Server:
    return Server(
        Validator(),
        token_expires_in=settings.ACCESS_TOKEN_SECONDS,
        token_generator=_access_token,
        refresh_token_generator=lambda request: request.issued[1],
    )


class Validator(OAuthLibRequestValidator):
    """As django-allauth's, but a code opens once, and tokens are rows of ours."""

    def validate_code(self, client_id, code, client, request: Request, *args, **kwargs) -> bool:
        if not super().validate_code(client_id, code, client, request, *args, **kwargs):
            _end_what_came_of(code)
            return False
        # Two requests with one code at the same moment: only one gets past this line.
        return cache.add(_used(code), 0, REMEMBER)

    def finalize_id_token(self, id_token: dict, token: dict, token_handler, request: Request) -> str:
        if (at := sign_in_of(request.code)) is not None:
            id_token["auth_time"] = at
        return super().finalize_id_token(id_token, token, token_handler, request)

    def save_bearer_token(self, token: dict, request: Request, *args, **kwargs) -> None:
        refresh, _ = request.issued
        if refresh is None:
            token.pop("refresh_token", None)
            own = Token.objects.filter(client_id=request.client.id, agent_id=request.user.agent_id)
            cache.set(_used(request.code), own.latest("id").id, REMEMBER)
        else:
            token["refresh_token_id"] = str(refresh.id)
            cache.set(_used(request.code), refresh.id, REMEMBER)


def _access_token(request: Request) -> str:
    client, agent, scopes = request.client, request.user.agent, request.scopes
    kept = {"client": client, "scope": scope_of(client, scopes), "openid_scopes": " ".join(scopes)}
    request.issued = None, ""
    if may(client, Client.GrantType.REFRESH_TOKEN):
        request.issued = create_refresh_token(agent=agent, name=client.name, **kept)
    return issue_access_token(agent, parent=request.issued[0], **kept)[0]


def _end_what_came_of(code: str) -> None:
    """A code that comes a second time was stolen; whoever used it first may have been the thief."""
    issued = Token.objects.filter(pk=cache.get(_used(code)) or 0).select_related("agent", "client").first()
    if issued is not None:
        revoke_token(token=issued, by=None)


def _used(code: str) -> str:
    return f"code-used:{hash_secret(code)}"
