"""What the APIs say of themselves: OpenAPI documents, and a page that people can read."""

import copy
import functools
import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from ninja import NinjaAPI

from doover_web.api import control_api, data_api
from doover_web.common.wire import JSON
from doover_web.data.api.schemas import ErrorOut

METHODS = ("get", "post", "put", "patch", "delete")
REFUSALS = {
    "400": "The request cannot be meant",
    "401": "No credential, or one that opens nothing",
    "403": "Seen, but not allowed",
    "404": "Missing, or not to be seen by this caller",
    "413": "Too large",
    "415": "An encoding or a kind of body that is not known",
    "503": "Not now; the same request may work in a moment",
}
ERROR = {"description": "Refused", "content": {JSON: {"schema": {"$ref": "#/components/schemas/ErrorOut"}}}}
SECTION = re.compile(r" \(`[\w-]+ §[^)]*\)")  # where our sources say it; the reader does not have them
INTRODUCTION = (
    "Agents own channels; a channel has messages, its history, and one aggregate, its state. "
    "Ids are decimal strings, times milliseconds since 1970."
)
CONTROL_INTRODUCTION = (
    "Who exists, what may run and what runs where: organisations, people, groups, devices, applications. "
    "Ids are decimal strings; lists come in pages; a PATCH gives what changes."
)


@functools.cache
def data_document() -> dict:
    """The OpenAPI document of the Data API."""
    return _document(data_api, INTRODUCTION)


@functools.cache
def control_document() -> dict:
    """The OpenAPI document of the Control API. Schemas of bodies move to where the others are."""
    document = _document(control_api, CONTROL_INTRODUCTION)
    schemas = document["components"]["schemas"]
    for methods in document["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["schema"] = _moved(content["schema"], schemas)
    return document


def _moved(schema: dict, schemas: dict) -> dict:
    """A reference to a schema that is written out in place; what it defines goes along."""
    schema = copy.deepcopy(schema)
    schemas.update(schema.pop("$defs", {}))
    if "title" not in schema:
        return schema
    schemas[schema["title"]] = schema
    return {"$ref": f"#/components/schemas/{schema['title']}"}


def _document(api: NinjaAPI, introduction: str) -> dict:
    """What django-ninja knows of an API, and what all its operations share."""
    document = json.loads(json.dumps(api.get_openapi_schema()))
    document["info"]["description"] = introduction
    document["servers"] = [{"url": "/"}]
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["ErrorOut"] = ErrorOut.json_schema()
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"bearer": []}]
    for path, methods in document["paths"].items():
        # HEAD and OPTIONS say nothing that GET does not, and would share its name.
        document["paths"][path] = {
            method: _operation(operation) for method, operation in methods.items() if method in METHODS
        }
    return _without_empty_defaults(document)


def _without_empty_defaults(value: Any) -> Any:
    """Schemas without `"default": null`: what may be left out of a PATCH need not take null."""
    if isinstance(value, list):
        return [_without_empty_defaults(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    shown = {key: _without_empty_defaults(inner) for key, inner in value.items()}
    if shown.get("default", ...) is None and {"type", "$ref", "anyOf", "allOf"} & shown.keys():
        del shown["default"]
    return shown


def _operation(operation: dict) -> dict:
    operation = copy.deepcopy(operation)
    operation["description"] = SECTION.sub("", operation.get("description", ""))
    operation["responses"] = {str(status): response for status, response in operation["responses"].items()}
    for status, words in REFUSALS.items():
        operation["responses"].setdefault(status, {**ERROR, "description": words})
    return operation


def data_openapi(request: HttpRequest) -> JsonResponse:
    """The document, for programs."""
    return JsonResponse(data_document())


def control_openapi(request: HttpRequest) -> JsonResponse:
    """The document of the Control API, for programs."""
    return JsonResponse(control_document())


def readable(request: HttpRequest) -> HttpResponse:
    """The same for people: every address by its subject, with what it takes."""
    return render(request, "openapi.html", {"subjects": _subjects(), "refusals": REFUSALS, "about": INTRODUCTION})


@functools.cache
def _subjects() -> list[tuple[str, list[dict]]]:
    by_tag: dict[str, list[dict]] = {}
    for path, methods in data_document()["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation.get("tags", ["other"])[0], []).append(_readable(path, method, operation))
    return list(by_tag.items())


def _readable(path: str, method: str, operation: dict) -> dict:
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    return {
        "method": method.upper(),
        "path": path,
        "words": operation.get("description") or operation.get("summary", ""),
        "parameters": [
            {
                "name": one["name"],
                "where": one["in"],
                "type": _type(one.get("schema", {})),
                "needed": one.get("required"),
            }
            for one in operation.get("parameters", [])
        ],
        "example": json.dumps(body["example"], indent=2, ensure_ascii=False) if "example" in body else "",
    }


def _type(schema: dict) -> str:
    """A parameter's type in a word."""
    if schema.get("type") == "array":
        return f"{_type(schema.get('items', {}))}, repeatable"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"] if one.get("type") != "null")
    return str(schema.get("type", "any"))
