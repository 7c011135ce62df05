"""Who opens a socket: header over query over cookie, and where a cookie may come from (`data-api §15.1`)."""

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from doover_web.common.wire import Unauthorized
from doover_web.identity.auth import Caller, caller_of_token, token_of_header
from doover_web.identity.origins import is_ours
from doover_web.identity.sessions import caller_of_session, is_idle

TOKEN_COOKIE = "app.at"  # noqa: S105 - the name of a cookie that holds an access token (`data-api §4.7`)
LONGEST_TOKEN = 8192


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """A token, or the key of a signed-in person's session; `by_cookie` says that a browser sent it by itself."""

    secret: str
    is_session: bool = False
    by_cookie: bool = False


def credential_of(scope: dict) -> Credential | None:
    """What a handshake brings; None when it brings nothing."""
    if token := token_of_header(header_of(scope, b"authorization")):
        return Credential(token)
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    if token := query.get("token", [""])[0]:
        return Credential(token)
    cookies = _cookies(scope)
    if in_cookie := cookies.get(TOKEN_COOKIE):
        return Credential(in_cookie, by_cookie=True)
    if key := cookies.get(settings.SESSION_COOKIE_NAME):
        return Credential(key, is_session=True, by_cookie=True)
    return None


def may_use_cookies(scope: dict) -> bool:
    """Whether the page that opens the socket is one of ours. A program sends no Origin; every browser does."""
    origin = header_of(scope, b"origin")
    return not origin or is_ours(origin, header_of(scope, b"host"))


def caller_of(credential: Credential) -> Caller:
    """The caller behind a credential, read anew. Raises Unauthorized."""
    if not credential.is_session:
        if len(credential.secret) > LONGEST_TOKEN:
            raise Unauthorized("This token is not valid here; sign in again", code="bad_token")
        return caller_of_token(credential.secret)
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(credential.secret)
    user = get_user(request)
    if not user.is_authenticated or is_idle(request.session):
        raise Unauthorized("You are signed out; sign in again", code="signed_out")
    return caller_of_session(user, request.session)


def header_of(scope: dict, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def address_of(scope: dict) -> str:
    """Where the peer is; behind a proxy, what the proxy added last."""
    if settings.BEHIND_PROXY and (forwarded := header_of(scope, b"x-forwarded-for")):
        return forwarded.rpartition(",")[2].strip()
    client = scope.get("client")
    return client[0] if client else ""


def _cookies(scope: dict) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header_of(scope, b"cookie")).items()}
    except CookieError:
        return {}
