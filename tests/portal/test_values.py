"""Numbers, colours, ranges and scales as a tree has them."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.pages.drawings import icon_of
from portal.ui import values


@pytest.mark.parametrize(
    ("value", "precision", "text"),
    [
        (31635, 0, "31,635"),
        (63.27, 1, "63.3"),
        (-71, 0, "−71"),
        (-0.04, 1, "0.0"),
        (2.5, None, "2.5"),
        (123456789.123, None, "123,456,789"),
        (0.00001234, None, "1.234e−05"),
        (0, None, "0"),
        (22.46, None, "22.46"),
        (1 / 3, None, "0.333333"),
        (3, 3, "3.000"),
        (7, "second", "7"),
        (7, True, "7"),
        (1450, None, "1,450"),
        (1e300, 2, f"{1e300:,.2f}"),
    ],
)
def test_numbers_for_people(value, precision, text):
    assert values.number_text(value, precision) == text


@pytest.mark.parametrize(
    ("colour", "token"),
    [
        ("blue", "blue"),
        ("LimeGreen", "limegreen"),
        ("#b00020", "red"),
        ("#FF9800", "orange"),
        ("#123", "blue"),
        ("#888888", "grey"),
        ("teal", "green"),
        ("papayawhip", "grey"),
        ("red;x", ""),
        ("url(//evil.example)", ""),
        ("#12", ""),
        ("#12345", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_colour_becomes_a_token_or_nothing(colour, token):
    assert values.colour_of(colour) == token


def test_ranges_match_in_their_order_and_leave_gaps():
    ranges = values.ranges_of(
        [
            {"min": 0, "max": 20, "colour": "red", "label": "Low"},
            {"min": 20, "max": 50, "colour": "blue", "showOnGraph": False},
            {"min": "60", "max": 100},
            {"min": 5},
            {"min": 9, "max": 1},
            "nonsense",
        ]
    )

    assert [(one.min, one.max, one.on_graph) for one in ranges] == [(0, 20, True), (20, 50, False), (60, 100, True)]
    assert values.match(ranges, 20).label == "Low"
    assert values.match(ranges, 55) is None
    assert values.scale_of(ranges, "") == values.Scale(0, 100)


def test_scales_without_ranges():
    assert values.scale_of([], "%") == values.Scale(0, 100)
    assert values.scale_of([], "kPa", (12.0, 87.0)) == values.Scale(0, 100)
    assert values.scale_of([], "kPa", (5.0, 5.0)).max > 5
    assert values.scale_of([], "kPa") == values.Scale(0, 1)
    assert values.Scale(0, 10).share(99) == 1


def test_moments_in_seconds_milliseconds_and_words():
    moments = [values.moment_of(one, UTC) for one in (1767225600, 1767225600000, "2026-01-01T00:00:00Z", "1767225600")]

    assert {f"{one:%Y-%m-%d %H:%M}" for one in moments} == {"2026-01-01 00:00"}
    assert [values.moment_of(one, UTC) for one in (None, True, "soon", 1e300, [])] == [None] * 5


def test_units_in_old_labels():
    assert values.split_units("Level (%)") == ("Level", "%")
    assert values.split_units("Flow (L/s) (mean)") == ("Flow", "L/s) (mean")
    assert values.split_units("(none)") == ("(none)", "")


@pytest.mark.parametrize(
    ("name", "drawing"),
    [
        ("droplet", "droplet"),
        ("fa-gauge", "gauge"),
        ("fa-solid fa-robot", "robot"),
        ("battery-half", "battery-2"),
        ("tachometer-alt-fast", "gauge"),
        ("no-such-thing", "point"),
        ("../../settings", "point"),
        ("", ""),
        (None, ""),
    ],
)
def test_icons(name, drawing):
    assert icon_of(name) == drawing


@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    st.none() | st.integers() | st.floats() | st.text(),
)
def test_every_number_has_words(value, precision):
    assert values.number_text(value, precision)
    values.scale_of([], "", (value, value) if abs(value) < 1e300 else None)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns"])
@pytest.mark.parametrize("said", ["0001-01-01", "9999-12-31T23:59:59", 253402300799000, -62135596800000])
def test_the_ends_of_the_calendar_are_no_moments(said, zone):
    assert values.moment_of(said, ZoneInfo(zone)) is None


@pytest.mark.parametrize(("low", "high"), [(1e20, 1e20), (0, 5e-324), (-1e300, 1e300), (7, 7)])
def test_a_scale_always_has_two_ends(low, high):
    scale = values.scale_of([values.Range(low, high, "red")], "")

    assert scale.max > scale.min
    assert 0 <= scale.share(low) <= scale.share(high) <= 1
    assert values.scale_of([], "", (low, high)).max > low
