"""pydoover 1.18.3 asks who is connected, for TURN credentials, and calls over a channel with its own manager."""

import json

import pytest
from websockets.sync.client import connect as open_socket

from tests.clients.conftest import Raised
from tests.standalone.outside import eventually

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]


@pytest.fixture
def link(portal, cast, pump, channel):
    """Pump 7's own link, which watches the channel."""
    bearer = {"authorization": f"Bearer {cast['token']}"}
    with open_socket(portal.url.replace("http", "ws", 1) + "/gateway", additional_headers=bearer) as socket:
        socket.send(json.dumps({"op": 10, "d": {"default_connection": True}}))
        where = {"agent_id": str(pump), "name": channel}
        socket.send(json.dumps({"op": 12, "d": {"channel": where}}))
        while (frame := json.loads(socket.recv(10))).get("t") != "Ready":
            pass
        yield int(frame["d"]["session_id"])


def test_connections_and_subscriptions(device, bob, pump, channel, link):
    device.create_channel(pump, channel)
    eventually(lambda: [one["connection_id"] for one in device.fetch_channel_subscriptions(pump, channel)] == [link])

    [found] = [one for one in device.list_connections(pump) if one["session_id"] == link]
    assert (found["agent_id"], found["default_session"], found["status"]) == (pump, True, 1)
    assert found["address"] == "127.0.0.1"
    assert [one["channel"]["name"] for one in found["subscriptions"]] == [channel]
    assert device.fetch_connection(link)["session_id"] == link
    history = bob.fetch_connection_history(pump, True, limit=1)
    assert [one["session_id"] for one in history] == [link]
    assert link not in [one["session_id"] for one in device.fetch_connection_history(pump, False, before=link)]
    [log] = device.fetch_subscription_history(pump, pump, channel)
    assert (log["connection_id"], log.get("unsubscribed_at")) == (link, None)
    eventually(lambda: device.fetch_connection(link).get("latency") is not None)
    state = device.fetch_channel_aggregate(pump, "doover_connection")["data"]
    assert (state["status"]["status"], state["determination"]) == ("ContinuousOnline", "Online")


def test_what_is_not_there(device, pump):
    for call in (lambda: device.fetch_connection(5), lambda: device.fetch_channel_subscriptions(pump, "none")):
        with pytest.raises(Raised) as refused:
            call()
        assert (refused.value.name, refused.value.status) == ("NotFoundError", 404)


def test_turn(device, bob, pump, cast):
    given = device.fetch_turn_token("device", "yard")
    assert given["username"] == f"{given['expires_at']}:{pump}"
    assert given["uris"] == ["turn:turn.example.com:3478?transport=udp"]
    with pytest.raises(Raised) as refused:
        bob.fetch_turn_token("client", "yard", pump)
    assert (refused.value.name, refused.value.status) == ("ForbiddenError", 403)


def test_permissions(device, pump):
    found = device.fetch_agent_permissions(pump)
    assert found["agent_id"] == pump
    assert [one["permission_id"] for one in found["resources"]] == [f"ag:{pump}"]


def test_calls_from_beginning_to_end(portal, device, alice, pump, cast, channel):
    device.create_channel(pump, channel)

    told = alice.ask({"story": "calls.story", "args": [portal.url, pump, channel, cast["token"]]})

    assert told["success"] == {"running": True}
    assert (told["number"], told["nothing"]) == ({"got": "35"}, {"got": "null"})
    assert told["error"] == ["RPCError", "STUCK"]
    assert told["timeout"] == told["expired"] == ["RPCTimeoutError", "TIMEOUT"]
    assert told["cancelled"] == ["RPCCancelled", "CANCELLED"]
    assert told["cancelled_by"] == {"name": "Alice"}
    stored = {method: (request, status) for method, request, status in told["stored"][:1] + told["stored"][3:]}
    assert stored["start"] == ({"on": True}, {"code": "success"})
    assert stored["fail"][1] == {"code": "error", "message": {"code": "STUCK", "message": "the float is stuck"}}
    assert stored["nobody"][1] == {"code": "sent"}
    assert stored["wait"][1]["message"]["info"] == "Command cancelled"
    assert [request for _, request, _ in told["stored"][1:3]] == [35, None]
