"""pydoover 1.18.3, synchronous and asynchronous: every method of alarms, and each answer read by its own classes."""

import json

import pytest

from tests.clients.conftest import Raised

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]
DAY = 86_400_000


def over(value, **more):
    return {"$": "pydoover.models.Condition", "type": "threshold", "key": "t", "operator": "gt", "value": value, **more}


def window(**more):
    return {"$": "pydoover.models.Condition", "type": "time_of_day", "from_ms": 0, "to_ms": DAY, **more}


def messages(**states):
    return {"$": "pydoover.models.AlarmMessages", **states}


def message(**fields):
    return {"$": "pydoover.models.AlarmStateMessage", **fields}


def refusal(call, *args, **kwargs):
    with pytest.raises(Raised) as caught:
        call(*args, **kwargs)
    return caught.value.status, caught.value.name


def test_its_whole_life(alice, device, pump, channel):
    device.update_channel_aggregate(pump, channel, {"t": 20})

    made = alice.create_alarm(pump, channel, "Too hot", "t", "gt", 30, description="Mind the bearings")
    assert (made["name"], made["key"], made["operator"], made["value"]) == ("Too hot", "t", "gt", 30)
    assert (made["state"], made["topic_name"], made["channel_name"]) == ("OK", "too_hot", channel)
    assert made["conditions"] == [{"type": "threshold", "id": "c1", "operator": "gt", "key": "t", "value": 30}]

    device.update_channel_aggregate(pump, channel, {"t": 31})
    fetched = device.fetch_alarm(pump, channel, made["id"])
    assert (fetched["state"], fetched["enabled"]) == ("Alarm", True)
    assert device.list_alarms(pump, channel) == [fetched]
    assert fetched in device.list_agent_alarms(pump)

    assert alice.update_alarm(pump, channel, made["id"], value=40, expiry_mins=2.5)["state"] == "OK"
    assert alice.update_alarm(pump, channel, made["id"], enabled=False)["expiry_mins"] == 2.5
    assert "expiry_mins" not in alice.update_alarm(pump, channel, made["id"], expiry_mins=None, enabled=True)
    put = alice.put_alarm(pump, channel, made["id"], "Hotter", "t", "ge", 50)
    assert (put["description"], put["value"], put["topic_name"]) == ("", 50, "too_hot")

    assert alice.delete_alarm(pump, channel, made["id"]) is None
    assert refusal(alice.fetch_alarm, pump, channel, made["id"]) == (404, "NotFoundError")
    assert device.list_alarms(pump, channel) == []


def test_conditions_and_a_pending_state(alice, device, pump, channel):
    device.update_channel_aggregate(pump, channel, {"t": 31, "u": 5})

    made = alice.create_alarm(
        pump, channel, "By day", conditions=[over(30), window()], alarm_pending_ms=DAY, notification_policy="opt-in"
    )
    assert [one["id"] for one in made["conditions"]] == ["c1", "c2"]
    assert (made["key"], made["operator"], made["value"]) == ("t", "gt", 30)
    assert (made["state"], made["notification_policy"]) == ("AlarmPending", "opt-in")
    assert made["condition_state"]["c1"]["last_verdict"] is True

    edited = alice.update_alarm(
        pump, channel, made["id"], conditions=[over(35), over(1, id="c1")], alarm_pending_ms=None
    )
    assert [one["id"] for one in edited["conditions"]] == ["c3", "c1"]
    assert edited["state"] == "OK"
    assert alice.update_alarm(pump, channel, made["id"], topic_name="hot", value=3)["state"] == "Alarm"


def test_a_threshold_becomes_a_rate_and_back(alice, device, pump, channel):
    device.update_channel_aggregate(pump, channel, {"t": 31})
    made = alice.create_alarm(pump, channel, "Rise", "t", "gt", 30, messages=messages(ok=message(notify=False)))

    changes = {"value": None, "rate_threshold": 0.5, "rate_window_ms": 60_000}
    rate = alice.update_alarm(pump, channel, made["id"], **changes)
    assert (rate["value"], rate["rate_threshold"], rate["rate_baseline_value"]) == (None, 0.5, 31)
    assert rate["state"] == "NoData"

    back = alice.update_alarm(pump, channel, made["id"], value=30, rate_threshold=None, rate_window_ms=None)
    assert (back["value"], back["state"], "rate_window_ms" in back) == (30, "Alarm", False)

    silenced = alice.update_alarm(pump, channel, made["id"], messages=messages(alarm=message(text="Hot")))
    assert silenced["messages"] == {"alarm": {"notify": True, "text": "Hot"}, "ok": {"notify": False}}
    assert "messages" not in alice.update_alarm(pump, channel, made["id"], messages=None)


def test_a_rate_with_an_id_of_ones_own(alice, device, pump, channel):
    device.update_channel_aggregate(pump, channel, {"t": 31})

    made = alice.put_alarm(pump, channel, 4711, "Leak", "t", "lt", rate_threshold=-0.5, rate_window_ms=1000)

    assert (made["id"], made["conditions"][0]["type"]) == (4711, "rate")
    assert device.fetch_alarm(pump, channel, 4711) == made


def test_what_is_refused(alice, bob, device, pump, channel):
    device.update_channel_aggregate(pump, channel, {"t": 31})
    made = alice.create_alarm(pump, channel, "Too hot", "t", "gt", 30)

    assert refusal(alice.create_alarm, pump, channel, "None", conditions=[]) == (400, "BadRequestError")
    assert refusal(alice.create_alarm, pump, channel, "Window", conditions=[window()]) == (400, "BadRequestError")
    assert refusal(alice.update_alarm, pump, channel, made["id"], value=None) == (400, "BadRequestError")
    assert refusal(bob.delete_alarm, pump, channel, made["id"]) == (403, "ForbiddenError")
    assert refusal(alice.list_alarms, pump, "none") == (404, "NotFoundError")
    assert json.dumps(bob.list_alarms(pump, channel)) == json.dumps([made])
