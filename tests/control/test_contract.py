"""The OpenAPI document against the specification, operation by operation and field by field.

`tests/fixtures/control-openapi.yaml` is the specification. What of its tiers 1 and 2 is not there yet stands in
`missing.py`; tier 3 (billing, assistant, analytics) is not part of this server, and answers 404.
"""

import functools
import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from doover_web.openapi import METHODS, control_document

from .missing import MISSING

TIER_3 = re.compile(r"/(organisations/billing|billing|assistant|analytics|manifest\.webmanifest|pwa_\w+)(/|$)")
# Ours beside the specification: (operation, field).
MORE = {("GET /users/me/", "name"), ("GET /agents/", "organisations"), ("GET /agents/", "users")}
# Declared there with the body of an organisation, where clients send a domain (`control-api §3.3`).
OTHER_BODY = {"POST /organisations/{}/domains/"}
# Every list has the same page; that of reports is declared without the format. A report outlives its generator.
MORE |= {
    ("GET /reports/", ".next has format uri, not None"),
    ("GET /reports/", ".previous has format uri, not None"),
    ("GET /reports/{}/", ".report_generator is object, null True, not object, null False"),
}
# Project files of today no longer say where the image is, so the command line leaves it out (`control-api §7`).
MORE |= {
    (name, " requires ['container_registry_profile_id'] otherwise")
    for name in ("POST /applications/", "PUT /applications/{}/")
}
# Of applications, what newer clients send besides (`control-api §8`); the tags of devices, which are ours; and where
# there may be nothing: the owner of a core application, the type of a device that was made before there were types.
OURS = re.compile(
    r"(?:.*\.)?(?:notification_schema|publisher_id|tags)|icon|banner|\.fixed_location requires .*"
    r"|(?:.*\.)?application\.organisation is object, null True.*"
    r"|\.(?:results\[\]\.)?(?:device\.|(?:all_)?devices\[\]\.)?(?:organisation|type) is object, null True.*"
)
FLEET = re.compile(
    r"\w+ /(?:applications|devices|solutions|solution_installs|app_installs|integrations|reports"
    r"|organisations/sharing_profiles)/"
)


@functools.cache
def specification() -> dict:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((Path(settings.BASE_DIR) / "tests/fixtures/control-openapi.yaml").read_text(), loader)


def operations(document: dict) -> dict[str, dict]:
    """By method and path, names in paths left out."""
    return {
        f"{method.upper()} {re.sub('{[^}]*}', '{}', path)}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


WANTED = {name: one for name, one in operations(specification()).items() if not TIER_3.match(name.partition(" ")[2])}
PRESENT = sorted(set(WANTED) & set(operations(control_document())))


def test_what_is_missing_is_listed():
    missing = set(WANTED) - set(operations(control_document()))

    assert sorted(missing - set(MISSING)) == [], "an operation went away"
    assert sorted(set(MISSING) - missing) == [], "these are there now: take them out of tests/control/missing.py"


def test_tier_3_is_not_pretended(api, alice):
    told = [name for name in operations(specification()) if TIER_3.match(name.partition(" ")[2])]
    open_to_all = re.compile(r"GET /(manifest|pwa_)")

    assert len(told) == 85
    for name in (one for one in told if not open_to_all.match(one)):
        method, _, path = name.partition(" ")
        assert getattr(api(alice), method.lower())(path.replace("{}", "5")).status_code == 404, name


@pytest.mark.parametrize("name", PRESENT)
def test_it_is_what_the_specification_says(name):
    spec, own = WANTED[name], operations(control_document())[name]
    told = [*_queries(spec, own), *([] if name in OTHER_BODY else _bodies(spec, own)), *_answers(spec, own)]

    assert [one for one in told if (name, one) not in MORE and not (FLEET.match(name) and OURS.fullmatch(one))] == []


def _queries(spec: dict, own: dict):
    names = [{one["name"] for one in of.get("parameters", ()) if one["in"] == "query"} for of in (spec, own)]
    yield from (f"the query's {name} is missing" for name in sorted(names[0] - names[1]))


def _bodies(spec: dict, own: dict):
    wanted, there = (of.get("requestBody", {}).get("content", {}) for of in (spec, own))
    for kind, content in wanted.items():
        if "schema" not in content or not content["schema"]:
            continue
        if kind not in there:
            if not _is_whole_row(spec, content["schema"]):
                yield f"no body as {kind}"
            continue
        wanted_fields, own_fields = _fields(content, specification()), _fields(there[kind], control_document())
        yield from _compared(wanted_fields, own_fields, "", written=True)


def _is_whole_row(spec: dict, schema: dict) -> bool:
    """Actions are specified with the whole resource as their body, which counts for nothing."""
    return spec["operationId"].endswith(("_create", "_create_2")) and "201" not in spec["responses"]


def _answers(spec: dict, own: dict):
    for status in ("200", "201", "204"):
        wanted = spec["responses"].get(status)
        if wanted is None:
            continue
        if status not in own["responses"]:
            yield f"no answer {status}"
            continue
        for kind, content in wanted.get("content", {}).items():
            there = own["responses"][status].get("content", {}).get(kind)
            if content.get("schema") and there is None:
                yield f"no {status} as {kind}"
            elif content.get("schema"):
                wanted_fields, own_fields = _fields(content, specification()), _fields(there, control_document())
                yield from _compared(wanted_fields, own_fields, "", written=False)


def _fields(content: dict, document: dict):
    return functools.partial(_looked_up, content["schema"], document)


def _looked_up(schema: dict, document: dict) -> tuple[dict, bool, dict]:
    """A schema without references, whether null is allowed, and where its own references lead."""
    nullable = bool(schema.get("nullable"))
    while True:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif "allOf" in schema:
            [schema] = schema["allOf"]
        elif "anyOf" in schema:
            nullable = nullable or any(one.get("type") == "null" for one in schema["anyOf"])
            [schema] = [one for one in schema["anyOf"] if one.get("type") != "null"]
        elif isinstance(schema.get("type"), list):
            nullable = nullable or "null" in schema["type"]
            schema = {**schema, "type": next(one for one in schema["type"] if one != "null")}
        else:
            return schema, nullable or bool(schema.get("nullable")), document


def _compared(wanted, own, place: str, *, written: bool, depth: int = 0):
    """What differs between two schemas, by the place of the field."""
    (spec, spec_null, spec_document), (ours, our_null, our_document) = wanted(), own()
    kind = spec.get("type")
    if kind is None or depth > 6:  # any JSON
        return
    if kind != ours.get("type") or (spec_null and not our_null) or (our_null and not spec_null and not written):
        yield f"{place} is {ours.get('type')}, null {our_null}, not {kind}, null {spec_null}"
        return
    # An enumeration needs no length.
    for word in ("format", "enum", *(("maxLength",) if written and "enum" not in spec else ())):
        values = [sorted(map(str, filter(None, of[word]))) if word == "enum" and word in of else of.get(word)
                  for of in (spec, ours)]  # fmt: skip
        if values[0] != values[1] and values[0] not in ("float", "double", "int64"):
            yield f"{place} has {word} {values[1]}, not {values[0]}"
    if kind == "array":
        inner = [functools.partial(_looked_up, of["items"], document)
                 for of, document in ((spec, spec_document), (ours, our_document))]  # fmt: skip
        yield from _compared(*inner, f"{place}[]", written=written, depth=depth + 1)
    if "properties" in spec:
        yield from _properties(spec, ours, spec_document, our_document, place, written, depth)


def _properties(spec, ours, spec_document, our_document, place, written, depth):
    for name in sorted(set(ours.get("properties", {})) - set(spec["properties"])):
        yield f"{place}.{name}".lstrip(".")
    required, own_required = set(spec.get("required", ())), set(ours.get("required", ()))
    if (required != own_required) if written else (required - own_required):
        yield f"{place} requires {sorted(required ^ own_required)} otherwise"
    for name, shape in spec["properties"].items():
        if name not in ours.get("properties", {}):
            yield f"{place}.{name} is missing"
            continue
        pair = [functools.partial(_looked_up, shape, spec_document),
                functools.partial(_looked_up, ours["properties"][name], our_document)]  # fmt: skip
        yield from _compared(*pair, f"{place}.{name}", written=written, depth=depth + 1)
