"""Charts of a device: what the page, the script and the file get, and for whom."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.models import Channel
from doover_web.data.publish import post_message, update_aggregate
from doover_web.data.series import Course, Point
from doover_web.data.values import Changes
from doover_web.identity.models import GroupGrant, GroupRole
from portal.ui.chart_lines import Facts, Shown
from portal.ui.charts import Chart, silence_of
from portal.ui.picture import Drawn, picture, segments
from portal.ui.plots import Limit, Line, chartable, history_path, span_of

FIXTURES = Path(__file__).parents[1] / "fixtures" / "ui"
MINUTE = 60_000
WEEK = 7 * 24 * 60 * MINUTE
UI = {
    "state": {
        "children": {
            "tank": {
                "type": "uiApplication",
                "children": {
                    "level": {
                        "type": "uiVariable",
                        "displayString": "<b>Level</b>",
                        "units": "%",
                        "decPrecision": 1,
                        "varType": "float",
                        "currentValue": "$tag.app().level:number",
                        "thresholds": [{"label": "Low", "value": 2, "colour": "red"}],
                    },
                    "day": {
                        "type": "uiMultiPlot",
                        "title": "The day",
                        "defaultZoom": "7d",
                        "series": {
                            "level": {
                                "displayString": "Level",
                                "lookup": "$tag.app().level:number",
                                "dataType": "number",
                            },
                            "on": {"displayString": "Pump", "lookup": "$tag.app().on:boolean", "dataType": "boolean"},
                        },
                    },
                },
            }
        }
    }
}


@pytest.fixture
def tank(alice, pump, reach):
    at = reach(alice, pump)
    for n in range(5):
        data = {"tank": {"level": 1.5 + n, "on": n % 2 == 0}}
        post_message(reach=at, name="tag_values", data=data, ts=now_ms() - MINUTE * (5 - n))
    update_aggregate(reach=at, name="tag_values", data={"tank": {"level": 5.5, "on": True, "words": "Filling"}})
    update_aggregate(reach=at, name="ui_state", data=UI)
    return f"/device/{pump.id}/chart/"


def point(start, value):
    return Point(start, 1, value, value, value, value, value)


def text(response):
    return response.content.decode()


def test_a_variable_is_drawn_without_scripts(browse, bob, tank):
    page = text(browse(bob).get(tank + "?s=tank.level&range=1h"))

    assert "&lt;b&gt;Level&lt;/b&gt;" in page
    assert "<b>Level</b>" not in page
    assert 'class="series s-1" d="M' in page
    assert 'class="limit s-red"' in page
    assert "5.5 %" in page
    assert "1.5 % to 5.5 %" in page
    assert 'value="1h" aria-pressed="true"' in page


def test_a_plot_has_its_lines_strips_and_width(browse, bob, tank):
    page = text(browse(bob).get(tank + "?plot=tank.day"))

    assert "The day" in page
    assert 'value="7d" aria-pressed="true"' in page
    assert 'class="dv-chart-strip" data-path="tank.on"' in page
    assert "<title>Off</title>" in page


def test_another_value_is_added_and_one_taken_out(browse, bob, tank):
    page = text(browse(bob).get(tank + "?s=tank.level&add=tank.words"))

    assert 'data-path="tank.words"' in page
    assert '<option value="tank.on">' in page
    assert 'aria-label="Remove words"' in page


def test_the_script_gets_columns_and_what_stands_around(browse, bob, tank):
    data = browse(bob).get(tank + "?s=tank.level&s=tank.on&range=1h&part=data&points=500").json()

    [level] = data["lines"]
    assert level["mean"][-2:] == [5.5, 5.5]
    assert level["limits"] == [{"label": "Low", "low": 2, "high": None, "ink": "s-red"}]
    assert data["scales"][0]["side"] == "left"
    assert 'data-path="tank.on"' in data["around"]


def test_the_file_has_a_column_a_line(browse, bob, tank):
    response = browse(bob).get(tank + "export.csv?s=tank.level&s=tank.on&range=1h")
    rows = b"".join(response.streaming_content).decode().splitlines()

    assert rows[0] == "Time,tank · <b>Level</b> (%) [tank.level],Pump [tank.on]"
    assert [row.split(",", 1)[1] for row in rows[1:]] == ["1.5,true", "2.5,false", "3.5,true", "4.5,false", "5.5,true"]
    assert "T" in rows[1]


def test_where_nothing_is_it_leads_to_the_last_data(browse, bob, tank):
    page = text(browse(bob).get(tank + "?s=tank.level&from=2026-01-01T00:00&to=2026-01-02T00:00"))
    assert "No data in this period" in page
    assert "Jump to last data" not in page

    ahead = now_ms() + 10 * MINUTE
    page = text(browse(bob).get(f"{tank}?s=tank.level&from={ahead}&to={ahead + MINUTE}"))
    assert "Jump to last data" in page


@pytest.mark.parametrize(
    "query",
    [
        "s=%00",
        "s=" + "x" * 3000,
        "s=__proto__",
        "plot=no.such",
        "from=soon",
        "view=odd",
        "points=%C2%B2",
        "range=9y",
        "from=2026-11-29T00:00&to=2200-01-01T00:00",
        "from=0001-01-01T00:00&to=9999-12-31T23:59:59",
        "to=99999999999999",
        "add=zz",
    ],
)
def test_odd_questions_are_answered(browse, bob, tank, query):
    assert browse(bob).get(f"{tank}?{query}").status_code == 200
    assert browse(bob).get(f"{tank}?part=data&{query}").status_code == 200
    assert browse(bob).get(f"{tank}?part=plot&{query}").status_code == 200


def test_without_the_right_to_history_charts_are_off(browse, bob, tank):
    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.create(name="Now", flags=["device_view"]))

    page = text(browse(bob).get(tank + "?s=tank.level"))
    assert "device_history" in page
    assert "<device-chart" not in page
    assert browse(bob).get(tank + "?part=data").status_code == 403
    assert browse(bob).get(tank + "export.csv").status_code == 403


def test_strangers_find_nothing(browse, mallory, tank):
    assert browse(mallory).get(tank).status_code == 404


def test_a_long_history_asks_no_more(browse, bob, alice, pump, reach, tank, statements):
    client = browse(bob)
    before = statements(lambda: client.get(tank + "?s=tank.level&range=1h"))
    for n in range(30):
        post_message(reach=reach(alice, pump), name="tag_values", data={"tank": {"level": n}})

    assert statements(lambda: client.get(tank + "?s=tank.level&range=1h")) <= before


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


def test_a_strip_says_where_it_begins(browse, bob, tank, monkeypatch):
    monkeypatch.setattr("doover_web.data.values.MOST_CHANGES", 2)

    page = text(browse(bob).get(tank + "?s=tank.on&range=1h"))

    assert "Changes before this are not shown" in page


def test_a_value_leads_to_an_alarm_for_who_may_make_one(browse, alice, bob, tank):
    assert "?alarm=new&amp;key=tank.level" in text(browse(alice).get(tank + "?s=tank.level"))
    assert "?alarm=new" not in text(browse(bob).get(tank + "?s=tank.level"))


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


def told(at, *, ago, **values):
    post_message(reach=at, name="tag_values", data={"t": values}, ts=now_ms() - ago * MINUTE)


def test_a_number_that_is_told_on_change_alone_reaches_to_now(browse, bob, alice, pump, reach):
    at = reach(alice, pump)
    for minutes, metres in ((242, 1), (241, 2), (240, 3)):
        told(at, ago=minutes, metres=metres)
    update_aggregate(reach=at, name="tag_values", data={"t": {"metres": 3, "other": 1}})
    there = f"/device/{pump.id}/chart/?s=t.metres&range=12h&part=data"

    [line] = browse(bob).get(there).json()["lines"]
    assert (line["breaks"], line["mean"]) == ([], [1, 2, 3, 3])

    update_aggregate(reach=at, name="tag_values", data={"t": {"metres": 9}})
    [line] = browse(bob).get(there).json()["lines"]
    assert line["breaks"] == [3]


def test_what_did_not_change_while_the_device_spoke_held(browse, bob, alice, pump, reach):
    at = reach(alice, pump)
    told(at, ago=600, rain=0)
    for ago in range(585, 100, -15):
        told(at, ago=ago, air=20 + ago % 2)
    told(at, ago=100, rain=4)
    there = f"/device/{pump.id}/chart/?s=t.rain&range=12h&part=data"

    answer = browse(bob).get(there).json()

    [line] = answer["lines"]
    assert (line["breaks"], line["mean"]) == ([], [0, 0, 4])
    assert "0 to 4, mean 0" in answer["legend"]  # nine dry hours and a drop, not the middle of two messages


def test_a_device_that_was_silent_leaves_a_gap(browse, bob, alice, pump, reach):
    at = reach(alice, pump)
    for ago in (600, 590, 580, 100, 90, 80):
        told(at, ago=ago, rain=ago)

    [line] = browse(bob).get(f"/device/{pump.id}/chart/?s=t.rain&range=12h&part=data").json()["lines"]
    assert line["breaks"] == [3]


def test_the_mean_of_directions_lies_between_them(browse, bob, alice, pump, reach):
    at = reach(alice, pump)
    children = {"from": {"type": "uiVariable", "units": "°", "currentValue": "$tag.app().from:number"}}
    ui = {"state": {"children": {"t": {"type": "uiApplication", "children": children}}}}
    update_aggregate(reach=at, name="ui_state", data=ui)
    for ago, degrees in ((3, 350), (2, 10)):
        told(at, ago=ago, **{"from": degrees})

    legend = browse(bob).get(f"/device/{pump.id}/chart/?s=t.from&range=1h&part=data").json()["legend"]
    assert "10 ° to 350 °" in legend
    assert "mean 0 °" in legend


def test_a_value_is_added_to_the_plot_of_the_address(browse, bob, tank):
    page = text(browse(bob).get(tank + "?plot=tank.day&range=6h&add=tank.words"))

    for path in ("tank.level", "tank.on", "tank.words"):
        assert f'data-path="{path}"' in page


def test_strips_alone_have_a_time_axis(browse, bob, tank):
    assert "dv-chart-x-alone" in text(browse(bob).get(tank + "?s=tank.on"))
    assert "dv-chart-x-alone" not in text(browse(bob).get(tank + "?s=tank.on&s=tank.level"))


def test_the_legend_names_marks_and_a_band_only_where_there_is_one(browse, bob, alice, pump, reach, tank):
    command = {"method": "start", "request": {}, "actor": {"name": "Alice"}}
    post_message(reach=reach(alice, pump), name="ui_cmds", data=command)
    page = text(browse(bob).get(tank + "?s=tank.level&range=1h"))
    assert "Violet line: Start, Alice" in page
    assert page.index("dv-legend") < page.index("data-drawn")
    assert "Band:" not in page

    for n in range(400):
        told(reach(alice, pump), ago=0, level=n)
    page = browse(bob).get(f"/device/{pump.id}/chart/?s=t.level&range=1h&part=data&points=100").json()["legend"]
    assert "Band: lowest and highest in each 10 s" in page


def test_the_legend_tells_of_bands_that_are_seen_with_the_width_of_their_lines():
    def shown(title, step, pairs):
        points = [Point(n * step, 2, low, high, low + high, low, high) for n, (low, high) in enumerate(pairs)]
        course = Course(title, 0, step * len(points), step, points)
        return Shown(Drawn(Line(title, title), 1, course, [points]), Facts())

    level, flow = shown("Level", WEEK, [(10, 90)] * 20), shown("Flow", WEEK // 7, [(1, 5)] * 20)
    calm = shown("Calm", 240_000, [(n, n) for n in range(98)] + [(1, 3), (2, 4)])
    chart = Chart(1, "", "", None, "line", [], None)
    for numbers, bands in (
        ([level], [("", WEEK)]),
        ([level, flow], [("Level", WEEK), ("Flow", WEEK // 7)]),
        ([level, calm], [("Level", WEEK)]),
        ([calm], []),
    ):
        chart.numbers = numbers
        assert chart.bands == bands


def test_files_say_whose_they_are(browse, bob, tank):
    data = browse(bob).get(tank + "?s=tank.level&from=2026-11-01T10:00&to=2026-11-01T12:30&part=data").json()
    assert data["file"] == "pump-7-blevelb-2026-11-01"
    assert data["title"] == "Pump 7: <b>Level</b>"
    assert data["period"].startswith("2026-11-01 10:00 – 12:30")

    file = browse(bob).get(tank + "export.csv?s=tank.level&from=2026-11-01T10:00&to=2026-11-01T12:30")
    assert file["Content-Disposition"] == 'attachment; filename="pump-7-blevelb-2026-11-01.csv"'


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


SET = {
    "speed": {
        "type": "uiVariable",
        "displayString": "Wanted speed",
        "currentValue": "$cmds.app().speed",
        "units": "Hz",
    },
    "both": {
        "type": "uiMultiPlot",
        "displayString": "Wanted and real",
        "series": {
            "wanted": {
                "displayString": "Wanted",
                "lookup": "$cmds.app().speed:number",
                "dataType": "number",
                "units": "Hz",
            },
            "real": {"displayString": "Real", "lookup": "$tag.app().rpm:number", "dataType": "number"},
        },
    },
    "run": {"type": "uiSwitch", "displayString": "Run", "currentValue": "$cmds.app().run"},
}


@pytest.fixture
def motor(alice, pump, reach):
    """A pump that was set to 20, then 35, beside commands and what other applications were set to."""
    at = reach(alice, pump)

    def kept(minutes, **data):
        post_message(reach=at, name="ui_cmds", data=data, ts=now_ms() - minutes * MINUTE)

    kept(50, type="log", app_key="pump_1", key="speed", value=20)
    kept(40, type="log", app_key="other_1", key="speed", value=99)
    kept(31, type="rpc", app_key="pump_1", method="speed", request=35, status={"code": "success"})
    kept(30, type="log", app_key="pump_1", key="speed", value=35)
    kept(20, type="log", app_key="pump_1", key="run", value=True)
    post_message(reach=at, name="tag_values", data={"pump_1": {"rpm": 900}}, ts=now_ms() - 10 * MINUTE)
    update_aggregate(reach=at, name="ui_cmds", data={"pump_1": {"speed": 35, "run": True}})
    update_aggregate(reach=at, name="tag_values", data={"pump_1": {"rpm": 950}})
    page = {"state": {"children": {"pump_1": {"type": "uiApplication", "children": SET}}}}
    update_aggregate(reach=at, name="ui_state", data=page)
    return f"/device/{pump.id}/chart/"


def test_what_a_control_was_set_to_is_drawn_in_steps(browse, bob, motor, pump):
    client = browse(bob)
    data = client.get(motor + "?plot=pump_1.both&range=1h&part=data").json()

    wanted, real = data["lines"]
    assert (wanted["path"], real["path"]) == ("$cmds.pump_1.speed", "pump_1.rpm")
    assert wanted["mean"] == [20, 20, 35, 35]  # no slope from one to the other
    assert wanted["times"][2] - wanted["times"][1] == 1
    assert "35 Hz" in data["legend"]
    page = text(client.get(f"/device/{pump.id}/"))
    assert "s=%24cmds.pump_1.speed" in page
    assert "Wanted and real over time" in page


def test_a_switch_is_a_strip_and_no_alarm_is_offered_on_it(browse, alice, motor):
    page = text(browse(alice).get(motor + "?s=$cmds.pump_1.run&range=1h"))

    assert 'class="dv-chart-strip" data-path="$cmds.pump_1.run"' in page
    assert ">On</b>" in page
    assert "Make an alarm for" not in page
    assert '<option value="$cmds.pump_1.speed">' in page


def test_the_file_has_what_was_set_in_the_order_of_time(browse, bob, motor):
    response = browse(bob).get(motor + "export.csv?plot=pump_1.both&range=1h")
    rows = b"".join(response.streaming_content).decode().splitlines()

    assert [row.split(",", 1)[1] for row in rows[1:]] == ["20,", "35,", ",900"]


def test_settings_of_a_private_channel_are_not_drawn(browse, alice, bob, motor, pump):
    Channel.objects.filter(agent_id=pump.id, name="ui_cmds").update(is_private=True)

    assert browse(bob).get(motor + "?s=$cmds.pump_1.speed&range=1h&part=data").json()["lines"] == []
    rows = b"".join(browse(bob).get(motor + "export.csv?s=$cmds.pump_1.speed&range=1h").streaming_content)
    assert b"35" not in rows
