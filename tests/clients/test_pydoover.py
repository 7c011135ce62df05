"""pydoover 1.18.3, synchronous and asynchronous: every method that the Data API has so far."""

import json
import time

import pytest

from tests.clients.conftest import Raised

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]
MARCH = 1_772_600_767_890
EPOCH = 1_735_689_600_000


@pytest.fixture
def raises():
    """`with raises("NotFoundError", 404):` what the client makes of a refusal."""

    class Expected:
        def __call__(self, name, status, words=""):
            self.name, self.status, self.words = name, status, words
            return self

        def __enter__(self):
            return self

        def __exit__(self, kind, problem, _):
            assert kind is Raised, f"the call returned, or failed otherwise: {problem!r}"
            assert (problem.name, problem.status) == (self.name, self.status)
            assert self.words in problem.text
            return True

    return Expected()


def test_channels(device, pump, channel):
    made = device.create_channel(pump, channel, default_ttl=86_400, history_since=EPOCH)
    assert isinstance(made, int)
    assert device.create_channel(pump, channel) == made

    found = device.fetch_channel(pump, channel)
    assert (found["name"], found["owner_id"], found["is_private"]) == (channel, pump, False)
    assert found["aggregate"] == {"data": {}, "attachments": [], "last_updated": None}
    assert "aggregate" not in device.fetch_channel(pump, channel, include_aggregate=False)

    schema = {"type": "object", "properties": {"metres": {"type": "number"}}}
    put = device.put_channel(pump, channel, True, message_schema=schema)
    assert (put["is_private"], put["message_schema"]) == (True, schema)
    assert device.put_channel(pump, channel, False)["message_schema"] == schema


def test_listing_and_archiving(device, pump, channel):
    device.create_channel(pump, channel)

    def names():
        return [found["name"] for found in device.list_channels(pump)]

    assert channel in names()
    assert device.archive_channel(pump, channel) is None
    assert channel not in names()
    assert device.unarchive_channel(pump, channel) is None
    assert channel in names()
    assert all("aggregate" in found for found in device.list_channels(pump))
    assert not any("aggregate" in found for found in device.list_channels(pump, include_aggregate=False))


def test_messages(device, alice, pump, cast, channel):
    made = device.create_message(pump, channel, {"metres": 1.2}, MARCH)
    assert (made["id"] >> 22) + EPOCH == MARCH
    assert made["author_id"] == pump
    assert made["channel"] == {"agent_id": pump, "name": channel}
    assert device.fetch_message(pump, channel, made["id"]) == made

    updated = alice.update_message(pump, channel, made["id"], {"metres": None, "feet": 4})
    assert (updated["data"], updated["author_id"]) == ({"feet": 4}, pump)
    assert device.update_message(pump, channel, made["id"], {"x": {"y": 1}}, True)["data"] == {"x": {"y": 1}}
    assert device.update_message(pump, channel, made["id"], {"z": 1}, suppress_response=True) is None
    assert device.fetch_message(pump, channel, made["id"])["data"] == {"x": {"y": 1}, "z": 1}

    assert device.delete_message(pump, channel, made["id"]) is None


def test_a_deleted_message(device, pump, channel, raises):
    made = device.create_message(pump, channel, {})
    device.delete_message(pump, channel, made["id"])

    with raises("NotFoundError", 404, "Message not found"):
        device.fetch_message(pump, channel, made["id"])


def test_a_message_before_2025(device, pump, channel):
    made = device.create_message(pump, channel, {"v": 1}, 1_705_320_000_000)
    assert made["id"] < 0

    device.create_message(pump, channel, {"v": 2})
    assert [found["id"] for found in device.list_messages(pump, channel, before=-1)] == [made["id"]]
    assert made["id"] not in [found["id"] for found in device.list_messages(pump, channel, after=0)]
    assert device.update_message(pump, channel, made["id"], {"w": 2})["data"] == {"v": 1, "w": 2}


def test_an_id_of_the_clients_choice(device, pump, channel):
    chosen = ((MARCH - EPOCH) << 22) + 4711

    for _ in range(2):
        assert device.create_message(pump, channel, {"v": 1}, message_id=chosen)["id"] == chosen
    assert device.create_message(pump, channel, {"v": 2}, message_id=chosen)["data"] == {"v": 2}
    assert [found["data"] for found in device.list_messages(pump, channel)] == [{"v": 2}]


def test_large_documents_travel_compressed(device, pump, channel):
    data = {f"key{n}": {"text": "ü" * 40, "n": n, "list": [n] * 5} for n in range(3000)}

    made = device.create_message(pump, channel, data)

    assert device.fetch_message(pump, channel, made["id"])["data"] == data
    state = device.update_channel_aggregate(pump, channel, data, True)
    assert json.dumps(state["data"]) == json.dumps(data)


def test_lists(device, pump, channel):
    for n in range(60):
        device.create_message(pump, channel, {"n": n, "even" if n % 2 == 0 else "odd": n}, MARCH + n * 1000)

    def numbers(found):
        return [message["data"].get("n", message["data"].get("even")) for message in found]

    assert numbers(device.list_messages(pump, channel)) == list(range(59, 9, -1))
    assert numbers(device.list_messages(pump, channel, after=0, limit=25)) == list(range(25))
    bounds = device.list_messages(pump, channel, limit=3)
    assert numbers(device.list_messages(pump, channel, bounds[0]["id"], bounds[2]["id"])) == [58]
    assert numbers(device.list_messages(pump, channel, field_names=["even"], limit=2)) == [58, 56]
    assert device.list_messages(pump, channel, field_names=["even"], limit=1)[0]["data"] == {"even": 58}

    everything = device.iter_messages(pump, channel, page_size=25)
    assert numbers(everything) == list(range(59, -1, -1))
    assert numbers(device.iter_messages(pump, channel, field_names=["odd"], page_size=7))[0] is None
    assert len(device.iter_messages(pump, channel, field_names=["odd"], page_size=7)) == 30
    window = device.iter_messages(pump, channel, everything[5]["id"], everything[-6]["id"], page_size=10)
    assert numbers(window) == list(range(53, 5, -1))


def test_state(device, pump, channel):
    before = time.time() * 1000 - 5000

    made = device.update_channel_aggregate(pump, channel, {"zeta": {"b": 1, "aa": 2, "a": 3}, "alpha": 1}, True)
    assert before < made["last_updated"] < before + 60_000
    device.update_channel_aggregate(pump, channel, {"zeta": {"a": 4, "new": 5}})

    state = device.fetch_channel_aggregate(pump, channel)
    assert json.dumps(state["data"]) == '{"zeta": {"b": 1, "aa": 2, "a": 4, "new": 5}, "alpha": 1}'
    assert device.update_channel_aggregate(pump, channel, {"alpha": None})["data"] == {"zeta": state["data"]["zeta"]}


def test_the_options_of_a_state(device, pump, channel):
    device.update_channel_aggregate(pump, channel, {"state": {"children": {"k": {"o": 1}, "z": 2}}}, True)

    body = {"state": {"children": {"k": {"n": 1}}}}
    replaced = device.update_channel_aggregate(pump, channel, body, replace_keys=["state.children.k"])
    assert replaced["data"] == {"state": {"children": {"k": {"n": 1}, "z": 2}}}

    assert device.update_channel_aggregate(pump, channel, {"a": 1}, return_aggregate=False) is None
    assert device.update_channel_aggregate(pump, channel, {"a": 2}, suppress_response=True) is None
    assert device.list_messages(pump, channel) == []
    device.update_channel_aggregate(pump, channel, {"a": 3}, log_update=True)
    assert [found["data"] for found in device.list_messages(pump, channel)] == [{"a": 3}]


def test_a_remote_procedure_call(device, alice, pump, channel):
    request = {"type": "rpc", "method": "set_pump", "request": {"on": True}, "status": {"code": "sent"}, "response": {}}
    sent = alice.create_message(pump, channel, request)

    device.update_message(pump, channel, sent["id"], {"status": {"code": "acknowledged", "message": {"timestamp": 1}}})
    done = {"status": {"code": "success", "message": None}, "response": {"running": True}}
    device.update_message(pump, channel, sent["id"], done)

    answered = alice.fetch_message(pump, channel, sent["id"])["data"]
    assert answered == {**request, "status": {"code": "success"}, "response": {"running": True}}


def test_a_profile_signs_a_person_in(alice, bob, cast, pump, channel, raises):
    assert alice.create_message(pump, channel, {})["author_id"] == cast["alice"]
    assert len(bob.list_messages(pump, channel, organisation_id=cast["creek"])) == 1
    with raises("ForbiddenError", 403, "device_control"):
        bob.create_message(pump, channel, {})


def test_what_is_missing(device, alice, pump, raises):
    for call in (
        lambda: device.fetch_channel(pump, "none"),
        lambda: device.fetch_channel_aggregate(pump, "none"),
        lambda: device.list_messages(pump, "none"),
        lambda: device.fetch_message(pump, "none", 5),
        lambda: device.delete_message(pump, "none", 5),
        lambda: device.archive_channel(pump, "none"),
    ):
        with raises("NotFoundError", 404, '"message":"Channel \'none\' not found"'):
            call()
    with raises("NotFoundError", 404, "Agent not found"):
        alice.list_channels(5)


def test_what_is_refused(device, pump, channel, cast, raises):
    device.create_channel(pump, channel)
    with raises("BadRequestError", 400, "limit"):
        device.list_messages(pump, channel, limit=1501)
    with raises("BadRequestError", 400, "one day"):
        device.create_message(pump, channel, {}, int(time.time() * 1000) + 2 * 86_400_000)
    with raises("BadRequestError", 400, "not valid JSON"):
        device.create_message(pump, channel, {"text": "x" * 60, "n": float("nan")})
    with raises("BadRequestError", 400, "u0000"):
        device.update_channel_aggregate(pump, channel, {"text": "\x00" + "x" * 60})
    with raises("ForbiddenError", 403, "deployment_config"):
        device.update_channel_aggregate(pump, "deployment_config", {"a": 1})
    with raises("ForbiddenError", 403):
        device.list_channels(pump, organisation_id=5)


def test_a_schema(device, pump, channel, raises):
    device.create_channel(pump, channel, message_schema={"required": ["metres"]})

    with raises("BadRequestError", 400, "metres"):
        device.create_message(pump, channel, {"feet": 1})


@pytest.mark.parametrize("token", ["revoked", "nonsense"])
def test_a_token_that_opens_nothing(connect, cast, pump, raises, token):
    stranger = connect(token=cast.get(token, token))

    with raises("UnauthorizedError", 401):
        stranger.list_channels(pump)
    with raises("UnauthorizedError", 401):
        stranger.create_message(pump, "level", {})
