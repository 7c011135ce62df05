"""/oauth2/userinfo, /oauth2/revoke and /oauth2/introspect: what is this token, and end it."""

import jwt
from allauth.idp.oidc.models import Client
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from doover_web.common.wire import Unauthorized

from .. import keys
from ..actions.token import revoke_token
from ..auth import bearer, token_of_header
from ..clients import client_of
from ..models import Token, User
from .adapter import Adapter
from .reading import Wrong, application, endpoint, identified, invalid_client, is_open, refusal, required, service


@csrf_exempt
def userinfo(request: HttpRequest) -> JsonResponse:
    """Who the person behind an access token is, as far as its scopes tell."""
    if request.method not in ("GET", "POST"):
        return refusal(Wrong("invalid_request", "Send a GET or a POST request", 405))
    try:
        token = bearer(token_of_header(request.headers.get("Authorization", "")) or "")
    except Unauthorized as problem:
        return _denied("invalid_token", problem.message, 401)
    except (OperationalError, InterfaceError):
        return refusal(Wrong("temporarily_unavailable", "Not available right now; try again", 503))
    user = User.objects.select_related("agent").filter(pk=token.agent_id, is_active=True).first()
    if user is None:
        return _denied("invalid_token", "This account is closed", 401)
    scopes = token.openid_scopes.split()
    if "openid" not in scopes:
        return _denied("insufficient_scope", "This takes the scope openid", 403)
    response = JsonResponse(Adapter().get_claims("userinfo", user, token.client, scopes))
    response["Cache-Control"] = "no-store"
    return response


@endpoint("revoke")
def revoke(request: HttpRequest, given: dict[str, str]) -> dict:
    """End a token of the client that asks; the answer is the same for one that is not its own (RFC 7009)."""
    asking = _asking(request, given)
    token = _find(required(given, "token"))
    if token is not None and _owns(asking, token):
        revoke_token(token=token, by=None)
    return {}


@endpoint("introspect")
def introspect(request: HttpRequest, given: dict[str, str]) -> dict:
    """Whether a token of the client that asks is valid, and whose it is (RFC 7662)."""
    asking = _asking(request, given)
    if isinstance(asking, Client) and asking.type == Client.Type.PUBLIC:
        raise invalid_client()
    token = _find(required(given, "token"))
    if token is None or not _owns(asking, token) or not is_open(token):
        return {"active": False}
    told = {
        "active": True,
        "iss": settings.PUBLIC_URL,
        "sub": str(token.agent_id),
        "jti": str(token.id),
        "iat": int(token.created_at.timestamp()),
        "scope": token.openid_scopes,
        "token_type": "refresh_token" if token.kind == Token.Kind.REFRESH else "Bearer",
        "client_id": identified(request, given)[0],
    }
    return told if token.expires_at is None else {**told, "exp": int(token.expires_at.timestamp())}


def _asking(request: HttpRequest, given: dict[str, str]) -> Client | Token:
    """An application, or an agent with a client id of its own."""
    known = client_of(identified(request, given)[0])
    return application(request, given) if known else service(request, given)


def _owns(asking: Client | Token, token: Token) -> bool:
    return token.client_id == asking.pk if isinstance(asking, Client) else token.parent_id == asking.pk


def _find(text: str) -> Token | None:
    """A refresh or an access token that is valid now."""
    valid = Token.objects.valid().select_related("agent", "client")
    if refresh := valid.by_secret(text, Token.Kind.REFRESH).first():
        return refresh
    try:
        return valid.filter(pk=int(keys.verified(text)["jti"]), kind=Token.Kind.ACCESS).first()
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError):
        return None


def _denied(error: str, words: str, status: int) -> JsonResponse:
    response = JsonResponse({"error": error, "error_description": words}, status=status)
    response["WWW-Authenticate"] = f'Bearer error="{error}"'
    response["Cache-Control"] = "no-store"
    return response
