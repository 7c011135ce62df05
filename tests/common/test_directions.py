"""The mean of directions."""

import pytest

from doover_web.common.directions import mean_direction


@pytest.mark.parametrize(
    ("runs", "mean"),
    [
        ([[(0, 350), (60, 10)]], 0),
        ([[(0, 350)], [(90, 10)]], 0),  # each alone
        ([[(0, 90), (60, 90), (70, 180), (130, 180)]], 135),
        ([[(0, 90), (180, 90), (180, 0), (240, 0)]], 71.565),  # as long as it blew so
        ([[(0, -5), (60, -15)]], -10),
        ([[(0, 80)], [(9, 100)], [(99, 90)]], 90),
    ],
)
def test_north_lies_between_north_west_and_north_east(runs, mean):
    found = mean_direction(runs)

    assert (found + 180) % 360 - 180 == pytest.approx(mean, abs=1e-3)


@pytest.mark.parametrize("runs", [[], [[]], [[(0, 90), (60, 270)]]])
def test_what_cancels_itself_has_none(runs):
    assert mean_direction(runs) is None
