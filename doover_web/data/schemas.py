"""Whether a document fits the JSON Schema of its channel (pure).

Schemas come from users and are judged on the thread that all writers share, so nothing in them may take long: every
keyword looks at the clock, patterns run with a time limit, and uniqueness is found by hashing.
"""

import functools
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import jsonschema
import orjson
import referencing
import regex
from jsonschema import ValidationError

from doover_web.common.wire import BadRequest

T = TypeVar("T")
SECONDS = 0.05  # for one document
REST_SECONDS = 30  # after a document that took too long, its schema is not tried again for so long
LARGEST = 256 * 1024  # bytes of a schema
TOO_SLOW = "{} takes too long to judge a document; make it simpler"
_clock = threading.local()
_resting: dict[bytes, float] = {}


def check_schema(schema: dict, name: str) -> None:
    """Refuse a schema that is none, or that cannot be judged in bounded time."""
    text = orjson.dumps(schema)
    if len(text) > LARGEST:
        raise BadRequest(f"{name} is larger than {LARGEST} bytes", code="bad_schema")
    if b'"unevaluatedProperties"' in text and b'"patternProperties"' in text:
        raise BadRequest(f"{name} may not combine unevaluatedProperties and patternProperties", code="bad_schema")
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as problem:
        raise BadRequest(f"{name} is not a JSON Schema: {problem.message[:200]}", code="bad_schema") from problem


def check_fits(document, schema: dict, what: str) -> None:
    """Refuse a document that does not fit, with the place where it fails."""
    problem = _judged(
        schema, SECONDS, "The channel's schema", lambda errors: jsonschema.exceptions.best_match(errors), document
    )
    if problem is not None:
        place = "/".join(str(step) for step in problem.absolute_path) or "the document"
        raise BadRequest(
            f"The {what} does not fit the channel's schema at {place}: {problem.message[:200]}", code="schema_violation"
        )


def faults(document, schema: dict, *, most: int, seconds: float = SECONDS) -> list[ValidationError]:
    """Up to `most` places where a document does not fit, those inside a choice (`anyOf`, `oneOf`) as one.

    BadRequest when the schema is none or takes longer than `seconds`.
    """
    return _judged(schema, seconds, "The schema", lambda errors: list(itertools.islice(errors, most)), document)


def _judged(schema: dict, seconds: float, name: str, look: Callable[[Iterator], T], document) -> T:
    text = orjson.dumps(schema)
    now = time.monotonic()
    if _resting.get(text, 0) > now:
        raise BadRequest(TOO_SLOW.format(name), code="bad_schema")
    _clock.end = now + seconds
    try:
        return look(_validator(text).iter_errors(document))
    except TimeoutError as slow:
        _rest(text, now)
        raise BadRequest(TOO_SLOW.format(name), code="bad_schema") from slow
    except Exception as unusable:  # whatever a schema that somebody wrote makes the library stumble over
        reason = f"{type(unusable).__name__}: {unusable}"[:200]
        raise BadRequest(f"{name} cannot be used ({reason})", code="bad_schema") from unusable


def _rest(text: bytes, now: float) -> None:
    for known in [known for known, until in _resting.items() if until <= now]:
        del _resting[known]
    _resting[text] = now + REST_SECONDS


@functools.lru_cache(maxsize=256)
def _validator(schema: bytes):
    # An empty registry: a `$ref` to another host is refused, never fetched.
    return _Bounded(orjson.loads(schema), registry=referencing.Registry())


def _left() -> float:
    """Seconds left for this document."""
    left = _clock.end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _timed(keyword):
    def judge(validator, value, instance, schema) -> Iterator[ValidationError]:
        _left()
        yield from keyword(validator, value, instance, schema) or ()

    return judge


def _matches(pattern: str, text: str) -> bool:
    return regex.search(pattern, text, timeout=_left()) is not None


def _pattern(validator, pattern: str, instance: Any, schema: dict) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield ValidationError(f"{instance[:80]!r} does not match {pattern[:80]!r}")


def _pattern_properties(validator, patterns: dict, instance: Any, schema: dict) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for pattern, below in patterns.items():
            for key, value in instance.items():
                if _matches(pattern, key):
                    yield from validator.descend(value, below, path=key, schema_path=pattern)


def _additional_properties(validator, rule: Any, instance: Any, schema: dict) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for key, value in instance.items():
        if key in known or any(_matches(pattern, key) for pattern in patterns):
            continue
        if rule is False:
            yield ValidationError(f"Additional properties are not allowed ({key[:80]!r} was unexpected)")
        else:
            yield from validator.descend(value, rule, path=key)


def _unique_items(validator, wanted: bool, instance: Any, schema: dict) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list):
        seen = {orjson.dumps(item, option=orjson.OPT_SORT_KEYS) for item in instance}
        if len(seen) < len(instance):
            yield ValidationError("The list has items that are alike")


_KEYWORDS = {
    **jsonschema.Draft202012Validator.VALIDATORS,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
_Bounded = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {name: _timed(keyword) for name, keyword in _KEYWORDS.items()}
)
