"""Signing in a command line with a code (RFC 8628): it asks for one, its user says yes in a browser."""

import secrets
from urllib.parse import urlencode

from allauth.idp.oidc.internal.oauthlib import device_codes
from allauth.idp.oidc.models import Client
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .. import audit
from ..auth import caller_of_user
from ..clients import client_of, may
from ..limits import Limit
from .adapter import Adapter, in_words
from .reading import Wrong, endpoint, invalid_client, required

SECONDS = 600
INTERVAL = 5
LONGEST_NAME = 80
# A person types one; a program that guesses types many.
_wrong_codes = Limit("user_code", 10)


@endpoint("device", calls=30)
def authorize(request: HttpRequest, given: dict[str, str]) -> dict:
    """A device code to poll with and a user code to show (`data-api §4.5`)."""
    client = client_of(required(given, "client_id"))
    if client is None or client.type != Client.Type.PUBLIC or not may(client, Client.GrantType.DEVICE_CODE):
        raise invalid_client()
    scopes = given.get("scope", "").split() or client.get_default_scopes()
    if not set(scopes) <= set(client.get_scopes()):
        raise Wrong("invalid_scope", "The client may not ask for this scope")
    user_code = Adapter().generate_user_code()
    page = f"{settings.PUBLIC_URL}/oauth2/device"
    answer = {
        "device_code": secrets.token_urlsafe(32),
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?{urlencode({'user_code': user_code, 'client_id': client.id})}",
        "expires_in": SECONDS,
        "interval": INTERVAL,
    }
    name = given.get("metaData.device.name", "")[:LONGEST_NAME]
    device_codes.create(client.id, scopes, {**answer, "name": name})
    return answer


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Type the code, look at what it lets in, say yes or no."""
    given = request.POST if request.method == "POST" else request.GET
    code = given.get("user_code", "").strip()[:32]
    if not code or "\x00" in code:
        return _show(request, "code")
    if _wrong_codes.reached():
        return _show(request, "code", status=429, wrong="Too many wrong codes. Wait a minute, then try again.")
    try:
        device_code, client = device_codes.validate_user_code(code)
    except ValidationError:
        client = None
    if client is None or given.get("client_id", client.id) != client.id:
        _wrong_codes.count()
        return _show(request, "code", status=404, code=code, wrong="This code is wrong or has expired.")
    if request.method == "GET":
        return _show(request, "confirm", code=code, client=client, **_asked(device_code, client))
    return _decide(request, device_code, client)


def _asked(device_code: str, client: Client) -> dict:
    """What is asked for, in words, and the name that the device gave itself, which proves nothing."""
    data = cache.get(device_codes.cache_device_code_key(device_code)) or {}
    scopes = data.get("scope") or client.get_default_scopes()
    return {"asks": in_words(client, scopes), "device": data.get("device", {}).get("name", "")}


def _decide(request: HttpRequest, device_code: str, client: Client) -> HttpResponse:
    allowed = request.POST.get("action") == "allow"
    if not device_codes.confirm_or_deny_device_code(request.user, device_code, confirm=allowed):
        return _show(request, "code", status=404, wrong="This code was answered before.")
    action = "application.allowed" if allowed else "application.denied"
    actor = caller_of_user(request.user)
    audit.record(action, actor=actor, subject=request.user, source="sign-in", client=client.name)
    return _show(request, "allowed" if allowed else "denied", client=client)


def _show(request: HttpRequest, step: str, status: int = 200, **context) -> HttpResponse:
    return render(request, f"idp/oidc/device_{step}.html", context, status=status)
