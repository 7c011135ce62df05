"""The one writer: many writes, one transaction, each with an outcome of its own."""

import json
import threading
from types import SimpleNamespace

import psycopg
import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from doover_web.common.snowflake import MESSAGE, Minter, first_id_of
from doover_web.common.wire import BadRequest, Busy, Forbidden, NotFound
from doover_web.data import commit as writer
from doover_web.data import publish
from doover_web.data.commit import commit
from doover_web.data.models import Channel, Message
from doover_web.data.partitions import ensure_partition
from doover_web.data.writes import ChangeAggregate, ChangeMessage, PostMessage, RemoveMessage

ID = first_id_of(1_772_600_767_890)


def state(applied):
    return json.loads(applied.aggregate.data)


def test_writes_are_folded_in_the_order_they_came(itself):
    outcomes = commit([ChangeAggregate(itself, "level", {"n": n, f"k{n}": n}) for n in range(5)])

    assert state(outcomes[0]) == {"n": 0, "k0": 0}
    assert state(outcomes[4]) == {"n": 4, "k0": 0, "k1": 1, "k2": 2, "k3": 3, "k4": 4}
    assert [outcome.aggregate.revision for outcome in outcomes] == [1, 2, 3, 4, 5]


def test_a_batch_costs_no_more_statements_than_a_pair(itself, statements):
    def batch(size, start=0):
        return [
            write
            for n in range(size)
            for write in (
                ChangeAggregate(itself, f"c{n % 7}", {"n": n}, log=True),
                PostMessage(itself, f"c{n % 7}", n, message_id=ID + start + n),
            )
        ]

    commit(batch(7))

    assert statements(lambda: commit(batch(100, 100))) == statements(lambda: commit(batch(7, 300)))


def test_a_refused_write_is_refused_alone(itself, reach, bob, pump):
    outcomes = commit(
        [
            ChangeAggregate(itself, "level", {"a": 1}),
            ChangeAggregate(reach(bob, pump), "level", {"a": 2}),
            ChangeMessage(itself, "level", ID, {}),
            ChangeAggregate(itself, "no such name", {}),
            PostMessage(itself, "level", "last"),
        ]
    )

    assert [type(outcome) for outcome in outcomes[1:4]] == [Forbidden, NotFound, BadRequest]
    assert state(outcomes[0]) == {"a": 1}
    assert Message.objects.get().data == "last"


def test_a_write_the_database_refuses_fails_alone(itself):
    poison = PostMessage(itself, "level", {"text": "\x00"})

    outcomes = commit([PostMessage(itself, "level", 1), poison, ChangeAggregate(itself, "level", {"a": 1})])

    assert (type(outcomes[1]), outcomes[1].code) == (BadRequest, "not_storable")
    assert Message.objects.get().data == 1
    assert state(outcomes[2]) == {"a": 1}


def test_a_fault_of_ours_fails_alone(itself, monkeypatch):
    merge = writer.merge
    monkeypatch.setattr(writer, "merge", lambda old, new: merge(old, new) if "bad" not in new else 1 / 0)

    outcomes = commit([ChangeAggregate(itself, "level", {"a": 1}), ChangeAggregate(itself, "level", {"bad": 1})])

    assert state(outcomes[0]) == {"a": 1}
    assert isinstance(outcomes[1], ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        publish.update_aggregate(reach=itself, name="level", data={"bad": 1})


def test_one_id_twice_in_a_batch_is_one_message(itself):
    outcomes = commit([PostMessage(itself, "level", {"v": 1}, message_id=ID) for _ in range(3)])

    assert [len(outcome.events) for outcome in outcomes] == [1, 0, 0]
    assert Message.objects.get().id == ID


def test_posted_deleted_and_posted_again_in_one_batch(itself):
    outcomes = commit(
        [
            PostMessage(itself, "level", "first", message_id=ID),
            RemoveMessage(itself, "level", ID),
            PostMessage(itself, "level", "second", message_id=ID),
        ]
    )

    assert [type(outcome.events[0]).__name__ for outcome in outcomes] == [
        "MessageCreated",
        "MessageDeleted",
        "MessageCreated",
    ]
    assert Message.objects.get().data == "second"


def test_posted_changed_and_deleted_in_one_batch(itself):
    commit([PostMessage(itself, "level", {"a": 1}, message_id=ID), ChangeMessage(itself, "level", ID, {"b": 2})])
    assert Message.objects.get().data == {"a": 1, "b": 2}

    commit([ChangeMessage(itself, "level", ID, {"c": 3}), RemoveMessage(itself, "level", ID)])
    assert not Message.objects.exists()


def test_an_id_minted_twice_is_minted_again(itself, monkeypatch):
    """Two processes may meet on one id of a past millisecond; neither message may be lost."""
    minted = iter([ID, ID, ID + 1])
    monkeypatch.setattr(writer, "new_message_id", lambda ts=None, behind=None: next(minted))
    publish.post_message(reach=itself, name="level", data="first")

    second = publish.post_message(reach=itself, name="level", data="second")

    assert second.id == ID + 1
    assert dict(Message.objects.values_list("id", "data")) == {ID: "first", ID + 1: "second"}


def test_a_missing_partition_is_made(itself):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {ensure_partition(timezone.now())}")

    outcomes = commit([PostMessage(itself, "level", n) for n in range(3)])

    assert [outcome.message.data for outcome in outcomes] == [b"0", b"1", b"2"]
    assert Message.objects.count() == 3


@pytest.mark.parametrize("problem", ["OperationalError", "AdminShutdown", "TooManyConnections", "CannotConnectNow"])
def test_a_lost_database_stores_nothing_and_says_so(itself, monkeypatch, problem):
    kind = getattr(psycopg.errors, problem, psycopg.OperationalError)
    monkeypatch.setattr(writer.rows, "store", lambda *_: (_ for _ in ()).throw(kind("gone")))

    outcomes = commit([PostMessage(itself, "level", n) for n in range(3)])

    assert [type(outcome) for outcome in outcomes] == [Busy, Busy, Busy]
    assert not Message.objects.exists()


def test_a_deadlock_is_tried_again(itself, monkeypatch):
    store, deadlocks = writer.rows.store, [psycopg.errors.DeadlockDetected("deadlock detected")]

    def unlucky_once(*args):
        if deadlocks:
            raise deadlocks.pop()
        return store(*args)

    monkeypatch.setattr(writer.rows, "store", unlucky_once)

    assert state(commit([ChangeAggregate(itself, "level", {"a": 1})])[0]) == {"a": 1}


def test_endless_deadlocks_end_in_busy(itself, monkeypatch):
    def unlucky(*_):
        raise psycopg.errors.DeadlockDetected("deadlock detected")

    monkeypatch.setattr(writer.rows, "store", unlucky)

    assert type(commit([ChangeAggregate(itself, "level", {"a": 1})])[0]) is Busy


def test_threads_with_overlapping_channels_do_not_wait_in_a_circle(committed, itself):
    names, failed = [f"c{n}" for n in range(6)], []

    def write(order):
        try:
            for n in range(15):
                outcomes = commit([ChangeAggregate(itself, name, {f"{order}{n}": n}, log=True) for name in order])
                failed.extend(outcome for outcome in outcomes if isinstance(outcome, Exception))
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[order]) for order in (names, names[::-1], names[3:] + names[:3])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    for name in names:
        record = publish.update_aggregate(reach=itself, name=name, data={})
        assert (record.revision, len(json.loads(record.data))) == (46, 45)
    assert Message.objects.count() == 3 * 15 * 6


def test_threads_that_make_the_same_channel_make_one(committed, itself):
    gate, made = threading.Barrier(3), []

    def write():
        try:
            gate.wait()
            made.extend(commit([ChangeAggregate(itself, "new", {}), PostMessage(itself, "new", 1, message_id=ID)]))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {outcome.channel_id for outcome in made} == {Channel.objects.get(name="new").id}
    assert sum(len(outcome.events) for outcome in made if outcome.message) == 1
    assert Message.objects.count() == 1


def test_the_news_waits_for_the_commit(itself, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as later:
        publish.post_message(reach=itself, name="level", data=1)
        assert heard == []
    later[0]()
    assert len(heard) == 1


def test_a_listener_that_fails_holds_nobody_up(itself, monkeypatch, django_capture_on_commit_callbacks):
    heard = []

    def deaf(events):
        raise RuntimeError("deaf")

    monkeypatch.setattr("doover_web.data.events._listeners", lambda: [deaf, heard.extend])

    with django_capture_on_commit_callbacks(execute=True):
        publish.post_message(reach=itself, name="level", data=1)

    assert len(heard) == 1


def test_a_one_shot_is_told_and_not_kept(itself, heard, django_capture_on_commit_callbacks):
    publish.update_aggregate(reach=itself, name="level", data={})

    with django_capture_on_commit_callbacks(execute=True):
        publish.send_one_shot(reach=itself, name="level", data={"live": 1})

    assert json.loads(heard[-1].data) == {"live": 1}
    assert heard[-1].id >> 4 & 15 == 11
    assert not Message.objects.exists()


def test_a_channel_of_an_agent_that_is_gone(itself, pump):
    gone = SimpleNamespace(**{name: getattr(itself, name) for name in ("caller", "organisation_id", "rights")})
    gone.agent_id = Minter(1).mint(MESSAGE)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        [outcome] = commit([PostMessage(gone, "level", 1)])

    assert isinstance(outcome, BadRequest)
    assert not isinstance(outcome, OperationalError)


def test_a_write_may_ask_that_nothing_reacts(itself):
    quiet = ChangeAggregate(itself, "level", {"n": 1}, log=True, suppress_hooks=True)

    told, loud = commit([quiet, ChangeAggregate(itself, "level", {"n": 2})])

    assert [event.suppress_hooks for event in told.events] == [True, True]
    assert [event.suppress_hooks for event in loud.events] == [False]
