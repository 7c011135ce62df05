"""Waiting for a device: told once, when it is back."""

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import Conflict
from doover_web.data.publish import update_aggregate
from doover_web.identity.models import Agent, Membership
from doover_web.notifications.actions import await_device as waiting
from doover_web.notifications.actions.await_device import await_device, tell_back
from doover_web.notifications.models import Awaited


@pytest.fixture
def seen(alice, reach):
    """`seen(pump, ago=60)`: a device was heard of so many seconds ago."""

    def heard_of(device, ago=0, state="Online"):
        status = {"status": "ContinuousOnline", "last_online": now_ms() - ago * 1000}
        update_aggregate(
            reach=reach(alice, device), name="doover_connection", data={"status": status, "determination": state}
        )

    return heard_of


def test_one_is_told_once_when_it_was_heard_of_again(alice, pump, mail, seen, log):
    seen(pump, ago=7200, state="Offline")
    await_device(subscriber=alice.agent, device=pump)
    assert tell_back() == []

    seen(pump, ago=-1)
    assert tell_back() == [mail.id]

    [row] = log()
    assert row.notification.message == "It is back online."
    assert row.notification.headline == "Pump 7"
    assert row.subscriber_id == alice.agent.id
    assert tell_back() == []
    assert not Awaited.objects.exists()


def test_only_those_who_wait_are_told(alice, bob, pump, mail, wants, seen, log):
    wants(alice, pump)
    seen(pump, ago=7200, state="Offline")
    await_device(subscriber=bob.agent, device=pump)
    seen(pump, ago=-1)
    tell_back()

    assert [row.subscriber_id for row in log()] == [bob.agent.id]


def test_who_may_no_longer_see_it_is_not_told(bob, pump, seen, log):
    await_device(subscriber=bob.agent, device=pump)
    Membership.objects.filter(user=bob).delete()
    bob.refresh_from_db()
    seen(pump, ago=-1)

    assert tell_back() == []
    assert log() == []
    assert not Awaited.objects.exists()


def test_one_waits_for_so_many_at_most(alice, creek, pump, monkeypatch):
    monkeypatch.setattr(waiting, "MOST_AWAITED", 1)
    await_device(subscriber=alice.agent, device=pump)
    await_device(subscriber=alice.agent, device=pump)
    other = Agent.objects.create(kind="device", organisation=creek, name="other")

    with pytest.raises(Conflict):
        await_device(subscriber=alice.agent, device=other)
