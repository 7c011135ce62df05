"""What every API shares on the wire: refusals and their bodies, JSON in and out, compressed bodies (`data-api §3`)."""

import re
import zlib
from typing import Any

import orjson

JSON = "application/json"
NO_CONTENT = b"{}"
MOST_VALUES = 500_000  # in one document
TEXT_IN_JSON = re.compile(rb'"(?:[^"\\]|\\.)*+"')


class Refused(Exception):
    """A request that is answered with an error. `status` is the HTTP status, `code` a word for programs."""

    status, code = 400, "bad_request"

    def __init__(self, message: str, *, code: str | None = None, errors: Any = None):
        super().__init__(message)
        self.message, self.code, self.errors = message, code or self.code, errors


class BadRequest(Refused):
    pass


class Unauthorized(Refused):
    status, code = 401, "unauthorized"


class Forbidden(Refused):
    status, code = 403, "forbidden"


class NotFound(Refused):
    status, code = 404, "not_found"


class Conflict(Refused):
    status, code = 409, "conflict"


class TooLarge(Refused):
    status, code = 413, "too_large"


class Unsupported(Refused):
    status, code = 415, "unsupported"


class TooMany(Refused):
    """This caller asked for too much in too little time."""

    status, code = 429, "too_many"


class Busy(Refused):
    """The server cannot take this now; the same call may work in a moment."""

    status, code = 503, "busy"


def error_body(message: str, code: str, errors: Any = None) -> bytes:
    """The one error shape of every API: `message` and `detail` alike, a `code`, and `errors` by field if any."""
    body = {"message": message, "detail": message, "code": code}
    if errors is not None:
        body["errors"] = errors
    return orjson.dumps(body)


def refusal_body(refusal: Refused) -> bytes:
    return error_body(refusal.message, refusal.code, refusal.errors)


def inflate(raw: bytes, encoding: str, limit: int) -> bytes:
    """The body behind a `Content-Encoding`; unpacking stops at `limit` bytes, so a bomb costs no more than that."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        if len(raw) > limit:
            raise TooLarge(f"The body is larger than {limit} bytes")
        return raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Unsupported(f"Content-Encoding {encoding[:40]!r} is not understood; send gzip or no encoding")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        body = unpacker.decompress(raw, limit + 1)
        if len(body) > limit:
            raise TooLarge(f"The body is larger than {limit} bytes once unpacked")
        if not unpacker.eof:
            raise BadRequest("The compressed body ends too early", code="bad_encoding")
        if unpacker.unused_data:
            raise BadRequest("Something follows the compressed body", code="bad_encoding")
    except zlib.error as problem:
        raise BadRequest(f"The body is not valid {encoding}", code="bad_encoding") from problem
    return body


def parse_json(body: bytes, *, max_depth: int) -> Any:
    """A JSON document that the database can hold; BadRequest otherwise.

    Refused are NaN and Infinity, NUL characters, half surrogates, numbers out of range and nesting beyond `max_depth`.
    """
    document = load_json(body)
    check_document(document, max_depth=max_depth, raw=body)
    return document


def load_json(body: bytes) -> Any:
    """A JSON document; whoever keeps a part of it runs `check_document` on that part first."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_VALUES:
        _refuse_many_values(body)
    try:
        return orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as problem:
        raise BadRequest(f"The body is not valid JSON: {problem}", code="bad_json") from problem


def _refuse_many_values(body: bytes) -> None:
    """Ten megabytes of `[],` would become half a gigabyte of lists. Punctuation inside text does not count."""
    bare = TEXT_IN_JSON.sub(b"", body)
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") > MOST_VALUES:
        raise TooLarge(f"The document holds more than {MOST_VALUES} values")


def check_document(document: Any, *, max_depth: int, raw: bytes | None = None) -> None:
    """Refuse what `parse_json` refuses, in a document that is already parsed. `raw` is its text, when at hand."""
    if raw is not None and b"\\u0000" not in raw and raw.count(b"{") + raw.count(b"[") <= max_depth:
        return
    level: list[Any] = [document]
    for _ in range(max_depth + 1):
        below: list[Any] = []
        for value in level:
            if isinstance(value, str):
                _refuse_nul(value)
            elif isinstance(value, dict):
                for key in value:
                    _refuse_nul(key)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        if not below:
            return
        level = below
    raise BadRequest(f"The document is nested deeper than {max_depth} levels", code="too_deep")


def _refuse_nul(text: str) -> None:
    if "\x00" in text:
        raise BadRequest("Text may not hold the character \\u0000", code="bad_json")


def dump_json(document: Any) -> bytes:
    """Compact JSON, key order kept."""
    return orjson.dumps(document)


def flag(query, name: str) -> bool:
    """A boolean of a query string; the clients write `true` and leave it out otherwise."""
    return query.get(name, "").lower() in ("true", "1")
