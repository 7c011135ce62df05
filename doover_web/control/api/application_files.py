"""An application's files, pictures and releases, and how its images are pulled (`control-api §3.7, §8`)."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router, Schema

from doover_web.common.wire import NotFound, Refused
from doover_web.identity.auth import Caller

from ..actions.release import put_source, put_widget, release
from ..models import Application, ApplicationVersion
from ..pulling import pull_credentials
from ._generated import ApplicationWidgetUploadRequestIn as UploadIn
from .applications import applications
from .bodies import raw_fields
from .resource import Resource, add_operation, body_of
from .scope import caller_for_control
from .stored import send_upload

router = Router(tags=["applications"])


class Version(Schema):
    id: str
    number: int
    image_name: str | None
    tag: str
    commit: str
    notes: str
    alpha: bool
    created_at: datetime


class VersionIn(Schema):
    tag: str | None = None
    commit: str | None = None
    notes: str | None = None
    alpha: bool | None = None
    digest: str | None = None


class PullToken(Schema):
    registry: str
    repository: str
    username: str
    password: str


def widget(request: HttpRequest, id: int) -> HttpResponse:
    """Take the application's page part, one JavaScript file."""
    application = applications.find(request, id=id)
    put_widget(application=application, file=raw_fields(request, UploadIn).get("file"), by=request.auth)
    return HttpResponse(status=200)


def processor_source(request: HttpRequest, id: int) -> HttpResponse:
    """Take the code of a function, a zip."""
    application = applications.find(request, id=id)
    put_source(application=application, file=raw_fields(request, UploadIn).get("file"), by=request.auth)
    return HttpResponse(status=200)


def icon(request: HttpRequest, id: int) -> HttpResponseBase:
    """The application's icon, for whoever may see the application; of an open one for everybody."""
    return _picture(request, id, "icon")


def banner(request: HttpRequest, id: int) -> HttpResponseBase:
    """The application's banner, likewise."""
    return _picture(request, id, "banner")


def registry_token(request: HttpRequest, id: int) -> dict:
    """What the image of an application is pulled with, for a device that has it installed."""
    return pull_credentials(application_id=id, by=request.auth)


def version_rows(request: HttpRequest, application: int) -> QuerySet[ApplicationVersion]:
    return applications.find(request, id=application).versions.all()


def version_shape(request: HttpRequest, version: ApplicationVersion) -> dict:
    return {
        "id": str(version.id),
        "number": version.number,
        "image_name": version.image_name or None,
        "tag": version.tag,
        "commit": version.commit,
        "notes": version.notes,
        "alpha": version.alpha,
        "created_at": version.created_at,
    }


def new_version(request: HttpRequest, given: dict, application: int) -> ApplicationVersion:
    return release(application=applications.find(request, id=application), fields=given, by=request.auth)


def _picture(request: HttpRequest, id: int, name: str) -> HttpResponseBase:
    caller = _caller_or_none(request)
    seen = Application.objects.filter(visibility__in=Application.OPEN)
    if caller is not None:
        seen = Application.objects.visible_to(caller.standing)
    found = seen.filter(pk=id).select_related(name).first()
    upload = getattr(found, name) if found else None
    if upload is None:
        raise NotFound("There is no such picture")
    return send_upload(request, upload)


def _caller_or_none(request: HttpRequest) -> Caller | None:
    try:
        return caller_for_control(request)
    except Refused:
        return None


Resource(
    router=router,
    path="/applications/{int:application}/versions/",
    name="applications_versions",
    rows=version_rows,
    shape=version_shape,
    out=Version,
    body=VersionIn,
    order={"id": "pk", "number": "number", "created_at": "pk"},
    create=new_version,
    without=("retrieve",),
)
add_operation(
    router, "PUT", "/applications/{int:id}/widget/", "applications_widget_update", widget, None, extra=body_of(UploadIn)
)
add_operation(
    router,
    "PUT",
    "/applications/{int:id}/processor_source/",
    "applications_processor_source_update",
    processor_source,
    None,
    extra=body_of(UploadIn),
)
add_operation(
    router,
    "POST",
    "/applications/{int:id}/registry_token/",
    "applications_registry_token_create",
    registry_token,
    PullToken,
)
add_operation(router, "GET", "/applications/{int:id}/icon/", "applications_icon_retrieve", icon, None, auth=None)
add_operation(router, "GET", "/applications/{int:id}/banner/", "applications_banner_retrieve", banner, None, auth=None)
