"""The filters that lists offer, by the kind of field (`control-api §1.3`). Each gives names of the query and what they
narrow to."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import HttpRequest

from doover_web.common.snowflake import ID_MAX, ID_MIN

from .bodies import wrong_field
from .listing import Filter

TRUE, FALSE = ("true", "1"), ("false", "0")


def text(name: str, field: str = "") -> dict[str, Filter]:
    """Exactly, or holding a text in this or any case."""
    field = field or name
    return {
        name: _by(field),
        f"{name}__contains": _by(f"{field}__contains"),
        f"{name}__icontains": _by(f"{field}__icontains"),
    }


def choice(name: str, values: Iterable[str], field: str = "") -> dict[str, Filter]:
    """One of a few words."""
    known = tuple(values)

    def narrow(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
        if value not in known:
            raise wrong_field(name, f"Choose one of {', '.join(known)}")
        return rows.filter(**{field or name: value})

    return {name: narrow}


def number(name: str, field: str = "") -> dict[str, Filter]:
    """Exactly, or above or below."""
    field = field or name
    return {name: _by(field, whole)} | {
        f"{name}__{word}": _by(f"{field}__{word}", whole) for word in ("gt", "gte", "lt", "lte")
    }


def link(name: str, field: str = "", *, nullable: bool = False) -> dict[str, Filter]:
    """By the id of what the row refers to; `nullable` adds `…__isnull`."""
    field = field or f"{name}_id"
    found: dict[str, Filter] = {name: _by(field, whole)}
    if nullable:
        found[f"{name}__isnull"] = _by(f"{field}__isnull", boolean)
    return found


def flag(name: str, field: str = "") -> dict[str, Filter]:
    return {name: _by(field or name, boolean)}


def archived(field: str = "archived_at") -> dict[str, Filter]:
    """Whether it is archived, kept as the moment when it was."""

    def narrow(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
        return rows.filter(**{f"{field}__isnull": not boolean("archived", value)})

    return {"archived": narrow}


def ids(name: str = "id", field: str = "pk") -> dict[str, Filter]:
    """Any of many ids, separated by commas or repeated."""

    def narrow(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
        texts = ",".join(request.GET.getlist(name)).split(",")
        return rows.filter(**{f"{field}__in": [whole(name, one) for one in texts if one]})

    return {name: narrow}


def boolean(name: str, value: str) -> bool:
    if value.lower() not in TRUE + FALSE:
        raise wrong_field(name, "This is true or false")
    return value.lower() in TRUE


def whole(name: str, value: str) -> int:
    bare = value.removeprefix("-")
    if not (bare.isascii() and bare.isdigit() and len(bare) <= 19 and ID_MIN <= int(value) <= ID_MAX):
        raise wrong_field(name, "This is a whole number")
    return int(value)


def _by(lookup: str, read=None) -> Filter:
    def narrow(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
        name = lookup.removesuffix("_id")
        return rows.filter(**{lookup: read(name, value) if read else value})

    return narrow
