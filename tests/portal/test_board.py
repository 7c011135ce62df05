"""How elements lie on a device page, and the drawings beside their values."""

from datetime import UTC, datetime

import pytest

from portal.ui.board import lay_out
from portal.ui.dates import written
from portal.ui.gauges import linear, radial, spark
from portal.ui.shown import draw_all
from portal.ui.tree import Documents, read_tree
from portal.ui.values import Scale, Threshold, ranges_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BANDS = ranges_of([{"min": 0, "max": 50, "colour": "red"}, {"min": 60, "max": 100, "colour": "green"}])


def number(name, **more):
    return {"type": "uiVariable", "currentValue": f"$tag.app().{name}:number:1", "varType": "float", **more}


def board_of(**apps):
    state = {"state": {"children": {key: {"children": children} for key, children in apps.items()}}}
    tree = read_tree(Documents(state))
    draw_all(tree.shown(), {}, NOW)
    return lay_out(tree)


def kinds_of(card):
    return [(block.kind, [one.path[-1] for one in block.elements]) for block in card.blocks]


def cards_of(board):
    return [[[card.app.app_key for card in column] for column in stretch.columns] for stretch in board.stretches]


def test_neighbours_of_one_kind_stand_together():
    board = board_of(
        a={
            "level": number("level", form="radialGauge"),
            "state": {"type": "uiVariable", "currentValue": "on"},
            "depth": number("depth"),
            "flow": number("flow"),
            "power": number("power"),
            "start": {"type": "uiButton"},
            "stop": {"type": "uiButton"},
            "other": number("other"),
        }
    )

    [[card]] = board.stretches[0].columns
    assert kinds_of(card) == [
        ("gauges", ["level"]),
        ("rows", ["state"]),
        ("tiles", ["depth", "flow"]),
        ("rows", ["power"]),
        ("presses", ["start", "stop"]),
        ("rows", ["other"]),
    ]


def test_cards_fill_the_columns_in_their_order():
    one = {"x": number("x")}
    high = {f"v{at}": {"type": "uiVariable", "currentValue": "t"} for at in range(12)}

    assert cards_of(board_of(a=one)) == [[["a"]]]
    assert cards_of(board_of(a=one, b=one)) == [[["a"], ["b"]]]
    assert cards_of(board_of(a=one, b=one, c=one, d=one, e=one, f=one)) == [[["a", "b"], ["c", "d"], ["e", "f"]]]
    assert cards_of(board_of(a=high, b=one))[0] == [["a"], ["b"]]


def test_the_only_application_fills_the_columns():
    said = {"type": "uiVariable", "currentValue": "on"}
    parts = {"level": number("level", form="radialGauge"), "b": said, "c": said, "go": {"type": "uiButton"}}

    card = board_of(a=parts).stretches[0].columns[0][0]
    assert [[block.kind for block in part] for part in card.parts] == [["gauges"], ["rows"], ["presses"]]
    assert card.lower == 2  # where two have room the third part stands below the rows, not below the gauge

    beside = board_of(a={**parts, "seen": {"type": "uiCameraHistory"}}).stretches[0].columns[0][0]
    assert len(beside.parts) == 2
    assert board_of(a={"b": said}).stretches[0].columns[0][0].parts == []


def test_a_hundred_cards_are_shared_out_at_once():
    columns = cards_of(board_of(**{f"a{at}": {"x": number("x")} for at in range(100)}))[0]

    assert [len(column) for column in columns] == [34, 34, 32]


def test_a_wide_application_has_a_row_to_itself():
    one = {"x": number("x")}
    state = {key: {"children": one, "position": at, "fullWidth": key == "b"} for at, key in enumerate("abc")}
    tree = read_tree(Documents({"state": {"children": state}}))
    draw_all(tree.shown(), {}, NOW)

    board = lay_out(tree)

    assert [stretch.wide.app.app_key if stretch.wide else "" for stretch in board.stretches] == ["", "b", ""]


def test_plots_stand_below_their_cards():
    board = board_of(a={"x": number("x"), "p": {"type": "uiMultiPlot", "series": {}}})

    [stretch] = board.stretches
    assert [one.path for one in stretch.plots] == [("p",)]
    assert kinds_of(stretch.columns[0][0]) == [("rows", ["x"])]


@pytest.mark.parametrize(("apps", "is_open"), [(1, True), (2, True), (3, False)])
def test_one_or_two_applications_start_open(apps, is_open):
    board = board_of(**{f"a{at}": {"x": number("x")} for at in range(apps)})

    assert {card.is_open for column in board.stretches[0].columns for card in column} == {is_open}


def test_what_decides_the_shape_is_known():
    board = board_of(
        a={
            "x": number("x", hidden="$tag.app().gone:boolean:true"),
            "y": number("y"),
            "w": {"type": "uiWarningIndicator", "displayString": "$tag.app().why:string:Trip"},
            "s": {"type": "uiSubmodule", "statusString": "$tag.app().said:string:OK", "children": {"z": number("z")}},
        }
    )

    assert board.shape == ["tag.a.gone", "tag.a.said", "tag.a.why"]
    assert [one.label for one in board.warnings] == ["Trip"]


def test_a_round_gauge():
    gauge = radial(75, Scale(0, 100), BANDS, [Threshold(50, "red"), Threshold(900, "red")], ("0", "100"))

    assert (gauge.colour, len(gauge.zones), len(gauge.ticks)) == ("green", 2, 1)
    assert gauge.fill.startswith("M35.9 131.0A74 74 0 0 1")
    assert radial(999, Scale(0, 100), BANDS, [], ("0", "100")).colour == "green"
    assert radial(55, Scale(0, 100), BANDS, [], ("0", "100")).colour == "grey"
    assert radial(None, Scale(0, 100), [], [], ("0", "100")).fill == ""
    assert radial(0, Scale(0, 100), [], [], ("0", "100")).fill == ""


def test_a_bar():
    gauge = linear(25, Scale(0, 100), BANDS, [], ("0", "100"))

    assert (gauge.at, gauge.colour, gauge.halo) == (75.0, "red", "M75 1v8")
    assert [(one.x, one.colour) for one in gauge.zones] == [(0.0, "red"), (181.5, "green")]


def test_the_course_of_a_day():
    slots = [(1, 2, 3), (2, 3, 4), None, None, None, (5, 6, 7)]

    drawn = spark(slots, 8, limit=4)

    assert drawn.line.count("M") == 2
    assert drawn.gap.startswith("M24 ")
    assert drawn.band
    assert drawn.limit
    assert spark([None, (1, 1, 1), None]) is None
    assert spark([(5, 5, 5), (5, 5, 5)]).band == ""


def test_a_course_ends_at_the_value_now():
    """Whatever was said before in the slot that is not over."""
    drawn = spark([(0, 0, 0), (4, 4, 4), (0, 3, 4)], 0)

    assert drawn.line.endswith(" 120 29")
    assert drawn.now.startswith("M120 29")


def test_moments_in_the_patterns_of_browsers():
    moment = datetime(2026, 1, 2, 15, 4, 5, 678000, tzinfo=UTC)

    assert written(moment, "YYYY-MM-DD HH:mm:ss.SSS Z") == "2026-01-02 15:04:05.678 +00:00"
    assert written(moment, "ddd D MMM YY, h:mm a [o'clock]") == "Fri 2 Jan 26, 3:04 pm o'clock"
