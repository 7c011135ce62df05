"""Alarms, judged where the state is written (`data-api §10`)."""

import json

import pytest

from doover_web.data import alarm_timer
from doover_web.data import commit as writer
from doover_web.data.events import AlarmTriggered
from doover_web.data.models import Alarm, OutboxEntry

from .conftest import HOT

MINUTE = 60_000
FIELDS = {
    *("id", "name", "description", "channel_name", "enabled", "key", "operator", "value", "rate_threshold"),
    *("rate_window_ms", "rate_baseline_value", "rate_baseline_ts", "conditions", "condition_state"),
    *("condition_summary", "state", "entered_state_ts", "expiry_mins", "alarm_pending_ms", "last_seen_ts"),
    *("topic_name", "notification_policy", "messages"),
}


class Clock:
    """The moment that writes and verbs take for now."""

    def __init__(self, monkeypatch):
        self.now = 1_800_000_000_000
        for place in ("commit", "actions.alarm"):
            monkeypatch.setattr(f"doover_web.data.{place}.now_ms", lambda: self.now)

    def wait(self, ms):
        """Time passes, and the timer comes by once."""
        self.now += ms
        while alarm_timer.judge_due(self.now):
            pass


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def state(api, alice, alarms):
    """`state()`: how the alarm stands."""
    return lambda: api(alice).get(alarms).json()[0]["state"]


@pytest.fixture
def told(heard, django_capture_on_commit_callbacks):
    """`told(call)`: the transitions that were announced, as `old>new`."""

    def during(call):
        before = len(heard)
        with django_capture_on_commit_callbacks(execute=True):
            call()
        news = [event for event in heard[before:] if isinstance(event, AlarmTriggered)]
        return [f"{event.old_state}>{event.new_state}" for event in news]

    return during


def notifications():
    return [entry.payload["data"] for entry in OutboxEntry.objects.filter(kind="alarm").order_by("key")]


def test_it_is_judged_at_once_and_with_every_write(watch, write, state, clock):
    made = watch(HOT)
    assert (made["state"], made["entered_state_ts"]) == ("NoData", clock.now)

    write({"temperature": 31})
    assert state() == "Alarm"
    write({"temperature": 30})
    assert state() == "OK"
    write({"temperature": "hot"})
    assert state() == "NoData"
    write({"temperature": 40})
    write({"temperature": None})
    assert state() == "NoData"


def test_an_alarm_on_a_state_that_is_there_is_not_news_when_all_is_well(watch, write):
    write({"temperature": 12})
    assert watch(HOT)["state"] == "OK"
    assert notifications() == []

    assert watch({**HOT, "value": 5})["state"] == "Alarm"
    assert [one["severity"] for one in notifications()] == [6]


def test_its_object_has_every_field(watch, api, alice, alarms, write, clock):
    write({"temperature": 12})
    made = watch(HOT)

    assert set(made) == FIELDS
    assert api(alice).get(f"{alarms}/{made['id']}").json() == made
    assert (made["key"], made["operator"], made["value"]) == ("temperature", "gt", 30)
    assert (made["description"], made["enabled"], made["notification_policy"]) == ("", True, "default")
    assert made["conditions"] == [
        {"id": "c1", "type": "threshold", "key": "temperature", "operator": "gt", "value": 30}
    ]
    seen = {"baseline_value": None, "baseline_ts": None, "last_seen_ts": clock.now, "last_verdict": False}
    assert made["condition_state"] == {"c1": seen}
    assert (made["condition_summary"], made["topic_name"]) == ("temperature > 30", "too_hot")


def test_a_list_of_conditions_must_all_hold(watch, write, state):
    made = watch(
        {
            "name": "By day",
            "conditions": [
                {"type": "compare", "key": "t", "operator": "gt", "other_key": "ambient", "offset": 5},
                {"type": "time_of_day", "from_ms": 0, "to_ms": 86_400_000},
                {"type": "threshold", "key": "running", "operator": "eq", "value": True},
            ],
            "value": None,
            "rate_threshold": None,
        }
    )
    assert [one["id"] for one in made["conditions"]] == ["c1", "c2", "c3"]
    assert (made["key"], made["operator"], made["value"]) == ("running", "eq", True)

    write({"t": 30, "ambient": 20})
    assert state() == "NoData"
    write({"running": False})
    assert state() == "OK"
    write({"running": True})
    assert state() == "Alarm"


def test_a_transition_is_told_whole(watch, write, heard, told, clock):
    watch(HOT)
    clock.now += 1000

    assert told(lambda: write({"temperature": 31})) == ["NoData>Alarm"]

    event = heard[-1]
    alarm = json.loads(event.alarm)
    assert (alarm["state"], alarm["entered_state_ts"], alarm["last_seen_ts"]) == ("Alarm", clock.now, clock.now)
    assert json.loads(event.aggregate.data) == {"temperature": 31}
    assert json.loads(event.request) == {"temperature": 31}
    assert told(lambda: write({"temperature": 32})) == []


def test_what_people_are_told(watch, write):
    watch({**HOT, "messages": {"ok": {"notify": False, "text": "Cool again"}, "no_data": {"text": "Silence"}}})

    write({"temperature": 31.5})
    write({"temperature": 3})
    write({"temperature": None})

    assert notifications() == [
        {
            "message": "Too hot: temperature > 30 (temperature is 31.5)",
            "severity": 6,
            "topic": "dev/alarms/default/too_hot/triggered",
        },
        {"message": "Silence", "severity": 5, "topic": "dev/alarms/default/too_hot/no-data"},
    ]


def test_a_pending_period_runs_out(watch, write, told, clock):
    watch({**HOT, "alarm_pending_ms": MINUTE, "notification_policy": "opt-in", "topic_name": "Hot.1"})

    assert told(lambda: write({"temperature": 31})) == ["NoData>AlarmPending"]
    began = clock.now
    assert told(lambda: clock.wait(MINUTE - 1)) == []
    assert told(lambda: clock.wait(5 * MINUTE)) == ["AlarmPending>Alarm"]
    assert Alarm.objects.get().entered_state_ts == began + MINUTE
    assert told(lambda: clock.wait(5 * MINUTE)) == []
    assert [one["topic"] for one in notifications()] == ["dev/alarms/opt-in/Hot.1/triggered"]


@pytest.mark.parametrize("change", [{"name": "Far too hot"}, {"description": "By the boiler"}, {"value": 29}])
def test_what_is_changed_while_it_is_pending_still_goes_off(watch, write, told, clock, api, alice, alarms, change):
    made = watch({**HOT, "alarm_pending_ms": 10 * MINUTE})
    write({"temperature": 31})
    clock.wait(4 * MINUTE)

    assert api(alice).patch(f"{alarms}/{made['id']}", change).json()["state"] == "AlarmPending"

    assert told(lambda: clock.wait(6 * MINUTE - 1)) == []
    assert told(lambda: clock.wait(1)) == ["AlarmPending>Alarm"]


def test_a_shorter_pending_period_counts_from_when_it_began(watch, write, told, clock, api, alice, alarms):
    made = watch({**HOT, "alarm_pending_ms": 10 * MINUTE})
    write({"temperature": 31})
    clock.wait(4 * MINUTE)

    api(alice).patch(f"{alarms}/{made['id']}", {"alarm_pending_ms": 5 * MINUTE})

    assert told(lambda: clock.wait(MINUTE - 1)) == []
    assert told(lambda: clock.wait(1)) == ["AlarmPending>Alarm"]


def test_a_renamed_alarm_still_knows_its_time_of_day(watch, write, told, clock, api, alice, alarms):
    clock.now = clock.now // 86_400_000 * 86_400_000
    window = {"type": "time_of_day", "from_ms": 60 * MINUTE, "to_ms": 120 * MINUTE}
    made = watch({"name": "Late", "conditions": [{**HOT, "type": "threshold"}, window]})
    write({"temperature": 31})

    api(alice).patch(f"{alarms}/{made['id']}", {"name": "Later"})

    assert told(lambda: clock.wait(61 * MINUTE)) == ["OK>Alarm"]


def test_a_timer_that_is_late_changes_nothing(watch, write, told, clock):
    watch({**HOT, "alarm_pending_ms": MINUTE})
    write({"temperature": 31})

    clock.now += 2 * MINUTE

    assert told(lambda: write({"temperature": 3})) == ["AlarmPending>Alarm", "Alarm>OK"]


def test_a_pending_period_that_did_not_last(watch, write, told, clock):
    watch({**HOT, "alarm_pending_ms": MINUTE})
    write({"temperature": 31})
    clock.wait(MINUTE // 2)

    assert told(lambda: write({"temperature": 3})) == ["AlarmPending>OK"]
    assert told(lambda: clock.wait(MINUTE)) == []


def test_a_reading_that_is_not_written_again_expires(watch, write, state, told, clock):
    watch({**HOT, "expiry_mins": 2})
    write({"temperature": 31})

    clock.wait(MINUTE)
    write({"humidity": 50})
    write({"temperature": 31})
    clock.wait(2 * MINUTE - 1)
    assert state() == "Alarm"
    write({"humidity": 51})
    assert told(lambda: clock.wait(1)) == ["Alarm>NoData"]
    assert told(lambda: write({"humidity": 52})) == []
    assert told(lambda: write({"temperature": 31})) == ["NoData>Alarm"]


def test_a_rate(watch, write, state, told, clock):
    made = watch(
        {"name": "Leak", "key": "tank.level", "operator": "lt", "rate_threshold": -0.5, "rate_window_ms": MINUTE}
    )
    assert (made["value"], made["rate_threshold"], made["rate_window_ms"]) == (None, -0.5, MINUTE)

    write({"tank": {"level": 100}})
    assert state() == "NoData"
    clock.wait(MINUTE)
    assert told(lambda: write({"tank": {"level": 60}})) == ["NoData>Alarm"]
    clock.wait(MINUTE // 2)
    write({"tank": {"level": 59}})
    assert told(lambda: clock.wait(MINUTE)) == ["Alarm>OK"]
    assert told(lambda: clock.wait(100 * MINUTE)) == []


def test_edges_of_the_day(watch, write, told, clock):
    clock.now = clock.now // 86_400_000 * 86_400_000
    window = {"type": "time_of_day", "from_ms": 22 * 60 * MINUTE, "to_ms": 60 * MINUTE}
    watch({"name": "At night", "conditions": [{**HOT, "type": "threshold"}, window]})
    write({"temperature": 31})

    assert told(lambda: clock.wait(60 * MINUTE)) == ["Alarm>OK"]
    assert told(lambda: clock.wait(20 * 60 * MINUTE)) == []
    assert told(lambda: clock.wait(60 * MINUTE)) == ["OK>Alarm"]


def test_after_an_outage_only_the_last_hour_is_told(watch, write, told, clock):
    window = {"type": "time_of_day", "from_ms": 22 * 60 * MINUTE, "to_ms": 60 * MINUTE}
    watch({"name": "At night", "conditions": [{**HOT, "type": "threshold"}, window]})
    write({"temperature": 31})

    assert len(told(lambda: clock.wait(30 * 24 * 60 * MINUTE))) <= 2


def test_a_disabled_alarm_knows_nothing(watch, write, api, alice, alarms, told):
    one = f"{alarms}/{watch(HOT)['id']}"
    write({"temperature": 31})

    assert told(lambda: api(alice).patch(one, {"enabled": False})) == ["Alarm>NoData"]
    assert told(lambda: write({"temperature": 32})) == []
    assert told(lambda: api(alice).patch(one, {"enabled": True})) == ["NoData>Alarm"]
    assert len(notifications()) == 2


def test_a_change_of_the_threshold_is_judged_at_once(watch, write, api, alice, alarms):
    one = f"{alarms}/{watch(HOT)['id']}"
    write({"temperature": 31})

    changed = api(alice).patch(one, {"value": 40}).json()

    assert (changed["value"], changed["state"], changed["name"]) == (40, "OK", "Too hot")
    assert changed["condition_state"]["c1"]["last_verdict"] is False


def test_deleting_the_last_one_leaves_no_cost(watch, write, api, alice, alarms, statements, itself):
    def cost():
        return statements(lambda: writer.commit([writer.ChangeAggregate(itself, "level", {"temperature": 1})]))

    write({})
    before = cost()
    one = f"{alarms}/{watch(HOT)['id']}"
    assert cost() > before

    assert api(alice).delete(one).json() == {}

    assert cost() == before
    assert api(alice).get(one).status_code == 404
    assert api(alice).delete(one).status_code == 404


def test_the_number_of_alarms_does_not_count_in_statements(watch, write, statements, itself):
    def cost():
        return statements(lambda: writer.commit([writer.ChangeAggregate(itself, "level", {"temperature": 31})]))

    watch(HOT)
    write({"temperature": 1})
    few = cost()
    for n in range(10):
        watch({**HOT, "name": f"Alarm {n}", "operator": "lt"})

    write({"temperature": 1})
    assert cost() == few


def test_writes_of_one_batch_are_judged_one_by_one(watch, itself):
    watch(HOT)

    outcomes = writer.commit([writer.ChangeAggregate(itself, "level", {"temperature": n}) for n in (31, 32, 3, 33)])

    news = [[event.new_state for event in one.events if isinstance(event, AlarmTriggered)] for one in outcomes]
    assert news == [["Alarm"], [], ["OK"], ["Alarm"]]


def test_a_document_that_was_put_is_judged_too(watch, write, state):
    watch(HOT)
    write({"temperature": 31})

    write({"other": 1}, "put")
    assert state() == "NoData"
    write({"temperature": 31}, "put")
    assert state() == "Alarm"


def test_an_alarm_that_cannot_be_judged_holds_up_no_other(watch, write, told, clock, monkeypatch):
    watch({**HOT, "name": "Bad", "alarm_pending_ms": MINUTE})
    watch({**HOT, "name": "Good", "alarm_pending_ms": MINUTE})
    write({"temperature": 31})
    judge = alarm_timer.judge_past
    failing = lambda alarm, *rest: 1 / 0 if alarm.definition.name == "Bad" else judge(alarm, *rest)  # noqa: E731
    monkeypatch.setattr(alarm_timer, "judge_past", failing)

    assert told(lambda: clock.wait(MINUTE)) == ["AlarmPending>Alarm"]
