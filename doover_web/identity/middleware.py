"""`request.caller`: the agent behind each request, looked up when first asked for."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from doover_web.common.wire import Forbidden, Unauthorized

from .auth import Caller, assuming, caller_of_token, caller_of_user, in_organisation
from .origins import is_ours

TOKEN_COOKIE = "app.at"  # noqa: S105  a cookie name of the contract
SAFE = ("GET", "HEAD", "OPTIONS")


class CallerMiddleware:
    """Sets `request.caller` for pages: the signed-in person, or None."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        request.caller = SimpleLazyObject(lambda: _caller_of_session(request))
        return self.get_response(request)


def caller_for_api(request: HttpRequest) -> Caller:
    """The caller of an API request: bearer token, else a token cookie, else the session. Raises Unauthorized.

    Cookies travel by themselves, so a change made with one must come from our own pages (`data-api §3.6`).
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        caller = caller_of_token(token.strip())
    else:
        caller = _caller_of_cookie(request)
        if request.method not in SAFE:
            _check_origin(request)
    caller = assuming(caller, request.headers.get("X-Doover-Assume"))
    return in_organisation(caller, request.headers.get("X-Doover-Organisation"))


def _caller_of_cookie(request: HttpRequest) -> Caller:
    if token := request.COOKIES.get(TOKEN_COOKIE):
        return caller_of_token(token)
    caller = _caller_of_session(request)
    if caller is None:
        raise Unauthorized("Sign in, or send Authorization: Bearer with a token", code="no_credential")
    return caller


def _caller_of_session(request: HttpRequest) -> Caller | None:
    return caller_of_user(request.user) if request.user.is_authenticated else None


def _check_origin(request: HttpRequest) -> None:
    origin = request.headers.get("Origin")
    if origin is None:
        trusted = request.headers.get("Sec-Fetch-Site") == "same-origin"
    else:
        trusted = is_ours(origin, request.get_host())
    if not trusted:
        raise Forbidden("A cookie may only change things from this site's own pages", code="bad_origin")
