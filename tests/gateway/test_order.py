"""The order of one channel, and the queue of one socket, without a network."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.snowflake import first_id_of
from doover_web.gateway import outbox
from doover_web.gateway.frames import CREATED, DELETED, SHOT, STATE, SYNC, UPDATED, Row
from doover_web.gateway.order import Order
from doover_web.gateway.outbox import Outbox, Overflow

NOW = 1_800_000_000_000
MESSAGE = first_id_of(NOW - 100)
KEY = (7, "level")


def state(revision):
    return Row(7, "level", STATE, False, revision, str(revision))


def message(kind, step=0, message_id=MESSAGE):
    return Row(7, "level", kind, False, message_id, "…", step)


@given(st.permutations(range(1, 12)), st.lists(st.integers(1, 11)))
def test_states_come_out_once_and_in_order_whatever_way_they_came(arrivals, repeated):
    order = Order()
    order.start(0)
    out = [row.mark for revision in itertools.chain(arrivals, repeated) for row in order.take(state(revision), NOW)]
    assert out == list(range(1, 12))
    assert not order.incomplete


def test_a_gap_waits_and_then_goes_on_from_what_was_read():
    order = Order()
    order.start(4)
    assert order.take(state(6), NOW) == []
    assert order.has_gap
    assert order.take(state(8), NOW) == []
    assert [row.mark for row in order.resume_at(7)] == [8]
    assert not order.incomplete


def test_what_waits_is_bounded():
    order = Order()
    order.start(0)
    for revision in range(2, 5000):
        order.take(state(revision), NOW)
    assert len(order._waiting) == 256


def test_a_change_never_comes_before_its_message():
    order = Order()
    assert order.take(message(UPDATED, 1), NOW) == []
    assert [row.kind for row in order.take(message(CREATED), NOW)] == [CREATED, UPDATED]
    assert [row.kind for row in order.take(message(UPDATED, 2), NOW)] == [UPDATED]


@given(st.permutations(range(1, 9)), st.lists(st.integers(1, 8)), st.booleans())
def test_changes_of_a_message_come_out_once_and_in_order(arrivals, repeated, starts_late):
    order, out = Order(), []
    rows = [message(UPDATED if step < 8 else DELETED, step) for step in (*arrivals, *repeated)]
    rows.insert(3 if starts_late else 0, message(CREATED))
    for row in rows:
        out += order.take(row, NOW)
    assert [row.step for row in out] == list(range(9))
    assert not order.incomplete


def test_an_overtaken_change_of_an_old_message_is_dropped():
    order, old = Order(), first_id_of(NOW - 60_000)
    assert order.take(message(UPDATED, 7, old), NOW)
    assert order.take(message(UPDATED, 6, old), NOW) == []
    assert order.take(message(UPDATED, 8, old), NOW)


def test_a_change_that_never_comes_holds_up_the_others_for_a_moment_only():
    order = Order()
    order.take(message(CREATED), NOW)
    assert order.take(message(UPDATED, 3), NOW) == order.take(message(UPDATED, 2), NOW) == []
    assert [row.step for row in order.give_up()] == [2, 3]
    assert order.take(message(UPDATED, 1), NOW) == []
    assert order.take(message(UPDATED, 4), NOW)


def test_a_change_of_an_old_message_does_not_wait():
    assert Order().take(message(UPDATED, 1, first_id_of(NOW - 60_000)), NOW)


def test_a_change_waits_a_moment_only():
    order = Order()
    order.take(message(UPDATED, 1), NOW)
    assert [row.kind for row in order.give_up()] == [UPDATED]
    assert not order.incomplete
    assert order.take(message(UPDATED, 2), NOW)


def test_the_newest_state_wins_when_the_queue_is_full(monkeypatch):
    monkeypatch.setattr(outbox, "MOST_FRAMES", 3)
    queue = Outbox()
    queue.put(SHOT, KEY, "shot")
    for revision in range(9):
        queue.put(STATE, KEY, str(revision))
    assert queue.stale == {KEY}
    assert queue.pop() == "shot"
    assert queue.pop() is None
    assert queue


def test_a_channel_that_is_left_owes_nothing():
    queue = Outbox()
    queue.put(SYNC, KEY, "state")
    queue.put(CREATED, KEY, "message")
    queue.forget(KEY)
    assert [queue.pop(), queue.pop()] == ["message", None]
    assert queue.size == 0


def test_messages_are_never_dropped_quietly(monkeypatch):
    monkeypatch.setattr(outbox, "MOST_BYTES", 10)
    queue = Outbox()
    queue.put(CREATED, KEY, "a frame longer than the bound still goes, alone")
    with pytest.raises(Overflow):
        queue.put(CREATED, KEY, "another")
