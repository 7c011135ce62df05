"""What a client should not send, and a client that does not read."""

import itertools

import pytest

from doover_web.gateway import consumers, outbox, watcher
from doover_web.gateway.allowance import BURST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        "NaN",
        "null",
        "{}",
        '{"op": "10"}',
        '{"op": true}',
        '{"op": 12, "d": []}',
        '{"op": 12, "d": {}}',
        '{"op": 12, "d": {"channel": "level"}}',
        '{"op": 12, "d": {"channel": {"agent_id": null, "name": "level"}}}',
        '{"op": 12, "d": {"channel": {"agent_id": 1180591620717411303424, "name": "level"}}}',
        '{"op": 12, "d": {"channel": {"agent_id": "1", "name": ""}}}',
        '{"op": 12, "d": {"channel": {"agent_id": "1", "name": "%s"}}}' % ("n" * 256),
        '{"op": 12, "d": {"channel": {"agent_id": "1", "name": "a\\u0000b"}}}',
        '{"op": 12, "d": {"channel": {"agent_id": "1", "name": "level"}, "organisation_id": []}}',
        '{"op": 10, "d": {}}',
        "[" * 5000,
        '"%s"' % ("x" * 1024 * 1024),
    ],
    ids=itertools.count(1),
)
async def test_a_bad_frame_closes_with_4400(peer, caplog, alice, text):
    page = await peer(alice)
    page.send_text(text)
    closed = await page.next()
    assert closed["code"] == 4400
    assert closed["reason"]
    assert "Traceback" not in caplog.text


async def test_a_binary_frame_closes_with_4400(peer, alice):
    page = await peer(alice)
    page.to_server.put_nowait({"type": "websocket.receive", "bytes": b"{}"})
    assert await page.closed() == 4400


async def test_unknown_ops_are_ignored(peer, alice):
    page = await peer(alice)
    page.send(99, {"hello": 1})
    page.send(0, [1])
    page.send(1, None)
    assert (await page.next())["op"] == 2


async def test_a_frame_with_a_wrong_id_is_told_and_survived(peer, alice, pump):
    page = await peer(alice)
    for agent_id in ("", "0x1", "99999999999999999999", -1, "1e5"):
        page.send(12, {"channel": {"agent_id": agent_id, "name": "level"}})
        await page.until("WSSErrorEvent")
    await page.subscribe(pump)


async def test_a_deep_one_shot_is_refused(peer, says, alice, pump):
    await says(pump, pump, {})
    page = await peer(alice)
    deep = '{"op": 15, "d": {"channel": {"agent_id": "%s", "name": "level"}, "data": %s}}'
    page.send_text(deep % (pump.id, "[" * 200 + "]" * 200))
    assert "nested" in (await page.until("WSSErrorEvent"))["d"]["message"]


async def test_too_many_frames_close_with_4429(peer, alice):
    page = await peer(alice)
    for _ in range(BURST + 1000):
        page.send(99)
    assert await page.closed() == 4429


async def test_too_much_before_identify_closes_with_4429(peer, monkeypatch, alice, pump):
    monkeypatch.setattr(consumers, "MOST_EARLY", 3)
    page = await peer(alice, identify=False)
    for _ in range(4):
        page.send(12, {"channel": {"agent_id": str(pump.id), "name": "level"}})
    assert await page.closed() == 4429


async def test_one_socket_has_a_bound_of_subscriptions(peer, monkeypatch, alice, pump):
    monkeypatch.setattr(watcher, "MOST_SUBSCRIPTIONS", 1)
    page = await peer(alice)
    await page.subscribe(pump)
    await page.subscribe(pump)
    page.send(12, {"channel": {"agent_id": str(pump.id), "name": "second"}})
    assert "second" in (await page.until("WSSErrorEvent"))["d"]["message"]


async def test_a_slow_reader_gets_the_newest_state_and_holds_up_nobody(peer, says, monkeypatch, alice, pump):
    monkeypatch.setattr(outbox, "MOST_FRAMES", 5)
    slow, quick = await peer(alice), await peer(alice)
    await slow.subscribe(pump)
    await quick.subscribe(pump)
    slow.reading.clear()
    for metres in range(20):
        await says(pump, pump, {"metres": metres})
        assert (await quick.until("AggregateUpdate"))["d"]["aggregate"]["data"] == {"metres": metres}
    assert len(slow.socket._outbox) <= 6

    slow.reading.set()
    heard = await slow.all_until("ChannelSync")
    revisions = [frame["s"] for frame in heard]
    assert revisions == sorted(revisions)
    assert len(heard) < 10
    assert heard[-1]["d"]["aggregate"]["data"] == {"metres": 19}
    await says(pump, pump, {"metres": 20})
    assert (await slow.next())["d"]["aggregate"]["data"] == {"metres": 20}


async def test_a_reader_that_would_lose_messages_is_closed(peer, says, settled, monkeypatch, alice, pump):
    monkeypatch.setattr(outbox, "MOST_FRAMES", 5)
    slow = await peer(alice)
    await slow.subscribe(pump)
    slow.reading.clear()
    for number in range(8):
        await says(pump, pump, {"n": number}, verb="post_message")
    await settled(lambda: slow.socket._closing)
    assert not slow.socket._outbox
    slow.reading.set()
    assert await slow.closed() == 1013


async def test_a_client_that_vanishes_in_the_middle_leaves_nothing(hub, peer, settled, alice, pump):
    page = await peer(alice)
    page.send(12, {"channel": {"agent_id": str(pump.id), "name": "level"}})
    await page.drop()
    await settled(lambda: not hub.watched and not hub.sockets)
