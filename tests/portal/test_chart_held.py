"""Charts of what holds for long, and of what goes up and down all the time: calm lines, and what they say."""

from doover_web.common.snowflake import now_ms
from doover_web.data import pyramid, series
from doover_web.data.models import Series
from doover_web.data.publish import post_message, update_aggregate
from doover_web.data.series import Course, Point
from portal.ui.chart_lines import Facts, Shown
from portal.ui.charts import Chart
from portal.ui.picture import Drawn
from portal.ui.plots import Line

MINUTE, HOUR = 60_000, 3_600_000


def told(at, *, ago: int, **tags):
    """What `at` said so many minutes ago."""
    post_message(reach=at, name="tag_values", data={"t": tags}, ts=now_ms() - ago * MINUTE)


def test_a_dry_day_is_a_line_although_it_rained_long_ago(browse, bob, alice, pump, reach):
    at = reach(alice, pump)
    told(at, ago=40 * 60, rain=0)
    for ago in [*range(26 * 60 + 510, 26 * 60, -1), *range(26 * 60, 0, -30)]:
        told(at, ago=ago, air=20 + ago % 7)
    update_aggregate(reach=at, name="tag_values", data={"t": {"rain": 0, "air": 20}})

    answer = browse(bob).get(f"/device/{pump.id}/chart/?s=t.rain&range=24h&part=data").json()

    [line] = answer["lines"]
    begins = line["times"][line["breaks"][-1] if line["breaks"] else 0]
    assert begins <= answer["after"] + HOUR
    assert line["mean"][-1] == 0


def test_what_held_at_the_beginning_counts_in_the_mean(browse, bob, alice, pump, reach):
    at = reach(alice, pump)
    told(at, ago=13 * 60, rain=0)
    for ago in range(12 * 60 + 45, 60, -15):
        told(at, ago=ago, air=20 + ago % 7)
    for ago in (60, 30, 1):
        told(at, ago=ago, rain=12)

    legend = browse(bob).get(f"/device/{pump.id}/chart/?s=t.rain&range=12h&part=data").json()["legend"]

    mean = float(legend.split("mean ")[1].split("<")[0])
    assert 0.5 < mean < 1.5  # an hour of twelve


def test_a_selection_says_nothing_that_held_and_the_whole_comes_later(browse, bob, alice, pump, reach, monkeypatch):
    monkeypatch.setattr(series, "RAW_MOST", 100)
    at = reach(alice, pump)
    told(at, ago=25 * 60, level=50)
    for ago in range(120, 1, -1):
        told(at, ago=ago, air=20 + ago % 7)
        if ago % 30 == 15:
            post_message(reach=at, name="tag_values", data={"t": {"level": ago}}, ts=now_ms() - ago * MINUTE + 10_000)
    update_aggregate(reach=at, name="tag_values", data={"t": {"level": 15, "air": 20}})
    address = f"/device/{pump.id}/chart/?s=t.level&range=24h&part=data"

    selection = browse(bob).get(address).json()
    Series.objects.update(opened_at="2025-01-01T00:00:00Z")
    pyramid.roll_up(seconds=10)
    whole = browse(bob).get(address).json()

    assert "50" not in selection["legend"]
    assert {15, 45, 75, 105} <= {round(value) for value in whole["lines"][0]["mean"] if value is not None}


def test_a_band_over_nearly_everything_is_told_in_words():
    points = [Point(n * HOUR, 60, 0, 10, 300, 0, 10) for n in range(20)]
    line = Drawn(Line("t.power", "Power"), 1, Course("t.power", 0, 20 * HOUR, HOUR, points), [points], is_calm=True)
    chart = Chart(1, "", "", None, "line", [], None)
    chart.numbers = [Shown(line, Facts(), each=240_000)]

    assert (chart.bands, chart.means, chart.row_step) == ([], [("Power", HOUR)], 240_000)


def test_the_table_says_what_a_row_stands_for(browse, bob, alice, pump, reach):
    at = reach(alice, pump)
    for ago in (3, 2):
        told(at, ago=ago, level=ago)
    there = f"/device/{pump.id}/chart/?s=t.level&range=1h"
    assert "each stands for" not in browse(bob).get(there).content.decode()

    for n in range(900):
        told(at, ago=1, level=n)

    assert "each stands for 10 s" in browse(bob).get(there).content.decode()


def test_a_picture_has_words_for_its_marks(browse, bob, alice, pump, reach):
    at = reach(alice, pump)
    told(at, ago=3, level=3)
    for name in ("start", "stop"):
        post_message(reach=at, name="ui_cmds", data={"method": name, "request": {}, "actor": {"name": "Alice"}})

    marks = browse(bob).get(f"/device/{pump.id}/chart/?s=t.level&range=1h&part=data").json()["markLegend"]

    assert marks == [{"kind": "wait", "words": "Violet lines: Stop, Alice, and 1 more"}]
