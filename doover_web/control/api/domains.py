"""Host names of organisations' sites; they are made at `/organisations/{id}/domains/` (`control-api §3.15`)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router

from ..actions.domain import edit_domain, remove_domain
from ..models import Domain
from ._generated import OrganisationDomain, OrganisationDomainIn
from .organisation_shapes import domain
from .resource import Resource
from .scope import owned

router = Router(tags=["organisations"])


def rows(request: HttpRequest) -> QuerySet[Domain]:
    return Domain.objects.filter(owned(request)).select_related("organisation")


def shape(request: HttpRequest, row: Domain) -> dict:
    return domain(row)


def change(request: HttpRequest, row: Domain, given: dict) -> Domain:
    hostname, is_default = given.get("hostname", row.hostname), given.get("default", row.is_default)
    return edit_domain(domain=row, hostname=hostname, is_default=is_default, by=request.auth)


def delete(request: HttpRequest, row: Domain) -> None:
    remove_domain(domain=row, by=request.auth)


domains = Resource(
    router=router,
    path="/organisations/domains/",
    name="organisations_domains",
    rows=rows,
    shape=shape,
    out=OrganisationDomain,
    body=OrganisationDomainIn,
    search=["hostname"],
    order={"id": "pk", "hostname": "hostname", "name": "hostname", "display_name": "hostname", "default": "is_default"},
    without=["update"],
    change=change,
    delete=delete,
)
