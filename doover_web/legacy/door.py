"""What every address of the first generation shares: who calls, both slash forms, what bodies mean."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from doover_web.common.wire import JSON, BadRequest, Forbidden, Unauthorized, dump_json, parse_json
from doover_web.data.requests import MAX_JSON_DEPTH
from doover_web.identity.auth import Caller, caller_of_token, token_of_header

from .translate import NO_JSON, loosely


def caller_for_legacy(request: HttpRequest) -> Caller:
    """The agent behind `Authorization: Token …` (or Bearer). A bad token is 403: on 401 these clients do nothing
    sensible (`legacy-client-api §2`). Cookies count for nothing here."""
    token = token_of_header(request.headers.get("Authorization", ""))
    if not token:
        raise Forbidden("Send Authorization: Token with a token", code="no_credential")
    try:
        return caller_of_token(token)
    except Unauthorized as problem:
        raise Forbidden(problem.message, code=problem.code) from problem


def either_slash(router: Router, methods: list[str], path: str, **options: Any) -> Callable:
    """Serve `path` with and without its closing slash, directly: old clients do not survive a redirect. HEAD is
    answered as GET is, without the body."""

    def register(view: Callable) -> Callable:
        router.api_operation(methods, path + "/", **options)(view)
        router.api_operation(methods, path, include_in_schema=False, **options)(view)
        if "GET" in methods:
            for address in (path + "/", path):
                router.api_operation(["HEAD"], address, include_in_schema=False, **options)(view)
        return view

    return register


def answer(content: Any) -> HttpResponse:
    return HttpResponse(dump_json(content), content_type=JSON)


def bare(text: str) -> HttpResponse:
    """A key as plain text, the answer of old to a publish."""
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def object_of(request: HttpRequest) -> dict:
    """The JSON object of a body; none is `{}`."""
    body = parse_json(request.body, max_depth=MAX_JSON_DEPTH) if request.body else {}
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object", code="not_an_object")
    return body


def message_of(raw: bytes) -> Any:
    """JSON if it is any, else the text itself: the oldest clients posted either (`legacy-client-api §5.4`)."""
    if (document := loosely(raw)) is not NO_JSON:
        return document
    try:
        text = raw.decode()
    except UnicodeDecodeError as problem:
        raise BadRequest("The body is neither JSON nor text in UTF-8", code="bad_body") from problem
    if "\x00" in text:
        raise BadRequest("Text may not hold the character NUL", code="bad_body")
    return text
