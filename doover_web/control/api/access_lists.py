"""Which other organisations may use an application, a device type or a solution (`control-api §3.6`)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.models import Organisation

from ..actions.access import LISTS, Shared, add_access, change_access, check_shares, remove_access
from ..links import linked, needed
from ..models.access import Access
from ..values import wrong
from ._generated import ApplicationOrganisationAccess as AccessOut
from ._generated import (
    ApplicationOrganisationAccessIn,
    DeviceTypeOrganisationAccess,
    DeviceTypeOrganisationAccessIn,
    SolutionOrganisationAccess,
    SolutionOrganisationAccessIn,
)
from .applications import applications
from .device_types import types
from .filters import choice, ids, link
from .resource import Resource
from .shapes import organisation_ref
from .solutions import solutions

router = Router(tags=["sharing"])


def shape(request: HttpRequest, row: Access) -> dict:
    return {"id": str(row.id), "organisation": organisation_ref(row.organisation), "access": row.access}


def _list(of: Resource, parent: str, prefix: str, out, body) -> None:
    """The list below one resource; only those who share it may read it."""

    def thing(request: HttpRequest, path: dict) -> Shared:
        found = of.find(request, id=path[parent])
        check_shares(found, request.auth)
        return found

    def rows(request: HttpRequest, **path: int) -> QuerySet[Access]:
        shared = thing(request, path)
        request.shared = shared  # type: ignore[attr-defined]
        model, name, _ = LISTS[type(shared)]
        return model._default_manager.filter(**{name: shared}).select_related("organisation")

    def create(request: HttpRequest, given: dict, **path: int) -> Access:
        shared = thing(request, path)
        _check_same(given, shared, parent)
        organisation = needed(_organisation(given["organisation_id"]), "organisation_id")
        return add_access(thing=shared, organisation=organisation, fields=given, by=request.auth)

    def change(request: HttpRequest, row: Access, given: dict) -> Access:
        shared: Shared = request.shared  # type: ignore[attr-defined]
        _check_same(given, shared, parent)
        organisation = _organisation(given["organisation_id"]) if "organisation_id" in given else None
        return change_access(row=row, thing=shared, organisation=organisation, fields=given, by=request.auth)

    def delete(request: HttpRequest, row: Access) -> None:
        remove_access(row=row, thing=request.shared, by=request.auth)  # type: ignore[attr-defined]

    Resource(
        router=router,
        path=f"{of.path}{{int:{parent}}}/organisation_access/",
        name=f"{prefix}_organisation_access",
        rows=rows,
        shape=shape,
        out=out,
        body=body,
        search=["organisation__name"],
        order={"id": "pk", "name": "organisation__name"},
        filters={**choice("access", Access.Kind.values), **link(parent), **ids(), **link("organisation")},
        create=create,
        change=change,
        delete=delete,
    )


def _organisation(id: int | None) -> Organisation | None:
    return linked(Organisation.objects.all(), id, "organisation_id")


def _check_same(given: dict, shared: Shared, parent: str) -> None:
    if given.get(f"{parent}_id", shared.pk) != shared.pk:
        raise wrong(f"{parent}_id", "is another one than the address names")


_list(applications, "application", "applications", AccessOut, ApplicationOrganisationAccessIn)
_list(types, "device_type", "devices_types", DeviceTypeOrganisationAccess, DeviceTypeOrganisationAccessIn)
_list(solutions, "solution", "solutions", SolutionOrganisationAccess, SolutionOrganisationAccessIn)
