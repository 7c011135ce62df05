"""What organisations used, by day (our own): the figures that bills are made of."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router, Schema

from doover_web.control.api.bodies import wrong_field
from doover_web.control.api.filters import link
from doover_web.control.api.listing import Filter, chosen
from doover_web.control.api.resource import Resource
from doover_web.control.api.scope import owned
from doover_web.control.api.shapes import name_ref
from doover_web.control.api.types import AnyJson
from doover_web.pages.export import csv_response

from ..models import UsageDay
from ..usage import FIELDS

router = Router(tags=["usage"])
MOST_ROWS = 100_000


class UsageOut(Schema):
    organisation: AnyJson
    day: date
    devices: int
    messages: int
    bytes: int
    attachments: int
    attachment_bytes: int
    function_runs: int
    measured_at: datetime


def rows(request: HttpRequest) -> QuerySet[UsageDay]:
    """The days of the organisations whose bills the caller looks after."""
    return UsageDay.objects.visible_to(request.auth).filter(owned(request)).select_related("organisation")


def shape(request: HttpRequest, row: UsageDay) -> dict:
    figures = {name: getattr(row, name) for name in FIELDS}
    return {"organisation": name_ref(row.organisation), "day": row.day, **figures, "measured_at": row.measured_at}


def _since(lookup: str) -> Filter:
    def narrow(found: QuerySet, value: str, request: HttpRequest) -> QuerySet:
        try:
            return found.filter(**{lookup: date.fromisoformat(value)})
        except ValueError as problem:
            raise wrong_field(lookup, "This is a day, written as 2026-01-31") from problem

    return narrow


FILTERS = {"day__gte": _since("day__gte"), "day__lte": _since("day__lte"), **link("organisation")}


@router.get("/organisations/usage/csv/", operation_id="organisations_usage_csv", response={200: None})
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same as a CSV file, the oldest day first."""
    found = chosen(rows(request), request, FILTERS).order_by("day", "organisation_id")[:MOST_ROWS]
    return csv_response(request, "usage", ["organisation_id", "organisation", "day", *FIELDS], _lines(found))


def _lines(found: QuerySet[UsageDay]) -> Iterator[list]:
    for row in found.iterator(chunk_size=1000):
        yield [row.organisation_id, row.organisation.name, row.day, *(getattr(row, name) for name in FIELDS)]


usage = Resource(
    router=router,
    path="/organisations/usage/",
    name="organisations_usage",
    rows=rows,
    shape=shape,
    out=UsageOut,
    order={"day": "day"},
    filters=FILTERS,
    without=["retrieve"],
)
