"""Which site and which API answers where."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from doover_web.api import control_api, data_api, legacy_api
from doover_web.common.wire import JSON, error_body
from doover_web.control.look import sheet
from doover_web.openapi import control_openapi, data_openapi, readable
from doover_web.pages.addresses import CONTROL
from doover_web.pages.catalogue import Words


def health(request: HttpRequest) -> JsonResponse:
    """For monitoring: the web process answers."""
    return JsonResponse({"status": "ok"})


def legacy_openapi(request: HttpRequest) -> JsonResponse:
    """The first-generation API's OpenAPI document."""
    return JsonResponse(legacy_api.get_openapi_schema())


def no_such_address(request: HttpRequest) -> HttpResponse:
    """An API address that does not exist answers as an API, whatever the method."""
    return HttpResponse(error_body("There is no such address in this API", "not_found"), status=404, content_type=JSON)


no_such_address.csrf_exempt = True  # type: ignore[attr-defined]

urlpatterns = [
    path("healthz", health),
    path("words/<slug:language>.js", Words.as_view(), name="words"),
    path("look/<int:organisation>.css", sheet, name="look"),
    path("openapi/", readable),
    path("openapi/data.json", data_openapi, name="data-openapi"),
    path("openapi/control.json", control_openapi, name="control-openapi"),
    path("openapi/legacy.json", legacy_openapi),
    path("", include("doover_web.identity.oauth.urls")),
    re_path(r"^api/?$", no_such_address),
    path("api/", data_api.urls),
    re_path(r"^api/", no_such_address),
    path("accounts/sessions/", RedirectView.as_view(pattern_name="portal:sessions")),
    path("admin-portal/", include("admin_site.urls")),
    path("", include("portal.urls")),
    # It stands at the root as well, where the customer site comes first.
    path("", control_api.urls),
    re_path(rf"^{CONTROL.pattern.removeprefix('/')}", no_such_address),
    path("accounts/", include("allauth.urls")),
    # Old clients whose base address ends in a slash double it. Last, since it also stands at the root.
    re_path(r"^/?", legacy_api.urls),
    re_path(r"^/?(?:ch/v1|apps/api/v1)(?:/|$)", no_such_address),
]
handler500 = "doover_web.pages.errors.server_error"
