"""Answers of the Data API, made from JSON text that the database already holds."""

from typing import Any

from django.http import HttpResponse

from doover_web.common.wire import JSON, NO_CONTENT, dump_json


def answer(content: Any) -> HttpResponse:
    """200 with `content`, which orjson can write (fragments included)."""
    return HttpResponse(dump_json(content), content_type=JSON)


def nothing() -> HttpResponse:
    """200 with `{}`: one client refuses an empty answer (`data-api §3.4`)."""
    return HttpResponse(NO_CONTENT, content_type=JSON)


def body_shape(example: Any) -> dict:
    """The OpenAPI text for a JSON body that is read by `requests`, not by a schema."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}, "example": example}}}}
