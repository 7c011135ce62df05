"""What must not be lost is a row, written with the change and taken out once somebody has reacted."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from doover_web.common.snowflake import now_ms
from doover_web.data import outbox
from doover_web.data.models import OutboxEntry
from doover_web.data.publish import post_message, update_aggregate, update_message

KIND = outbox.Kind.NOTIFICATION


def waiting():
    return list(OutboxEntry.objects.order_by("created_at", "key"))


@pytest.fixture
def told(itself):
    """`told("The battery is low")`: a message on the `notifications` channel of Pump 7."""
    return lambda data: post_message(reach=itself, name="notifications", data=data)


def test_a_notification_leaves_a_row(told, pump):
    message = told({"message": "The battery is low"})

    [entry] = waiting()
    assert (entry.agent_id, entry.kind, entry.key) == (pump.id, "notification", str(message.id))
    assert entry.payload == {
        "message_id": message.id,
        "author_id": pump.id,
        "text": '{"message":"The battery is low"}',
    }


def test_what_happened_within_a_millisecond_is_taken_in_its_order(pump):
    moment = now_ms() - 1
    for key in ("10", "9", "11"):
        OutboxEntry.objects.create(agent_id=pump.id, kind=KIND, key=key, payload={}, created_at=moment, due_at=moment)
    with transaction.atomic():
        assert [one.key for one in outbox.take(KIND, 5)] == ["9", "10", "11"]


def test_through_either_door(door, pump, at):
    answer = door(pump).post(at(pump, "messages", name="notifications"), {"data": {"message": "x"}})

    assert [entry.key for entry in waiting()] == [answer.json()["id"]]


def test_a_kept_change_of_the_state_counts_as_a_message(itself):
    update_aggregate(reach=itself, name="notifications", data={"message": "x"}, log=True)

    assert len(waiting()) == 1


def test_other_channels_other_events_and_retries_leave_none(told, itself):
    message = told({"message": "x"})
    outbox.drain(KIND, lambda entry: None)

    post_message(reach=itself, name="level", data={"message": "x"})
    update_message(reach=itself, name="notifications", message_id=message.id, data={"message": "y"})
    post_message(reach=itself, name="notifications", data={"message": "y"}, message_id=message.id)

    assert waiting() == []


def test_of_a_giant_its_beginning(told):
    told({"message": "ü" * 200_000})

    [entry] = waiting()
    assert entry.payload["text"].startswith('{"message":"üü')
    assert len(entry.payload["text"].encode()) <= outbox.LONGEST_TEXT


def test_a_reaction_takes_the_row_out(told):
    told({"message": "one"})
    told({"message": "two"})
    seen = []

    assert outbox.drain(KIND, lambda entry: seen.append(json.loads(entry.payload["text"])["message"])) == 2
    assert (seen, waiting()) == (["one", "two"], [])


def test_other_kinds_stay(told):
    told({"message": "one"})

    assert outbox.drain(outbox.Kind.ALARM, lambda entry: None) == 0
    assert len(waiting()) == 1


def test_one_that_fails_waits_and_holds_up_nobody(told):
    told({"message": "bad"})
    told({"message": "good"})

    def react(entry):
        if "bad" in entry.payload["text"]:
            OutboxEntry.objects.create(agent_id=1, kind="half", key="state", payload={}, created_at=1, due_at=1)
            raise ValueError

    outbox.drain(KIND, react)

    [entry] = waiting()
    assert ("bad" in entry.payload["text"], entry.attempts) == (True, 1)
    assert 3000 < entry.due_at - now_ms() <= 4000
    assert outbox.take(KIND, 10) == []


def test_what_always_fails_is_given_up(told):
    told({"message": "bad"})

    for _ in range(outbox.MOST_TRIES):
        OutboxEntry.objects.filter(due_at__isnull=False).update(due_at=now_ms())
        outbox.drain(KIND, lambda entry: 1 / 0)

    [entry] = waiting()
    assert (entry.attempts, entry.due_at) == (outbox.MOST_TRIES, None)


def test_the_same_key_twice_is_one_row(db):
    with transaction.atomic():
        for number in range(2):
            outbox.add(connection.connection, [outbox.Entry(5, "alarm", "c1", {"n": number})])

    assert [entry.payload for entry in waiting()] == [{"n": 0}]


def test_two_workers_share_the_work(committed, told):
    for number in range(40):
        told({"message": str(number)})
    both, seen = threading.Barrier(2), []

    def work():
        try:
            both.wait(20)
            while outbox.drain(KIND, lambda entry: seen.append(entry.key), limit=3):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        for future in [threads.submit(work) for _ in range(2)]:
            future.result()

    assert len(seen) == len(set(seen)) == 40
    assert waiting() == []
