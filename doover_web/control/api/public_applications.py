"""The catalogue that anybody may read (`control-api §3.7`)."""

from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest
from ninja import Router

from ..models import AppInstall, Application
from ._generated import PublicApplicationRow
from .counting import counted
from .fleet_shapes import application_ref
from .listing import Page, ordered, page_of, searched
from .resource import PAGING, add_operation, query_of

router = Router(tags=["public"])
ORDER = {"id": "pk", "name": "name", "display_name": "display_name", "stars": "stars"}


def rows() -> QuerySet[Application]:
    installs = AppInstall.objects.in_use().filter(application=OuterRef("pk"))
    open_ones = Application.objects.in_use().filter(visibility__in=Application.OPEN).defer("deployment_data")
    return open_ones.select_related("organisation").annotate(install_count=counted(installs, "application"))


def shape(request: HttpRequest, application: Application) -> dict:
    """Without its owner, its pages, and where its images and functions are."""
    known = application_ref(request, application)
    del known["organisation"]
    return {
        **known,
        "long_description": application.long_description,
        "visibility": application.visibility,
        "allow_many": application.allow_many,
        "approx_installs": application.install_count,  # type: ignore[attr-defined]
        "stars": application.stars,
        "image_name": application.image_name,
    }


def list_public(request: HttpRequest) -> dict:
    """Public and core applications that are in use."""
    found = ordered(searched(rows(), request, ["name", "display_name"]), request, ORDER)
    return page_of(found, request, lambda one: shape(request, one))


add_operation(
    router,
    "GET",
    "/public/applications/",
    "public_applications_list",
    list_public,
    Page[PublicApplicationRow],
    extra={"parameters": [query_of(name, kind) for name, kind in PAGING.items()]},
    auth=None,
)
