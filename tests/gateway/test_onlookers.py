"""Who looks at which device is stamped into its channels (`ui-schema §13`)."""

import asyncio
import json
import threading
from pathlib import Path

import pytest
from peers import run_sync

from doover_web.data.models import Aggregate, Channel, Message
from doover_web.gateway import onlookers
from doover_web.gateway.frames import LOOK, BadFrame
from doover_web.gateway.looks import Look, look_of
from doover_web.gateway.onlookers import entry_of, write_stamps
from doover_web.identity.models import AuditEntry

CASES = json.loads(Path("tests/fixtures/ui/17-presence-and-overrides.json").read_text())


def test_a_look_is_read_or_refused():
    assert look_of({"agents": ["5", "5"], "page": "group"}) == Look((5,), True)
    assert look_of({"agents": ["5"], "apps": ["pump_1"], "tags": ["pump_1.rpm"]}).tags == ("pump_1.rpm",)
    assert look_of({}) == Look()
    for bad in (
        {"agents": "5"},
        {"agents": [5]},
        {"agents": ["-5"]},
        {"agents": ["x"]},
        {"agents": ["5", "6"]},
        {"agents": ["9" * 30]},
        {"page": "x"},
        {"apps": [{}]},
        {"tags": ["x" * 300]},
        {"agents": ["1"] * 101, "page": "group"},
    ):
        with pytest.raises(BadFrame):
            look_of(bad)


def test_an_entry_has_the_shape_that_devices_read():
    expected = CASES["presence"][0]["aggregate"]
    [user] = expected["agent_open"]

    entry = entry_of([Look((5,), apps=("pump_1",), tags=("pump_1.rpm",))], expected["agent_open"][user])

    assert entry == {key: of[user] for key, of in expected.items() if user in of}


def test_the_tabs_of_a_person_are_one_entry():
    looks = [Look((5,), apps=("a",)), Look((5,), apps=("b", "a"), tags=("a.x",)), Look((5, 6), True)]

    assert entry_of(looks, 9) == {
        "agent_open": 9,
        "group_open": 9,
        "app_open": {"ts": 9, "apps": ["a", "b"]},
        "live_tag_open": {"ts": 9, "tags": ["a.x"]},
    }
    assert entry_of([], 9) == {}


def _state(agent, name):
    channel = Channel.objects.filter(agent_id=agent.id, name=name).values("id")
    return Aggregate.objects.filter(agent_id=agent.id, channel_id__in=channel).values_list("data", flat=True).first()


@pytest.fixture
def stamped(hub):
    """`await stamped(pump)`: what is due is written; the two documents of a device."""

    async def read(agent, ahead=1.0):
        due = hub.onlookers._due
        for pair in due:
            due[pair] -= ahead
        await hub.onlookers.write()
        return await run_sync(lambda: (_state(agent, "dv-ui-sub"), _state(agent, "doover_ui_fastmode")))

    return read


async def shows(page, d):
    """The page says what it shows, and the server has heard it."""
    page.send(LOOK, d)
    page.send(1, {})
    while (await page.next()).get("op") != 2:
        pass


def look(agent, **more):
    return {"agents": [str(agent.id)], **more}


async def test_who_may_only_look_is_stamped_too(peer, bob, pump, stamped):
    page = await peer(bob, pages=True)
    await shows(page, look(pump, apps=["pump_1"], tags=["pump_1.rpm"]))

    seen, fast = await stamped(pump)

    me = str(bob.agent_id)
    assert set(seen) == {"agent_open", "app_open", "live_tag_open"}
    assert seen["app_open"][me]["apps"] == ["pump_1"]
    assert fast[me] == seen["agent_open"][me]
    assert await run_sync(Message.objects.filter(agent_id=pump.id).count) == 0
    [entry] = await run_sync(lambda: list(AuditEntry.objects.filter(action="device.opened", subject_id=pump.id)))
    assert (entry.actor_name, entry.subject_id) == ("Bob Tran", pump.id)


async def test_who_leaves_while_the_look_is_written_is_gone(peer, bob, pump, stamped, monkeypatch):
    """And not only a minute later, when the look would have been stamped again."""
    page, begun, heard = await peer(bob, pages=True), threading.Event(), threading.Event()

    def slowly(stamps):
        begun.set()
        heard.wait(20)
        write_stamps(stamps)

    await shows(page, look(pump))
    monkeypatch.setattr(onlookers, "write_stamps", slowly)
    writing = asyncio.create_task(stamped(pump))
    await asyncio.to_thread(begun.wait, 20)
    await shows(page, {})
    heard.set()
    assert list((await writing)[0]["agent_open"]) == [str(bob.agent_id)]

    assert (await stamped(pump))[0]["agent_open"] == {}


async def test_the_last_tab_takes_the_entry_away(peer, bob, pump, stamped):
    first, second = await peer(bob, pages=True), await peer(bob, pages=True)
    for page in (first, second):
        await shows(page, look(pump))
    await stamped(pump)

    await shows(first, {})
    seen, _ = await stamped(pump)
    assert str(bob.agent_id) in seen["agent_open"]

    await second.drop()
    seen, fast = await stamped(pump)
    assert (seen, fast) == ({"agent_open": {}}, {})


async def test_it_is_stamped_again_while_somebody_looks(peer, bob, pump, stamped):
    page = await peer(bob, pages=True)
    await shows(page, look(pump))
    before, _ = await stamped(pump)
    assert (await stamped(pump))[0] == before

    again, _ = await stamped(pump, ahead=61)

    assert again["agent_open"][str(bob.agent_id)] > before["agent_open"][str(bob.agent_id)]


async def test_a_stranger_leaves_no_trace(peer, mallory, pump, stamped):
    page = await peer(mallory, pages=True)
    await shows(page, look(pump))

    assert await stamped(pump) == (None, None)


async def test_only_pages_of_people_look(peer, alice, pump, stamped):
    library, device = await peer(alice), await peer(pump, pages=True)
    for socket in (library, device):
        await shows(socket, look(pump))

    assert await stamped(pump) == (None, None)
