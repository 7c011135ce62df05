"""What happens at the sockets is written down, together, and whoever died is found (`data-api §11, §16.2`)."""

import asyncio

import pytest
from django.db import OperationalError, connection
from peers import PATIENCE, run_sync

from doover_web.common.snowflake import now_ms
from doover_web.data.models import Aggregate, Channel, Message
from doover_web.gateway import connection as badge
from doover_web.gateway import keeper, register, roll, tasks
from doover_web.gateway.hub import Hub
from doover_web.gateway.models import Connection, SubscriptionLog, WebProcess


@pytest.fixture(autouse=True)
def _only_when_asked(monkeypatch):
    """Nothing is written by the clock here."""
    monkeypatch.setattr(roll, "WRITE_SECONDS", 3600)


def rows(model, **wanted):
    return list(model.objects.filter(**wanted).order_by("id"))


async def written(hub, model, **wanted):
    assert await hub.roll.write()
    return await run_sync(rows, model, **wanted)


def said(pump):
    channel = Channel.objects.filter(agent_id=pump.id, name=badge.CHANNEL).first()
    state = Aggregate.objects.get(agent_id=pump.id, channel_id=channel.id).data if channel else {}
    told = Message.objects.filter(agent_id=pump.id).order_by("id").values_list("data__determination", flat=True)
    return state.get("status", {}).get("status"), state.get("determination"), list(told)


async def test_a_session_from_its_beginning_to_its_end(hub, peer, says, alice, pump):
    await says(pump, pump, {})
    page = await peer(alice)
    await page.subscribe(pump)

    [session] = await written(hub, Connection)
    [watch] = await run_sync(rows, SubscriptionLog)
    assert (str(session.id), session.agent_id) == (page.ready["d"]["session_id"], alice.id)
    assert (session.address, session.is_default, session.closed_at) == ("203.0.113.7", False, None)
    assert (watch.connection_id, watch.channel_agent_id, watch.channel_name) == (session.id, pump.id, "level")
    assert session.connected_at <= watch.subscribed_at
    assert watch.unsubscribed_at is None

    page.send(13, {"channel": {"agent_id": str(pump.id), "name": "level"}})
    await page.subscribe(pump, "other")
    first, second = await written(hub, SubscriptionLog)
    assert (first.unsubscribed_at is not None, second.channel_name, second.unsubscribed_at) == (True, "other", None)

    await page.drop()
    [session] = await written(hub, Connection)
    [_, second] = await run_sync(rows, SubscriptionLog)
    assert session.closed_at == second.unsubscribed_at or session.closed_at - second.unsubscribed_at < 1000
    assert session.closed_at is not None


async def test_many_frames_are_a_handful_of_statements(hub, peer, says, alice, pump, statements):
    await says(pump, pump, {})
    page = await peer(alice)
    for n in range(10):
        page.send(12, {"channel": {"agent_id": str(pump.id), "name": f"c{n}"}})
        page.send(13, {"channel": {"agent_id": str(pump.id), "name": f"c{n}"}})
    await page.subscribe(pump)

    seats = hub.roll._news
    assert len(seats.subscriptions) == 11
    count = await run_sync(statements, lambda: register.write(1, seats))
    assert count <= 6
    assert len(await run_sync(rows, SubscriptionLog)) == 11


async def test_a_resume_is_the_same_row_again(hub, peer, alice):
    page = await peer(alice)
    await page.drop(1006)
    assert (await written(hub, Connection))[0].closed_at is not None

    again = await peer(alice, identify=False)
    await again.until("Hello")
    again.send(11, page.ready["d"])
    await again.until("Ready")
    [session] = await written(hub, Connection)
    assert session.closed_at is None


async def test_an_older_process_does_not_close_what_a_newer_one_holds(hub, peer, alice):
    page = await peer(alice)
    [session] = await written(hub, Connection)
    newer = register.Presence(alice.id, session.id, False, "203.0.113.8", "", session.attached_at + 5)
    await run_sync(register.write, 99, register.News({session.id: newer}))

    await page.drop(1006)
    [session] = await written(hub, Connection)
    assert (session.process_id, session.closed_at, session.address) == (99, None, "203.0.113.8")


async def test_what_could_not_be_written_is_written_later(hub, peer, alice, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(register, "write", lambda *_: (_ for _ in ()).throw(OperationalError("away")))
        page = await peer(alice)
        assert not await hub.roll.write()
    await page.drop(1000)
    [session] = await written(hub, Connection)
    assert session.closed_at is not None


async def test_the_first_pong_is_told_at_once_and_the_rest_now_and_then(hub, peer, alice):
    page = await peer(alice)
    pulse = page.socket._pulse
    pulse.last_pong, pulse.latency = 1_772_600_767_890, 38.4
    [session] = await written(hub, Connection)
    assert (session.last_ping, session.latency) == (1_772_600_767_890, 38.4)

    pulse.last_pong = 1_772_600_800_000
    assert (await written(hub, Connection))[0].last_ping == 1_772_600_767_890
    hub.roll._pulses_at -= roll.PULSE_SECONDS
    assert (await written(hub, Connection))[0].last_ping == 1_772_600_800_000


async def test_one_session_cannot_fill_the_table(hub, peer, says, alice, pump, monkeypatch):
    monkeypatch.setattr(roll, "MOST_WATCHES", 3)
    await says(pump, pump, {})
    page = await peer(alice)
    for n in range(5):
        await page.subscribe(pump, f"c{n}")
    assert len(await written(hub, SubscriptionLog)) == 3


# --- the badge ---


@pytest.fixture
def online(hub, pump, settled):
    """`await online(status)`: wait until the badge says so; gives its determination and the messages."""

    async def until(status):
        end = asyncio.get_running_loop().time() + PATIENCE
        while (found := await run_sync(said, pump))[0] != status:
            assert asyncio.get_running_loop().time() < end, f"{status} never came: {found}"
            await asyncio.sleep(0.02)
        return found[1:]

    return until


async def test_of_two_links_the_last_one_counts(peer, online, monkeypatch, pump):
    monkeypatch.setattr(badge, "GRACE_SECONDS", 0.1)
    first, second = await peer(pump, default_connection=True), await peer(pump, default_connection=True)
    await online("ContinuousOnline")
    await second.drop()
    await asyncio.sleep(0.3)
    assert await online("ContinuousOnline") == ("Online", ["Online"])
    await first.drop()
    assert await online("ContinuousOffline") == ("Offline", ["Online", "Offline"])


async def test_a_promise_is_waited_for(peer, says, online, monkeypatch, pump):
    monkeypatch.setattr(badge, "GRACE_SECONDS", 0.1)
    await says(pump, pump, {"config": {"offline_after": 600}}, "doover_connection")
    link = await peer(pump, default_connection=True)
    await online("ContinuousOnline")
    await link.drop()
    await online("ContinuousPending")
    await asyncio.sleep(0.3)
    assert await online("ContinuousPending") == ("Online", ["Online"])


async def test_pongs_that_stop_and_come_back(peer, online, monkeypatch, pump):
    monkeypatch.setattr(keeper, "LONGEST_SLEEP", 0.02)
    link = await peer(pump, default_connection=True)
    await online("ContinuousOnline")
    pulse = link.socket._pulse
    pulse.waits_since = now_ms() - 11_000
    assert await online("ContinuousOnlineNoPing") == ("Online", ["Online"])
    pulse.waits_since, pulse.last_pong, pulse.latency = None, now_ms(), 12.0
    assert await online("ContinuousOnline") == ("Online", ["Online"])
    state = await run_sync(lambda: Aggregate.objects.get(agent_id=pump.id).data["status"])
    assert (state["last_ping"], state["latency_ms"]) == (pulse.last_pong, 12)


def older(seconds):
    """As if every process had last been heard of a while ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gateway_webprocess SET seen_at = seen_at - make_interval(secs => %s),"
            " doubted_at = doubted_at - make_interval(secs => %s)",
            [seconds, seconds],
        )


async def test_a_web_process_that_died(hub, peer, says, online, monkeypatch, pump):
    link = await peer(pump, default_connection=True)
    await link.subscribe(pump)
    assert await online("ContinuousOnline") == ("Online", ["Online"])
    await hub.roll.write()
    monkeypatch.setattr(register, "HEARTBEAT", register.HEARTBEAT + " AND false")  # it says nothing any more
    monkeypatch.setattr(hub.badges, "_open", {})
    monkeypatch.setattr(badge, "GRACE_SECONDS", 0)

    await run_sync(tasks.sweep_connections)
    assert await online("ContinuousOnline") == ("Online", ["Online"])
    await run_sync(older, 30)
    await run_sync(tasks.sweep_connections)  # doubted: the database itself may have been away
    assert await run_sync(Connection.objects.filter(closed_at=None).exists)
    await run_sync(older, 30)
    await run_sync(tasks.sweep_connections)
    await asyncio.sleep(0.01)
    await run_sync(tasks.sweep_connections)

    assert await online("ContinuousOffline") == ("Offline", ["Online", "Offline"])
    assert not await run_sync(WebProcess.objects.exists)
    assert not await run_sync(Connection.objects.filter(closed_at=None).exists)
    assert not await run_sync(SubscriptionLog.objects.filter(unsubscribed_at=None).exists)


async def test_a_process_that_was_only_silent_comes_back(hub, peer, online, pump):
    await peer(pump, default_connection=True)
    await online("ContinuousOnline")
    for _ in range(2):
        await run_sync(older, 30)
        await run_sync(register.end_the_dead, 20, 10)
    assert not await run_sync(Connection.objects.filter(closed_at=None).exists)

    await hub.roll.write()  # finds itself taken for dead
    [session] = await written(hub, Connection)
    assert session.closed_at is None
    assert await run_sync(tasks.sweep_connections) == 0


async def test_a_device_that_is_connected_elsewhere_stays_online(hub, peer, online, monkeypatch, pump):
    monkeypatch.setattr(badge, "GRACE_SECONDS", 0)
    other = Hub()
    other.start()
    try:
        await peer(pump, default_connection=True)
        await peer(pump, at=other, default_connection=True)
        assert await online("ContinuousOnline") == ("Online", ["Online"])
        await hub.roll.write()
        await other.roll.write()
        await run_sync(WebProcess.objects.filter(pk=hub.roll.process_id).delete)
        await run_sync(register.end_the_dead, 20, 10)
        assert await run_sync(tasks.sweep_connections) == 0
        assert (await run_sync(said, pump))[:2] == ("ContinuousOnline", "Online")
    finally:
        await other.stop()


async def test_a_device_of_a_processor_goes_offline_when_its_time_is_over(hub, says, pump):
    now = now_ms()
    config = {"connection_type": "Periodic", "expected_interval": 60}
    status = {"status": "PeriodicUnknown", "last_online": now - 121_000}
    late = {"status": status, "determination": "Online", "config": config}
    await says(pump, pump, late, "doover_connection")

    await run_sync(tasks.sweep_connections)
    assert await run_sync(said, pump) == ("PeriodicUnknown", "Offline", ["Offline"])
    assert await run_sync(tasks.sweep_connections) == 0


async def test_another_config_is_judged_at_once(hub, says, online, pump):
    status = {"status": "ContinuousOnline", "last_online": now_ms() - 200_000}
    await says(pump, pump, {"status": status, "determination": "Online"}, "doover_connection")
    assert (await run_sync(said, pump))[1] == "Online"

    await says(pump, pump, {"config": {"connection_type": "Continuous"}}, "doover_connection")
    assert await online("ContinuousOffline") == ("Offline", ["Offline"])


async def test_sync_recomputes(hub, says, api, alice, bob, pump):
    late = {"status": {"status": "Unknown", "last_online": now_ms() - 7_200_000}, "determination": "Online"}
    await says(pump, pump, late, "doover_connection")

    def sync(who):
        return api(who).post(f"/api/agents/{pump.id}/connection_sync", {})

    assert (await run_sync(sync, bob)).status_code == 403
    assert (await run_sync(sync, alice)).json() == {}
    assert (await run_sync(said, pump))[1] == "Offline"


async def test_what_ended_long_ago_is_forgotten(hub, peer, says, alice, pump, settings):
    await says(pump, pump, {})
    old, new = await peer(alice), await peer(alice)
    await old.subscribe(pump)
    await old.drop(1000)
    await hub.roll.write()
    await run_sync(Connection.objects.filter(closed_at__isnull=False).update, closed_at=1)
    await run_sync(SubscriptionLog.objects.update, unsubscribed_at=1)

    assert await run_sync(tasks.forget_connections) == 2
    assert [str(one.id) for one in await run_sync(rows, Connection)] == [new.ready["d"]["session_id"]]
