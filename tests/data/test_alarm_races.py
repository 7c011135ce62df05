"""Writers, the timer and an editor at once: the transitions of an alarm form one chain, and each is told once."""

import threading

import pytest
from django.db import connection

from doover_web.common.snowflake import now_ms
from doover_web.data import events
from doover_web.data.actions.alarm import create_alarm, update_alarm
from doover_web.data.alarm_timer import judge_due
from doover_web.data.events import AlarmTriggered
from doover_web.data.models import Alarm, OutboxEntry
from doover_web.data.publish import update_aggregate

HOT = {"name": "Too hot", "key": "t", "operator": "gt", "value": 30, "alarm_pending_ms": 2, "expiry_mins": 5 / 60_000}


@pytest.fixture
def told(monkeypatch):
    news = []
    monkeypatch.setattr(events, "_listeners", lambda: [news.extend])
    return news


def at_once(*works):
    """Run each on a thread and a connection of its own."""
    problems = []

    def run(work):
        try:
            work()
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_one_chain(committed, itself, told):
    update_aggregate(reach=itself, name="level", data={})
    made = create_alarm(reach=itself, name="level", body=HOT)

    def write(values):
        for value in values:
            update_aggregate(reach=itself, name="level", data={"t": value})

    def edit():
        for n in range(10):
            update_alarm(reach=itself, name="level", alarm_id=int(made["id"]), body={"value": 30 + n % 2})

    at_once(
        lambda: write([31, 5] * 20),
        lambda: write([40, 3, 31] * 12),
        edit,
        *[lambda: [judge_due(now_ms()) for _ in range(60)]] * 2,
    )

    # Ids are made under the lock, so their order is that of the transitions.
    news = sorted((event for event in told if isinstance(event, AlarmTriggered)), key=lambda event: event.message_id)
    states = ["NoData", *(event.new_state for event in news)]
    assert len(news) > 10
    assert [event.old_state for event in news] == states[:-1]
    assert Alarm.objects.get().state == states[-1]
    loud = [str(event.message_id) for event in news if event.notification is not None]
    assert sorted(OutboxEntry.objects.filter(kind="alarm").values_list("key", flat=True)) == sorted(loud)


def test_no_write_slips_past_a_new_alarm(committed, itself, told):
    """A writer that began before there were alarms waits for the lock, and then sees them."""
    update_aggregate(reach=itself, name="level", data={"t": 1})

    def watch(n):
        create_alarm(reach=itself, name="level", body={**HOT, "name": f"No {n}", "expiry_mins": None})

    at_once(
        *[lambda n=n: watch(n) for n in range(3)],
        *[lambda: update_aggregate(reach=itself, name="level", data={"t": 99})] * 3,
    )

    assert set(Alarm.objects.values_list("state", flat=True)) <= {"AlarmPending", "Alarm"}


def test_what_was_due_when_a_worker_died_comes_later_and_once(
    itself, told, django_capture_on_commit_callbacks, monkeypatch
):
    update_aggregate(reach=itself, name="level", data={"t": 99})
    create_alarm(reach=itself, name="level", body={**HOT, "alarm_pending_ms": 1, "expiry_mins": None})
    monkeypatch.setattr("doover_web.data.alarm_timer.outbox.add", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        judge_due(now_ms() + 5)
    assert Alarm.objects.get().state == "AlarmPending"
    monkeypatch.undo()

    assert [judge_due(now_ms() + 5), judge_due(now_ms() + 5)] == [1, 0]
    assert Alarm.objects.get().state == "Alarm"
    assert OutboxEntry.objects.filter(kind="alarm").count() == 1
