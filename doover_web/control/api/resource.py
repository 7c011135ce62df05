"""The operations that every resource has, declared from its rows, shapes and verbs (`control-api §1`).

    groups = Resource(
        router, "/groups/", "groups", rows=rows, shape=shape, out=Group, body=GroupIn,
        search=["name"], order={"name": "name"}, filters={**text("name"), **archived()},
        create=create, change=change, delete=delete, archive=archive, unarchive=unarchive,
    )

An operation is there when what it needs is given. `docs/protocol/control-api.md` says more.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Schema, Status

from doover_web.common.wire import Forbidden, NotFound

from .bodies import FORM, MULTIPART, fields_of, optional
from .listing import Filter, Page, chosen, ordered, page_of, searched
from .types import PathId

JSON = "application/json"
NAMES = re.compile(r"{(?:(\w+):)?(\w+)}")
PAGING = {"page": "integer", "per_page": "integer", "search": "string", "ordering": "string"}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource. Every function takes the request first; `rows` and `create` take the path's ids by name as well,
    the others a row."""

    router: Router
    path: str
    name: str
    # What the caller may see; what is not among these is a 404.
    rows: Callable[..., QuerySet]
    shape: Callable[[HttpRequest, Any], dict]
    out: type[Schema]
    # Where a list shows less than a single one.
    row_shape: Callable[[HttpRequest, Any], dict] | None = None
    row_out: type[Schema] | None = None
    body: type[Schema] | None = None
    search: Sequence[str] = ()
    order: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, Filter] = field(default_factory=dict)
    key: str = "{int:id}"
    # What finds a row by the last name of its path.
    find_by: Callable[[Any], dict[str, Any]] = lambda value: {"pk": value}
    without: Sequence[str] = ()  # of "list", "retrieve", "update", "partial_update"
    create: Callable[..., Any] | None = None
    change: Callable[[HttpRequest, Any, dict], Any] | None = None
    delete: Callable[[HttpRequest, Any], None] | None = None
    archive: Callable[[HttpRequest, Any], Any] | None = None
    unarchive: Callable[[HttpRequest, Any], Any] | None = None

    def __post_init__(self):
        self._add("GET", "list", self._list, Page[self.row_out or self.out], extra=self._query())  # type: ignore[misc]
        self._add("GET", "retrieve", self._retrieve, self.out, item=True)
        if self.create:
            self._add("POST", "create", self._create, {201: self.out}, extra=body_of(self.body))
        if self.change and self.body:
            self._add("PUT", "update", self._update, self.out, item=True, extra=body_of(self.body))
            patch = body_of(optional(self.body), required=False)
            self._add("PATCH", "partial_update", self._partial_update, self.out, item=True, extra=patch)
        if self.delete:
            self._add("DELETE", "destroy", self._destroy, {204: None}, item=True)
        for verb in ("archive", "unarchive"):
            if getattr(self, verb):
                self.action(verb, getattr(self, verb))

    def action(self, verb: str, do: Callable[[HttpRequest, Any], Any], method: str = "POST") -> None:
        """`POST …/{id}/<verb>/`: finds, does, answers with what `do` gives back. A body counts for nothing."""

        def act(request: HttpRequest, **path: Any) -> dict:
            with transaction.atomic():
                return self.shape(request, do(request, self.find(request, **path)))

        name = f"{verb}_create" if method == "POST" else f"{verb}_retrieve"
        self._add(method, name, act, self.out, item=True, tail=f"{verb}/", words=do.__doc__)

    def find(self, request: HttpRequest, **path: Any) -> Any:
        """The row that a path names. NotFound when the caller may not see it, Forbidden when it is one of
        several and only the organisation would tell which."""
        own = NAMES.findall(self.key)[-1][1]
        value = path.pop(own)
        found = list(self.rows(request, **path).filter(**self.find_by(value))[:2])
        if not found:
            raise NotFound("There is no such thing here")
        if len(found) > 1:
            raise Forbidden("X-Doover-Organisation header missing", code="no_organisation")
        return found[0]

    def _list(self, request: HttpRequest, **path: Any) -> dict:
        rows = chosen(self.rows(request, **path), request, self.filters)
        rows = ordered(searched(rows, request, self.search), request, self.order)
        shape = self.row_shape or self.shape
        return page_of(rows, request, lambda row: shape(request, row))

    def _retrieve(self, request: HttpRequest, **path: Any) -> dict:
        return self.shape(request, self.find(request, **path))

    def _create(self, request: HttpRequest, **path: Any) -> Status:
        given = fields_of(request, self.body) if self.body else {}
        with transaction.atomic():
            made = self.create(request, given, **path)  # type: ignore[misc]
            return Status(201, self.shape(request, made))

    def _update(self, request: HttpRequest, **path: Any) -> dict:
        return self._changed(request, path, partial=False)

    def _partial_update(self, request: HttpRequest, **path: Any) -> dict:
        return self._changed(request, path, partial=True)

    def _changed(self, request: HttpRequest, path: dict, *, partial: bool) -> dict:
        row = self.find(request, **path)
        given = fields_of(request, self.body, partial=partial)  # type: ignore[arg-type]
        with transaction.atomic():
            return self.shape(request, self.change(request, row, given))  # type: ignore[misc]

    def _destroy(self, request: HttpRequest, **path: Any) -> HttpResponse:
        with transaction.atomic():
            self.delete(request, self.find(request, **path))  # type: ignore[misc]
        return HttpResponse(status=204)

    def _add(self, method, name, view, response, *, item=False, tail="", extra=None, words=None) -> None:
        if name not in self.without:
            path = self.path + (f"{self.key}/{tail}" if item else tail)
            operation = f"{self.name}_{name}"
            add_operation(self.router, method, path, operation, view, response, extra=extra, words=words)

    def _query(self) -> dict:
        names = {**PAGING, **dict.fromkeys(self.filters, "string")}
        return {"parameters": [query_of(name, kind) for name, kind in names.items()]}


def add_operation(
    router: Router,
    method: str,
    path: str,
    name: str,
    view: Callable,
    response: Any,
    *,
    extra=None,
    words: str | None = None,
    auth: Any = ...,
) -> None:
    """Have `view` answer at `path`, whose ids it takes by name. For what a Resource does not say of itself."""

    def answer(request: HttpRequest, **values: Any) -> Any:
        return view(request, **values)

    kinds = [(name, PathId if kind == "int" else str, Path(...)) for kind, name in NAMES.findall(path)]
    answer._ninja_contribute_args = kinds  # type: ignore[attr-defined]
    options = {} if auth is ... else {"auth": auth}
    router.add_api_operation(
        path, [method], answer, response=response, operation_id=name.replace("/", "_"),
        summary=name.replace("_", " "), description=words or view.__doc__ or "", openapi_extra=extra, **options,
    )  # fmt: skip


def body_of(schema: type[Schema] | None, *, required: bool = True) -> dict | None:
    """The OpenAPI text of a body: JSON, a form or multipart."""
    if schema is None:
        return None
    shape = {"schema": schema.model_json_schema(ref_template="#/components/schemas/{model}")}
    return {"requestBody": {"required": required, "content": {JSON: shape, FORM: shape, MULTIPART: shape}}}


def query_of(name: str, kind: str = "string") -> dict:
    """The OpenAPI text of a parameter of the query."""
    return {"in": "query", "name": name, "required": False, "schema": {"type": kind}}
