"""Whether a document fits the JSON Schema of its channel (pure)."""

import functools

import jsonschema
import orjson
import referencing

from doover_web.common.wire import BadRequest


def check_schema(schema: dict, name: str) -> None:
    """Refuse a schema that is none."""
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as problem:
        raise BadRequest(f"{name} is not a JSON Schema: {problem.message[:200]}", code="bad_schema") from problem


def check_fits(document, schema: dict, what: str) -> None:
    """Refuse a document that does not fit, with the place where it fails."""
    try:
        problem = jsonschema.exceptions.best_match(_validator(orjson.dumps(schema)).iter_errors(document))
    except (referencing.exceptions.Unresolvable, RecursionError) as unusable:
        raise BadRequest(f"The channel's schema cannot be used: {unusable}", code="bad_schema") from unusable
    if problem is not None:
        place = "/".join(str(step) for step in problem.absolute_path) or "the document"
        raise BadRequest(
            f"The {what} does not fit the channel's schema at {place}: {problem.message[:200]}", code="schema_violation"
        )


@functools.lru_cache(maxsize=256)
def _validator(schema: bytes) -> jsonschema.Draft202012Validator:
    # An empty registry: a `$ref` to another host is refused, never fetched.
    return jsonschema.Draft202012Validator(orjson.loads(schema), registry=referencing.Registry())
