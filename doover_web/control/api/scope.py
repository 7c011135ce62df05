"""Who calls the Control API, and in which organisation (`control-api §1.1`)."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from doover_web.common.wire import Forbidden
from doover_web.identity.auth import Caller
from doover_web.identity.middleware import caller_for_api
from doover_web.identity.models import Organisation

from .bodies import wrong_field

HEADER = "X-Doover-Organisation"


def caller_for_control(request: HttpRequest) -> Caller:
    """The caller as on the Data API. An organisation that is not there is refused as one that the caller is not in."""
    caller = caller_for_api(request)
    named = request.headers.get(HEADER) and caller.is_superuser
    if named and not Organisation.objects.filter(pk=caller.organisation_id).exists():
        raise Forbidden("You do not belong to this organisation", code="not_a_member")
    return caller


def organisation_of(request: HttpRequest) -> int | None:
    """The organisation that the call is about: the header's, or the only one of the caller's; None for all of them."""
    caller = request.auth
    if request.headers.get(HEADER):
        return caller.organisation_id
    if caller.is_superuser or len(caller.organisations) > 1:
        return None
    return caller.organisation_id


def owned(request: HttpRequest, field: str = "organisation_id") -> Q:
    """Rows of the organisations that the call is about and the caller is a member of, as a filter."""
    one = organisation_of(request)
    if request.auth.is_superuser:
        # Never empty: an empty filter is lost beside another one.
        return Q(pk__isnull=False) if one is None else Q(**{field: one})
    return Q(**{f"{field}__in": [other for other in request.auth.organisations if one in (None, other)]})


def reached(request: HttpRequest, field: str = "organisation_id") -> Q:
    """Rows that hang in a tree: those of `owned`, and what others lend; only the caller's other organisations are
    left out. Whether the caller may see a row at all is for its own filter to say."""
    one = organisation_of(request)
    if request.auth.is_superuser:
        return Q() if one is None else Q(**{field: one})
    return ~Q(**{f"{field}__in": [other for other in request.auth.organisations if one not in (None, other)]})


def organisation_to_write(request: HttpRequest, named: int | None = None) -> Organisation:
    """The organisation that a new thing belongs to: the header's, the only one of the caller's, or what the body names.
    Forbidden when nothing tells."""
    wanted = organisation_of(request)
    if wanted is None:
        wanted = named if named is not None and _may_name(request.auth, named) else None
    if wanted is None:
        raise Forbidden(f"{HEADER} header missing", code="no_organisation")
    if named not in (None, wanted):
        raise wrong_field("organisation_id", f"This is another organisation than {HEADER} names")
    return Organisation.objects.select_related("agent").get(pk=wanted)


def linked(rows: QuerySet, pk: int | None, field: str) -> Any:
    """What an id in a body refers to, among those `rows` that the caller may use."""
    found = rows.filter(pk=pk).first() if pk is not None else None
    if found is None:
        raise wrong_field(field, "There is none with this id that you may use")
    return found


def _may_name(caller: Caller, organisation_id: int) -> bool:
    if caller.is_superuser:
        return Organisation.objects.filter(pk=organisation_id).exists()
    return organisation_id in caller.organisations
