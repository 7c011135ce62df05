"""Charts of a device: what the page, the script and the file get, and for whom."""

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.models import GroupGrant, GroupRole

MINUTE = 60_000
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
    assert "the permission “Look back in time”" in page
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


def test_a_strip_says_where_it_begins(browse, bob, tank, monkeypatch):
    monkeypatch.setattr("doover_web.data.values.MOST_CHANGES", 2)

    page = text(browse(bob).get(tank + "?s=tank.on&range=1h"))

    assert "Changes before this are not shown" in page


def test_a_value_leads_to_an_alarm_for_who_may_make_one(browse, alice, bob, tank):
    assert "?alarm=new&amp;key=tank.level" in text(browse(alice).get(tank + "?s=tank.level"))
    assert "?alarm=new" not in text(browse(bob).get(tank + "?s=tank.level"))


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


def test_files_say_whose_they_are(browse, bob, tank):
    data = browse(bob).get(tank + "?s=tank.level&from=2026-11-01T10:00&to=2026-11-01T12:30&part=data").json()
    assert data["file"] == "pump-7-blevelb-2026-11-01"
    assert data["title"] == "Pump 7: <b>Level</b>"
    assert data["period"].startswith("2026-11-01 10:00 – 12:30")

    file = browse(bob).get(tank + "export.csv?s=tank.level&from=2026-11-01T10:00&to=2026-11-01T12:30")
    assert file["Content-Disposition"] == 'attachment; filename="pump-7-blevelb-2026-11-01.csv"'


def test_a_path_of_too_many_keys_is_left_out(browse, bob, tank):
    deep = ".".join(["a"] * 200)
    file = browse(bob).get(f"{tank}export.csv?range=1h&s={deep}&s=tank.level")

    head = b"".join(file.streaming_content).decode().splitlines()[0]
    assert "tank.level" in head
    assert deep not in head
