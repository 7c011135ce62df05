"""Where images lie and who may publish (`control-api §3.14, §8`)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Router, Schema

from ..actions.registry import (
    change_publisher,
    change_registry_profile,
    create_publisher,
    create_registry_profile,
    set_registry_archived,
)
from ..models import RegistryProfile, TrustedPublisher
from ._generated import ContainerRegistryProfile as ProfileOut
from ._generated import ContainerRegistryProfileIn as ProfileIn
from ._generated import ContainerRegistryProfileRow as ProfileRow
from .filters import archived, ids, link, text
from .resource import Resource
from .scope import organisation_to_write, owned
from .shapes import organisation_ref

router = Router(tags=["container"])


class ProfileBody(ProfileIn):
    """An empty password, which answers show, leaves the one there is."""

    password: str = Field(max_length=100, json_schema_extra={"minLength": 1})


class Publisher(Schema):
    id: str
    provider: str
    repository_owner: str
    repository_name: str
    workflow: str


class PublisherIn(Schema):
    provider: str
    repository_owner: str
    repository_name: str
    workflow: str | None = None


def rows(request: HttpRequest) -> QuerySet[RegistryProfile]:
    seen = RegistryProfile.objects.visible_to(request.auth.standing).filter(owned(request))
    return seen.select_related("organisation")


def row_shape(request: HttpRequest, profile: RegistryProfile) -> dict:
    return {
        "id": str(profile.id),
        "organisation": organisation_ref(profile.organisation),
        "archived": profile.archived_at is not None,
        "name": profile.name,
        "description": profile.description,
    }


def shape(request: HttpRequest, profile: RegistryProfile) -> dict:
    """All but the password, which is given to devices alone."""
    return {**row_shape(request, profile), "url": profile.url, "username": profile.username, "password": ""}


def create(request: HttpRequest, given: dict) -> RegistryProfile:
    return create_registry_profile(organisation=organisation_to_write(request), fields=given, by=request.auth)


def change(request: HttpRequest, profile: RegistryProfile, given: dict) -> RegistryProfile:
    return change_registry_profile(profile=profile, fields=given, by=request.auth)


def archive(request: HttpRequest, profile: RegistryProfile) -> RegistryProfile:
    return set_registry_archived(profile=profile, on=True, by=request.auth)


def unarchive(request: HttpRequest, profile: RegistryProfile) -> RegistryProfile:
    return set_registry_archived(profile=profile, on=False, by=request.auth)


def publishers(request: HttpRequest) -> QuerySet[TrustedPublisher]:
    """Those of the organisations in which the caller looks at applications."""
    seen = TrustedPublisher.objects.filter(owned(request)).select_related("organisation")
    if request.auth.is_superuser:
        return seen
    standing = request.auth.standing
    mine = [id for id, one in standing.members.items() if "applications_view" in one.flags]
    return seen.filter(organisation_id__in=mine)


def publisher_shape(request: HttpRequest, publisher: TrustedPublisher) -> dict:
    return {
        "id": str(publisher.id),
        "provider": publisher.provider,
        "repository_owner": publisher.repository_owner,
        "repository_name": publisher.repository_name,
        "workflow": publisher.workflow,
    }


def add_publisher(request: HttpRequest, given: dict) -> TrustedPublisher:
    return create_publisher(organisation=organisation_to_write(request), fields=given, by=request.auth)


def edit_publisher(request: HttpRequest, publisher: TrustedPublisher, given: dict) -> TrustedPublisher:
    return change_publisher(publisher=publisher, fields=given, by=request.auth)


Resource(
    router=router,
    path="/container/registry/",
    name="container_registry",
    rows=rows,
    shape=shape,
    out=ProfileOut,
    row_shape=row_shape,
    row_out=ProfileRow,
    body=ProfileBody,
    search=["name"],
    order={"id": "pk", "name": "name", "display_name": "name"},
    filters={
        **archived(),
        **text("description"),
        **ids(),
        **text("name"),
        **link("organisation", nullable=True),
        **text("url"),
        **text("username"),
    },
    create=create,
    change=change,
    archive=archive,
    unarchive=unarchive,
)
Resource(
    router=router,
    path="/publishers/",
    name="publishers",
    rows=publishers,
    shape=publisher_shape,
    out=Publisher,
    body=PublisherIn,
    search=["repository_owner", "repository_name"],
    order={"id": "pk", "name": "repository_name"},
    create=add_publisher,
    change=edit_publisher,
    without=("update",),
)
