"""Before, after and limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.window import Window, read_window
from doover_web.common.wire import BadRequest


def test_nothing_asked_is_the_newest_fifty():
    assert read_window({}, maximum=1500) == Window(before=None, after=None, limit=50)
    assert read_window({"limit": "", "before": ""}, maximum=1500) == Window()


@given(st.integers(ID_MIN, ID_MAX), st.integers(ID_MIN, ID_MAX), st.integers(1, 1500))
def test_any_id_is_a_cursor(before, after, limit):
    query = {"before": str(before), "after": str(after), "limit": str(limit)}

    assert read_window(query, maximum=1500) == Window(before, after, limit)


def test_zero_is_a_cursor():
    assert read_window({"after": "0"}, maximum=1500).ascending
    assert read_window({"after": "0"}, maximum=1500).after == 0


@pytest.mark.parametrize(("query", "ascending"), [({}, False), ({"before": "1"}, False), ({"after": "1"}, True)])
def test_only_after_alone_turns_the_order_round(query, ascending):
    assert read_window(query, maximum=50).ascending is ascending
    assert not read_window({"before": "1", "after": "1"}, maximum=50).ascending


@pytest.mark.parametrize("limit", ["0", "-1", "1501", "ten", "1e3", "1.0", "+5", " 5", "١"])
def test_a_limit_out_of_range_is_refused_never_cut(limit):
    with pytest.raises(BadRequest) as refused:
        read_window({"limit": limit}, maximum=1500)
    assert refused.value.code == "bad_limit"


@given(st.text(max_size=25).filter(lambda text: text != "" and not text.lstrip("-").isdigit()))
def test_anything_else_is_no_cursor(text):
    with pytest.raises(BadRequest) as refused:
        read_window({"before": text}, maximum=1500)
    assert refused.value.code == "bad_cursor"


@pytest.mark.parametrize("cursor", [ID_MAX + 1, ID_MIN - 1, 10**30])
def test_a_cursor_beyond_64_bits_is_refused(cursor):
    with pytest.raises(BadRequest):
        read_window({"after": str(cursor)}, maximum=1500)
