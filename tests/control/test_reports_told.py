"""What reports say of values that are told on change alone, among much that is said about something else."""

import json

import pytest
from django.db import connection

from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.control import fleet_report
from doover_web.control.report_run import run_report
from doover_web.control.reports import report_of
from doover_web.data import pyramid, told
from doover_web.data.models import Channel, Message, Series
from doover_web.data.publish import post_message, update_aggregate
from doover_web.data.series import open_series

from .test_reports import DAY, HOUR, asked, contents  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db
MINUTE = 60_000
FIGURES = ("count", "lowest", "mean", "highest", "first", "last")


@pytest.fixture
def midnight():
    """When today began."""
    return now_ms() // DAY * DAY


@pytest.fixture
def tell(pump, reach):
    """`tell(values)`: messages `(ms, what the pump says)`, many at once; the channel that they are in."""

    def write(values):
        post_message(reach=reach(pump, pump), name="tag_values", data={"pump": values[0][1]}, ts=values[0][0])
        channel = Channel.objects.get(agent_id=pump.id, name="tag_values")
        rows = [(pump.id, channel.id, first_id_of(ms), json.dumps({"pump": said}), ms) for ms, said in values[1:]]
        with connection.cursor() as cursor:
            columns = "agent_id, channel_id, id, author_id, data, received_at"
            cursor.executemany(f"INSERT INTO data_message ({columns}) VALUES (%s, %s, %s, 1, %s, %s)", rows)
        update_aggregate(reach=reach(pump, pump), name="tag_values", data={"pump": values[-1][1]})
        return channel

    return write


@pytest.fixture
def reported(creek, asked):  # noqa: F811
    """`reported(path, after, before)`: the row of the summary, the course and what the report says."""

    def ask(path, after, before):
        report_id = asked({"values": [path]}, period=(after, before))
        run_report(report_id)
        report = report_of(creek, report_id)
        [row] = contents(report, "summary.csv")
        figures = {key: float(row[key]) if row[key] else None for key in FIGURES}
        return figures, contents(report, "course.csv"), report.fields["logs"]

    return ask


def roll_up(channel, path):
    open_series(channel, path)
    for _ in range(200):
        if not pyramid.roll(channel.agent_id, channel.id):
            return


def busy_day(start, *pairs):
    """A message every seven seconds about something else, and `pairs` of a minute of the hour and what is told then."""
    other = [(start + place * 7200, {"x": place}) for place in range(12_000)]
    said = [(start + hour * HOUR + minute * MINUTE + 3, what) for hour in range(24) for minute, what in pairs]
    return [*other, *said]


def test_a_truth_among_much_else_is_told_whole(tell, reported, midnight):
    start = midnight - DAY
    channel = tell([(start - HOUR, {"on": False}), *busy_day(start, (10, {"on": True}), (55, {"on": False}))])

    first, course, words = reported("pump.on", start, midnight)
    roll_up(channel, "pump.on")

    assert first == {"count": 48, "lowest": 0, "mean": pytest.approx(0.75), "highest": 1, "first": 0, "last": 0}
    assert {float(row["highest"]) for row in course} == {0, 1}
    assert "ampled" not in words
    assert "About" not in words
    assert reported("pump.on", start, midnight)[0] == first


def test_a_number_among_much_else_is_told_whole(tell, reported, midnight):
    start = midnight - DAY
    said = [(start + hour * HOUR + 10 * MINUTE + 3, {"level": 90 if hour % 2 else 10}) for hour in range(24)]
    channel = tell([(start - MINUTE, {"level": 50}), *busy_day(start), *said])

    first, course, words = reported("pump.level", start, midnight)
    roll_up(channel, "pump.level")

    assert (first["count"], first["lowest"], first["highest"]) == (24, 10, 90)
    assert first["mean"] == pytest.approx((50 * 10 + 12 * 60 * 10 + 11 * 60 * 90 + 50 * 90) / 1440, abs=0.01)
    assert {float(row["mean"]) for row in course} == {10, 50, 90}
    assert "ampled" not in words
    assert reported("pump.level", start, midnight)[0] == first


@pytest.mark.parametrize(
    ("days", "every", "is_rolled"), [(30, 1, True), (60, 1, False), (365, 1, False), (365, 4, True)]
)
def test_the_mean_is_of_time_however_long_the_span(tell, reported, midnight, days, every, is_rolled):
    start, said = midnight - days * DAY, [(midnight - days * DAY - 1, {"on": False, "speed": 10})]
    for hour in range(0, 24 * days, every):
        at = start + hour * HOUR + 20 * MINUTE
        said += [(at, {"on": True, "speed": 90}), (at + 10 * MINUTE, {"on": False, "speed": 10})]
    channel = tell(said)
    if is_rolled:
        for path in ("pump.on", "pump.speed"):
            roll_up(channel, path)
        assert Series.objects.filter(edge=None).count() == 0
    share = 1 / 6 / every

    truth, course, _ = reported("pump.on", start, midnight)
    number, _, words = reported("pump.speed", start, midnight)

    assert truth["mean"] == pytest.approx(share, abs=0.0005)
    assert sum(float(row["mean"]) for row in course) / len(course) == pytest.approx(share, abs=0.005)
    assert number["mean"] == pytest.approx(10 + 80 * share, abs=0.05)
    assert "About" not in words


def test_what_is_too_much_is_rolled_up_and_read_whole(tell, reported, midnight, monkeypatch):
    monkeypatch.setattr(told, "MOST_READ", told.PAGE // 2)
    start = midnight - DAY
    tell([(start - HOUR, {"on": False}), *busy_day(start, (10, {"on": True}), (55, {"on": False}))])

    row, _, words = reported("pump.on", start, midnight)

    assert (row["count"], row["mean"]) == (48, pytest.approx(0.75))
    assert "ampled" not in words
    assert Series.objects.get().path == "pump.on"


def test_the_moments_of_a_truth_outlive_what_is_too_much_and_what_is_gone(tell, reported, midnight, monkeypatch):
    start = midnight - DAY
    said = [(start + minute * MINUTE, {"on": 20 <= minute % 60 < 30, "level": minute % 60}) for minute in range(1440)]
    channel = tell(said)
    roll_up(channel, "pump.on")
    roll_up(channel, "pump.level")
    monkeypatch.setattr(told, "MOST_TOLD", 1000)

    much, course, words = reported("pump.on", start + 7 * MINUTE, midnight - 7 * MINUTE)
    number = reported("pump.level", start, midnight)
    monkeypatch.undo()
    Message.objects.filter(channel_id=channel.id).delete()
    Series.objects.update(floor=midnight)
    gone = reported("pump.on", start, midnight)

    assert (much["count"], much["mean"]) == (1426, pytest.approx(240 / 1426))
    assert {float(one["mean"]) for one in course} == {0, 1}
    assert (gone[0]["count"], gone[0]["mean"]) == (1440, pytest.approx(1 / 6))
    assert "About" not in words + gone[2]
    assert (number[0]["count"], number[0]["highest"]) == (1440, 59)
    assert number[0]["mean"] == pytest.approx(29.5, abs=0.3)
    assert "About: pump.level of Pump 7." in number[2]


def test_a_selection_says_so_and_claims_nothing_that_held(tell, reported, midnight, monkeypatch):
    monkeypatch.setattr(fleet_report, "PATIENCE", 0)
    start = midnight - DAY
    tell([(start - HOUR, {"on": False}), *busy_day(start, (10, {"on": True}), (55, {"on": False}))])

    row, course, words = reported("pump.on", start, midnight)

    assert row["count"] < 48
    assert "Sampled: pump.on of Pump 7. There is too much" in words
    assert len(course) == row["count"]
    assert Series.objects.get().path == "pump.on"


def test_ends_are_numbers_that_were_told(tell, reported, midnight):
    start = midnight - 2 * DAY
    tell([(start - HOUR, {"rain": 7}), (start + 12 * HOUR, {"rain": 1})])

    row, course, _ = reported("pump.rain", start, start + DAY)

    assert (row["count"], row["lowest"], row["highest"], row["first"], row["last"]) == (1, 1, 7, 7, 1)
    assert {float(one["mean"]) for one in course} <= {1, 7}


@pytest.mark.parametrize("now", [1000, None, "north"])
def test_a_direction_is_known_by_what_it_told_in_the_span(tell, reported, midnight, now):
    start = midnight - 2 * DAY
    said = [(start + hour * HOUR, {"heading": degrees}) for hour, degrees in ((1, 350), (2, 10), (3, 350), (4, 20))]
    tell([*said, (midnight, {"heading": now})])

    row, _, _ = reported("pump.heading", start, start + DAY)

    assert (row["lowest"], row["highest"]) == (None, None)
    assert (row["mean"] + 180) % 360 - 180 == pytest.approx(0, abs=10)
