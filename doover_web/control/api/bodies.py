"""A request's body as the fields it gives: JSON, a form or multipart, all the same (`control-api §1.4`)."""

import copy
import functools
from collections.abc import Iterable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from ninja import Schema
from pydantic import ValidationError, create_model

from doover_web.common.wire import BadRequest, TooLarge, check_document, parse_json

from .types import IS_FILE

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def fields_of(request: HttpRequest, schema: type[Schema], *, partial: bool = False) -> dict[str, Any]:
    """What the body gives of `schema`, ids as numbers, unknown and read-only fields left out. `partial`: nothing is
    required. BadRequest says what is wrong with each field."""
    wanted = optional(schema) if partial else schema
    given = {name: value for name, value in raw_fields(request, schema).items() if name in schema.model_fields}
    try:
        known = wanted.model_validate(given)
    except ValidationError as problem:
        raise refusal(problem.errors()) from problem
    return {name: getattr(known, name) for name in given}


@functools.cache
def optional(schema: type[Schema]) -> type[Schema]:
    """The same schema, of which nothing is required: what a PATCH gives."""
    fields: dict[str, Any] = {}
    for name, field in schema.model_fields.items():
        may_lack = copy.copy(field)
        may_lack.default = None
        fields[name] = (field.annotation, may_lack)
    return create_model(schema.__name__.removesuffix("In") + "Patch", __base__=Schema, **fields)


def raw_fields(request: HttpRequest, schema: type[Schema]) -> dict[str, Any]:
    """The body as names and values; none is `{}`. Of a form, texts are what `schema` takes them for."""
    kind = (request.content_type or "").lower()
    if kind == MULTIPART:
        fields, files = _multipart(request)
        return {**_from_form(fields, schema), **{name: files[name] for name in files}}
    if kind == FORM:
        return _from_form(QueryDict(request.body, encoding="utf-8"), schema)
    document = parse_json(request.body, max_depth=settings.MAX_JSON_DEPTH) if request.body.strip() else {}
    if not isinstance(document, dict):
        raise BadRequest("The body must be a JSON object", code="not_an_object")
    return document


def refusal(errors: Iterable[Mapping[str, Any]]) -> BadRequest:
    """What pydantic found wrong, by field (`control-api §1.6`)."""
    by_field: dict[str, list[str]] = {}
    for one in errors:
        words = "This field is required" if one["type"] == "missing" else one["msg"].removeprefix("Value error, ")
        by_field.setdefault(".".join(map(str, one["loc"])) or "non_field_errors", []).append(words)
    return wrong_fields(by_field)


def wrong_fields(by_field: dict[str, list[str]]) -> BadRequest:
    """A refusal that names the fields, and tells about the first of them in words."""
    name, [first, *_] = next(iter(by_field.items()))
    return BadRequest(f"{name}: {first}", code="invalid", errors=by_field)


def wrong_field(name: str, words: str) -> BadRequest:
    return wrong_fields({name: [words]})


def _multipart(request: HttpRequest):
    try:
        return MultiPartParser(request.META, request, request.upload_handlers, "utf-8").parse()
    except RequestDataTooBig as problem:
        raise TooLarge(f"The fields are larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes") from problem
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError, ValueError, LookupError) as problem:
        raise BadRequest(f"The multipart body cannot be read: {problem}", code="bad_multipart") from problem


def _from_form(fields: QueryDict, schema: type[Schema]) -> dict[str, Any]:
    """A form's texts; objects and lists come as JSON text, and a text in a file's place names the one that is kept."""
    found: dict[str, Any] = {}
    for name, field in schema.model_fields.items():
        if name in fields and IS_FILE in field.metadata:
            found |= {} if fields[name] else {name: None}
        elif name in fields:
            texts = fields.getlist(name)
            found[name] = texts[-1] if _is_text(field.annotation) else _document(name, texts, field.annotation)
    check_document(found, max_depth=settings.MAX_JSON_DEPTH)
    return found


def _is_text(annotation: Any) -> bool:
    """Whether a form's text is the value itself: text, numbers, booleans, ids and times."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return all(_is_text(one) for one in get_args(annotation) if one is not NoneType)
    if origin is Annotated:
        return _is_text(get_args(annotation)[0])
    if annotation is Any or origin in (list, dict):
        return False
    return not (isinstance(annotation, type) and issubclass(annotation, Schema))


def _document(name: str, texts: list[str], annotation: Any) -> Any:
    is_list = get_origin(annotation) is list
    if is_list and len(texts) > 1:
        return texts
    try:
        document = parse_json(texts[-1].encode(), max_depth=settings.MAX_JSON_DEPTH) if texts[-1].strip() else None
    except BadRequest as problem:
        raise wrong_field(name, f"This must be JSON text: {problem.message}") from problem
    return [document] if is_list and not isinstance(document, list) else document
