"""What an install runs with: defaults ← template ← profiles ← its own settings, then judged (pure, `control-api §5.2`).

Objects merge, anything else is replaced, and null takes back what a lower layer gave, as in every document of the
server. Schemas come from users, so filling and judging are bounded in depth, in places and in time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from doover_web.common.mergepatch import merge
from doover_web.common.wire import BadRequest
from doover_web.data import schemas

from .blocks import as_dict, without_platform_keys

DEEPEST = 32  # objects within objects
MOST_PLACES = 20_000  # of a schema and of what it describes
LARGEST = 1024 * 1024  # bytes of a configuration
MOST_ISSUES = 50
SECONDS = 1.0
LLM_KEY = "dv-llm-api-key"
VARIABLE = re.compile(r"\$(device|type|group|organisation)\.([A-Za-z_][\w-]{0,99}(?:\.[\w-]{1,100}){0,8})")

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong at one setting; `is_missing` when it only was not given yet, which saving allows."""

    place: Place
    message: str
    is_missing: bool = False

    @property
    def path(self) -> str:
        return ".".join(str(step) for step in self.place)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A configuration and what is wrong with it."""

    config: dict
    issues: list[Issue] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        return not self.issues


class Budget:
    """How much more of a schema may be looked at."""

    def __init__(self, places: int = MOST_PLACES):
        self.left = places

    def spend(self, depth: int) -> None:
        self.left -= 1
        if self.left < 0 or depth > DEEPEST:
            raise BadRequest("The application's config_schema is too large or too deep to fill in", code="bad_schema")


def check_config_schema(schema: dict) -> None:
    """Refuse a schema that is none, or too much to fill in and judge."""
    schemas.check_schema(schema, "config_schema")
    fill(schema, {})


def resolve(
    schema: dict, layers: Iterable[Mapping], known: Mapping[str, Any] | None = None, *, llm_key: str = ""
) -> Resolved:
    """The configuration that `layers` make over the defaults of `schema`, later ones winning, and its issues.

    `known` is what `$device.…`, `$type.…`, `$group.…` and `$organisation.…` stand for; `llm_key` goes where the schema
    asks for the organisation's key.
    """
    given = merge_layers(layers)
    if len(orjson.dumps(given)) > LARGEST:
        return Resolved({}, [Issue((), f"The configuration is larger than {LARGEST} bytes")])
    try:
        config, unknown = substitute(fill(schema, given), known or {})
        if llm_key and (LLM_KEY in config or LLM_KEY in as_dict(schema.get("properties"))):
            config[LLM_KEY] = llm_key
        return Resolved(config, _explained(issues_of(schema, config), unknown))
    except BadRequest as problem:
        return Resolved(given, [Issue((), problem.message)])


def merge_layers(layers: Iterable[Mapping]) -> dict:
    """Configurations on top of one another. What is no object counts as empty."""
    merged: dict = {}
    for layer in layers:
        if isinstance(layer, Mapping):
            merged = merge(merged, dict(layer))
    return merged


def fill(schema: dict, given: dict) -> dict:
    """`given` over the defaults of `schema`, with those of the conditional parts that apply."""
    return _filled(schema, given, schema, Budget(), 0)


def issues_of(schema: dict, config: dict) -> list[Issue]:
    """Everything wrong with a configuration, at the setting where it is wrong; empty when it fits."""
    if not schema:
        return []
    faults = schemas.faults(config, schema, most=MOST_ISSUES, seconds=SECONDS)
    return list(dict.fromkeys(issue for fault in faults for issue in _issues(fault)))


def errors_of(issues: Iterable[Issue]) -> dict[str, list[str]]:
    """Issues in the shape of the wire: texts by dotted path, `non_field_errors` for the whole."""
    errors: dict[str, list[str]] = {}
    for issue in issues:
        errors.setdefault(issue.path or "non_field_errors", []).append(issue.message)
    return errors


def synced(overrides: Mapping | None, wanted: Mapping, deployed: Mapping | None) -> str:
    """`OV` when the install has settings of its own, `NO` when the merge is not what was deployed last, else `OK`."""
    if overrides:
        return "OV"
    return "OK" if deployed is not None and _same(without_platform_keys(deployed), wanted) else "NO"


def _same(one: Mapping, other: Mapping) -> bool:
    """Alike as JSON, where 1 is not true."""
    first, second = (orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in (one, other))
    return first == second


# Defaults.


def _filled(schema: Any, given: Any, root: dict, budget: Budget, depth: int) -> Any:
    budget.spend(depth)
    schema = _referred(schema, root, budget, depth)
    if isinstance(given, list) and isinstance(schema.get("items"), dict):
        return [_filled(schema["items"], item, root, budget, depth + 1) for item in given]
    if not isinstance(given, dict):
        return given
    filled = _with_properties(schema, given, root, budget, depth)
    for part in _branches(schema, filled):
        filled = _filled(part, filled, root, budget, depth + 1)
    return filled


def _with_properties(schema: dict, given: dict, root: dict, budget: Budget, depth: int) -> dict:
    filled = {}
    for name, below in as_dict(schema.get("properties")).items():
        if name in given:
            filled[name] = _filled(below, given[name], root, budget, depth + 1)
        elif (value := _default(below, name in _names(schema.get("required")), root, budget, depth + 1)) is not None:
            filled[name] = value
    return {**filled, **{name: value for name, value in given.items() if name not in filled}}


def _default(schema: Any, is_required: bool, root: dict, budget: Budget, depth: int) -> Any:
    """What stands where nothing is given; None for nothing. An object that may be left out is only made when whole."""
    budget.spend(depth)
    schema = _referred(schema, root, budget, depth)
    value = schema.get("default")
    if value is not None:
        return _filled(schema, value, root, budget, depth) if isinstance(value, dict | list) else value
    if schema.get("type") != "object":
        return None
    made = _filled(schema, {}, root, budget, depth + 1)
    is_whole = all(name in made for name in _names(schema.get("required")))
    return made if made and (is_required or is_whole) else None


def _referred(schema: Any, root: dict, budget: Budget, depth: int) -> dict:
    """The schema behind a `$ref` into the same document."""
    while isinstance(schema, dict) and isinstance(target := schema.get("$ref"), str) and target[:2] in ("#", "#/"):
        budget.spend(depth)
        found: Any = root
        for step in target[1:].split("/")[1:]:
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        schema = {**as_dict(found), **{key: value for key, value in schema.items() if key != "$ref"}}
    return as_dict(schema)


def _branches(schema: dict, document: dict) -> Iterator[dict]:
    """The conditional parts (`if`/`then`/`else`) that apply to `document`."""
    parts = schema.get("allOf")
    for part in [schema, *(parts if isinstance(parts, list) else [])]:
        if not isinstance(part, dict):
            continue
        if isinstance(part.get("if"), dict):
            yield as_dict(part.get("else" if schemas.faults(document, part["if"], most=1) else "then"))
        elif part is not schema:
            yield part


def _names(value: Any) -> list:
    return value if isinstance(value, list) else []


# Variables.


def substitute(config: dict, known: Mapping[str, Any]) -> tuple[dict, dict[Place, str]]:
    """`config` with every text that is a variable replaced, and the places of those nothing is known of, left out."""
    unknown: dict[Place, str] = {}
    return _substituted(config, known, (), unknown), unknown


_GONE = object()


def _substituted(value: Any, known: Mapping[str, Any], place: Place, unknown: dict[Place, str]) -> Any:
    if isinstance(value, dict):
        pairs = ((key, _substituted(inner, known, (*place, key), unknown)) for key, inner in value.items())
        return {key: inner for key, inner in pairs if inner is not _GONE}
    if isinstance(value, list):
        items = [_substituted(inner, known, (*place, index), unknown) for index, inner in enumerate(value)]
        return [item for item in items if item is not _GONE]
    if isinstance(value, str) and (match := VARIABLE.fullmatch(value)):
        found: Any = known.get(match[1])
        for step in match[2].split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        if found is None:
            unknown[place] = value
            return _GONE
        return found
    return value


# Issues.


def _issues(fault: Any) -> Iterator[Issue]:
    place = tuple(fault.absolute_path)
    if fault.validator == "required" and isinstance(fault.instance, dict):
        for name in fault.validator_value:
            if name not in fault.instance:
                yield Issue((*place, name), "This setting is required", is_missing=True)
    else:
        yield Issue(place, fault.message[:300])


def _explained(issues: list[Issue], unknown: Mapping[Place, str]) -> list[Issue]:
    """Issues with the variable named where one stood for a setting that is missing now."""
    return [
        Issue(one.place, f"This setting is {unknown[one.place]}, of which nothing is known here", is_missing=True)
        if one.place in unknown
        else one
        for one in issues
    ]
