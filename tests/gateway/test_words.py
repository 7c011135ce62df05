"""Devices that speak by requests alone are there while they speak (`data-api §16.2`)."""

import asyncio

import pytest
from peers import PATIENCE, run_sync

from doover_web.common import snowflake
from doover_web.common.snowflake import now_ms
from doover_web.data.models import Aggregate, Channel, Message
from doover_web.data.publish import post_message
from doover_web.gateway import connection, words
from doover_web.gateway.models import Connection, WebProcess
from doover_web.identity.ids import minter

CHANNEL = "doover_connection"


@pytest.fixture
def badge(pump):
    """`badge()`: what is said of the pump, and how often that was news."""

    def read(of=pump):
        channel = Channel.objects.filter(agent_id=of.id, name=CHANNEL).values("id")
        states = Aggregate.objects.filter(agent_id=of.id, channel_id__in=channel).values_list("data", flat=True)
        return states.first(), Message.objects.filter(agent_id=of.id, channel_id__in=channel).count()

    return read


@pytest.fixture
def link_of():
    """`link_of(pump)`: a link of its own that is open, or was."""

    def connect(agent, closed_at=None):
        process = WebProcess.objects.create(id=7)
        now = now_ms()
        known = {"is_default": True, "address": "203.0.113.7", "attached_at": now, "process_id": process.id}
        Connection.objects.create(agent_id=agent.id, id=minter.mint(snowflake.SESSION), closed_at=closed_at, **known)

    return connect


async def test_who_posts_is_there(hub, says, badge, pump):
    await says(pump, pump, {"metres": 2.5})

    end = asyncio.get_running_loop().time() + PATIENCE
    while (found := await run_sync(badge))[0] is None:
        assert asyncio.get_running_loop().time() < end, "nothing is said of it"
        await asyncio.sleep(0.02)
    assert found[0]["determination"] == "Online"
    assert found[0]["status"]["status"] == "Unknown"
    assert found[1] == 1


@pytest.fixture
def post(db, heard, monkeypatch, reach, django_capture_on_commit_callbacks):
    """`post(alice, pump)`: a message by somebody; whether the agent counts as having spoken."""

    monkeypatch.setattr(words, "SETTLE_MS", 0)

    def write(who, agent, name="level", **more):
        with django_capture_on_commit_callbacks(execute=True):
            post_message(reach=reach(who, agent), name=name, data={"metres": 1}, **more)
        words.heard(heard)
        heard.clear()
        return agent.id in words.take(1000)

    return write


def test_only_what_the_device_says_itself_and_now_counts(post, alice, pump):
    assert not post(alice, pump)
    assert not post(pump, pump, "notifications")
    assert not post(pump, pump, ts=now_ms() - 3_600_000)

    assert post(pump, pump)
    assert not post(pump, pump), "it was heard of just now"


def test_it_may_go_on_to_say_itself_how_it_is(post, monkeypatch, pump):
    monkeypatch.setattr(words, "SETTLE_MS", 60_000)
    assert not post(pump, pump)

    monkeypatch.setattr(words, "SETTLE_MS", 0)
    assert pump.id in words.take(1000)


def test_a_link_of_its_own_tells_better(db, badge, pump, link_of):
    link_of(pump)

    assert connection.spoke({pump.id: now_ms()}) == 0
    assert badge() == (None, 0)


def test_what_comes_in_just_after_its_link_ended_does_not_bring_it_back(db, badge, pump, link_of):
    link_of(pump, closed_at=now_ms() - 2000)

    assert connection.spoke({pump.id: now_ms()}) == 0
    assert badge() == (None, 0)


def test_a_device_that_had_a_link_long_ago_is_there_when_it_posts(db, badge, pump, link_of):
    link_of(pump, closed_at=now_ms() - 60_000)

    assert connection.spoke({pump.id: now_ms()}) == 1
    assert badge()[0]["determination"] == "Online"


def test_a_person_has_no_badge(db, badge, alice):
    assert connection.spoke({alice.agent_id: now_ms()}) == 0
    assert badge(alice.agent) == (None, 0)
