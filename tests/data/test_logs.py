"""Logs of invocations, kept beside the message that sums one up."""

import pytest

from doover_web.common.wire import BadRequest, TooLarge
from doover_web.data import logs
from doover_web.data.leftovers import forget_logs
from doover_web.data.models import MessageLog
from doover_web.data.publish import delete_message, post_message

ENTRIES = [
    {"timestamp": 1772600767890, "type": "user.log", "level": "INFO", "logger": "tank", "message": "42 %"},
    {"timestamp": 1772600767000, "type": "platform.start", "record": {"requestId": "a"}},
]


@pytest.fixture
def summary(itself):
    return post_message(reach=itself, name="dv-proc-inv-7", data={"status": "ok"})


def test_it_is_served_in_the_order_of_time(api, pump, at, summary):
    logs.store_log(ref=summary.channel, message_id=summary.id, entries=ENTRIES)

    response = api(pump).get(at(pump, "messages", summary.id, "logs", name="dv-proc-inv-7"))
    assert response.json() == ENTRIES[::-1]


def test_stored_again_it_takes_the_place(api, pump, at, summary):
    for entries in (ENTRIES, ENTRIES[:1]):
        logs.store_log(ref=summary.channel, message_id=summary.id, entries=entries)

    assert api(pump).get(at(pump, "messages", summary.id, "logs", name="dv-proc-inv-7")).json() == ENTRIES[:1]


def test_a_message_without_a_log(api, pump, at, summary):
    assert api(pump).get(at(pump, "messages", summary.id, "logs", name="dv-proc-inv-7")).status_code == 404
    assert api(pump).get(at(pump, "messages", 5, "logs", name="dv-proc-inv-7")).status_code == 404
    assert api(pump).get(at(pump, "messages", "x", "logs", name="dv-proc-inv-7")).status_code == 404


def test_a_stranger_finds_nothing(api, mallory, pump, at, summary):
    logs.store_log(ref=summary.channel, message_id=summary.id, entries=ENTRIES)

    assert api(mallory).get(at(pump, "messages", summary.id, "logs", name="dv-proc-inv-7")).status_code == 404


def test_it_goes_with_its_message(itself, summary):
    logs.store_log(ref=summary.channel, message_id=summary.id, entries=ENTRIES)
    delete_message(reach=itself, name="dv-proc-inv-7", message_id=summary.id)

    assert not MessageLog.objects.exists()


def test_the_sweep_finds_those_whose_message_went_otherwise(summary):
    logs.store_log(ref=summary.channel, message_id=5, entries=ENTRIES)

    assert sum(forget_logs()) == 1


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([{"type": "x"}], ValueError),
        ([{"timestamp": "1", "type": "x"}], ValueError),
        ([{"timestamp": 1, "type": "x", "message": "\x00"}], BadRequest),
        ([{"timestamp": 1, "type": "x", "message": "x" * 5_000_000}], TooLarge),
    ],
)
def test_what_is_no_log_is_refused(summary, entries, problem):
    with pytest.raises(problem):
        logs.store_log(ref=summary.channel, message_id=summary.id, entries=entries)
    assert not MessageLog.objects.exists()
