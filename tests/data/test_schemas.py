"""Channels with a JSON Schema: what does not fit is refused, wherever it comes in."""

import time

import pytest

from doover_web.common.wire import BadRequest
from doover_web.data import schemas
from doover_web.data.schemas import check_fits, check_schema

LEVEL = {"type": "object", "properties": {"metres": {"type": "number", "maximum": 3}}, "required": ["metres"]}


@pytest.fixture
def strict(api, alice, level):
    api(alice).put(level.channel, {"is_private": False, "message_schema": LEVEL, "aggregate_schema": LEVEL})
    return level


def misfit(response):
    assert (response.status_code, response.json()["code"]) == (400, "schema_violation"), response.content
    return response.json()["message"]


def test_a_state_that_does_not_fit(door, api, pump, strict):
    assert door(pump).patch(strict.aggregate, {"metres": 1.5}).status_code == 200

    assert "metres" in misfit(door(pump).patch(strict.aggregate, {"metres": 5}))
    misfit(door(pump).put(strict.aggregate, {}))
    misfit(door(pump).patch(strict.aggregate, {"metres": None}))
    assert api(pump).get(strict.aggregate).json()["data"] == {"metres": 1.5}


def test_it_is_the_merged_state_that_must_fit(door, pump, strict):
    door(pump).patch(strict.aggregate, {"metres": 1.5})

    assert door(pump).patch(strict.aggregate, {"note": "fine"}).status_code == 200


def test_a_message_that_does_not_fit(door, api, pump, strict):
    one = f"{strict.messages}/" + door(pump).post(strict.messages, {"data": {"metres": 1}}).json()["id"]

    misfit(door(pump).post(strict.messages, {"data": "text"}))
    misfit(door(pump).patch(one, {"data": {"metres": "deep"}}))
    misfit(door(pump).put(one, {"data": {}}))
    assert door(pump).patch(one, {"data": {"note": "fine"}}).status_code == 200
    assert len(api(pump).get(strict.messages).json()) == 1


def test_an_update_that_cannot_be_logged_is_no_update(door, api, pump, strict):
    door(pump).patch(strict.aggregate, {"metres": 1.5})

    misfit(door(pump).patch(strict.aggregate + "?log_update=true", {"note": "no metres in this patch"}))

    assert api(pump).get(strict.aggregate).json()["data"] == {"metres": 1.5}
    assert api(pump).get(strict.messages).json() == []


def test_a_reference_to_elsewhere_is_never_fetched():
    with pytest.raises(BadRequest) as refused:
        check_fits({}, {"$ref": "http://127.0.0.1:1/schema.json"}, "state")
    assert refused.value.code == "bad_schema"


def test_a_schema_that_runs_in_circles_is_refused():
    with pytest.raises(BadRequest):
        check_fits({}, {"$ref": "#"}, "state")


@pytest.mark.parametrize("schema", [{"type": 5}, {"required": "a"}, {"properties": 1}, {"pattern": "("}])
def test_what_is_no_schema(schema):
    with pytest.raises(BadRequest) as refused:
        check_schema(schema, "message_schema")
    assert "message_schema" in refused.value.message


@pytest.mark.parametrize("schema", [{}, LEVEL, {"$defs": {"a": {"type": "object"}}, "$ref": "#/$defs/a"}])
def test_what_is_one(schema):
    check_schema(schema, "message_schema")
    check_fits({"metres": 1}, schema, "message")


def tower(height):
    """A schema that judges a document two to the power of `height` times."""
    floors = {f"f{n}": {"allOf": [{"$ref": f"#/$defs/f{n + 1}"}] * 2} for n in range(height)}
    return {"$defs": {**floors, f"f{height}": {}}, "$ref": "#/$defs/f0"}


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ({"pattern": "^(a|a)*$"}, "a" * 40 + "!"),
        ({"patternProperties": {"^(a|a)*$": {}}}, {"a" * 40 + "!": 1}),
        ({"patternProperties": {"^(a|a)*$": {}}, "additionalProperties": False}, {"a" * 40 + "!": 1}),
        (tower(40), {}),
    ],
    ids=["pattern", "names", "additional names", "tower"],
)
def test_a_schema_that_would_take_for_ever_is_cut_short(schema, document):
    """All writers share one thread: nobody's schema may keep it."""
    check_schema(schema, "message_schema")
    begun = time.monotonic()

    with pytest.raises(BadRequest) as refused:
        check_fits(document, schema, "message")

    assert "too long" in refused.value.message
    assert time.monotonic() - begun < 20 * schemas.SECONDS


@pytest.mark.parametrize(
    ("schema", "fitting", "misfit"),
    [
        ({"pattern": "^p[0-9]+$"}, "p7", "q7"),
        ({"pattern": "^p"}, 5, "q"),
        ({"patternProperties": {"^n_": {"type": "number"}}}, {"n_a": 1, "x": "y"}, {"n_a": "1"}),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1}, {"a": 1, "b": 2}),
        ({"patternProperties": {"^x": {}}, "additionalProperties": {"type": "number"}}, {"x": "", "b": 1}, {"b": ""}),
        ({"uniqueItems": True}, [1, "1", [1], {"a": 1}, True], [{"a": 1, "b": 2}, {"b": 2, "a": 1}]),
        ({"uniqueItems": False}, [1, 1], None),
        ({"properties": {"a": {"minimum": 1}}}, {"a": 1}, {"a": 0}),
        ({"oneOf": [{"type": "number"}, {"const": "off"}]}, "off", "on"),
    ],
)
def test_what_schemas_mean(schema, fitting, misfit):
    check_schema(schema, "message_schema")
    check_fits(fitting, schema, "message")

    if misfit is not None:
        with pytest.raises(BadRequest) as refused:
            check_fits(misfit, schema, "message")
        assert refused.value.code == "schema_violation"


def test_many_different_items_are_told_apart_quickly():
    check_fits([{"n": n} for n in range(20_000)], {"uniqueItems": True}, "message")


@pytest.mark.parametrize(
    "schema",
    [{"unevaluatedProperties": False, "patternProperties": {"^a": {}}}, {"description": "x" * 300_000}],
    ids=["unevaluated", "giant"],
)
def test_what_cannot_be_judged_in_bounded_time(schema):
    with pytest.raises(BadRequest) as refused:
        check_schema(schema, "message_schema")
    assert refused.value.code == "bad_schema"
