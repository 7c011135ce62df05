"""What every request to the Control API passes: both slash forms, and the way out for people (`control-api §1.1`)."""

import re

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.cache import patch_vary_headers

from doover_web.pages.addresses import BARE, CONTROL

# A list or an item of the API, and the page about the same.
PAGES = [
    (re.compile(r"/(?:agents|devices|groups)/"), "/"),
    (re.compile(r"/devices/([0-9]{1,19})/"), r"/device/\1/"),
    (re.compile(r"/organisations/"), "/admin-portal/"),
    (re.compile(r"/(?:users|organisations/users)/"), "/admin-portal/users/"),
    (re.compile(r"/(?:organisations|groups)/roles/"), "/admin-portal/roles/"),
    (re.compile(r"/groups/[0-9]{1,19}/"), "/admin-portal/groups/"),
]


class ControlDoor:
    """Serves an address without its closing slash as the same one, never by a redirect, which would lose a body. Sends
    browsers that come for a list or an item to the page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        if not CONTROL.match(request.path_info):
            return self.get_response(request)
        _close(request)
        page = _page(request)
        response = HttpResponseRedirect(page) if page else self.get_response(request)
        patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
        return response


def _close(request: HttpRequest) -> None:
    if request.path_info in [f"{one}/" for one in BARE]:
        request.path_info, request.path = request.path_info[:-1], request.path[:-1]
    elif not request.path_info.endswith("/") and request.path_info not in BARE:
        request.path_info, request.path = request.path_info + "/", request.path + "/"


def _page(request: HttpRequest) -> str | None:
    """Where a person should be who typed this address; None for a program (`*/*` names no page)."""
    if request.method != "GET" or "Authorization" in request.headers:
        return None
    if "text/html" not in request.headers.get("Accept", ""):
        return None
    for address, page in PAGES:
        if match := address.fullmatch(request.path_info):
            return match.expand(page)
    return None
