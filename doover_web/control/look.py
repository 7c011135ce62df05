"""The look of a page: that of the organisation whose domain was asked for, else of the one that somebody is in.

It is remembered for a few minutes, and forgotten when somebody changes it.
"""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from doover_web.identity.models import Organisation

from .colours import stylesheet
from .models import Domain, Theme
from .models.theme import COLOURS, IMAGES

KEPT_SECONDS = 300
FOR_GOOD = 365 * 24 * 3600
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Look:
    """Addresses of the stylesheet and the pictures; empty where the house's serve."""

    name: str = ""
    stylesheet: str = ""
    banner_image: str = ""
    login_banner: str = ""
    sidebar_banner_image: str = ""
    site_logo: str = ""


def look(request: HttpRequest) -> dict:
    """`look` for every template, worked out when a page draws it."""
    return {"look": SimpleLazyObject(lambda: look_at(request))}


def look_at(request: HttpRequest) -> Look:
    """The look of the organisation that this address belongs to, else of the one that the caller is in."""
    caller = getattr(request, "caller", None)
    try:
        host = request.get_host()
    except DisallowedHost:  # the page that says so wears the house's own
        return Look()
    organisation_id = owner_of(host) or (caller.organisation_id if caller else None)
    return look_of(organisation_id) if organisation_id else Look()


def owner_of(host: str) -> int:
    """The organisation whose domain this is; 0 for nobody's, as the server's own name always is."""
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    if name == urlsplit(settings.PUBLIC_URL).hostname:
        return NOBODY
    found = cache.get(_host_key(name))
    if found is None:
        owners = Domain.objects.filter(hostname__iexact=name).values_list("organisation_id", flat=True)
        found = owners.first() or NOBODY
        cache.set(_host_key(name), found, KEPT_SECONDS)
    return found


def look_of(organisation_id: int) -> Look:
    """What an organisation's pages look like."""
    found = cache.get(_look_key(organisation_id))
    if found is None:
        found = _read(organisation_id)
        cache.set(_look_key(organisation_id), found, KEPT_SECONDS)
    return found


def forget_look(organisation_id: int, hostname: str = "") -> None:
    """Once this transaction is done, read anew how an organisation looks, and whose a name is."""
    keys = [_look_key(organisation_id), *([_host_key(hostname)] if hostname else [])]
    transaction.on_commit(lambda: cache.delete_many(keys))


@require_safe
def sheet(request: HttpRequest, organisation: int) -> HttpResponse:
    """The organisation's colours, for anybody: the page to sign in wears them."""
    theme = Theme.objects.filter(pk=organisation).first()
    if theme is None:
        raise Http404
    text = _sheet_of(theme)
    response = HttpResponse(text, content_type="text/css; charset=utf-8")
    is_this = request.GET.get("v") == _version(text)
    patch_cache_control(response, public=True, max_age=FOR_GOOD if is_this else 60, immutable=is_this)
    return response


def _read(organisation_id: int) -> Look:
    found = Organisation.objects.select_related("theme").filter(pk=organisation_id).first()
    theme = getattr(found, "theme", None)
    if found is None or theme is None:
        return Look(name=found.name if found else "")
    text = _sheet_of(theme)
    address = f"{reverse('look', args=[found.pk])}?v={_version(text)}" if text else ""
    kept = {name: getattr(theme, f"{name}_id") for name in IMAGES}
    pictures = {name: f"/themes/{found.pk}/{name}/?v={key}" for name, key in kept.items() if key}
    return Look(name=found.name, stylesheet=address, **pictures)


def _sheet_of(theme: Theme) -> str:
    return stylesheet({name: getattr(theme, name) for name in COLOURS}, COLOURS)


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _host_key(name: str) -> str:
    return f"look:host:{hashlib.sha256(name.lower().encode()).hexdigest()}"


def _look_key(organisation_id: int) -> str:
    return f"look:{organisation_id}"
