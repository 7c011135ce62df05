"""Tenants (`control-api §3.3`)."""

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from doover_web.common.wire import Forbidden
from doover_web.identity.actions.organisation import (
    archive_organisation,
    delete_organisation,
    edit_organisation,
    found_organisation,
    look_again,
    unarchive_organisation,
)
from doover_web.identity.changes import rights_changed
from doover_web.identity.models import Organisation

from ..actions.domain import add_domain
from ..actions.theme import edit_theme
from ._generated import Organisation as OrganisationOut
from ._generated import OrganisationIn
from .bodies import fields_of
from .filters import archived, ids, number, text
from .organisation_shapes import in_full, organisation
from .resource import Resource, add_operation, body_of

router = Router(tags=["organisations"])
FIELDS = ("name", "retention_period", "legacy_doover_api_key", "llm_api_key", "extra_config")


class NewDomain(Schema):
    hostname: str
    default: bool = False


def rows(request: HttpRequest) -> QuerySet[Organisation]:
    """Those that the caller belongs to, whichever the header names; superusers see all."""
    found = in_full(Organisation.objects.all())
    return found if request.auth.is_superuser else found.filter(pk__in=request.auth.organisations)


def shape(request: HttpRequest, row: Organisation) -> dict:
    return organisation(in_full(Organisation.objects.all()).get(pk=row.pk) if not hasattr(row, "roots") else row)


def create(request: HttpRequest, given: dict) -> Organisation:
    made = found_organisation(name=given["name"], by=request.auth)
    return change(request, made, {name: value for name, value in given.items() if name != "name"})


def change(request: HttpRequest, row: Organisation, given: dict) -> Organisation:
    fields = {name: given[name] for name in FIELDS if name in given}
    if "test_field_A" in given:
        fields["test_field_a"] = given["test_field_A"]
    if given.get("theme") is not None:
        theme = given["theme"].model_dump(exclude_unset=True)
        edit_theme(organisation=row, fields=theme, by=request.auth)
    if fields:
        edit_organisation(organisation=row, fields=fields, by=request.auth)
    return Organisation.objects.get(pk=row.pk)


def delete(request: HttpRequest, row: Organisation) -> None:
    delete_organisation(organisation=row, by=request.auth)


def archive(request: HttpRequest, row: Organisation) -> Organisation:
    return archive_organisation(organisation=row, by=request.auth)


def unarchive(request: HttpRequest, row: Organisation) -> Organisation:
    return unarchive_organisation(organisation=row, by=request.auth)


def new_domain(request: HttpRequest, id: int) -> dict:
    """A host name for the organisation's site."""
    given = fields_of(request, NewDomain)
    row = organisations.find(request, id=id)
    with transaction.atomic():
        add_domain(
            organisation=row, hostname=given["hostname"], is_default=given.get("default", False), by=request.auth
        )
        return shape(request, Organisation.objects.get(pk=row.pk))


def sync_one(request: HttpRequest, id: int) -> HttpResponse:
    """Have the rights of an organisation's people looked at again everywhere; nothing else is kept in two places."""
    look_again(organisation=organisations.find(request, id=id), by=request.auth)
    return HttpResponse()


def sync_all(request: HttpRequest) -> HttpResponse:
    """Have everybody's rights looked at again everywhere."""
    if not request.auth.is_superuser:
        raise Forbidden("Only a superuser may do this", code="not_superuser")
    rights_changed()
    return HttpResponse()


for _word in ("sync_data", "sync_fusion"):
    add_operation(router, "POST", f"/organisations/{_word}/", f"organisations_{_word}_create", sync_all, None)
organisations = Resource(
    router=router,
    path="/organisations/",
    name="organisations",
    rows=rows,
    shape=shape,
    out=OrganisationOut,
    body=OrganisationIn,
    search=["name"],
    order={"id": "pk", "name": "name", "display_name": "name"},
    filters={**text("name"), **archived(), **ids(), **number("retention_period"),
             **number("test_field_A", "test_field_a")},
    create=create,
    change=change,
    delete=delete,
    archive=archive,
    unarchive=unarchive,
)  # fmt: skip
for _word in ("sync_data", "sync_fusion"):
    add_operation(
        router, "POST", f"/organisations/{{int:id}}/{_word}/", f"organisations_{_word}_create_2", sync_one, None
    )
add_operation(
    router, "POST", "/organisations/{int:id}/domains/", "organisations_domains_create", new_domain,
    OrganisationOut, extra=body_of(NewDomain),
)  # fmt: skip
# Everybody, for whoever runs the server; it has no closing slash.
add_operation(router, "POST", "/permissions/sync", "permissions_sync_create", sync_all, None)
