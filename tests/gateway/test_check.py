"""Rights are looked at again while a socket enters channels: neither undoes what the other found out later."""

import asyncio
import threading

import pytest
from peers import PATIENCE, at_rest, run_sync

from doover_web.gateway import watcher
from doover_web.gateway.fanout import rights_changed
from doover_web.identity.models import GroupGrant, Token


class Slow:
    """A question to the database whose answer is on its way until it is let go."""

    def __init__(self, ask):
        self._ask = ask
        self.answered, self._go_on = threading.Event(), threading.Event()

    def __call__(self, *args, **kwargs):
        answer = self._ask(*args, **kwargs)
        self.answered.set()
        assert self._go_on.wait(PATIENCE)
        return answer

    def let_go(self):
        self._go_on.set()


@pytest.fixture
def slow(monkeypatch):
    """`slow("look")`: the socket's question of this name, slow from now on."""
    made = []

    def slowly(name) -> Slow:
        made.append(Slow(getattr(watcher, name)))
        monkeypatch.setattr(watcher, name, made[-1])
        return made[-1]

    yield slowly
    for one in made:
        one.let_go()


def enter(page, agent):
    page.send(12, {"channel": {"agent_id": str(agent.id), "name": "level"}})


@pytest.mark.parametrize("is_new", [True, False], ids=["a new channel", "a channel"])
async def test_a_channel_that_was_entered_during_a_check_stays(peer, says, slow, settled, alice, pump, is_new):
    if not is_new:
        await says(pump, pump, {"metres": 1})
    page = await peer(alice)
    question = slow("still_watchable")
    check = asyncio.create_task(page.socket.check())
    await settled(question.answered.is_set)
    enter(page, pump)
    early = await page.quiet()

    question.let_go()
    await check
    assert [frame["t"] for frame in early + await page.quiet(0.5)] == ["ChannelSync"]
    await says(pump, pump, {"metres": 2})
    assert (await page.next())["d"]["aggregate"]["data"] == {"metres": 2}


async def test_a_look_from_before_a_change_does_not_outlive_the_check(peer, says, slow, settled, bob, pump):
    await says(pump, pump, {"metres": 1})
    page = await peer(bob)
    question = slow("look")
    enter(page, pump)
    await settled(question.answered.is_set)
    await run_sync(GroupGrant.objects.filter(user=bob).delete)
    check = asyncio.create_task(page.socket.check())
    assert await page.quiet() == []

    question.let_go()
    await check
    assert [(await page.next())["t"] for _ in range(2)] == ["ChannelSync", "WSSErrorEvent"]
    await says(pump, pump, {"metres": 2})
    assert await page.quiet() == []


async def test_a_token_that_is_revoked_before_identify_ends_the_socket(hub, peer, bob):
    page = await peer(bob, identify=False)
    await page.until("Hello")
    await run_sync(lambda: [token.revoke() for token in Token.objects.filter(agent_id=bob.id)])
    rights_changed([bob.id])
    await at_rest(hub)

    page.send(10, {})
    assert await page.closed() == 4401


async def test_what_is_taken_away_during_a_resume_is_not_watched(hub, peer, says, slow, settled, bob, pump):
    await says(pump, pump, {"metres": 1})
    page = await peer(bob)
    await page.subscribe(pump)
    await page.drop()
    again = await peer(bob, identify=False)
    await again.until("Hello")
    question = slow("look")
    again.send(11, page.ready["d"])
    await settled(question.answered.is_set)
    await run_sync(GroupGrant.objects.filter(user=bob).delete)
    rights_changed([bob.id])
    await at_rest(hub)

    question.let_go()
    assert [(await again.next())["t"] for _ in range(3)] == ["Ready", "ChannelSync", "WSSErrorEvent"]
    await says(pump, pump, {"metres": 2})
    assert await again.quiet() == []
