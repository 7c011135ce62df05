"""Who is connected and who watches, over HTTP (`data-api §11`)."""

import json
from urllib.parse import quote

import pytest

from doover_web.common import snowflake
from doover_web.common.snowflake import now_ms
from doover_web.data.publish import open_channel
from doover_web.gateway.models import Connection, SubscriptionLog, WebProcess
from doover_web.identity.ids import minter

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(db):
    """`connected(pump)`: a session of somebody, written down by a web process that is there."""
    process = WebProcess.objects.create(id=7)

    def connect(who, *, closed: bool = False, **more) -> Connection:
        id_, now = minter.mint(snowflake.SESSION), now_ms()
        known = {"is_default": False, "address": "203.0.113.7", "attached_at": now, "process_id": process.id, **more}
        return Connection.objects.create(agent_id=who.id, id=id_, closed_at=now if closed else None, **known)

    return connect


def watch(connection, agent, name="level", *, left=False) -> SubscriptionLog:
    return SubscriptionLog.objects.create(
        agent_id=connection.agent_id,
        id=minter.mint(snowflake.SUBSCRIPTION),
        connection_id=connection.id,
        channel_agent_id=agent.id,
        channel_name=name,
        unsubscribed_at=now_ms() if left else None,
    )


def ids(response) -> list[int]:
    assert response.status_code == 200, response.content
    return [int(one.get("session_id") or one["connection_id"]) for one in response.json()]


def test_the_sessions_that_are_open(api, bob, pump, connected):
    connected(pump, closed=True)
    connected(pump, process_id=8)  # of a process that died
    link = connected(pump, is_default=True, last_ping=1_772_600_767_890, latency=38.4)
    seen = watch(link, pump)

    found = api(bob).get(f"/api/agents/{pump.id}/wss_connections").json()

    channel = {"agent_id": str(pump.id), "name": "level"}
    subscription = {"channel": channel, "connection_id": str(link.id), "subscribed_at": seen.subscribed_at}
    assert found == [
        {
            "agent_id": str(pump.id),
            "session_id": str(link.id),
            "default_session": True,
            "address": "203.0.113.7",
            "status": 1,
            "subscriptions": [subscription],
            "last_ping": 1_772_600_767_890,
            "latency": 38.4,
        }
    ]
    assert api(bob).get(f"/api/connections/{link.id}").json() == found[0]


def test_a_closed_session_is_told_as_such(api, pump, connected):
    gone = connected(pump, closed=True)
    watch(gone, pump, left=True)

    found = api(pump).get(f"/api/connections/{gone.id}").json()

    assert (found["status"], found["subscriptions"], found["last_ping"], found["latency"]) == (0, [], None, None)


def test_the_history_is_paged_by_session(api, bob, pump, connected):
    sessions = [connected(pump, closed=n < 6, is_default=n % 2 == 0).id for n in range(7)]
    where = f"/api/agents/{pump.id}/wss_connections/history"
    caller = api(bob)

    assert ids(caller.get(where)) == sessions[::-1]
    assert ids(caller.get(f"{where}?limit=3&default_connection=False")) == sessions[:3:-1]
    assert ids(caller.get(f"{where}?limit=3&before={sessions[4]}")) == sessions[3:0:-1]
    assert ids(caller.get(f"{where}?limit=2&after={sessions[0]}")) == sessions[1:3]
    assert ids(caller.get(f"{where}?after={sessions[1]}&before={sessions[4]}")) == sessions[3:1:-1]
    assert ids(caller.get(f"{where}?default_connection=True")) == sessions[::-2]


def test_the_history_of_subscriptions(api, bob, pump, connected, reach):
    open_channel(reach=reach(pump, pump), name="level")
    first, second = connected(pump, closed=True), connected(pump)
    left = [watch(first, pump, left=True) for _ in range(3)]
    here = watch(second, pump)
    watch(second, pump, "other")
    channel = quote(json.dumps({"agent_id": str(pump.id), "name": "level"}))
    where = f"/api/agents/{pump.id}/wss_connections/subscriptions/history?channel={channel}"

    found = api(bob).get(where).json()

    assert [one["subscribed_at"] for one in found] == [here.subscribed_at, *(one.subscribed_at for one in left[::-1])]
    assert found[0]["unsubscribed_at"] is None
    assert found[1]["unsubscribed_at"] == left[2].unsubscribed_at
    # A cursor is a session, so a page does not end within one.
    assert ids(api(bob).get(f"{where}&limit=2")) == [second.id, *[first.id] * 3]
    assert ids(api(bob).get(f"{where}&limit=1&before={second.id}")) == [first.id] * 3
    assert ids(api(bob).get(f"{where}&after={first.id}")) == [second.id]


def test_who_watches_a_channel_now(api, bob, pump, alice, connected, reach):
    open_channel(reach=reach(pump, pump), name="level")
    page, link, gone = connected(alice), connected(pump), connected(alice, closed=True)
    earlier, later = watch(page, pump), watch(link, pump)
    watch(gone, pump)
    watch(link, pump, left=True)

    found = api(bob).get(f"/api/agents/{pump.id}/channels/level/subscriptions").json()

    assert [(int(one["connection_id"]), one["subscribed_at"]) for one in found] == [
        (link.id, later.subscribed_at),
        (page.id, earlier.subscribed_at),
    ]


def test_others_are_told_of_public_channels_of_the_agent_alone(api, alice, bob, pump, mallory, connected, reach):
    open_channel(reach=reach(pump, pump), name="hidden", settings={"is_private": True})
    link = connected(pump)
    for agent, name in ((pump, "level"), (pump, "hidden"), (mallory, "elsewhere")):
        watch(link, agent, name)

    def names(who):
        [found] = api(who).get(f"/api/agents/{pump.id}/wss_connections").json()
        history = api(who).get(f"/api/agents/{pump.id}/wss_connections/subscriptions/history").json()
        told = [one["channel"]["name"] for one in found["subscriptions"]]
        assert told == [one["channel"]["name"] for one in history[::-1]]
        return told

    assert names(pump) == ["level", "hidden", "elsewhere"]
    assert names(alice) == ["level", "hidden"]
    assert names(bob) == ["level"]


def test_somebody_elses_sessions_are_not_there(api, alice, bob, mallory, pump, connected):
    link, alices = connected(pump), connected(alice)

    for path in (f"agents/{pump.id}/wss_connections", f"connections/{link.id}"):
        assert api(mallory).get(f"/api/{path}").status_code == 404
    assert api(bob).get(f"/api/connections/{alices.id}").json()["message"] == "Connection not found"
    assert api(bob).get(f"/api/agents/{alice.id}/wss_connections").status_code == 404
    assert ids(api(alice).get("/api/agents/me/wss_connections")) == [alices.id]


@pytest.mark.parametrize(
    "query",
    [
        "channel=level",
        "channel=[]",
        "channel=%7B%7D",
        'channel={"agent_id":true}',
        'channel={"agent_id":"5","name":5}',
        'channel={"agent_id":"me","name":"\\ud800"}',
        'channel={"agent_id":"me","name":"\\u0000"}',
        "limit=0",
        "limit=1501",
        "before=x",
        "channel=" + "[" * 5000,
    ],
)
def test_what_cannot_be_understood(api, pump, query):
    response = api(pump).get(f"/api/agents/{pump.id}/wss_connections/subscriptions/history?{query}")

    assert response.status_code == 400, response.content


def test_channels_and_connections_that_are_not_there(api, pump):
    caller = api(pump)
    for channel in ({"agent_id": str(pump.id), "name": "none"}, {"agent_id": "x", "name": "level"}):
        text = quote(json.dumps(channel))
        where = f"/api/agents/{pump.id}/wss_connections/subscriptions/history?channel={text}"
        assert caller.get(where).status_code == 404
    for path in (
        "connections/5",
        "connections/x",
        "connections/99999999999999999999",
        f"agents/{pump.id}/channels/none/subscriptions",
    ):
        assert caller.get(f"/api/{path}").status_code == 404


def test_the_queries_stay_level(api, pump, connected, statements):
    caller, where = api(pump), f"/api/agents/{pump.id}/wss_connections"

    def asked(path):
        return statements(lambda: caller.get(path))

    watch(connected(pump), pump)
    asked(where)  # the first call notes that the token was used
    once = [asked(where), asked(where + "/history"), asked(where + "/subscriptions/history")]
    for _ in range(5):
        watch(connected(pump), pump)
    assert [asked(where), asked(where + "/history"), asked(where + "/subscriptions/history")] == once
