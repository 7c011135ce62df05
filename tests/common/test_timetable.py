"""When `cron(…)` and `rate(…)` come next."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from doover_web.common.timetable import NotATimetable, coming, read_timetable

SYDNEY = ZoneInfo("Australia/Sydney")
EVENING = datetime(2026, 10, 3, 12, tzinfo=UTC)  # the night before the clocks go forward in Sydney


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cron(0 8 1 * ?)", "2026-11-01 08:00"),
        ("cron(0 8 ? * 2 *)", "2026-10-05 08:00"),  # AWS: 2 is Monday
        ("cron(0 8 * * 2)", "2026-10-06 08:00"),  # five fields: 2 is Tuesday
        ("cron(0 8 ? * MON-FRI *)", "2026-10-05 08:00"),
        ("cron(0 0 L * ?)", "2026-10-31 00:00"),
        ("cron(0 9 ? * 2#1 *)", "2026-10-05 09:00"),
        ("cron(0 9 ? * 6L *)", "2026-10-30 09:00"),  # the last Friday
        ("cron(0/15 * * * ? *)", "2026-10-03 22:15"),
        ("cron(0 0 1 1 ? 2030)", "2030-01-01 00:00"),
        ("rate(5 minutes)", "2026-10-03 22:05"),
        ("rate(1 day)", "2026-10-04 23:00"),
    ],
)
def test_the_next_time(text, expected):
    found = read_timetable(text, SYDNEY).next_after(EVENING)
    assert f"{found.astimezone(SYDNEY):%Y-%m-%d %H:%M}" == expected


def test_an_hour_that_spring_skips_comes_right_after_it():
    first, second = coming(read_timetable("cron(30 2 * * ?)", SYDNEY), EVENING, 2)
    assert (f"{first.astimezone(SYDNEY):%d %H:%M}", f"{second.astimezone(SYDNEY):%d %H:%M}") == ("04 03:30", "05 02:30")


def test_nothing_comes_twice_in_autumn():
    before = datetime(2026, 4, 4, 12, tzinfo=UTC)  # the clocks go back on the 5th
    times = coming(read_timetable("cron(30 2 * * ?)", SYDNEY), before, 3)
    assert [f"{one.astimezone(SYDNEY):%d %H:%M}" for one in times] == ["05 02:30", "06 02:30", "07 02:30"]


def test_what_a_report_tells_about():
    timetable = read_timetable("cron(0 8 1 * ?)", SYDNEY)
    due = timetable.next_after(EVENING)
    assert f"{timetable.last_before(due).astimezone(SYDNEY):%Y-%m-%d %H:%M}" == "2026-10-01 08:00"


@pytest.mark.parametrize("text", ["", "disabled", "cron(0 0 30 2 ?)", "cron(0 0 1 1 ? 2020)"])
def test_what_never_comes(text):
    assert read_timetable(text).next_after(EVENING) is None


@pytest.mark.parametrize(
    "text", ["cron(61 * * * *)", "cron(* * *)", "cron(r r * * *)", "rate(0 days)", "every day", "cron(a b c d e)"]
)
def test_no_timetable(text):
    with pytest.raises(NotATimetable):
        read_timetable(text)
