"""What an organisation's site loads before anybody signs in (`control-api §3.3`)."""

import re
from urllib.parse import urlsplit

from django.http import HttpRequest
from ninja import Router

from doover_web.common.wire import NotFound
from doover_web.identity.models import Organisation

from ._generated import CustomerSite
from .organisation_shapes import in_full, theme
from .resource import add_operation, query_of

router = Router(tags=["site"])


def organisation_at(request: HttpRequest) -> Organisation:
    """The organisation whose domain the query names; otherwise that of the page that asks, or of this address."""
    names = [request.GET.get("hostname"), urlsplit(request.headers.get("Origin", "")).hostname, request.get_host()]
    name = re.sub(r":\d+$", "", next(one for one in names if one)).strip().lower().replace("\x00", "")
    found = in_full(Organisation.objects.filter(domains__hostname__iexact=name)).first()
    if found is None:
        raise NotFound("No site has this name")
    return found


def site(request: HttpRequest) -> dict:
    """The site's name, colours and pictures."""
    found = organisation_at(request)
    return {
        "id": str(found.id),
        "name": found.name,
        "application_id": str(found.agent.key),
        "archived": found.archived_at is not None,
        "theme": theme(found),
    }


add_operation(
    router,
    "GET",
    "/site/",
    "site_retrieve",
    site,
    CustomerSite,
    extra={"parameters": [query_of("hostname")]},
    auth=None,
)
