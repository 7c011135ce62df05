"""The chart panel without scripts, and the lines that the server draws."""

from zoneinfo import ZoneInfo

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.publish import post_message
from doover_web.data.series import Course, Point
from doover_web.identity.models import GroupGrant, GroupRole
from portal.ui.drawing import draw, number


@pytest.fixture
def tank(alice, pump, reach):
    for n in range(5):
        data = {"tank": {"metres": 1.5 + n}, "on": n % 2 == 0, "words": "x"}
        post_message(reach=reach(alice, pump), name="tank", data=data, ts=now_ms() - 60_000 * n)
    return f"/channels/{pump.id}/tank/"


def point(start, value):
    return Point(start, 1, value, value, value, value, value)


def test_the_first_number_is_drawn(browse, bob, tank):
    page = browse(bob).get(tank + "?panel=chart").content.decode()

    assert page.count("<chart-view") == 1
    assert 'path="tank.metres"' in page
    assert 'd="M' in page
    assert '<option value="on">on</option>' in page
    assert "words</option>" not in page


def test_the_page_is_light_until_it_opens(browse, bob, tank):
    page = browse(bob).get(tank).content.decode()

    assert "uPlot" not in page
    assert "?panel=chart" in page


def test_several_numbers_and_a_range(browse, bob, tank):
    page = browse(bob).get(tank + "?panel=chart&path=on&path=tank.metres&path=%3Cb%3E&range=1h").content.decode()

    assert page.count("<chart-view") == 3
    assert "&lt;b&gt;" in page
    assert 'value="1h" aria-pressed="true"' in page


@pytest.mark.parametrize(
    "query", ["from=soon", "from=2026-03-04T10:00&to=2026-03-04T09:00", "to=9999-99-99", "from=0001-01-01T00:00"]
)
def test_a_wrong_time_is_told(browse, bob, tank, query):
    response = browse(bob).get(f"{tank}?panel=chart&{query}")

    assert response.status_code == 200


def test_without_the_right_to_history_it_says_so(browse, bob, tank):
    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.create(name="Now", flags=["device_view"]))

    page = browse(bob).get(tank + "?panel=chart").content.decode()
    assert "You may not read the history" in page
    assert "<chart-view" not in page


def test_the_band_holds_the_extremes():
    course = Course("x", 0, 1000, 100, [Point(0, 2, -5, 9, 4, 1, 3), Point(500, 1, 2, 2, 2, 2, 2)])

    drawing = draw(course, ZoneInfo("UTC"))

    assert drawing.marks == ["10", "5", "0", "−5"]
    assert drawing.band.startswith("M0.0 14.4L")
    assert "L0.0 216.0Z" in drawing.band
    assert drawing.line.startswith("M0.0 ")


def test_silence_is_a_gap():
    course = Course("x", 0, 100_000, 0, [point(ms, 1.0) for ms in (0, 1000, 2000, 90_000, 91_000)])

    assert draw(course, ZoneInfo("UTC")).line.count("M") == 2


def test_one_value_and_none():
    assert draw(Course("x", 0, 10, 0, [point(5, 7.0)]), ZoneInfo("UTC")).line == "M500.0 108.0"
    assert draw(Course("x", 0, 10, 0, []), ZoneInfo("UTC")).line == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1.5, "1.5"),
        (-71, "−71"),
        (31635, "31,635"),
        (1e-7, "1e−07"),
        (0.1 + 0.2, "0.3"),
        (1e15, "1e+15"),
    ],
)
def test_numbers_for_people(value, words):
    assert number(value) == words


def test_a_secret_that_is_a_number_is_not_drawn(browse, alice, bob, pump, reach):
    data = {"lock": {"password": 4711, "hours": 8}}
    post_message(reach=reach(alice, pump), name="deployment_config", data=data)
    address = f"/channels/{pump.id}/deployment_config/?panel=chart&path=lock.password"

    assert "4,711" in browse(alice).get(address).content.decode()
    page = browse(bob).get(address).content.decode()
    assert "4,711" not in page
    assert "lock.hours" in page
