"""What an alarm would have done: the replay by itself, and over messages that were kept."""

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import BadRequest, Forbidden, NotFound
from doover_web.data import rehearsal
from doover_web.data.alarms import Condition, Rule
from doover_web.data.models import Alarm
from doover_web.data.publish import post_message
from doover_web.data.rehearsal import rehearse
from doover_web.data.replay import replay

MINUTE, DAY = 60_000, 86_400_000
HOT = Condition("c1", "threshold", key="t", operator="gt", value=30)
BODY = {"name": "Too hot", "key": "tank.t", "operator": "gt", "value": 30}


def states(done):
    return [(one.state, one.start, one.end) for one in done.stretches]


def test_each_crossing_is_a_stretch():
    done = replay(Rule((HOT,)), None, [(10, {"t": 20}), (20, {"t": 31}), (50, {"t": 29})], 0, 100)

    assert states(done) == [("NoData", 0, 10), ("OK", 10, 20), ("Alarm", 20, 50), ("OK", 50, 100)]
    assert (len(done.alarms), done.total, done.longest) == (1, 30, 30)


def test_what_held_before_counts_from_the_start():
    assert states(replay(Rule((HOT,)), (-5, {"t": 40}), [], 0, 100)) == [("Alarm", 0, 100)]


def test_a_short_peak_is_only_pending():
    readings = [(10, {"t": 31}), (15, {"t": 29}), (20, {"t": 32})]

    done = replay(Rule((HOT,), pending_ms=10), (-5, {"t": 1}), readings, 0, 100)

    assert states(done) == [
        ("OK", 0, 10), ("AlarmPending", 10, 15), ("OK", 15, 20), ("AlarmPending", 20, 30), ("Alarm", 30, 100)
    ]  # fmt: skip


def test_silence_is_no_data():
    done = replay(Rule((HOT,), expiry_ms=20), None, [(10, {"t": 31})], 0, 100)

    assert states(done) == [("NoData", 0, 10), ("Alarm", 10, 30), ("NoData", 30, 100)]


def test_hours_of_days_far_between_readings():
    night = Condition("c2", "time_of_day", from_ms=0, to_ms=6 * 3_600_000)

    done = replay(Rule((HOT, night)), (0, {"t": 31}), [], 0, 3 * DAY)

    assert [one.start // DAY for one in done.alarms] == [0, 1, 2]
    assert done.total == 3 * 6 * 3_600_000


def test_too_much_to_judge_ends_early(monkeypatch):
    monkeypatch.setattr("doover_web.data.replay.MOST_STEPS", 5)

    done = replay(Rule((HOT,)), None, [(n, {"t": n}) for n in range(1, 50)], 0, 100)

    assert done.end < 100


@pytest.fixture
def tank(alice, pump, reach):
    at, now = reach(alice, pump), now_ms()
    for days, value in ((40, 31), (20, 25), (10, 33), (9, 28), (1, 34)):
        post_message(reach=at, name="tag_values", data={"tank": {"t": value}}, ts=now - days * DAY)
    return at


def test_thirty_days_of_messages(tank):
    found = rehearse(reach=tank, name="tag_values", body=BODY)

    assert [round(one.length / DAY) for one in found.replay.alarms] == [10, 1, 1]
    assert (found.readings, found.is_coarse, found.since) == (4, False, found.after)
    assert not Alarm.objects.exists()


def test_very_many_messages_are_judged_from_stretches(tank, monkeypatch):
    monkeypatch.setattr(rehearsal, "MOST_MESSAGES", 2)
    monkeypatch.setattr(rehearsal, "PAGE", 2)

    found = rehearse(reach=tank, name="tag_values", body=BODY)

    assert found.is_coarse
    assert len(found.replay.alarms) == 3


def test_truth_values_of_stretches_are_truths(tank, monkeypatch):
    for value in (True, False, True):
        post_message(reach=tank, name="tag_values", data={"tank": {"on": value}})
    monkeypatch.setattr(rehearsal, "MOST_MESSAGES", -1)

    found = rehearse(
        reach=tank, name="tag_values", body={"name": "On", "key": "tank.on", "operator": "eq", "value": True}
    )

    assert found.replay.alarms


def test_it_is_refused_as_the_alarm_would_be(tank, bob, mallory, pump, reach):
    with pytest.raises(BadRequest):
        rehearse(reach=tank, name="tag_values", body={**BODY, "operator": "about"})
    with pytest.raises(Forbidden):
        rehearse(reach=reach(bob, pump), name="tag_values", body=BODY)
    with pytest.raises(NotFound):
        rehearse(reach=tank, name="nothing", body=BODY)


def test_a_rehearsal_costs_the_same_for_more_alarms_and_messages(tank, statements):
    first = statements(lambda: rehearse(reach=tank, name="tag_values", body=BODY))
    for n in range(40):
        post_message(reach=tank, name="tag_values", data={"tank": {"t": n}})

    assert statements(lambda: rehearse(reach=tank, name="tag_values", body=BODY)) == first
