"""Ids that carry their moment."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common import snowflake
from doover_web.common.snowflake import EPOCH_MS, ID_MAX, ID_MIN, MESSAGE, Minter, first_id_of, ms_of


@pytest.mark.parametrize(
    ("ms", "cursor", "message_id"),
    [
        (1705320000000, -127379334758400000, -127379334758398679),
        (1735689600000, 0, 1321),
        (1767225600000, 132271570944000000, 132271570944001321),
        (1772600767890, 154816659125698560, 154816659125699881),
    ],
)
def test_the_examples_of_the_contract(ms, cursor, message_id):
    assert first_id_of(ms) == cursor
    assert ms_of(message_id) == ms
    assert cursor | 5 << 8 | MESSAGE << 4 | 9 == message_id


@given(st.integers(snowflake.MS_MIN, snowflake.MS_MAX))
def test_a_moment_comes_back_from_its_first_and_its_last_id(ms):
    first = first_id_of(ms)

    assert ID_MIN <= first <= ID_MAX
    assert ms_of(first) == ms == ms_of(first + (1 << 22) - 1)
    assert ms == snowflake.MS_MIN or ms_of(first - 1) == ms - 1


@given(st.integers(ID_MIN, ID_MAX), st.integers(ID_MIN, ID_MAX))
def test_ids_sort_as_their_moments(one, other):
    if ms_of(one) < ms_of(other):
        assert one < other


def test_the_span_of_moments():
    assert (snowflake.MS_MIN, snowflake.MS_MAX) == (EPOCH_MS - 2**41, EPOCH_MS + 2**41 - 1)


def test_minted_ids_rise_and_never_repeat():
    minter = Minter(5)

    ids = [minter.mint(MESSAGE) for _ in range(5000)]

    assert ids == sorted(set(ids))
    assert {id_ >> 4 & 15 for id_ in ids} == {MESSAGE}
    assert {id_ >> 8 & 1023 for id_ in ids} == {5}


def test_threads_share_a_minter():
    minter, ids = Minter(), []
    threads = [threading.Thread(target=lambda: ids.extend([minter.mint(1) for _ in range(500)])) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(ids)) == 2000


def test_a_clock_that_steps_back_repeats_nothing(monkeypatch):
    moments = iter([EPOCH_MS + 50, EPOCH_MS + 10, EPOCH_MS + 10, EPOCH_MS + 60])
    monkeypatch.setattr(snowflake, "now_ms", lambda: next(moments))
    minter = Minter(5)

    ids = [minter.mint(MESSAGE) for _ in range(4)]

    assert ids == sorted(set(ids))


@given(st.integers(EPOCH_MS - 10**12, EPOCH_MS + 10**11))
def test_many_ids_of_one_past_millisecond_stay_apart(ms):
    minter = Minter(5)

    ids = [minter.mint_at(MESSAGE, ms) for _ in range(100)]

    assert len(set(ids)) == 100
    assert {ms_of(id_) for id_ in ids} == {ms}
    assert {id_ >> 4 & 15 for id_ in ids} == {MESSAGE}
