"""Acknowledged means committed: web server and PostgreSQL are killed under load, and nothing acknowledged is lost."""

import asyncio
import os
import random
import signal
import time
from dataclasses import dataclass, field

import httpx
import pytest

from doover_web.common.snowflake import MESSAGE, Minter
from doover_web.standalone import server

pytestmark = [pytest.mark.server, pytest.mark.timeout(420)]
VICTIMS = ["web", "postgres", "web", "postgres", "postgres", "web"]
BACK_SECONDS = 60
SET_UP = """
from doover_web.identity.auth import issue_device_token
from doover_web.identity.models import Agent, Organisation
pump = Agent.objects.create(kind="device", organisation=Organisation.objects.found("Creek"), name="pump-7")
print(issue_device_token(pump))
"""
CHANNELS = "/api/agents/me/channels"


@pytest.fixture
def portal(tmp_path):
    with server.start(tmp_path / "var") as running:
        yield running


@dataclass
class Writer:
    """One client that writes without pause, and what it was told is stored."""

    http: httpx.AsyncClient
    who: int
    minter: Minter
    answers: int = 0
    chosen: dict[int, int] = field(default_factory=dict)  # message id → the number in it
    given: dict[int, int] = field(default_factory=dict)
    logged: list[int] = field(default_factory=list)
    merged: int = 0

    async def write(self, stop):
        verbs = [self.insist, self.try_once, self.log, self.merge]
        number = 0
        while not stop.is_set():
            number += 1
            await verbs[number % 4](number)

    async def insist(self, number):
        """Post under an id of our own until the server says that it is there."""
        message_id = self.minter.mint(MESSAGE)
        while not await self._send("POST", f"chosen/messages/{message_id}", {"data": [self.who, number]}):
            pass
        self.chosen[message_id] = number

    async def try_once(self, number):
        """Post without an id; without an answer nobody knows what came of it."""
        if answer := await self._send("POST", "given/messages", {"data": [self.who, number]}):
            self.given[int(answer["id"])] = number

    async def log(self, number):
        """Change the state and keep the change: both or neither."""
        if await self._send("PATCH", f"logged{self.who}/aggregate?log_update=true", {"n": number}):
            self.logged.append(number)

    async def merge(self, number):
        """Merge into a state that all of us share."""
        if await self._send("PATCH", "shared/aggregate", {f"k{self.who}": number}):
            self.merged = number

    async def _send(self, method, tail, body):
        """What the server acknowledged, or None after a moment."""
        try:
            answer = await self.http.request(method, f"{CHANNELS}/{tail}", json=body)
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 200:
                self.answers += 1
                return answer.json()
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.05)
        return None


async def kill_one_after_the_other(portal, writers):
    """Each victim in its turn, at a moment nobody chose; after each the server comes back by itself."""
    for victim in VICTIMS:
        await asyncio.sleep(random.uniform(0.5, 1.5))
        killed = portal.pids[victim]
        os.kill(killed, signal.SIGKILL)
        end = time.monotonic() + BACK_SECONDS
        while portal.pids.get(victim) in (killed, None):
            assert time.monotonic() < end, f"nobody started {victim} again:\n{portal.printed}"
            await asyncio.sleep(0.05)
        known = sum(writer.answers for writer in writers)
        while sum(writer.answers for writer in writers) < known + 50:
            assert time.monotonic() < end, f"no answers after {victim} was killed:\n{portal.printed}"
            await asyncio.sleep(0.05)


async def messages_of(http, channel):
    """All messages of a channel, as the server tells them page by page."""
    found, more = [], ""
    while page := (await http.get(f"{CHANNELS}/{channel}/messages?limit=1500{more}")).raise_for_status().json():
        found += page
        more = f"&before={page[-1]['id']}"
    assert len({message["id"] for message in found}) == len(found)
    return {int(message["id"]): message["data"] for message in found}


async def test_nothing_acknowledged_is_lost_or_doubled(portal):
    token = portal.manage("shell", "--verbosity=0", "--command", SET_UP).stdout.split()[-1]
    bearer = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=portal.url, headers=bearer, timeout=15) as http:
        writers = [Writer(http, who, Minter(who)) for who in range(8)]
        stop = asyncio.Event()
        writing = asyncio.gather(*(writer.write(stop) for writer in writers))
        await kill_one_after_the_other(portal, writers)
        stop.set()
        await writing

        chosen, given = await messages_of(http, "chosen"), await messages_of(http, "given")
        shared = (await http.get(f"{CHANNELS}/shared/aggregate")).json()["data"]
        for writer in writers:
            check_chosen(writer, chosen)
            check_given(writer, given)
            assert writer.merged <= shared[f"k{writer.who}"]
            state = (await http.get(f"{CHANNELS}/logged{writer.who}/aggregate")).json()["data"]
            check_logged(writer, await messages_of(http, f"logged{writer.who}"), state)
    assert sum(writer.answers for writer in writers) > 50 * len(VICTIMS)


def check_chosen(writer, stored):
    """Every id we insisted on is there once, however often it had to be sent."""
    assert {id_: data[1] for id_, data in stored.items() if data[0] == writer.who} == writer.chosen


def check_given(writer, stored):
    """What was acknowledged is there under its id; nothing that was sent once is there twice."""
    ours = {id_: data[1] for id_, data in stored.items() if data[0] == writer.who}
    assert {id_: ours.get(id_) for id_ in writer.given} == writer.given
    assert len(set(ours.values())) == len(ours)


def check_logged(writer, messages, state):
    """State and history tell the same story: the newest message is the state, and no acknowledged one is missing."""
    numbers = [data["n"] for _, data in sorted(messages.items())]
    assert len(set(numbers)) == len(numbers)
    assert set(writer.logged) <= set(numbers)
    assert state == {"n": max(numbers)}
