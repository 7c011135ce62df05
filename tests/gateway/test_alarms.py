"""Transitions of alarms reach the watchers of the channel (`data-api §15.4`)."""

import pytest
from peers import run_sync

from doover_web.common.snowflake import now_ms
from doover_web.data.access import reach_agent
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.alarm_timer import judge_due
from doover_web.data.publish import open_channel
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import GroupRole

HOT = {"name": "Too hot", "key": "t", "operator": "gt", "value": 30}


@pytest.fixture
def watch(alice, pump):
    """`await watch({**HOT, …})`: Alice makes an alarm on a channel of Pump 7."""

    def make(body, name, private):
        reach = reach_agent(caller_of_user(alice), pump.id)
        open_channel(reach=reach, name=name, settings={"is_private": private})
        return create_alarm(reach=reach, name=name, body=body)

    async def watch_over(body=HOT, name="level", private=False):
        return await run_sync(make, body, name, private)

    return watch_over


async def test_a_transition_arrives_whole(peer, says, alice, bob, pump, watch):
    made = await watch({**HOT, "messages": {"alarm": {"notify": False}}})
    pages = [await peer(alice), await peer(bob)]
    for page in pages:
        await page.subscribe(pump)

    await says(pump, pump, {"t": 31, "unit": "°C"})

    for page in pages:
        await page.until("AggregateUpdate")
        frame = await page.next()
        assert (frame["t"], frame["op"]) == ("AlarmTrigger", 0)
        d = frame["d"]
        assert (d["old_state"], d["new_state"]) == ("NoData", "Alarm")
        assert d["channel"] == {"agent_id": str(pump.id), "name": "level"}
        assert d["organisation_id"] == str(pump.organisation_id)
        assert d["aggregate"]["data"] == d["request_data"]["data"] == {"t": 31, "unit": "°C"}
        assert set(d["alarm"]) == set(made)
        assert (d["alarm"]["id"], d["alarm"]["state"]) == (made["id"], "Alarm")


async def test_what_time_brings_arrives_too(peer, says, alice, pump, watch):
    await watch({**HOT, "alarm_pending_ms": 1000})
    page = await peer(alice)
    await page.subscribe(pump)
    await says(pump, pump, {"t": 31})
    assert (await page.until("AlarmTrigger"))["d"]["new_state"] == "AlarmPending"

    await run_sync(judge_due, now_ms() + 1000)

    d = (await page.until("AlarmTrigger"))["d"]
    assert (d["old_state"], d["new_state"]) == ("AlarmPending", "Alarm")
    assert d["aggregate"]["data"] == {"t": 31}
    assert d["request_data"] == {"data": {}, "attachments": []}


async def test_a_private_channel_tells_only_who_may_see_it(peer, says, alice, bob, pump, watch):
    await watch(name="inner", private=True)
    sees, sees_not = await peer(alice), await peer(bob)
    await sees.subscribe(pump, "inner")
    sees_not.send(12, {"channel": {"agent_id": str(pump.id), "name": "inner"}})

    await says(pump, pump, {"t": 31}, name="inner")

    assert (await sees.until("AlarmTrigger"))["d"]["new_state"] == "Alarm"
    assert [frame["t"] for frame in await sees_not.quiet()] == ["WSSErrorEvent"]


async def test_who_may_not_see_alarms_hears_of_none(peer, says, alice, bob, pump, watch):
    def look_only():
        role = GroupRole.objects.create(organisation=pump.organisation, name="Looks", flags=["device_view"])
        bob.grants.update(role=role)

    await run_sync(look_only)
    await watch()
    sees, sees_not = await peer(alice), await peer(bob)
    for page in (sees, sees_not):
        await page.subscribe(pump)

    await says(pump, pump, {"t": 31})

    await sees.until("AlarmTrigger")
    assert [frame["t"] for frame in await sees_not.quiet()] == ["AggregateUpdate"]
