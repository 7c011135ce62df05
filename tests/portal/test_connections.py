"""Who is connected and who watches, as pages show it."""

import pytest

from doover_web.common import snowflake
from doover_web.common.snowflake import now_ms
from doover_web.gateway.models import Connection, SubscriptionLog, WebProcess
from doover_web.identity.ids import minter


@pytest.fixture
def session(pump, level):
    """`session(alice)`: an open session of somebody that watches the level; `closed=True` one that has ended."""
    WebProcess.objects.create(id=7)

    def connect(who, *, closed=False, **more):
        id_, now = minter.mint(snowflake.SESSION), now_ms()
        ended = now if closed else None
        known = {"agent_id": who.id, "process_id": 7, "address": "203.0.113.7", "attached_at": now, **more}
        made = Connection.objects.create(id=id_, closed_at=ended, **known)
        SubscriptionLog.objects.create(
            agent_id=who.id,
            id=minter.mint(snowflake.SUBSCRIPTION),
            connection_id=id_,
            channel_agent_id=pump.id,
            channel_name="level",
            unsubscribed_at=ended,
        )
        return made

    return connect


def test_the_panel_of_subscriptions(browse, bob, alice, mallory, pump, level, session):
    session(pump, is_default=True, latency=38.4)
    session(alice, closed=True)
    session(mallory)

    page = browse(bob).get(f"{level}?panel=subscriptions").content.decode()

    assert "Pump 7" in page
    assert "38.4 ms" in page
    assert "Own link" in page
    assert "Alice Moreau" in page
    assert "Somebody else" in page  # a stranger watches; who it is is not for everybody
    assert "Mallory" not in page
    assert "38.4 ms" in browse(bob).get(f"{level}?panel=subscriptions&part=panel").content.decode()


def test_an_empty_panel_says_so(browse, bob, level):
    page = browse(bob).get(f"{level}?panel=subscriptions").content.decode()

    assert "Nobody watches" in page


def test_the_sessions_of_an_agent(browse, bob, mallory, pump, session):
    session(pump, is_default=True, latency=12, last_ping=now_ms(), user_agent="agent/2")
    session(pump, closed=True, address="198.51.100.9")

    page = browse(bob).get(f"/connections/{pump.id}").content.decode()

    assert page.index("203.0.113.7") < page.index("198.51.100.9")
    assert "level" in page
    assert browse(bob).get(f"/connections/{pump.key}/").status_code == 200
    assert browse(mallory).get(f"/connections/{pump.id}").status_code == 404


def test_a_list_of_sessions_costs_no_more_queries(browse, bob, pump, level, session, statements):
    client = browse(bob)
    session(pump)
    pages = [f"/connections/{pump.id}", f"{level}?panel=subscriptions&part=panel"]
    for page in pages:
        client.get(page)
    once = [statements(lambda page=page: client.get(page)) for page in pages]
    for _ in range(4):
        session(pump)
    assert [statements(lambda page=page: client.get(page)) for page in pages] == once
