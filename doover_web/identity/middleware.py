"""`request.caller`: the agent behind each request, looked up when first asked for."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from doover_web.common.wire import Forbidden, Unauthorized

from .auth import Caller, assuming, caller_of_token, in_organisation, token_of_header
from .context import Origin, address_of, origin
from .origins import is_ours
from .sessions import caller_of_request, end_idle, note_assuming, note_use

TOKEN_COOKIE = "app.at"  # noqa: S105  a cookie name of the contract
SAFE = ("GET", "HEAD", "OPTIONS")


class CallerMiddleware:
    """Sets `request.caller` for pages: the signed-in person, or None."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        request.caller = SimpleLazyObject(lambda: caller_of_request(request))
        address = address_of(request.META.get("REMOTE_ADDR"), request.headers.get("X-Forwarded-For"))
        here = Origin(address, request.headers.get("User-Agent", "")[:255])
        token = origin.set(here)
        try:
            end_idle(request)
            response = self.get_response(request)
            note_use(request)
            return response
        finally:
            origin.reset(token)


def caller_for_api(request: HttpRequest) -> Caller:
    """The caller of an API request: bearer token, else a token cookie, else the session. Raises Unauthorized.

    Cookies travel by themselves, so a change made with one must come from our own pages (`data-api §3.6`).
    """
    token = token_of_header(request.headers.get("Authorization", ""))
    if token is not None:
        caller = caller_of_token(token)
    else:
        caller = _caller_of_cookie(request)
        if request.method not in SAFE:
            _check_origin(request)
    if wanted := request.headers.get("X-Doover-Assume"):
        caller = assuming(caller, wanted)
        note_assuming(caller)
    return in_organisation(caller, request.headers.get("X-Doover-Organisation"))


def _caller_of_cookie(request: HttpRequest) -> Caller:
    if token := request.COOKIES.get(TOKEN_COOKIE):
        return caller_of_token(token)
    caller = caller_of_request(request)
    if caller is None:
        raise Unauthorized("Sign in, or send Authorization: Bearer with a token", code="no_credential")
    return caller


def _check_origin(request: HttpRequest) -> None:
    asked_from = request.headers.get("Origin")
    if asked_from is None:
        trusted = request.headers.get("Sec-Fetch-Site") == "same-origin"
    else:
        trusted = is_ours(asked_from, request.get_host())
    if not trusted:
        raise Forbidden("A cookie may only change things from this site's own pages", code="bad_origin")
