"""How fresh and how quiet a sign-in an application asks for: `prompt`, `max_age` (OpenID Connect Core §3.1.2.1)."""

import re
import time
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.idp.oidc.models import Client
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from doover_web.common.secrets import hash_secret

from ..clients import client_of
from ..models import Token, User

# A sign-in of this moment is fresh enough for `max_age=0`, or nobody would ever get past it.
GRACE = 30
# Longer than a code lives.
REMEMBER = 600


class Unclear(Exception):
    """The application asks for something that cannot be."""


def is_quiet(request: HttpRequest) -> bool:
    """`prompt=none`: answer at once, show nothing. Raises Unclear when something is to be shown as well."""
    prompts = set(request.GET.get("prompt", "").split())
    if "none" in prompts and len(prompts) > 1:
        raise Unclear("prompt=none stands alone")
    return "none" in prompts


def is_stale(request: HttpRequest) -> bool:
    """Whether the person wrote the password longer ago than `max_age` allows. Raises Unclear for no number."""
    given = request.GET.get("max_age", "")
    if not given:
        return False
    if not re.fullmatch("[0-9]{1,9}", given, re.ASCII):
        raise Unclear("max_age is a number of seconds")
    at = signed_in_at(request)
    return at is None or time.time() - at > max(int(given), GRACE)


def signed_in_at(request: HttpRequest) -> float | None:
    """When the person last proved who they are, in seconds since 1970."""
    records = get_authentication_records(request, request.user)
    return max((record["at"] for record in records if "at" in record), default=None)


def to_password(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asks for the password again, and back here."""
    again = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{again}")


def quieten(request: HttpRequest) -> None:
    """Take `prompt` out of a request: what it asks for is answered here, and django-allauth knows other tokens."""
    query = request.GET.copy()
    query.pop("prompt", None)
    request.GET = query  # type: ignore[assignment]
    request.META["QUERY_STRING"] = query.urlencode()


def registered_address(request: HttpRequest) -> str | None:
    """The address to answer at, when it is one of the application's, letter by letter."""
    client, address = client_of(request.GET.get("client_id", "")), request.GET.get("redirect_uri", "")
    return address if client and address in client.get_redirect_uris() else None


def has_let_in(user: User, client: Client, scopes: list[str]) -> bool:
    """Whether the person let this application do all of this before, and still does."""
    held = Token.objects.valid().filter(agent_id=user.agent_id, client=client).exclude(openid_scopes="")
    known = {scope for one in held.values_list("openid_scopes", flat=True).distinct() for scope in one.split()}
    return client.skip_consent or set(scopes) <= known


def remember_sign_in(code: str, request: HttpRequest) -> None:
    """Keep the moment of the sign-in for the identity token that the code is exchanged for."""
    if (at := signed_in_at(request)) is not None:
        cache.set(_key(code), int(at), REMEMBER)


def sign_in_of(code: str) -> int | None:
    return cache.get(_key(code))


def _key(code: str) -> str:
    return f"code-auth-time:{hash_secret(code)}"
