"""/oauth2/token and /api/oauth2/token: one view for every way to get an access token."""

import json
from types import SimpleNamespace
from urllib.parse import urlencode

from allauth.idp.oidc.internal.oauthlib import device_codes
from allauth.idp.oidc.models import Client
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, OAuth2Error

from doover_web.common.secrets import hash_secret

from ..actions.token import create_refresh_token
from ..auth import issue_access_token
from ..clients import client_of, may, scope_of
from ..context import origin
from ..models import Agent, Token
from .reading import Wrong, application, endpoint, identified, invalid_client, is_open, required, service
from .server import server

DEVICE_CODE = Client.GrantType.DEVICE_CODE.value
WAITING = ("authorization_pending", "slow_down")


@endpoint("token")
def token(request: HttpRequest, given: dict[str, str]) -> dict:
    """Exchange a code, a device code, a refresh token or a client's secret for an access token."""
    exchange = GRANTS.get(required(given, "grant_type"))
    if exchange is None:
        raise Wrong("unsupported_grant_type", "This grant is not supported here")
    return exchange(request, given)


def by_code(request: HttpRequest, given: dict[str, str]) -> dict:
    """A person came back from /oauth2/authorize."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if authorization := request.headers.get("Authorization"):
        headers["Authorization"] = authorization
    try:
        _, body, status = server().create_token_response(request.path, "POST", urlencode(given), headers)
    except OAuth2Error as problem:
        raise Wrong(problem.error, problem.description or "", problem.status_code) from problem
    answer = json.loads(body)
    if status != 200:
        raise Wrong(answer["error"], answer.get("error_description", "The code is not valid"), status)
    return answer


def by_refresh_token(request: HttpRequest, given: dict[str, str]) -> dict:
    """`access_token` may come along, expired or garbage; it says nothing (`data-api §4.4`)."""
    secret = required(given, "refresh_token")
    client = client_of(identified(request, given)[0])
    if client is not None and client.type != Client.Type.PUBLIC:
        client = application(request, given)
    found = Token.objects.valid().by_secret(secret, Token.Kind.REFRESH).filter(client=client)
    refresh = found.select_related("agent", "agent__as_user").first() if client else None
    if refresh is None or not is_open(refresh):
        raise Wrong("invalid_grant", "The refresh token is not known here, has ended, or belongs to another client")
    refresh.touch(origin.get().address)
    # The published clients keep the one they first received, so it stays valid and is returned unchanged.
    return _answer(refresh.agent, client, refresh, secret)


def by_device_code(request: HttpRequest, given: dict[str, str]) -> dict:
    """A command line asks whether its user has said yes by now (`data-api §4.5`)."""
    code = required(given, "device_code")
    client = client_of(required(given, "client_id"))
    if client is None or client.type != Client.Type.PUBLIC:
        raise invalid_client()
    try:
        user, data = device_codes.poll_device_code(SimpleNamespace(POST=given))
    except InvalidGrantError as problem:
        raise Wrong("expired_token", "The code has ended, or is not known here; sign in again") from problem
    except OAuth2Error as problem:
        waits = problem.error in WAITING
        words = problem.description or "The person has not decided yet" if waits else "The person said no"
        raise Wrong(problem.error, words, counts=not waits) from problem
    if not cache.add(f"device-code-used:{hash_secret(code)}", 1, data["device"]["expires_in"]):
        raise Wrong("invalid_grant", "The code was used before")
    scopes = data["scope"] or client.get_default_scopes()
    return signed_in(user.agent, client, scopes, name=data["device"].get("name", ""))


def by_client_secret(request: HttpRequest, given: dict[str, str]) -> dict:
    """A service or a device signs in by itself (`data-api §4.3`)."""
    credential = service(request, given)
    credential.touch(origin.get().address)
    kept = {"scope": credential.scope, "permissions": credential.permissions}
    text, ends = issue_access_token(credential.agent, parent=credential, **kept)
    return {"access_token": text, "token_type": "Bearer", "expires_in": _seconds(ends), "scope": ""}


def signed_in(agent: Agent, client: Client, scopes: list[str], *, name: str = "") -> dict:
    """The tokens of an application that a person has just let in."""
    if not may(client, Client.GrantType.REFRESH_TOKEN):
        raise Wrong("unauthorized_client", "This client may not stay signed in")
    refresh, secret = create_refresh_token(
        agent=agent,
        client=client,
        name=name or client.name,
        scope=scope_of(client, scopes),
        openid_scopes=" ".join(scopes),
    )
    return _answer(agent, client, refresh, secret)


def _answer(agent: Agent, client: Client | None, refresh: Token, secret: str) -> dict:
    kept = {"scope": refresh.scope, "openid_scopes": refresh.openid_scopes}
    text, ends = issue_access_token(agent, parent=refresh, client=client, **kept)
    return {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": _seconds(ends),
        "refresh_token": secret,
        "refresh_token_id": str(refresh.id),
        "scope": refresh.openid_scopes,
    }


def _seconds(ends) -> int:
    return round((ends - timezone.now()).total_seconds())


GRANTS = {
    Client.GrantType.AUTHORIZATION_CODE.value: by_code,
    Client.GrantType.REFRESH_TOKEN.value: by_refresh_token,
    Client.GrantType.CLIENT_CREDENTIALS.value: by_client_secret,
    DEVICE_CODE: by_device_code,
}
