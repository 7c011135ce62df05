"""Lists: pages, search, order and filters, one rule for every resource (`control-api §1.3`)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Schema

from doover_web.common.wire import NotFound

from .types import Link

PER_PAGE = 100  # also the most
LAST_PAGE = 1_000_000
Row = TypeVar("Row")


class Page(Schema, Generic[Row]):
    """One page of a list."""

    count: int
    next: Link | None
    previous: Link | None
    results: list[Row]


# Takes the rows, the text of the query and the request; gives the rows that remain.
Filter = Callable[[QuerySet, str, HttpRequest], QuerySet]


def chosen(rows: QuerySet, request: HttpRequest, filters: Mapping[str, Filter]) -> QuerySet:
    """The rows that the query's filters leave. An empty value is no filter."""
    for name, narrow in filters.items():
        for value in request.GET.getlist(name):
            if value:
                rows = narrow(rows, value, request) if "\x00" not in value else rows.none()
    return rows


def searched(rows: QuerySet, request: HttpRequest, fields: Iterable[str]) -> QuerySet:
    """The rows in one of whose naming fields the word is, in any case."""
    word = request.GET.get("search", "").replace("\x00", "").strip()
    if not word or not fields:
        return rows
    found = Q()
    for field in fields:
        found |= Q(**{f"{field}__icontains": word})
    return rows.filter(found)


def ordered(rows: QuerySet, request: HttpRequest, order: Mapping[str, str]) -> QuerySet:
    """The rows by the fields that `ordering` names, `-` before one for descending; unknown names count for nothing."""
    by = []
    for name in request.GET.get("ordering", "").split(",")[:10]:
        minus, bare = ("-", name.strip()[1:]) if name.strip().startswith("-") else ("", name.strip())
        if bare in order:
            by.append(minus + order[bare])
    return rows.order_by(*by, "pk")


def page_of(rows: QuerySet, request: HttpRequest, shape: Callable[[Any], dict]) -> dict:
    """The page that the query asks for. NotFound past the end."""
    per_page = min(_whole(request.GET.get("per_page", "")) or PER_PAGE, PER_PAGE)
    asked = request.GET.get("page", "")
    number = _whole(asked) or (1 if asked in ("", "0") else None)
    count = rows.count()
    last = max(1, -(-count // per_page))
    if number is None or number > last:
        raise NotFound("Invalid page.", code="invalid_page")
    start = (number - 1) * per_page
    return {
        "count": count,
        "next": _address(request, number + 1) if number < last else None,
        "previous": _address(request, number - 1) if number > 1 else None,
        "results": [shape(one) for one in rows[start : start + per_page]],
    }


def _address(request: HttpRequest, number: int) -> str:
    """The absolute address of another page; the other parameters stay."""
    query = request.GET.copy()
    query["page"] = str(number)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) else None
