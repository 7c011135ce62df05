"""What every OAuth address shares: parameters from the query or a form, errors as RFC 6749 writes them, limits."""

import base64
import functools
import logging
import uuid
from collections.abc import Callable

from allauth.idp.oidc.models import Client
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError

from doover_web.common.secrets import hash_secret, same

from .. import audit
from ..clients import client_of
from ..limits import Limit
from ..models import Token

log = logging.getLogger(__name__)
LONGEST = 8192


class Wrong(Exception):
    """A request that is answered with an OAuth error. `counts` tells a wrong guess from an honest wait."""

    def __init__(self, error: str, description: str, status: int = 400, *, counts: bool = True):
        super().__init__(error)
        self.error, self.description, self.status, self.counts = error, description, status, counts


def invalid_client() -> Wrong:
    return Wrong("invalid_client", "The client is not known here, or its secret is wrong", 401)


def endpoint(name: str, *, failures: int = 60, calls: int = 0) -> Callable:
    """Makes an OAuth address of a function of request and parameters that returns a dictionary.

    An address that failed too often is turned away for a minute; with `calls`, one that merely called too often too.
    """
    failed, called = Limit(f"{name}.failed", failures), Limit(f"{name}.called", calls)

    def wrap(view: Callable[[HttpRequest, dict[str, str]], dict]):
        @csrf_exempt
        @functools.wraps(view)
        def answer(request: HttpRequest) -> JsonResponse:
            if request.method != "POST":
                return refusal(Wrong("invalid_request", "Send a POST request", 405))
            try:
                given = parameters(request)
                if failed.reached() or (calls and called.count()):
                    raise _too_many(given)
                return _private(JsonResponse(view(request, given)))
            except Wrong as problem:
                if problem.counts:
                    failed.count()
                return refusal(problem)
            except (OperationalError, InterfaceError, RedisError) as problem:
                log.warning("Signing in is not possible right now: %s", type(problem).__name__)
                return refusal(Wrong("temporarily_unavailable", "Not available right now; try again", 503))

        return answer

    return wrap


def _too_many(given: dict[str, str]) -> Wrong:
    """429, but 503 for a refresh: the published browser client takes any 4xx there for "signed out" and throws its
    tokens away (`data-api §4.4`), and it may be somebody else behind the same address who guesses."""
    status = 503 if given.get("grant_type") == Client.GrantType.REFRESH_TOKEN.value else 429
    return Wrong("temporarily_unavailable", "Too many requests; wait a minute", status, counts=False)


def parameters(request: HttpRequest) -> dict[str, str]:
    """The parameters of a request, from the query string, from a form, or from both; each may occur once."""
    try:
        pairs = [*request.GET.lists(), *request.POST.lists()]
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnicodeDecodeError) as problem:
        raise Wrong("invalid_request", "The request cannot be read") from problem
    given: dict[str, str] = {}
    for key, values in pairs:
        if len(values) > 1 or given.get(key, values[-1]) != values[-1]:
            raise Wrong("invalid_request", "A parameter occurs twice")
        if len(values[0]) > LONGEST or "\x00" in key + values[0]:
            raise Wrong("invalid_request", "A parameter is too long, or holds a character that none may hold")
        given[key] = values[0]
    return given


def required(given: dict[str, str], name: str) -> str:
    if not given.get(name):
        raise Wrong("invalid_request", f"The parameter {name} is missing")
    return given[name]


def identified(request: HttpRequest, given: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, from a Basic header or from the parameters; empty for what is not there."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return given.get("client_id", ""), given.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as problem:
        raise invalid_client() from problem
    return client_id, secret


def application(request: HttpRequest, given: dict[str, str]) -> Client:
    """The application that asks; one that has a secret must have sent it. Raises invalid_client."""
    client_id, secret = identified(request, given)
    client = client_of(client_id)
    if client is None:
        raise invalid_client()
    if client.type != Client.Type.PUBLIC and not (secret and client.check_secret(secret)):
        raise invalid_client()
    return client


def service(request: HttpRequest, given: dict[str, str]) -> Token:
    """The credential of an agent that asks with client id and secret. Raises invalid_client."""
    client_id, secret = identified(request, given)
    try:
        key = uuid.UUID(client_id)
    except ValueError as problem:
        raise invalid_client() from problem
    found = Token.objects.valid().filter(kind=Token.Kind.CLIENT, key=key).select_related("agent").first()
    # An id that nobody has costs the same comparison as a wrong secret.
    expected = found.secret_hash if found else hash_secret("")
    if not same(hash_secret(secret), expected or "") or found is None or not is_open(found):
        if found is not None:
            audit.record("token.refused", subject=found.agent, organisation_id=found.agent.organisation_id)
        raise invalid_client()
    return found


def is_open(token: Token) -> bool:
    """Whether the account behind a token may sign in; agents that are no people have none."""
    user = getattr(token.agent, "as_user", None)
    return user is None or user.is_active


def refusal(problem: Wrong) -> JsonResponse:
    body = {"error": problem.error, "error_description": problem.description}
    response = JsonResponse(body, status=problem.status)
    if problem.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="doover_web"'
    if problem.status in (429, 503):
        response["Retry-After"] = "60"
    if problem.status == 405:
        response["Allow"] = "POST"
    return _private(response)


def _private(response: JsonResponse) -> JsonResponse:
    response["Cache-Control"] = "no-store"
    response["Pragma"] = "no-cache"
    return response
