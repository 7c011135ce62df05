"""Sockets for the cast, and words for what happens meanwhile."""

import asyncio
import time

import pytest
from django.apps import apps
from peers import PATIENCE, Peer, run_sync, token_of

from doover_web.data import publish
from doover_web.data.access import reach_agent
from doover_web.gateway import hub as hub_module
from doover_web.gateway.hub import Hub, hub_here, stop_hub
from doover_web.identity.auth import caller_of_token, caller_of_user, issue_device_token
from doover_web.identity.models import User


def pytest_collection_modifyitems(items):
    """Threads of the server look at the database as well, so what a test writes is committed and then cleared away.

    `available_apps` makes the clearing cascade, into the tables that Django does not manage.
    """
    names = [config.name for config in apps.get_app_configs()]
    for item in items:
        if "hub" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(transaction=True, available_apps=names))


@pytest.fixture
async def hub(db, monkeypatch):
    monkeypatch.setattr(hub_module, "PATROL_SECONDS", 3600)  # tests patrol when they mean to
    yield hub_here()
    await stop_hub()


@pytest.fixture
async def peer(hub):
    """`await peer(alice)`: an open socket of somebody, identified; `identify=False` leaves that out."""
    peers = []

    async def open_peer(who, *, identify: bool = True, at: Hub | None = None, **d) -> Peer:
        token = await run_sync(token_of, who)
        peers.append(Peer(at or hub, [("authorization", f"Bearer {token}")]))
        if identify:
            await peers[-1].identify(**d)
        return peers[-1]

    yield open_peer
    for one in peers:
        one.reading.set()
        if not one.task.done():
            await one.drop()


@pytest.fixture
def says():
    """`await says(alice, pump, {...})`: a change of a channel's state by somebody, committed."""

    callers = {}

    def write(who, agent, data, name, verb, more):
        if who.id not in callers:
            is_person = isinstance(who, User)
            callers[who.id] = caller_of_user(who) if is_person else caller_of_token(issue_device_token(who))
        content = {} if verb == "delete_message" else {"data": data}
        return getattr(publish, verb)(reach=reach_agent(callers[who.id], agent.id), name=name, **content, **more)

    async def say(who, agent, data, name: str = "level", verb: str = "update_aggregate", **more):
        return await run_sync(write, who, agent, data, name, verb, more)

    return say


@pytest.fixture
def settled():
    """`await settled(lambda: …)`: wait until something is true."""

    async def wait(is_true):
        end = time.monotonic() + PATIENCE
        while not is_true():
            assert time.monotonic() < end, "it never came true"
            await asyncio.sleep(0.01)

    return wait
