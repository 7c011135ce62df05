"""The hub: several processes, rows out of turn, lost news, a broker that goes away."""

import asyncio
import os
import signal
import time

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from peers import run_sync
from redis import asyncio as aioredis

from doover_web.data import events
from doover_web.data.access import channel_to_watch, reach_agent, ref_of
from doover_web.data.events import AggregateRecord, AggregateUpdated
from doover_web.gateway import ear, fanout
from doover_web.gateway import hub as hub_module
from doover_web.gateway.frames import row_of
from doover_web.gateway.hub import Hub
from doover_web.identity.auth import caller_of_user
from doover_web.standalone import valkey
from doover_web.standalone.place import Place
from doover_web.standalone.services import free_port


@pytest.fixture
async def another_hub(hub):
    """The hub of another web process: another connection to the same broker."""
    other = Hub(RedisPubSubChannelLayer(**settings.CHANNEL_LAYERS["default"]["CONFIG"]))
    other.start()
    yield other
    await other.stop()
    await other.ear.layer.flush()


@pytest.fixture
def unheard(monkeypatch):
    """Commits that nobody is told of: the process died in between."""
    monkeypatch.setattr(events, "_listeners", list)
    return monkeypatch.undo


def state_of(user, agent, name, revision, data):
    """A row as another process would send it."""
    reach = reach_agent(caller_of_user(user), agent.id)
    ref = ref_of(reach, channel_to_watch(reach, name))
    return row_of(AggregateUpdated(ref, AggregateRecord(ref, data, revision, 1), user.id, data))


async def test_two_processes_hear_the_same(peer, another_hub, says, alice, bob, pump):
    here, there = await peer(alice), await peer(bob, at=another_hub)
    await says(pump, pump, {})
    for page in (here, there):
        await page.subscribe(pump)
    for metres in range(5):
        await says(pump, pump, {"metres": metres})
    for page in (here, there):
        seen = [(await page.until("AggregateUpdate"))["d"]["aggregate"]["data"]["metres"] for _ in range(5)]
        assert seen == [0, 1, 2, 3, 4]


async def test_states_that_come_out_of_turn_are_put_in_order(hub, peer, says, alice, pump):
    await says(pump, pump, {"n": 0})
    page = await peer(alice)
    first = (await page.subscribe(pump))["s"]
    rows = [await run_sync(state_of, alice, pump, "level", first + n, b'{"n":%d}' % n) for n in (1, 2, 3)]
    hub.pump.put([rows[2], rows[0], rows[1], rows[1]])
    assert [(await page.next())["s"] - first for _ in range(3)] == [1, 2, 3]
    assert await page.quiet() == []


async def test_a_gap_is_filled_from_the_database(peer, says, unheard, alice, pump):
    page = await peer(alice)
    first = (await page.subscribe(pump))["s"]
    await says(pump, pump, {"n": 1})
    unheard()
    await says(pump, pump, {"n": 2})
    sync = await page.until("ChannelSync")
    assert (sync["s"], sync["d"]["aggregate"]["data"]) == (first + 2, {"n": 2})


async def test_news_that_never_came_is_found_by_the_patrol(hub, peer, says, unheard, alice, pump):
    page = await peer(alice)
    await page.subscribe(pump)
    await says(pump, pump, {"n": 1})
    assert await page.quiet() == []
    await hub.catch_up()
    assert (await page.until("ChannelSync"))["d"]["aggregate"]["data"] == {"n": 1}
    assert await hub._behind() == set()


async def test_the_group_of_an_agent_is_left_with_its_last_watcher(hub, peer, settled, monkeypatch, alice, bob, pump):
    monkeypatch.setattr(hub_module, "LINGER_SECONDS", 0.05)
    first, second = await peer(alice), await peer(bob)
    await first.subscribe(pump)
    await second.subscribe(pump)
    groups = hub.ear.layer.groups
    assert any(str(pump.id) in group for group in groups)
    await first.drop()
    await asyncio.sleep(0.1)
    assert any(str(pump.id) in group for group in groups)
    await second.drop()
    await settled(lambda: not any(str(pump.id) in group for group in groups))
    assert hub.watched == {}
    again = await peer(alice)
    assert await again.subscribe(pump)


async def test_nobody_watches_so_nothing_is_sent(hub, says, monkeypatch, pump):
    sent = []

    async def send_all(layer, messages):
        sent.extend(messages)

    monkeypatch.setattr(fanout, "send_all", send_all)
    await says(pump, pump, {"n": 1})
    await asyncio.sleep(0.1)
    assert sent == []


async def test_without_a_hub_a_thread_sends_the_news(hub, peer, says, alice, pump):
    """Workers and commands have no loop of their own to send from."""
    page = await peer(alice)
    await page.subscribe(pump)
    fanout.unbind(hub.pump)
    await says(pump, pump, {"n": 1})
    assert (await page.until("AggregateUpdate"))["d"]["aggregate"]["data"] == {"n": 1}
    fanout.bind(hub.pump)


async def test_events_that_had_to_be_dropped_bring_the_states_anew(hub, peer, says, monkeypatch, alice, pump):
    page = await peer(alice)
    await page.subscribe(pump)
    monkeypatch.setattr(fanout, "MOST_WAITING", 0)
    await says(pump, pump, {"n": 1})
    assert (await page.until("ChannelSync"))["d"]["aggregate"]["data"] == {"n": 1}


class Broker:
    """A Valkey of a test's own, to be ended at will."""

    def __init__(self, folder):
        self.place, self.port = Place(folder), free_port()
        self.place.prepare()
        self.child = valkey.make(self.place, self.port)
        self.url = valkey.address(self.place, self.port)

    async def start(self):
        self.child.start()
        await asyncio.to_thread(self._wait)

    def _wait(self):
        while not valkey.answers(self.place, self.port):
            time.sleep(0.02)


@pytest.fixture
async def broker(tmp_path):
    broker = Broker(tmp_path)
    await broker.start()
    yield broker
    broker.child.stop()


@pytest.fixture
async def own_hub(hub, broker):
    """A hub at a broker of its own, which everything is delivered through."""
    own = Hub(RedisPubSubChannelLayer(hosts=[broker.url], prefix="own"))
    own.start()
    fanout.bind(own.pump)
    yield own
    await own.stop()
    await own.ear.layer.flush()
    fanout.bind(hub.pump)


async def test_after_the_broker_came_back_nothing_stays_frozen(own_hub, broker, peer, says, alice, pump):
    page = await peer(alice, at=own_hub)
    await page.subscribe(pump)
    await says(pump, pump, {"n": 1})
    await page.until("AggregateUpdate")

    await asyncio.to_thread(broker.child.stop)
    await says(pump, pump, {"n": 2})
    await broker.start()
    while (sync := await page.until("ChannelSync"))["d"]["aggregate"]["data"] != {"n": 2}:
        pass
    assert sync["s"]

    await page.quiet(0.5)
    await says(pump, pump, {"n": 3})
    assert (await page.until("AggregateUpdate"))["d"]["aggregate"]["data"] == {"n": 3}


async def test_a_connection_that_was_cut_and_made_anew_is_noticed(own_hub, broker, peer, says, alice, pump):
    """The client library connects again by itself; what was published in between is gone all the same."""
    page = await peer(alice, at=own_hub)
    await page.subscribe(pump)
    async with aioredis.from_url(broker.url) as client:
        await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    assert (await page.until("ChannelSync"))["d"]["aggregate"]["data"] == {}


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(ear, "GUARD_SECONDS", 1.0)


async def test_a_broker_that_falls_silent_is_joined_anew(impatient, own_hub, broker, peer, says, settled, alice, pump):
    """Nothing tells that a connection is dead when packets just stop."""
    page = await peer(alice, at=own_hub)
    await page.subscribe(pump)
    before = own_hub.ear._channel
    os.kill(broker.child.pid, signal.SIGSTOP)
    await says(pump, pump, {"n": 1})
    await settled(lambda: not own_hub.ear._up.is_set())
    os.kill(broker.child.pid, signal.SIGCONT)
    while (await page.until("ChannelSync"))["d"]["aggregate"]["data"] != {"n": 1}:
        pass
    assert own_hub.ear._channel != before
    await page.quiet(0.5)
    await says(pump, pump, {"n": 2})
    assert (await page.until("AggregateUpdate"))["d"]["aggregate"]["data"] == {"n": 2}
