"""The online badge of an agent whose own link is open (`data-api §16.2`)."""

import asyncio

import pytest
from peers import PATIENCE, run_sync

from doover_web.data.models import Aggregate, Message
from doover_web.gateway import connection


@pytest.fixture
def badge(pump):
    def read():
        state = Aggregate.objects.filter(agent_id=pump.id).order_by("-last_updated").first()
        return (state.data if state else {}), [
            (one.data["status"]["status"], one.data.get("determination"))
            for one in Message.objects.filter(agent_id=pump.id).order_by("id")
        ]

    async def when(status):
        end = asyncio.get_running_loop().time() + PATIENCE
        while (found := await run_sync(read))[0].get("status", {}).get("status") != status:
            assert asyncio.get_running_loop().time() < end, f"{status} never came: {found}"
            await asyncio.sleep(0.02)
        return found

    return when


async def test_a_link_that_comes_and_goes(peer, badge, monkeypatch, pump):
    monkeypatch.setattr(connection, "GRACE_SECONDS", 1.0)
    device = await peer(pump, default_connection=True)
    state, told = await badge("ContinuousOnline")
    assert state["determination"] == "Online"
    assert state["status"]["ip"] == "203.0.113.7"
    assert isinstance(state["status"]["last_online"], int)
    assert told == [("ContinuousOnline", "Online")]

    await device.drop()
    state, told = await badge("ContinuousPending")
    assert state["determination"] == "Online"
    state, told = await badge("ContinuousOffline")
    assert state["determination"] == "Offline"
    assert told == [("ContinuousOnline", "Online"), ("ContinuousOffline", "Offline")]


async def test_a_link_that_comes_back_at_once_is_no_news(peer, badge, monkeypatch, pump):
    monkeypatch.setattr(connection, "GRACE_SECONDS", 1.5)
    first = await peer(pump, default_connection=True)
    await badge("ContinuousOnline")
    await first.drop()
    await badge("ContinuousPending")
    await peer(pump, default_connection=True)
    await badge("ContinuousOnline")
    await asyncio.sleep(1.7)
    assert (await badge("ContinuousOnline"))[1] == [("ContinuousOnline", "Online")]


async def test_an_old_link_that_ends_late_changes_nothing(peer, badge, monkeypatch, pump):
    monkeypatch.setattr(connection, "GRACE_SECONDS", 0.05)
    old = await peer(pump, default_connection=True)
    await badge("ContinuousOnline")
    await peer(pump, default_connection=True)
    await asyncio.sleep(0.3)
    await old.drop()
    await asyncio.sleep(0.3)
    assert (await badge("ContinuousOnline"))[1] == [("ContinuousOnline", "Online")]


async def test_the_time_is_kept_fresh_without_messages(peer, badge, monkeypatch, pump):
    monkeypatch.setattr(connection, "REFRESH_SECONDS", 0.05)
    await peer(pump, default_connection=True)
    first, _ = await badge("ContinuousOnline")
    end = asyncio.get_running_loop().time() + PATIENCE
    while (found := await badge("ContinuousOnline"))[0]["status"]["last_online"] == first["status"]["last_online"]:
        assert asyncio.get_running_loop().time() < end, "it grew old"
    later, told = found
    assert later["status"]["last_online"] > first["status"]["last_online"]
    assert len(told) == 1


async def test_a_person_has_no_badge(peer, alice):
    page = await peer(alice, default_connection=True)
    assert not page.socket._session.default
    await asyncio.sleep(0.1)
    assert not await run_sync(Aggregate.objects.exists)
