"""Numbers are typed and shown in fields in the writing of the page: a German means 70.5 by `70,5`."""

import re

import pytest
from django.utils.translation import override

from doover_web.data.publish import update_aggregate
from doover_web.fences.models import Fence
from doover_web.identity.models import Agent
from doover_web.pages import typed
from doover_web.pages.schema_form import Form, draw, read
from portal.fence_checks import shape_of
from portal.ui.controls import Control
from portal.ui.entering import read_entry
from portal.ui.rows import entry_of
from portal.ui.states import state_of

GERMAN = {"accept-language": "de"}
ALARM = {"action": "alarm", "name": "Probe", "type_0": "threshold", "key_0": "t", "operator_0": "lt", "enabled": "on"}


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("de", "70,5", 70.5), ("de", "70.5", 70.5), ("de", "−0,25", -0.25), ("de", "31.635,5", 31635.5),
        ("de", "1.234.567", 1_234_567), ("de", "0.125", 0.125), ("de", "1e3", 1000), ("de", " 42 ", 42),
        ("de", "1.234", None), ("de", "7,0,5", None), ("de", "1,5 V", None), ("de", "", None), ("de", "1_0", None),
        ("en", "70.5", 70.5), ("en", "31,635.5", 31635.5), ("en", "1.234", 1.234), ("en", "70,5", None),
        ("en", "nan", None), ("en", "1e999", None), ("en", "9" * 2000, None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_written_there(language, text, number):
    with override(language):
        assert typed.number(text) == number


def test_places_have_no_thousands():
    for language in ("de", "en"):
        with override(language):
            found = [typed.number(text, grouped=False) for text in ("152,431", "152.431", "−27,5")]
            assert found == [152.431, 152.431, -27.5]


def test_what_can_be_read_in_two_ways_is_told():
    with override("de"):
        assert typed.wrong_number("1.234") == "“1.234” lässt sich auf zwei Arten lesen: 1234 oder 1,234 schreiben"
        assert typed.wrong_number("1,5 V") == "“1,5 V” ist keine Zahl"
        assert typed.wrong_number("1,5") == ""


@pytest.mark.django_db
def test_a_threshold_with_a_comma_is_a_number(browse, alice, pump, reach):
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"t": 71.2})
    there = f"/device/{pump.id}/alarms/"
    form = {**ALARM, "value_0": "70,5", "pending": "1,5", "pending_unit": "min"}
    assert browse(alice).post(there, form, headers=GERMAN).status_code == 302

    [row] = browse(alice).get(there).context["rows"]
    assert row.alarm["conditions"][0]["value"] == 70.5
    assert (row.alarm["alarm_pending_ms"], row.alarm["state"]) == (90_000, "OK")
    page = browse(alice).get(f"{there}?alarm={row.alarm['id']}", headers=GERMAN).content.decode()
    assert 'name="value_0" value="70,5"' in page


@pytest.mark.django_db
def test_an_unclear_threshold_is_refused_and_a_text_stays_one(browse, alice, pump, reach):
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"t": "x"})
    there = f"/device/{pump.id}/alarms/"
    answer = browse(alice).post(there, {**ALARM, "value_0": "1.234"}, headers=GERMAN)
    assert answer.status_code == 400
    assert "1234 oder 1,234 schreiben" in answer.content.decode()
    assert browse(alice).post(there, {**ALARM, "value_0": "70,5"}, headers={"accept-language": "en"}).status_code == 400

    for text in ('"70,5"', "aus"):
        assert (
            browse(alice).post(there, {**ALARM, "operator_0": "eq", "value_0": text}, headers=GERMAN).status_code == 302
        )
    kept = {row.alarm["conditions"][0]["value"] for row in browse(alice).get(there).context["rows"]}
    assert kept == {"70,5", "aus"}


def test_setpoints_are_read_and_shown_alike():
    volts = Control("pump_1", "low", "slider", "Low battery", low=11.0, high=13.0, step=0.1)
    with override("de"):
        assert entry_of(volts, 11.8, None) == {"value": "11,8", "value_plain": "11.8"}
        assert read_entry(volts, {"value": "11,8"}, 0, None) == 11.8
        assert read_entry(volts, {"value": "11.8"}, 0, None) == 11.8
        assert read_entry(volts, {"value": "12"}, 0, None) == 12
    with override("en"):
        assert entry_of(volts, 11.8, None)["value"] == "11.8"


@pytest.mark.django_db
def test_a_setpoint_reaches_the_device_as_plain_json(browse, alice, pump, reach):
    volts = {"type": "uiSlider", "displayString": "Low battery", "min": 11, "max": 13, "stepSize": 0.1, "direct": True}
    volts |= {"dualSlider": False, "currentValue": "$cmds.app().low::12"}
    app = {"type": "uiApplication", "children": {"low": volts}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data={"state": {"children": {"pump_1": app}}})

    form = {"app": "pump_1", "name": "low", "value": "11,8"}
    assert browse(alice).post(f"/device/{pump.id}/commands/", form, headers=GERMAN).status_code == 302
    assert state_of(pump.id, "ui_cmds") == {"pump_1": {"low": 11.8}}
    page = browse(alice).get(f"/device/{pump.id}/", headers=GERMAN).content.decode()
    assert re.search(r'name="value"[^>]*value="11,8"', page)
    assert re.search(r'data-of="value"[^>]*value="11.8"', page)


@pytest.mark.parametrize(
    "written",
    ["-27.5,151.25\n-27.5,152\n-28,152", "-27,5, 151,25\n-27,5, 152\n-28, 152", "-27,5;151,25\n-27.5; 152\n-28 ;152"],
)
def test_corners_take_a_comma_in_each_number(written):
    shape = shape_of({"kind": "polygon", "points": written})

    assert shape["points"] == [[-27.5, 151.25], [-27.5, 152.0], [-28.0, 152.0]]


@pytest.mark.django_db
def test_fences_and_gauges_take_a_comma(browse, alice, creek, pump, reach):
    fence = {"kind": "circle", "name": "Yard", "lat": "−27,58", "long": "152.431", "radius": "1.250,5", "margin": "2,5"}
    answer = browse(alice).post(f"/map/fences/new/?device={pump.id}", {**fence, "severity": "6"}, headers=GERMAN)
    assert answer.status_code == 302
    found = Fence.objects.get()
    assert (found.shape, found.margin) == ({"type": "circle", "lat": -27.58, "long": 152.431, "radius": 1250.5}, 2.5)
    assert 'value="2,5"' in browse(alice).get(f"/map/fences/{found.id}/", headers=GERMAN).content.decode()

    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"t": 1.5})
    browse(alice).post("/dashboard/", {"title": "Night", "group": creek.root_group.id})
    board = f"/dashboard/{Agent.objects.get(kind='dashboard').id}/"
    tile = {"do": "add", "kind": "gauge", "device": pump.id, "path": "t", "low": "0,5", "high": "2,5"}
    assert browse(alice).post(f"{board}edit/", {**tile, "low": "1.234"}, headers=GERMAN).status_code == 400
    assert browse(alice).post(f"{board}edit/", tile, headers=GERMAN).status_code == 302


def test_settings_take_a_comma():
    form = Form({"type": "object", "properties": {"speed": {"type": "number"}}}, lambda document, condition: True)
    with override("de"):
        assert [one.value for one in draw(form, {"speed": 4.125}).fields] == ["4,125"]
        for text, speed in (("4,125", 4.125), ("4,5", 4.5), ("4.5", 4.5), ("5", 5)):
            assert read(form, {"c/speed": [text]}, {"speed": 4.125}).document == {"speed": speed}
        assert read(form, {"c/speed": ["4.125"]}, {}).errors
