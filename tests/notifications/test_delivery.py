"""Queued → sending → sent, failed or given up; whatever happens, each row tells the truth once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.apps import apps
from django.core import mail as outbox
from django.db import connection

from doover_web.notifications import tasks, transports
from doover_web.notifications.actions import delivery
from doover_web.notifications.actions.endpoint import delete_endpoint, edit_endpoint
from doover_web.notifications.kinds import Kind
from doover_web.notifications.letter import NotSent
from doover_web.notifications.models import Delivery, Notification
from doover_web.notifications.models.delivery import LEASE, WAITS
from doover_web.notifications.pace import WINDOW

from .conftest import endpoint_of


@pytest.fixture
def fails(monkeypatch):
    """`fails(NotSent("…"))`: what goes wrong with every letter; None lets them through again."""
    sent, state = [], {"problem": None}

    def send(letter):
        sent.append(letter)
        if state["problem"]:
            raise state["problem"]

    monkeypatch.setattr(transports, "send", send)
    fails_with = lambda problem: state.update(problem=problem)  # noqa: E731
    fails_with.sent = sent
    return fails_with


def test_it_goes_out_and_says_so(alice, pump, mail, wants, says, deliver, log):
    wants(alice, pump)
    says(pump, "Battery at 10.2 V", title="Bore 4", severity=6)

    deliver()

    [sent] = outbox.outbox
    assert (sent.subject, sent.to) == ("Bore 4", ["someone@example.com"])
    assert "Battery at 10.2 V" in sent.body
    assert f"/device/{pump.id}/" in sent.body
    [row] = log()
    assert (row.status, row.attempts, row.is_digest, row.problem) == ("sent", 1, False, "")
    deliver()
    assert len(outbox.outbox) == 1


def test_a_failure_is_tried_again_later_with_the_same_key(alice, pump, mail, wants, says, deliver, log, fails, later):
    wants(alice, pump)
    says(pump)
    fails(NotSent("nobody answers"))

    for wait in WAITS:
        deliver()
        [row] = log()
        assert (row.status, row.waits_for, row.problem) == ("queued", "retry", "nobody answers")
        deliver()  # too early: nothing happens
        later(seconds=wait.total_seconds() + 1)
    deliver()

    [row] = log()
    assert (row.status, row.attempts) == ("given_up", len(WAITS) + 1)
    assert len({letter.key for letter in fails.sent}) == 1
    assert len(fails.sent) == len(WAITS) + 1


def test_it_recovers(alice, pump, mail, wants, says, deliver, log, fails, later):
    wants(alice, pump)
    says(pump)
    fails(NotSent("nobody answers"))
    deliver()
    fails(None)
    later(minutes=1)
    deliver()

    assert [(row.status, row.attempts, row.problem) for row in log()] == [("sent", 2, "")]


def test_what_can_never_work_is_not_tried_again(alice, pump, mail, wants, says, deliver, log, fails):
    wants(alice, pump)
    says(pump)
    fails(NotSent("no such address", for_good=True))

    deliver()

    assert [(row.status, row.problem) for row in log()] == [("failed", "no such address")]
    mail.refresh_from_db()
    assert mail.off_since is None


def test_an_endpoint_that_is_gone_is_switched_off(alice, pump, mail, wants, says, deliver, log, fails):
    wants(alice, pump)
    for _ in range(2):
        says(pump)
    fails(NotSent("gone", is_gone=True))
    deliver()

    assert [row.status for row in log()] == ["failed", "failed"]
    mail.refresh_from_db()
    assert (mail.off_because, transports.obstacle(mail)) == ("gone", "gone")
    edit_endpoint(endpoint=mail, extra_data={"email": "new@example.com"})
    assert transports.obstacle(mail) == ""


def test_a_fault_of_ours_is_noted_and_tried_again(alice, pump, mail, wants, says, deliver, log, fails):
    wants(alice, pump)
    says(pump)
    fails(ZeroDivisionError())

    deliver()

    assert [(row.status, row.problem) for row in log()] == [("queued", "The server failed on it: ZeroDivisionError")]


def test_three_hundred_become_one_mail(mail, flood, deliver, log):
    flood(mail, 300)

    deliver()

    [sent] = outbox.outbox
    assert sent.subject == "300 notifications of Pump 7"
    assert "number 299" in sent.body
    assert "and 250 earlier ones" in sent.body
    assert {(row.status, row.is_digest) for row in log()} == {("sent", True)}


def test_a_trickle_beyond_the_bound_waits_for_the_window(alice, pump, mail, wants, says, deliver, log, later):
    wants(alice, pump)
    for number in range(9):
        says(pump, f"number {number}")
        deliver()

    assert len(outbox.outbox) == 5
    assert [row.waits_for for row in log()[5:]] == ["flood"] * 4
    says(pump, "urgent", severity=7)
    deliver()
    assert len(outbox.outbox) == 6

    later(seconds=WINDOW.total_seconds() + 1)
    deliver()
    assert len(outbox.outbox) == 10  # four, within the new window's bound
    assert {row.status for row in log()} == {"sent"}


def test_a_program_gets_each(alice, flood, deliver, receiver):
    flood(endpoint_of(alice, Kind.Http, {"url": receiver.url}), 30)

    deliver()

    assert len(receiver.got) == 30


def test_a_worker_that_dies_in_the_middle(alice, pump, mail, wants, says, deliver, log, monkeypatch, later):
    wants(alice, pump)
    says(pump)

    class Killed(BaseException):
        pass

    def die(letter):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(transports, "send", die)
        with pytest.raises(Killed):
            deliver()
    assert [row.status for row in log()] == ["sending"]
    delivery.requeue_abandoned()
    deliver()
    assert outbox.outbox == []  # it may still be alive

    later(seconds=LEASE.total_seconds() + 1)
    delivery.requeue_abandoned()
    deliver()

    assert len(outbox.outbox) == 1
    assert [(row.status, row.attempts) for row in log()] == [("sent", 2)]


def test_one_that_was_only_slow_does_not_spoil_the_row(alice, pump, mail, wants, says, log, monkeypatch, later):
    """Its lease ended while it was sending; another sent meanwhile, and the slow one's word comes too late."""
    wants(alice, pump)
    says(pump)

    def slow(letter):
        monkeypatch.setattr(transports, "send", lambda letter: None)
        later(seconds=LEASE.total_seconds() + 1)
        delivery.requeue_abandoned()
        delivery.deliver(mail.id)
        raise NotSent("too late", for_good=True)

    monkeypatch.setattr(transports, "send", slow)
    delivery.deliver(mail.id)

    assert [(row.status, row.attempts) for row in log()] == [("sent", 2)]


def test_an_endpoint_that_was_removed(alice, pump, mail, wants, says, deliver, log):
    wants(alice, pump)
    says(pump)

    delete_endpoint(endpoint=mail)
    deliver()

    [row] = log()
    assert (row.status, row.problem, row.endpoint, row.endpoint_name) == (
        "failed",
        "The endpoint was removed",
        None,
        "Work",
    )


def test_the_sweep_finds_what_nobody_woke_it_for(alice, pump, mail, wants, says, monkeypatch, log):
    wants(alice, pump)
    says(pump, drain=False)
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda arguments, **_: tasks.deliver(*arguments))

    assert tasks.sweep() == 0  # drained, and delivered at once
    assert [row.status for row in log()] == ["sent"]


def test_old_ones_are_forgotten(alice, pump, mail, wants, says, deliver, log, later):
    wants(alice, pump)
    says(pump)
    deliver()
    assert tasks.forget() == 0

    later(days=91)

    assert tasks.forget() == 2
    assert (log(), Notification.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True, available_apps=[config.name for config in apps.get_app_configs()])
def test_many_workers_send_each_once(alice, pump, wants, says, fails, log):
    endpoints = [endpoint_of(alice, Kind.Http, {"url": f"https://example.com/{n}"}) for n in range(3)]
    for endpoint in endpoints:
        wants(alice, pump, endpoint)
    for number in range(6):
        says(pump, f"number {number}")
    together = threading.Barrier(4)

    def work(_):
        try:
            together.wait(20)
            for endpoint in endpoints:
                delivery.deliver(endpoint.id)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))

    assert {row.status for row in log()} == {"sent"}
    told = [(letter.endpoint.id, one.id) for letter in fails.sent for one in letter.notifications]
    assert len(told) == len(set(told)) == Delivery.objects.count() == 18
