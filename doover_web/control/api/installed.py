"""What makes an organisation's site an app that can be installed, for anybody (`control-api §3.16`).

The manifest has the organisation's name and colours. The icons are those of the house, in the sizes that browsers ask
for; pictures of the start and of the site are not made here.
"""

import json

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.cache import patch_cache_control
from ninja import Router

from doover_web.common.wire import NotFound
from doover_web.identity.models import Organisation

from .organisation_shapes import theme
from .resource import add_operation, query_of
from .sites import organisation_at

router = Router(tags=["site"])
SIZES = (96, 128, 144, 152, 180, 192, 256, 384, 512)  # pixels
IN_MANIFEST = (192, 512)
KEPT_SECONDS = 3600
HOUSE = "doover_web"


def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest of the site that `hostname` names, else of this address."""
    found = _organisation(request)
    colours = theme(found or Organisation())
    told = {
        "id": "/",
        "name": found.name if found else HOUSE,
        "short_name": found.name if found else HOUSE,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": colours["navbar_colour"],
        "background_color": colours["sidebar_colour"],
        "icons": [
            {"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
            *({"src": f"/pwa_icon/{one}/", "sizes": f"{one}x{one}", "type": "image/png"} for one in IN_MANIFEST),
        ],
    }
    return _kept(HttpResponse(json.dumps(told), content_type="application/manifest+json"))


def icon(request: HttpRequest, size: int) -> HttpResponse:
    """The icon of the site, `size` pixels wide and high."""
    path = finders.find(f"img/app/{size}.png") if size in SIZES else None
    if path is None:
        raise NotFound(f"Icons are there in {', '.join(map(str, SIZES))} pixels")
    with open(path, "rb") as file:
        return _kept(HttpResponse(file.read(), content_type="image/png"))


def _organisation(request: HttpRequest) -> Organisation | None:
    """The organisation of the site; None where this address is nobody's own. NotFound for a name that nobody has."""
    try:
        return organisation_at(request)
    except NotFound:
        if request.GET.get("hostname"):
            raise
        return None


def _kept(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
    return response


BY_NAME = {"parameters": [query_of("hostname")]}
add_operation(
    router, "GET", "/manifest.webmanifest", "manifest.webmanifest_retrieve", manifest, None, extra=BY_NAME, auth=None
)
add_operation(router, "GET", "/pwa_icon/{int:size}/", "pwa_icon_retrieve", icon, None, extra=BY_NAME, auth=None)
