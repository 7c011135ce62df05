"""A schema becomes a form, and what is written there becomes settings again."""

import json
from pathlib import Path

import pytest

from doover_web.data.schemas import faults
from doover_web.pages.schema_form import Form, changed_list, draw, read, unveil, veil

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "ui" / "12-config-schemas.json").read_text())
KINDS = {
    "type": "object",
    "properties": {
        "speed": {"title": "Speed", "type": "number", "minimum": 0, "maximum": 60, "default": 40},
        "pin": {"type": "integer"},
        "drive": {"enum": ["fixed", "variable"], "default": "fixed"},
        "siren": {"type": ["boolean", "null"], "default": True},
        "note": {"type": "string", "length": 20},
        "api_key": {"type": "string"},
        "pins": {"type": "array", "items": {"type": "integer"}},
        "days": {"type": "array", "items": {"enum": ["Mon", "Tue"]}},
        "motor": {"type": "object", "properties": {"poles": {"type": "integer"}, "maker": {"type": "string"}}},
        "doors": {
            "type": "array",
            "items": {"type": "object", "properties": {"label": {"type": "string"}, "token": {"type": "string"}}},
        },
        "extra": {"type": "object"},
        "secret_knob": {"x-hidden": True, "type": "integer"},
    },
    "allOf": [
        {
            "if": {"properties": {"drive": {"const": "variable"}}, "required": ["drive"]},
            "then": {"properties": {"ramp": {"type": "integer"}}},
        }
    ],
}


def form_of(schema) -> Form:
    return Form(schema, lambda document, condition: not faults(document, condition, most=1))


def sent(field) -> dict:
    """What a browser sends of a form nobody touched."""
    names = {}
    if field.kind == "cards":
        names[f"{field.name}/#"] = [str(len(field.fields)) if field.is_set else ""]
    elif field.kind == "card":
        names[f"{field.name}/@"] = [field.origin]
    elif field.kind == "checks":
        names = {f"{field.name}/#": ["1"], field.name: [one.value for one in field.choices if one.is_chosen]}
    elif field.choices:
        names[field.name] = [next(one.value for one in field.choices if one.is_chosen)]
    elif field.kind != "object":
        names[field.name] = [field.value]
    for inner in field.fields:
        names |= sent(inner)
    return names


def written(stored: dict, **texts):
    """The reading of a form over `stored` in which some inputs were changed."""
    form = form_of(KINDS)
    posted = sent(draw(form, stored)) | {f"c/{name.replace('__', '/')}": [text] for name, text in texts.items()}
    return read(form, posted, stored)


def found(field, name: str):
    return next(one for one in field.fields if one.name == name)


@pytest.mark.parametrize("schema", FIXTURE["schemas"])
@pytest.mark.parametrize("sorted_out", [True, False])
def test_a_form_nobody_touched_changes_nothing(schema, sorted_out):
    form = form_of(FIXTURE["schemas"][schema])
    for case in FIXTURE["cases"].get(schema, []):
        stored = case["values"] | ({} if sorted_out else {"not_in_the_schema": {"kept": [1, None]}})
        reading = read(form, sent(draw(form, stored)), stored)
        assert reading.errors == {}
        extra = {key: value for key, value in reading.document.items() if key not in stored}
        # What must be stored and has a default is filled in; a condition that is not met takes its settings out.
        assert all(form.every(form.schema)[key].get("x-required") for key in extra)
        asked = {one.key for one in form.below(form.root, stored)} | (stored.keys() - form.every(form.schema).keys())
        assert {key: value for key, value in stored.items() if key in asked} == {
            key: value for key, value in reading.document.items() if key in stored
        }


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("speed", "41.5", 41.5),
        ("speed", "41", 41),
        ("pin", " 7 ", 7),
        ("drive", '"variable"', "variable"),
        ("siren", "false", False),
        ("note", "by hand", "by hand"),
        ("pins", "1\r\n2\r\n\r\n", [1, 2]),
        ("extra", '{"a": [1]}', {"a": [1]}),
        ("api_key", "s3cret", "s3cret"),
    ],
)
def test_texts_become_values(name, text, value):
    assert written({}, **{name: text}).document == {name: value}


def test_an_empty_input_leaves_it_to_the_layers_below():
    assert written({"speed": 30, "motor": {"poles": 4}}, speed="", motor__poles="").document == {"motor": {}}


@pytest.mark.parametrize(
    ("name", "text"), [("speed", "fast"), ("speed", "nan"), ("pin", "1.5"), ("pin", "9" * 40), ("extra", "{")]
)
def test_what_is_no_value_is_told_at_its_place(name, text):
    reading = written({"note": "kept"}, **{name: text})
    assert list(reading.errors) == [(name,)]
    assert reading.document == {"note": "kept"}


def test_what_was_written_comes_back_with_what_is_wrong():
    form = form_of(KINDS)
    shown = draw(form, {}, posted={"c/speed": ["fast"]}, errors={("speed",): ["Write a number"]})
    speed = found(shown, "c/speed")
    assert (speed.value, speed.wrong) == ("fast", ["Write a number"])
    assert shown.all_wrong == [(speed.id, "Speed", "Write a number")]


def test_inputs_say_what_is_given_below_and_by_whom():
    shown = draw(form_of(KINDS), {}, layers=[("template", {"speed": 50, "note": "t"}), ("profile Bore", {"speed": 55})])
    speed, note, drive = (found(shown, f"c/{name}") for name in ("speed", "note", "drive"))
    assert (speed.value, speed.placeholder, speed.source) == ("", "55", "profile Bore")
    assert (note.placeholder, note.source) == ("t", "template")
    assert drive.choices[0].words == "As given: fixed"
    assert speed.limits == "0 to 60"


def test_conditions_show_and_hide():
    form = form_of(KINDS)
    assert "c/ramp" not in {one.name for one in draw(form, {}).fields}
    assert "c/ramp" in {one.name for one in draw(form, {"drive": "variable"}).fields}
    assert read(form, {"c/drive": ['"fixed"'], "c/ramp": ["3"]}, {"drive": "variable", "ramp": 3}).document == {
        "drive": "fixed"
    }
    assert read(form, {"c/drive": ['"variable"'], "c/ramp": ["3"]}, {}).document == {"drive": "variable", "ramp": 3}


def test_secrets_are_written_and_never_shown():
    stored = {"api_key": "hush", "doors": [{"label": "North", "token": "n"}, {"label": "South", "token": "s"}]}
    shown = draw(form_of(KINDS), stored)
    assert "hush" not in str(sent(shown))
    assert found(shown, "c/api_key").is_set
    assert written(stored).document == stored
    assert written(stored, **{"api_key/~clear": "1"}).document == {"doors": stored["doors"]}


def test_entries_of_a_list_come_and_go_with_their_secrets():
    stored = {"doors": [{"label": "North", "token": "n"}, {"label": "South", "token": "s"}]}
    form = form_of(KINDS)
    draft, place = changed_list(read(form, sent(draw(form, stored)), stored).draft, "remove:c/doors/0")
    draft, _ = changed_list(draft, "add:c/doors")
    assert place == ("doors",)
    posted = sent(draw(form, draft)) | {"c/doors/1/label": ["West"]}
    assert read(form, posted, stored).document == {"doors": [{"label": "South", "token": "s"}, {"label": "West"}]}


@pytest.mark.parametrize("deed", ["", "remove:c/doors/9", "up:", "add:c/note/x/y", "sing:c/doors/0", "remove:c"])
def test_buttons_of_no_list_change_nothing_of_it(deed):
    stored = {"doors": [{"label": "North"}]}
    assert changed_list(stored, deed)[0]["doors"] == stored["doors"]


def test_an_editor_covers_secrets_and_keeps_them():
    form, stored = form_of(KINDS), {"api_key": "hush", "doors": [{"token": "n"}], "speed": 3}
    covered = veil(form, form.schema, stored)
    assert covered == {"api_key": "••••••", "doors": [{"token": "••••••"}], "speed": 3}
    assert unveil({**covered, "speed": 4}, stored) == {**stored, "speed": 4}
    assert unveil({"api_key": "new"}, stored) == {"api_key": "new"}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": []},
        {"properties": {"a": True, "b": None}},
        {"properties": {"a": {"$ref": "#/properties/a"}}},
        {"allOf": [1, {"then": {}}], "properties": {"x": {"type": ["a", "b"], "enum": []}}},
        {"properties": {"d": {"type": "array"}, "e": {"type": "array", "items": {"type": "array"}}}},
    ],
)
def test_any_schema_is_drawn(schema):
    form = form_of(schema)
    assert read(form, sent(draw(form, {"a": 1})), {"a": 1}).document == {"a": 1}
