"""The catalogue of applications (`control-api §3.7`)."""

from typing import Annotated

from django.core.files.base import File
from django.db import transaction
from django.db.models import OuterRef, Prefetch, QuerySet
from django.http import HttpRequest
from ninja import Field, Router, Status
from pydantic import WithJsonSchema

from doover_web.common.wire import Conflict
from doover_web.identity.permissions import may_administer

from ..actions.application import change_application, create_application, may_change, set_application_archived
from ..actions.release import put_artwork, release
from ..models import AppInstall, Application, ConfigProfile
from ._generated import Application as ApplicationOut
from ._generated import ApplicationIn, BasicOrganisation
from .bodies import fields_of, raw_fields
from .counting import counted
from .filters import archived, choice, flag, ids, link, number, text
from .fleet_shapes import application_ref, profile_ref, registry_ref
from .resource import Resource, add_operation, body_of
from .scope import organisation_to_write, owned, reached
from .types import AnyJson, Id
from .types import File as FileField

router = Router(tags=["applications"])


RepositoryLink = Annotated[str, WithJsonSchema({"type": "string", "format": "uri", "maxLength": 500})]


class ApplicationBody(ApplicationIn):
    """With what newer clients send besides (`control-api §8`)."""

    # Project files of today no longer say where the image is: the command line leaves it out.
    container_registry_profile_id: Id | None = None
    notification_schema: AnyJson = None
    publisher_id: Id | None = None
    repository_url: RepositoryLink | None = Field(None, max_length=500)
    icon: FileField = None
    banner: FileField = None


class ApplicationAnswer(ApplicationOut):
    organisation: BasicOrganisation | None  # type: ignore[assignment]
    notification_schema: AnyJson
    publisher_id: str | None


def rows(request: HttpRequest) -> QuerySet[Application]:
    """What the organisations of the call own, what is open to all, and what others share with them."""
    seen = Application.objects.visible_to(request.auth.standing).filter(reached(request))
    return loaded(request, seen)


def loaded(request: HttpRequest, applications: QuerySet[Application]) -> QuerySet[Application]:
    """These with all that `shape` shows of them; profiles are those of the call's organisations."""
    profiles = ConfigProfile.objects.visible_to(request.auth.standing).filter(owned(request))
    installs = AppInstall.objects.in_use().filter(application=OuterRef("pk"))
    return (
        applications.select_related("organisation", "container_registry_profile")
        .prefetch_related(
            Prefetch("config_profiles", queryset=profiles.order_by("display_name", "id"), to_attr="own_profiles")
        )
        .annotate(install_count=counted(installs, "application"))
    )


def shape(request: HttpRequest, application: Application) -> dict:
    """All of an application; how its function runs is for those who look after it."""
    inside = _sees_inside(request, application)
    return {
        **application_ref(request, application),
        "long_description": application.long_description,
        "visibility": application.visibility,
        "allow_many": application.allow_many,
        "ui_schema": application.ui_schema,
        "tag_schema": application.tag_schema,
        "notification_schema": application.notification_schema,
        "publisher_id": str(application.publisher_id) if application.publisher_id and inside else None,
        "approx_installs": application.install_count,  # type: ignore[attr-defined]
        "stars": application.stars,
        "container_registry_profile": registry_ref(application.container_registry_profile) if inside else None,
        "deployment_data": application.deployment_data if inside else None,
        "image_name": application.image_name,
        "lambda_arn": application.lambda_arn if inside else None,
        "lambda_config": application.lambda_config if inside else {},
        "config_profiles": [profile_ref(request, one) for one in application.own_profiles],  # type: ignore[attr-defined]
        "repository_url": application.repository_url,
    }


def row_shape(request: HttpRequest, application: Application) -> dict:
    """The same without the deployment folder, which may be megabytes."""
    return {**shape(request, application), "deployment_data": None}


def create(request: HttpRequest) -> Status:
    """Publish an application. One of that name which the caller may change is changed instead (`control-api §3.7`)."""
    name = raw_fields(request, ApplicationBody).get("name")
    known = Application.objects.filter(name=name).first() if isinstance(name, str) and "\x00" not in name else None
    with transaction.atomic():
        if known is None:
            given = fields_of(request, ApplicationBody)
            organisation = (
                organisation_to_write(request, given["organisation_id"]) if _has_owner(request, given) else None
            )
            made = create_application(organisation=organisation, fields=given, by=request.auth)
            return Status(201, shape(request, rows(request).get(pk=_with_pictures(request, made, given).pk)))
        if not may_change(known, request.auth):
            message = f"There is an application {known.name!r} already, and it is not yours to change"
            raise Conflict(message, code="name_taken", errors={"name": [message]})
        return Status(200, shape(request, change(request, known, fields_of(request, ApplicationBody, partial=True))))


def change(request: HttpRequest, application: Application, given: dict) -> Application:
    kept = {name: value for name, value in given.items() if name not in ("icon", "banner")}
    if kept or not given:
        change_application(application=application, fields=kept, by=request.auth)
    _with_pictures(request, application, given)
    return loaded(request, Application.objects.all()).get(pk=application.pk)


def archive(request: HttpRequest, application: Application) -> Application:
    return set_application_archived(application=application, on=True, by=request.auth)


def unarchive(request: HttpRequest, application: Application) -> Application:
    return set_application_archived(application=application, on=False, by=request.auth)


def processor_version(request: HttpRequest, application: Application) -> Application:
    """Release what was uploaded."""
    release(application=application, fields={}, by=request.auth)
    return loaded(request, Application.objects.all()).get(pk=application.pk)


def _has_owner(request: HttpRequest, given: dict) -> bool:
    """Only a superuser may say that an application has no owner; for others null is the organisation of the call."""
    return given["organisation_id"] is not None or not request.auth.is_superuser


def _with_pictures(request: HttpRequest, application: Application, given: dict) -> Application:
    pictures = {name: given[name] for name in ("icon", "banner") if isinstance(given.get(name), File)}
    if pictures:
        put_artwork(application=application, files=pictures, by=request.auth)
    return application


def _sees_inside(request: HttpRequest, application: Application) -> bool:
    if application.organisation_id is None:
        return request.auth.is_superuser or _publishes(request, application)
    return _publishes(request, application) or may_administer(
        request.auth.standing, application.organisation_id, "applications_view"
    )


def _publishes(request: HttpRequest, application: Application) -> bool:
    return application.publisher_id is not None and may_change(application, request.auth)


applications = Resource(
    router=router,
    path="/applications/",
    name="applications",
    rows=rows,
    shape=shape,
    row_shape=row_shape,
    out=ApplicationAnswer,
    body=ApplicationBody,
    search=["name", "display_name"],
    order={"id": "pk", "name": "name", "display_name": "display_name", "stars": "stars", "type": "type"},
    filters={
        **flag("allow_many"),
        **number("approx_installs", "install_count"),
        **archived(),
        **link("container_registry_profile"),
        **text("description"),
        **text("display_name"),
        **ids(),
        **text("name"),
        **link("organisation", nullable=True),
        **number("stars"),
        **choice("type", Application.Type.values),
        **choice("visibility", Application.Visibility.values),
    },
    change=change,
    archive=archive,
    unarchive=unarchive,
)
applications.action("processor_version", processor_version)
add_operation(
    router,
    "POST",
    "/applications/",
    "applications_create",
    create,
    {201: ApplicationAnswer, 200: ApplicationAnswer},
    extra=body_of(ApplicationBody),
)
