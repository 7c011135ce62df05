"""Long work in slices."""

from doover_web.common.slices import slice_of


def test_it_ends_with_the_work():
    assert slice_of(iter([3, 0, 2]), seconds=60) == (5, False)


def test_it_stops_when_time_is_up_and_says_that_more_is_left():
    left = iter([3, 4, 5])

    assert slice_of(left, seconds=0) == (3, True)
    assert list(left) == [4, 5]


def test_work_that_gets_nowhere_is_not_begun_again():
    assert slice_of(iter([0, 4]), seconds=0) == (0, False)
