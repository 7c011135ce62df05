"""`ui_state` as elements: what real applications publish, of both generations, and what no document may break."""

import copy
import random
from datetime import UTC, datetime

import pytest

from portal.ui import kinds
from portal.ui.lookups import Sources, resolve
from portal.ui.shown import draw_all
from portal.ui.tree import Documents, read_tree

from .fixtures import SCHEMAS, WITH_TREE, documents, load

VALUES = (
    "currentValue", "units", "decPrecision", "form", "ranges", "thresholds", "colour", "icon", "statusString",
    "defaultOpen", "options", "labelString", "disabled",
)  # fmt: skip


def as_expected(element):
    """An element in the words of a fixture's `expected` block."""
    found = {"path": element.place, "type": element.type, "label": element.label, "hidden": element.hidden}
    found["position"] = element.position
    if element.type == "uiConnectionInfo":
        found["label"] = None
    shown = {**element.props, "currentValue": element.value}
    if not isinstance(shown.get("decPrecision"), int) and "precision" in shown:
        shown["decPrecision"] = shown["precision"]
    return {**found, **{key: shown[key] for key in VALUES if shown.get(key) is not None}}


@pytest.mark.parametrize("name", WITH_TREE)
def test_a_device_is_read_as_the_contract_says(name):
    fixture = load(name)
    tree = read_tree(documents(fixture["channels"]))

    found = list(tree.walk())

    assert found
    assert not [one for one in found if one.problem]
    if "expected" not in fixture:
        return
    wanted = fixture["expected"]["elements"]
    for got, expected in zip([as_expected(one) for one in found], wanted, strict=True):
        series = expected.pop("series", None)
        assert {key: got.get(key) for key in expected} == expected
        if series:
            plot = next(one for one in found if one.place == expected["path"])
            values = {key: one["value"] for key, one in series.items()}
            assert {key: one["lookup"] for key, one in plot.props["series"].items()} == values


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_exported_application_is_read(name):
    schema = load(name)["ui_schema"]
    tree = read_tree(Documents({"state": {"children": {"app_1": schema}}}, None, {}, {}, {}))

    assert tree.apps[0].app_key == "app_1"
    assert not [one for one in tree.walk() if one.problem or one.label.startswith(("$", "!$"))]


def test_a_static_application_reads_its_settings():
    fixture = load("08-static-export")
    state = {"state": {"children": {"static_1": fixture["ui_schema_export"]}}}
    tree = read_tree(Documents(state, config=fixture["deployment_config"]))
    [resolved] = read_tree(Documents({"state": {"children": {"static_1": fixture["resolved_by_client"]}}})).apps

    [app] = tree.apps
    assert (app.label, app.hidden, app.position) == ("Static App", True, 7)
    assert app.children[1].props["componentUrl"] == "static_widget"
    assert [one.place for one in app.walk()] == [one.place for one in resolved.walk()]


def test_the_first_generation_keeps_values_in_the_tree():
    channels = load("10-legacy-04x")["channels"]
    for commands in (channels["ui_cmds"], channels["ui_cmds_flat"]):
        tree = read_tree(documents({**channels, "ui_cmds": commands}))
        found = {one.path[-1]: one for one in tree.walk() if one.path}

        assert (found["battery"].label, found["battery"].units, found["battery"].value) == ("Battery", "V", 12.61)
        assert (found["legacy_1_mode"].type, found["legacy_1_mode"].value) == ("uiSelect", "manual")
        assert list(found["legacy_1_mode"].props["options"]) == ["auto", "manual"]
        assert found["legacy_1_setpoint"].value == 5.0
        assert found["legacy_1_start_now"].props["requiresConfirm"] is True
        assert found["legacy_1_stop_now"].props["requiresConfirm"] is False
        assert found["legacy_1_mode"].props["requiresConfirm"] is True
        assert found["legacy_1_day"].props["pickers"] == ["date"]
        assert found["legacy_1_last_cam_snapshot"].hidden
        assert found["level"].history == ("ui_state", "state.children.legacy_1.children.level.currentValue")
        series = found["plot"].props["series"]
        assert [(one["displayString"], one["units"], one["active"]) for one in series.values()] == [
            ("Battery", "V", True),
            ("Level", "%", True),
            ("Running", "", False),
        ]
    assert tree.apps[0].label == "Legacy Pump"


def test_the_oldest_shape_has_no_application():
    channels = load("11-legacy-bare-container")["channels"]

    [app] = read_tree(documents(channels), title="Back tank").apps

    found = {one.path[0]: one for one in app.children}
    assert app.label == "Back tank"
    assert (found["waterLevel"].label, found["waterLevel"].units) == ("Level", "%")
    assert found["maxLevel"].value == 230
    assert found["waterLevel"].history == ("ui_state", "state.children.waterLevel.currentValue")


def test_overrides_change_what_they_name():
    channels = load("02-controls")["channels"]
    overrides = load("17-presence-and-overrides")["ui_overrides"]
    state = copy.deepcopy(channels["ui_state"])
    state["state"]["children"]["pump_1"]["children"]["start"] = {"type": "uiButton", "displayString": "Start"}

    [app] = read_tree(Documents(state, overrides)).apps

    start = next(one for one in app.children if one.path == ("start",))
    assert app.hidden
    assert (start.label, start.colour) == ("Start (local)", "orange")


def test_a_removed_application_and_odd_siblings_are_passed_over():
    tree = read_tree(Documents({"state": {"children": {"a": None, "b": 7, "c": {"children": {"x": None, "y": []}}}}}))

    assert [(app.app_key, app.children) for app in tree.apps] == [("c", [])]
    assert read_tree(Documents([1], "x", 7, None, {"applications": 3})).apps == []


def test_an_unknown_type_is_a_tile_with_a_name_and_its_children_stand():
    child = {"type": "uiVariable", "currentValue": 1}
    state = {"state": {"children": {"a": {"children": {"x": {"type": "uiHologram", "children": {"y": child}}}}}}}

    hologram = read_tree(Documents(state)).apps[0].children[0]

    assert (hologram.template, hologram.label) == ("elements/unknown.html", "x")
    assert hologram.children[0].value == 1


def test_a_broken_element_is_a_tile_in_its_place(monkeypatch):
    state = {"state": {"children": {"a": {"children": {"x": {"type": "uiVariable"}, "y": {"type": "uiVariable"}}}}}}

    def breaks(value, *args, **more):
        if value.get("type") == "uiVariable" and not broken:
            broken.append(1)
            raise ZeroDivisionError
        return resolve(value, *args, **more)

    broken: list[int] = []
    monkeypatch.setattr("portal.ui.tree.resolve", breaks)
    [x, y] = read_tree(Documents(state)).apps[0].children

    assert (x.template, x.label) == ("elements/broken.html", "x")
    assert y.template == "elements/variable.html"


def test_what_cannot_be_drawn_is_a_tile_in_its_place(monkeypatch):
    state = {"state": {"children": {"a": {"children": {"x": {"type": "uiVariable"}, "y": {"type": "uiMultiPlot"}}}}}}
    tree = read_tree(Documents(state))
    monkeypatch.setattr("portal.ui.shown.reading_of", lambda element, now: 1 / 0)

    draw_all(tree.shown(), {}, datetime.now(UTC))

    [x, y] = tree.apps[0].children
    assert (x.template, y.template) == ("elements/broken.html", "elements/multiplot.html")


def test_an_address_that_is_none_breaks_no_page():
    state = {
        "state": {"children": {"a": {"children": {"x": {"type": "uiRemoteComponent", "componentUrl": "http://["}}}}}
    }
    tree = read_tree(Documents(state))

    draw_all(tree.shown(), {}, datetime.now(UTC))

    [x] = tree.apps[0].children
    assert (x.problem, x.view.source) == ("", "")


def test_what_is_null_is_not_there():
    state = {"type": None, "children": {"a": {"statusIcon": None, "children": {"x": {"type": "uiSwitch"}}}}}
    [app] = read_tree(Documents({"state": state})).apps
    assert (app.app_key, app.old) == ("a", False)

    asks = {"type": "uiStateCommand", "requiresConfirm": None, "userOptions": {}}
    [app] = read_tree(Documents({"state": {"children": {"a": {"children": {"x": asks}}}}})).apps
    assert app.children[0].props["requiresConfirm"] is True


def test_depth_and_number_have_limits():
    deep: dict = {"type": "uiContainer"}
    for _ in range(60):
        deep = {"type": "uiContainer", "children": {"c": deep}}
    wide = {f"v{number}": {"type": "uiVariable", "currentValue": number} for number in range(3000)}
    tree = read_tree(Documents({"state": {"children": {"a": {"children": wide}, "b": {"children": {"d": deep}}}}}))

    assert tree.cut
    assert len(list(tree.walk())) <= 2001
    assert read_tree(Documents({"state": {"children": {"b": {"children": {"d": deep}}}}})).cut


def test_what_a_change_touches_is_known():
    channels = load("03-containers")["channels"]
    found = {one.place: one for one in read_tree(documents(channels)).walk()}

    assert set(found["layout_1/tabs/zone_a"].reads) == {"tag.layout_1.sub_status", "tag.layout_1.open_me"}
    assert found["layout_1/tabs/zone_a/za"].history == ("tag_values", "layout_1.t1")
    assert found["layout_1/tabs/zone_a/za"].history_of("none") is None


def test_the_series_of_a_plot_know_their_past():
    tree = read_tree(documents(load("04-plots")["channels"]))
    plot = next(one for one in tree.walk() if one.path == ("main_plot",))
    [old_plot] = [
        one for one in read_tree(documents(load("10-legacy-04x")["channels"])).walk() if one.path == ("plot",)
    ]

    assert [plot.history_of(name) for name in plot.series] == [
        ("tag_values", "trend_1.flow"),
        ("tag_values", "trend_1.pressure"),
        ("tag_values", "trend_1.rain"),
    ]
    assert old_plot.history_of("level") == ("ui_state", "state.children.legacy_1.children.level.currentValue")


@pytest.mark.parametrize("name", [name for name in WITH_TREE if "public" not in name])
def test_holes_in_a_document_break_nothing_else(name):
    channels = load(name)["channels"]
    dice = random.Random(7)

    def pierced(value):
        if isinstance(value, dict):
            return {key: pierced(one) for key, one in value.items() if dice.random() > 0.1}
        if isinstance(value, list):
            return [pierced(one) for one in value]
        return dice.choice([value] * 8 + [None, "", 0, [], {"a": 1}, "$tag.app().x", "!$cmds.y:number:["])

    for _ in range(30):
        tree = read_tree(documents({key: pierced(one) for key, one in channels.items()}))
        for element in tree.walk():
            assert not element.problem
            assert element.id.startswith("el-")
            _ = element.icon, element.colour, element.help, element.history, element.name, element.template


def test_every_type_has_a_place():
    assert set(kinds.TEMPLATES) >= kinds.CONTROLS | kinds.CONTAINERS | kinds.READINGS
    assert set(kinds.OLD.values()) <= set(kinds.TEMPLATES)


def test_deep_values_are_cut_and_not_followed():
    value: list = []
    for _ in range(200):
        value = [value]

    assert resolve({"a": value}, "a", Sources()) is not None
