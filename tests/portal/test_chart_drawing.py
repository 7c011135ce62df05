"""How courses become a drawing: scales, strips, gaps, bands, and what plots of a page promise. Pure."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from doover_web.data.series import Course, Point
from doover_web.data.values import Changes
from portal.ui.chart_lines import Facts, Shown
from portal.ui.charts import Chart, silence_of
from portal.ui.picture import Drawn, picture, segments
from portal.ui.plots import Limit, Line, chartable, history_path, span_of
from portal.ui.spans import Span

FIXTURES = Path(__file__).parents[1] / "fixtures" / "ui"


MINUTE = 60_000


WEEK = 7 * 24 * 60 * MINUTE


def point(start, value):
    return Point(start, 1, value, value, value, value, value)


def test_the_contracts_plots_are_understood():
    fixture = json.loads((FIXTURES / "04-plots.json").read_text())
    found = chartable(fixture["channels"]["ui_state"], fixture["channels"]["tag_values"])

    plot = found.plots["trend_1.main_plot"]
    assert [line.path for line in plot.lines] == ["trend_1.flow", "trend_1.pressure", "trend_1.rain"]
    assert (plot.span, plot.view, plot.earliest) == (24 * 60 * MINUTE, "zone", 1761955200000)
    flow, pressure, rain = plot.lines
    assert (flow.low, flow.high, flow.limits[1]) == (0, None, Limit("High", 15, 25, "red"))
    assert (pressure.colour, rain.is_active, rain.axis) == ("#FF9800", False, "rain_axis")
    assert [line.kind for line in found.plots["trend_1.state_plot"].lines] == ["string", "boolean", "unknown"]
    assert "trend_1.serial" not in found.plots


@pytest.mark.parametrize(
    ("lookup", "path"),
    [
        ("$tag.app().level_pct:number", "tank_1.level_pct"),
        ("!$tag.app().on:boolean:false", "tank_1.on"),
        ("$tag.other_1.deep.leaf", "other_1.deep.leaf"),
        ("$cmds.app().speed", None),
        ("level $tag.app().x", None),
        (7, None),
    ],
)
def test_a_lookup_names_its_history(lookup, path):
    assert history_path(lookup, "tank_1") == path


@pytest.mark.parametrize(("words", "ms"), [("24h", 86_400_000), ("1w", 604_800_000), ("0d", None), ("soon", None)])
def test_widths(words, ms):
    assert span_of(words) == ms


def test_every_unit_has_its_scale():
    lines = [("a", "%"), ("b", "L"), ("c", "%"), ("d", "V")]
    drawn = [
        Drawn(Line(path, path, units), place, Course(path, 0, 100, 0, [point(10, place * 10.0)]))
        for place, (path, units) in enumerate(lines, 1)
    ]

    drawing = picture(drawn, "line", [], 0, 100, ZoneInfo("UTC"))

    assert [(scale.units, scale.side) for scale in drawing.scales] == [("%", "left"), ("L", "right"), ("V", "")]


@pytest.mark.parametrize("units", ["own", "none"])
def test_fixed_ends_hold(units):
    line = Line("a", "a", low=0, high=5 if units == "own" else -5)
    drawing = picture([Drawn(line, 1, Course("a", 0, 100, 0, [point(10, 3.0)]))], "zone", [], 0, 100, ZoneInfo("UTC"))
    assert drawing.scales[0].low < drawing.scales[0].high


def test_a_day_of_twenty_three_hours_is_drawn_as_long_as_it_was():
    zone = ZoneInfo("Australia/Sydney")
    after, before = 1_791_036_000_000, 1_791_118_800_000  # 4 October 2026, when clocks go from 2 to 3

    drawing = picture([], "line", [], after, before, zone)

    assert (drawing.times[0], drawing.times[-1]) == ("00:00", "00:00")
    assert drawing.times[1] == "06:45"


def test_a_strip_holds_until_the_next_change():
    changes = Changes("on", 0, 1000, [(0, False), (500, True), (750, False)], 0)

    found = segments(changes, Line("on", "On"), 900)

    assert [(one.x, one.width, one.words, one.tone) for one in found] == [
        (0, 500, "Off", ""),
        (500, 250, "On", "1"),
        (750, 150, "Off", ""),
    ]


@pytest.mark.parametrize(
    "odd", [None, {}, {"config": {"expected_interval": "x"}}, {"config": {"expected_interval": 9e14}}]
)
def test_what_promises_nothing_is_silent_for_an_hour(odd):
    assert silence_of(odd) == 60 * MINUTE


def path_of(*runs):
    shown = [[point(at * MINUTE, value) for at, value in run] for run in runs]
    course = Course("a", 0, 100 * MINUTE, 0, [])
    return picture([Drawn(Line("a", "a"), 1, course, shown)], "line", [], 0, 100 * MINUTE, ZoneInfo("UTC")).traces[0]


def test_a_line_begins_anew_after_a_gap_and_a_lonely_value_is_a_dot():
    assert path_of([(0, 1.0), (1, 2.0)], [(50, 7.0)]).line.count("M") == 2
    assert path_of([(50, 7.0)]).line.endswith("h.01")


def test_the_legend_tells_of_bands_that_are_seen_with_the_width_of_their_lines():
    def shown(title, step, pairs):
        points = [Point(n * step, 2, low, high, low + high, low, high) for n, (low, high) in enumerate(pairs)]
        course = Course(title, 0, step * len(points), step, points)
        return Shown(Drawn(Line(title, title), 1, course, [points]), Facts())

    level, flow = shown("Level", WEEK, [(10, 90)] * 20), shown("Flow", WEEK // 7, [(1, 5)] * 20)
    calm = shown("Calm", 240_000, [(n, n) for n in range(98)] + [(1, 3), (2, 4)])
    chart = Chart(1, "", "", None, "line", [], None)
    for numbers, bands in (
        ([level], [("", WEEK, False)]),
        ([level, flow], [("", WEEK, True)]),
        ([level, calm], [("Level", WEEK, False)]),
        ([calm], []),
    ):
        chart.numbers = numbers
        assert chart.bands == bands


def test_lines_read_in_unlike_steps_share_the_rows_of_a_table():
    def shown(title, step, begin):
        points = [Point(begin + n * step, 2, n, n + 2, 2 * n + 2, n, n + 2) for n in range(5)]
        course = Course(title, 0, 6 * step, step, points)
        return Shown(Drawn(Line(title, title), 1, course, [points]), Facts(), each=step)

    chart = Chart(1, "", "", Span(0, 180 * MINUTE), "line", [], None)
    chart.numbers = [shown("Level", 30 * MINUTE, 30 * MINUTE), shown("Flow", 26 * MINUTE, 28 * MINUTE)]

    assert chart.row_step == 30 * MINUTE
    assert chart.rows() == [
        (150 * MINUTE, ["5 (4 – 6)", ""]),
        (120 * MINUTE, ["4 (3 – 5)", "5 (4 – 6)"]),
        (90 * MINUTE, ["3 (2 – 4)", "4 (3 – 5)"]),
        (60 * MINUTE, ["2 (1 – 3)", "3 (2 – 4)"]),
        (30 * MINUTE, ["1 (0 – 2)", "2 (1 – 3)"]),
        (0, ["", "1 (0 – 2)"]),
    ]
    chart.numbers.pop()
    assert chart.rows()[0] == (150 * MINUTE, ["5 (4 – 6)"])


def test_a_line_is_called_as_its_page_calls_it():
    level = {
        "type": "uiVariable",
        "displayString": "$tag.app().label:string:Level of the tank",
        "units": "$tag.app().unit",
        "currentValue": "$tag.app().level",
    }
    shy = {"type": "uiVariable", "currentValue": "$tag.app().shy", "notGraphable": "$tag.app().hides:boolean:true"}
    state = {"state": {"children": {"t": {"children": {"level": level, "shy": shy}}}}}

    known = chartable(state, {"t": {"unit": "m", "level": 1}})
    assert (known.lines["t.level"].title, known.lines["t.level"].units) == ("Level of the tank", "m")
    assert "t.shy" not in known.plots
    assert chartable(state, {"t": {"label": "Depth"}}).lines["t.level"].title == "Depth"
