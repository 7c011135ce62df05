"""What an install runs with: layers, defaults, variables, and what is said where it does not fit."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.wire import BadRequest
from doover_web.control import blocks, config

KNOWN = json.loads((Path(__file__).parents[1] / "fixtures/ui/12-config-schemas.json").read_text())
CASES = [(name, case) for name, cases in KNOWN["cases"].items() for case in cases]
PUMP = {
    "type": "object",
    "properties": {
        "mode": {"enum": ["Automatic", "Manual"], "default": "Automatic"},
        "set_point": {"type": "number", "minimum": 0, "maximum": 100},
        "tank_height": {"type": ["number", "null"], "default": "$device.tank_height"},
        "sampling": {"type": "object", "properties": {"period": {"type": "integer", "default": 10}}},
    },
    "required": ["set_point"],
    "allOf": [
        {
            "if": {"properties": {"mode": {"const": "Manual"}}, "required": ["mode"]},
            "then": {"properties": {"speed": {"type": "number", "default": 50.0}}},
            "else": {"properties": {"patience": {"type": "integer", "default": 3}}},
        }
    ],
}


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case['case']}" for name, case in CASES])
def test_it_finds_what_the_published_schemas_refuse(name, case):
    found = config.issues_of(KNOWN["schemas"][name], case["values"])

    assert ["/".join(str(step) for step in issue.place) for issue in found] == [
        place for place, _ in case.get("errors", [])
    ]
    assert [issue.is_missing for issue in found] == [word == "required" for _, word in case.get("errors", [])]


@pytest.mark.parametrize("case", ["minimal", "Off with reason"])
def test_it_fills_in_what_the_published_client_would(case):
    schema = KNOWN["schemas"]["kitchen_sink"]
    [values] = [one["values"] for one in KNOWN["cases"]["kitchen_sink"] if one["case"] == case]

    filled = config.fill(schema, values)

    seen = KNOWN["client_view"]["values"][case]
    active = {key: value for key, value in seen.items() if key in filled and not isinstance(value, dict)}
    assert {key: filled[key] for key in active} == active
    assert config.issues_of(schema, {**filled, "tank_height": 3}) == []


def test_a_schema_of_the_first_generation_fills_in_too():
    filled = config.fill(KNOWN["legacy_0_4_18"], {"pump_pin": 1, "motor_app": "m", "pins": [1]})

    assert filled["modbus_device"] == {"host": "localhost", "port": 502}
    assert config.issues_of(KNOWN["legacy_0_4_18"], filled) == []


def test_later_layers_win_and_objects_merge():
    template, profile, own = {"a": {"x": 1, "y": 1}, "l": [1]}, {"a": {"y": 2}, "l": [2, 3]}, {"a": {"z": 3}}

    assert config.merge_layers([template, profile, own]) == {"a": {"x": 1, "y": 2, "z": 3}, "l": [2, 3]}


def test_null_takes_back_what_a_lower_layer_gave():
    resolved = config.resolve(PUMP, [{"set_point": 5, "mode": "Manual"}, {"mode": None}])

    assert resolved.config["mode"] == "Automatic"


def test_conditional_defaults_follow_the_setting_that_decides():
    assert config.resolve(PUMP, [{"set_point": 1, "mode": "Manual"}]).config["speed"] == 50.0
    assert config.resolve(PUMP, [{"set_point": 1}]).config["patience"] == 3
    assert "speed" not in config.resolve(PUMP, [{"set_point": 1}]).config


def test_a_variable_becomes_what_is_known_of_the_device():
    resolved = config.resolve(PUMP, [{"set_point": 1}], {"device": {"tank_height": 4.2}})

    assert resolved.fits
    assert resolved.config["tank_height"] == 4.2


def test_an_optional_variable_of_which_nothing_is_known_is_left_out():
    resolved = config.resolve(PUMP, [{"set_point": 1}], {})

    assert resolved.fits
    assert "tank_height" not in resolved.config


def test_a_required_variable_of_which_nothing_is_known_is_named():
    resolved = config.resolve(PUMP, [{"set_point": "$device.limits.high"}], {"device": {"limits": {"low": 1}}})

    assert config.errors_of(resolved.issues) == {
        "set_point": ["This setting is $device.limits.high, of which nothing is known here"]
    }


@pytest.mark.parametrize(
    "text", ["$config.app().x", "$tag.level:number:0", "$5.00", "$device", "x $device.a", "$app_id"]
)
def test_what_only_looks_like_a_variable_stays(text):
    assert config.substitute({"a": [text]}, {"device": {"a": 1}}) == ({"a": [text]}, {})


def test_what_is_missing_is_told_apart_from_what_is_wrong():
    resolved = config.resolve(PUMP, [{"sampling": {"period": "often"}}])

    assert config.errors_of(resolved.issues) == {
        "sampling.period": ["'often' is not of type 'integer'"],
        "set_point": ["This setting is required"],
    }
    assert {issue.path for issue in resolved.issues if issue.is_missing} == {"set_point"}


def test_what_is_wrong_with_the_whole_has_no_field():
    resolved = config.resolve({"minProperties": 2}, [{"a": 1}])

    assert list(config.errors_of(resolved.issues)) == ["non_field_errors"]


def test_the_organisations_key_goes_where_it_is_asked_for():
    schema = {"properties": {"dv-llm-api-key": {"type": "string", "default": "placeholder"}}}

    assert config.resolve(schema, [{}], llm_key="sk-1").config == {"dv-llm-api-key": "sk-1"}
    assert config.resolve(schema, [{}]).config == {"dv-llm-api-key": "placeholder"}
    assert config.resolve({}, [{}], llm_key="sk-1").config == {}


def test_an_object_that_may_be_left_out_is_not_made_half():
    schema = {
        "properties": {
            "link": {
                "type": "object",
                "required": ["host"],
                "properties": {"host": {"type": "string"}, "port": {"default": 502}},
            }
        }
    }

    assert config.fill(schema, {}) == {}
    assert config.fill(schema, {"link": {"host": "plc"}}) == {"link": {"host": "plc", "port": 502}}


def test_items_of_a_list_are_filled_in():
    schema = {"properties": {"pins": {"items": {"properties": {"edge": {"default": "rising"}}}}}}

    assert config.fill(schema, {"pins": [{"pin": 1}, 5]}) == {"pins": [{"edge": "rising", "pin": 1}, 5]}


def test_a_reference_within_the_schema_is_followed():
    schema = {
        "$defs": {"port": {"properties": {"baud": {"default": 9600}}}},
        "properties": {"left": {"$ref": "#/$defs/port"}, "right": {"$ref": "#/$defs/none"}},
    }

    assert config.fill(schema, {"left": {}, "right": {}}) == {"left": {"baud": 9600}, "right": {}}


def endless():
    return {"$ref": "#", "properties": {"a": {"$ref": "#"}}, "type": "object"}


def doubling(times: int):
    """A small schema that describes 2^times objects."""
    defs = {
        str(n): {"type": "object", "properties": {key: {"$ref": f"#/$defs/{n + 1}"} for key in "ab"}}
        for n in range(times)
    }
    return {"$defs": {**defs, str(times): {"default": 1}}, "$ref": "#/$defs/0"}


@pytest.mark.parametrize(
    "schema",
    [
        endless(),
        doubling(25),
        {"properties": {"a": {"default": {}, "type": "object", "allOf": [{"$ref": "#/properties/a"}]}}},
        {"type": "nothing of the kind"},
        {"pattern": "(" * 40},
        {"title": "x" * 300_000},
    ],
    ids=["endless", "doubling", "in itself", "no schema", "no pattern", "too large"],
)
def test_a_schema_that_would_explode_is_refused_in_good_time(schema):
    began = time.monotonic()

    with pytest.raises(BadRequest) as refusal:
        config.check_config_schema(schema)

    assert refusal.value.code == "bad_schema"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "schema", [endless(), {"properties": {"a": {"pattern": "("}}}, {"$ref": "http://elsewhere.example/schema"}]
)
def test_a_stored_schema_that_cannot_be_used_is_an_issue_and_no_fault(schema):
    assert not config.resolve(schema, [{"a": "x"}]).fits


def test_a_configuration_has_a_largest_size():
    assert not config.resolve({}, [{"a": "x" * 1_100_000}]).fits


NAMES = st.sampled_from(["mode", "set_point", "sampling", "tank_height", "period", "$ref", "a.b", ""])
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.text(max_size=5) | st.just("$device.x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)
WORDS = st.sampled_from(["type", "properties", "items", "allOf", "if", "then", "required", "default", "$ref", "enum"])
SCHEMAS = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["object", "#", "#/properties/a", "array"]) | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | NAMES, inner, max_size=4),
    max_leaves=12,
).filter(lambda value: isinstance(value, dict))


@given(st.lists(st.dictionaries(NAMES, ANY, max_size=4), max_size=3))
def test_whatever_is_given_stays_and_is_judged(layers):
    resolved = config.resolve(PUMP, layers, {"device": {"x": 1}})

    assert set(config.merge_layers(layers)) <= set(resolved.config) | {issue.place[0] for issue in resolved.issues}


@given(SCHEMAS, st.dictionaries(NAMES, ANY, max_size=3))
def test_no_schema_is_a_fault(schema, given_values):
    assert isinstance(config.resolve(schema, [given_values]).config, dict)


def test_the_platforms_keys_come_first_and_cannot_be_set():
    facts = {"APP_KEY": "pump_1", "APP_ID": "9001", "AGENT_ID": "5"}

    block = blocks.stamp({"speed": 3, "APP_ID": "1", "DEVICE_LIST": ["7"]}, facts, widget="pump_1_widget")

    assert list(block) == ["APP_KEY", "APP_ID", "AGENT_ID", "speed", "dv_widget_url"]
    assert block["APP_ID"] == "9001"
    assert blocks.without_platform_keys(block) == {"speed": 3}


def test_an_install_with_extended_permissions_knows_its_devices():
    block = blocks.stamp({}, {}, devices={"5": {"name": "pump_7"}, "6": {"name": "pump_8"}})

    assert block == {"DEVICE_MAP": {"5": {"name": "pump_7"}, "6": {"name": "pump_8"}}, "DEVICE_LIST": ["5", "6"]}


def test_a_device_is_told_of_with_the_fields_that_were_asked_for():
    device = {
        "name": "pump_7",
        "display_name": "Pump 7",
        "group": {"id": "3", "name": "North"},
        "type": {"config": {"model": "A", "volts": 24}},
        "extra_config": {"site": "quay", "tank": {"height": 4}},
    }

    entry = blocks.device_entry(
        device, ["group__name", "type__config__volts", "extra_config__tank", "extra_config__none"]
    )

    assert entry == {
        "name": "pump_7",
        "display_name": "Pump 7",
        "group": {"name": "North"},
        "type": {"config": {"volts": 24}},
        "extra_config": {"tank": {"height": 4}},
    }


def test_only_fields_that_devices_have_are_told():
    asked = [
        "group__name",
        "group__secret",
        "fusion_entity_secret",
        "extra_config__a__b",
        "type",
        "notes",
        "notes__x",
        5,
    ]
    schema = {"properties": {"dv_proc_extended_permissions": {"x-extraDeviceFields": asked}}}

    assert blocks.wanted_fields(schema) == ["group__name", "extra_config__a__b", "notes"]
    assert blocks.wanted_fields({"properties": {"dv_proc_extended_permissions": {"x-extraDeviceFields": 5}}}) == []


@pytest.mark.parametrize(
    ("overrides", "deployed", "word"),
    [
        ({"a": 1}, {"a": 1}, "OV"),
        ({}, {"APP_ID": "1", "a": 1}, "OK"),
        ({}, {"a": True}, "NO"),
        ({}, {}, "NO"),
        (None, None, "NO"),
    ],
)
def test_in_step_or_not(overrides, deployed, word):
    assert config.synced(overrides, {"a": 1}, deployed) == word
