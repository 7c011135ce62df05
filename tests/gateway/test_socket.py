"""The life of a session: hello, identify, subscribe, live events (`data-api §15`, check 16 of §20)."""

import asyncio

from peers import run_sync

from doover_web.common.snowflake import ms_of, now_ms
from doover_web.data.models import Channel


def names(frames):
    return [frame.get("t") for frame in frames]


async def test_a_change_elsewhere_arrives_in_full(peer, says, alice, pump):
    await says(alice, pump, {"metres": 1.2, "unit": "m"})
    page = await peer(alice)
    session_id = int(page.ready["d"]["session_id"])
    assert session_id >> 4 & 15 == 4
    assert abs(ms_of(session_id) - now_ms()) < 60_000
    assert page.ready["d"]["subscriptions"] == []

    sync = await page.subscribe(pump)
    assert sync["d"]["channel"] == {"agent_id": str(pump.id), "name": "level"}
    assert sync["d"]["aggregate"]["data"] == {"metres": 1.2, "unit": "m"}

    await says(pump, pump, {"metres": 1.4})
    update = await page.until("AggregateUpdate")
    assert update["d"]["aggregate"]["data"] == {"metres": 1.4, "unit": "m"}
    assert update["d"]["aggregate"]["attachments"] == []
    assert update["d"]["request_data"] == {"data": {"metres": 1.4}, "attachments": []}
    assert update["d"]["author_id"] == str(pump.id)
    assert update["d"]["organisation_id"] == str(pump.organisation_id)
    assert update["s"] == sync["s"] + 1


async def test_messages_arrive_from_creation_to_change(peer, says, alice, pump):
    page = await peer(alice)
    await page.subscribe(pump, "alerts")

    made = await says(pump, pump, {"text": "dry"}, name="alerts", verb="post_message")
    created = await page.next()
    assert created["t"] == "MessageCreate"
    assert created["d"] == {
        "id": str(made.id),
        "author_id": str(pump.id),
        "channel": {"agent_id": str(pump.id), "name": "alerts"},
        "data": {"text": "dry"},
        "attachments": [],
    }

    await says(alice, pump, {"seen": True}, name="alerts", verb="update_message", message_id=made.id)
    updated = await page.next()
    assert updated["t"] == "MessageUpdate"
    assert updated["d"]["author_id"] == str(alice.id)
    assert updated["d"]["request_data"] == {"seen": True}
    assert updated["d"]["message"] == created["d"] | {"data": {"text": "dry", "seen": True}}


async def test_subscribing_makes_a_missing_channel(peer, alice, pump):
    page = await peer(alice)
    sync = await page.subscribe(pump, "brand_new")
    assert sync["d"]["aggregate"] == {"data": {}, "attachments": [], "last_updated": None}
    assert await run_sync(Channel.objects.filter(agent_id=pump.id, name="brand_new").exists)


async def test_subscribing_twice_brings_each_event_once(peer, says, alice, pump):
    page = await peer(alice)
    await page.subscribe(pump)
    await page.subscribe(pump)
    await says(pump, pump, {"metres": 1})
    assert names(await page.quiet()) == ["AggregateUpdate"]


async def test_the_first_subscriptions_may_come_before_identify(hub, peer, says, alice, pump):
    page = await peer(alice, identify=False)
    page.send(12, {"channel": {"agent_id": str(pump.id), "name": "level"}})
    page.send(1)
    assert (await page.until("Hello"))["d"] == {}
    assert (await page.next())["op"] == 2
    page.send(10, {})
    assert names([await page.next(), await page.next()]) == ["Ready", "ChannelSync"]


async def test_me_is_the_caller(peer, says, pump):
    device = await peer(pump)
    device.send(12, {"channel": {"agent_id": "me", "name": "ui_cmds"}})
    assert (await device.until("ChannelSync"))["d"]["channel"] == {"agent_id": str(pump.id), "name": "ui_cmds"}
    await says(pump, pump, {"pump": "on"}, name="ui_cmds")
    assert (await device.until("AggregateUpdate"))["d"]["channel"]["agent_id"] == str(pump.id)


async def test_after_unsubscribing_nothing_comes(peer, says, alice, pump):
    page = await peer(alice)
    await page.subscribe(pump)
    page.send(13, {"channel": {"agent_id": str(pump.id), "name": "level"}})
    page.send(1)
    assert (await page.next())["op"] == 2
    await says(pump, pump, {"metres": 1})
    assert await page.quiet() == []


async def test_sync_channel_sends_the_state_to_one_session_only(peer, says, alice, bob, pump):
    await says(pump, pump, {"metres": 3})
    one, other = await peer(alice), await peer(bob)
    await one.subscribe(pump)
    await other.subscribe(pump)
    await one.quiet()
    one.send(14, {"channel": {"agent_id": str(pump.id), "name": "level"}})
    assert (await one.until("ChannelSync"))["d"]["aggregate"]["data"] == {"metres": 3}
    assert await other.quiet() == []


async def test_a_one_shot_reaches_everyone_who_watches_and_is_not_kept(peer, alice, bob, pump):
    sender, watcher = await peer(alice), await peer(bob)
    await sender.subscribe(pump)
    await watcher.subscribe(pump)
    sender.send(15, {"channel": {"agent_id": str(pump.id), "name": "level"}, "data": {"blink": 3}})
    for one in (sender, watcher):
        shot = (await one.until("OneShotMessage"))["d"]
        assert int(shot["id"]) >> 4 & 15 == 11
        assert shot["data"] == {"blink": 3}
        assert shot["author_id"] == str(alice.id)


async def test_a_viewer_may_not_send_one_shots(peer, says, bob, pump):
    await says(pump, pump, {})
    page = await peer(bob)
    page.send(15, {"channel": {"agent_id": str(pump.id), "name": "level"}, "data": 1})
    assert "level" in (await page.until("WSSErrorEvent"))["d"]["message"]


async def test_only_pages_that_ask_hear_of_deletions(peer, says, alice, pump):
    client, page = await peer(alice), await peer(alice, pages=True)
    await client.subscribe(pump)
    await page.subscribe(pump)
    made = await says(pump, pump, {"n": 1}, verb="post_message")
    await says(alice, pump, None, verb="delete_message", message_id=made.id)
    gone = await page.until("MessageDelete")
    assert gone["d"] == {"channel": {"agent_id": str(pump.id), "name": "level"}, "message_id": str(made.id)}
    assert "MessageDelete" not in names(await client.quiet())


async def test_watchers_hear_who_comes_and_goes(peer, says, alice, pump):
    await says(pump, pump, {})
    device, page = await peer(pump), await peer(alice)
    await device.subscribe(pump)
    await page.subscribe(pump)
    came = await device.until("ChannelSubscription")
    assert came["d"] == {
        "agent_id": str(alice.id),
        "channel": {"agent_id": str(pump.id), "name": "level"},
        "session_id": page.ready["d"]["session_id"],
        "default_session": False,
    }
    await page.drop(1000)
    assert (await device.until("ChannelUnsubscription"))["d"]["session_id"] == page.ready["d"]["session_id"]


async def test_nothing_is_lost_while_somebody_subscribes_in_the_middle(peer, says, alice, pump):
    """The last state must be right whenever one joins, and no state may go backwards."""

    async def write():
        for metres in range(20):
            await says(pump, pump, {"metres": metres})

    writing = asyncio.create_task(write())
    pages = []
    while not writing.done():
        page = await peer(alice)
        await page.subscribe(pump)
        pages.append(page)
    await writing
    for page in pages:
        heard = [frame for frame in await page.quiet(0.1) if frame["t"] == "AggregateUpdate"]
        revisions = [frame["s"] for frame in heard]
        assert revisions == list(range(21 - len(heard), 21))
        if heard:
            assert heard[-1]["d"]["aggregate"]["data"] == {"metres": 19}
