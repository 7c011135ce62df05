"""Messages come and change: POST, PATCH, PUT and DELETE of `…/messages`."""

import json

import pytest

from doover_web.common.snowflake import EPOCH_MS, MESSAGE, Minter, first_id_of, ms_of, now_ms

MARCH = 1_772_600_767_890
RPC = {
    "type": "rpc",
    "method": "set_pump",
    "request": {"on": True},
    "status": {"code": "sent", "message": {"timestamp": 1}},
    "response": {},
}


@pytest.fixture
def posted(api, pump, level):
    """`posted({...})`: the id of a new message of Pump 7."""
    return lambda data, **more: api(pump).post(level.messages, {"data": data, **more}).json()["id"]


def test_it_keeps_a_message_and_tells(door, api, pump, level, heard):
    response = door(pump).post(level.messages, {"data": {"metres": 1.2}})

    message = response.json()
    assert message == {
        "id": message["id"],
        "author_id": str(pump.id),
        "channel": {"agent_id": str(pump.id), "name": "level"},
        "data": {"metres": 1.2},
        "attachments": [],
    }
    assert abs(ms_of(int(message["id"])) - now_ms()) < 10_000
    assert api(pump).get(f"{level.messages}/{message['id']}").json() == message
    assert [(event.message.id, json.loads(event.message.data)) for event in heard] == [
        (int(message["id"]), {"metres": 1.2})
    ]


def test_ts_is_the_moment_in_the_id(door, pump, level):
    message = door(pump).post(level.messages, {"data": {"v": 1}, "ts": MARCH}).json()

    assert (int(message["id"]) >> 22) + EPOCH_MS == MARCH
    assert int(message["id"]) >> 4 & 15 == MESSAGE


def test_many_in_one_millisecond_stay_apart(door, pump, level):
    pump_door = door(pump)

    ids = [int(pump_door.post(level.messages, {"data": n, "ts": MARCH}).json()["id"]) for n in range(40)]

    assert len(set(ids)) == 40
    assert {ms_of(id_) for id_ in ids} == {MARCH}


def test_before_2025_ids_are_negative(door, api, pump, level):
    door(pump).post(level.messages, {"data": {"later": True}, "ts": MARCH})

    message_id = door(pump).post(level.messages, {"data": {}, "ts": 1_705_320_000_000}).json()["id"]

    assert int(message_id) < 0
    assert ms_of(int(message_id)) == 1_705_320_000_000
    one = f"{level.messages}/{message_id}"
    assert door(pump).patch(one, {"data": {"a": 1}}).json()["data"] == {"a": 1}
    assert api(pump).get(one).json()["data"] == {"a": 1}
    assert [m["id"] for m in api(pump).get(level.messages + "?before=-1").json()] == [message_id]
    assert message_id not in [m["id"] for m in api(pump).get(level.messages + "?after=0").json()]
    assert [m["id"] for m in api(pump).get(level.messages).json()][-1] == message_id
    assert door(pump).delete(one).json() == {}
    assert api(pump).get(one).status_code == 404


def test_a_client_may_choose_the_id(door, api, pump, level, heard):
    message_id = Minter(5).mint(MESSAGE)

    first = door(pump).post(f"{level.messages}/{message_id}", {"data": {"v": 1}})
    again = door(pump).post(f"{level.messages}/{message_id}", {"data": {"v": 1}})

    assert first.json()["id"] == str(message_id)
    assert again.json() == first.json()
    assert len(api(pump).get(level.messages).json()) == 1
    assert [type(event).__name__ for event in heard] == ["MessageCreated"]


def test_other_content_under_a_known_id_takes_its_place(door, api, alice, pump, level, heard):
    one = f"{level.messages}/{Minter(5).mint(MESSAGE)}"
    door(pump).post(one, {"data": {"v": 1, "w": 1}})

    response = door(alice).post(one, {"data": {"v": 2}})

    assert response.json()["data"] == {"v": 2}
    assert api(pump).get(one).json()["data"] == {"v": 2}
    assert api(pump).get(one).json()["author_id"] == str(alice.id)
    assert [type(event).__name__ for event in heard] == ["MessageCreated", "MessageUpdated"]


def test_a_negative_id_may_be_chosen(door, api, pump, level):
    message_id = first_id_of(1_705_320_000_000) + 41

    assert door(pump).post(f"{level.messages}/{message_id}", {"data": 1}).json()["id"] == str(message_id)
    assert api(pump).get(f"{level.messages}/{message_id}").json()["data"] == 1


def test_the_chosen_id_wins_over_ts(door, pump, level):
    message_id = first_id_of(MARCH)

    assert door(pump).post(f"{level.messages}/{message_id}", {"data": 1, "ts": 5}).json()["id"] == str(message_id)


@pytest.mark.parametrize("data", [None, True, 35, -1.5, "text", [1, {"a": None}], {}, {"request": None, "n": []}])
def test_any_json_value_is_kept_as_it_is(door, api, pump, level, data):
    message_id = door(pump).post(level.messages, {"data": data}).json()["id"]

    assert api(pump).get(f"{level.messages}/{message_id}").json()["data"] == data


def test_unknown_keys_are_ignored(door, pump, level):
    response = door(pump).post(level.messages, {"data": 1, "duplicate": [{"agent_id": "1", "name": "x"}], "new": 1})

    assert response.status_code == 200


def test_patch_merges(door, api, pump, level, posted, heard):
    one = f"{level.messages}/{posted(RPC)}"

    response = door(pump).patch(one, {"data": {"status": {"code": "success", "message": None}}})

    assert response.json()["data"] == {**RPC, "status": {"code": "success"}}
    assert api(pump).get(one).json() == response.json()
    assert json.loads(heard[-1].message.data) == response.json()["data"]
    assert json.loads(heard[-1].request) == {"status": {"code": "success", "message": None}}


@pytest.mark.parametrize("request_", [35, None])
def test_an_rpc_request_of_any_kind_survives_its_reply(door, api, pump, level, posted, request_):
    one = f"{level.messages}/{posted({**RPC, 'request': request_})}"

    door(pump).patch(one, {"data": {"status": {"code": "success"}, "response": {"ok": 1}}})

    data = api(pump).get(one).json()["data"]
    assert (data["request"], data["method"], data["response"]) == (request_, "set_pump", {"ok": 1})


def test_put_replaces(door, api, pump, level, posted):
    one = f"{level.messages}/{posted({'a': 1})}"

    assert door(pump).put(one, {"data": {"b": None}}).json()["data"] == {"b": None}
    assert api(pump).get(one).json()["data"] == {"b": None}


def test_a_patch_of_a_value_that_is_no_object_replaces_it(door, pump, level, posted):
    one = f"{level.messages}/{posted([1, 2])}"

    assert door(pump).patch(one, {"data": {"a": 1}}).json()["data"] == {"a": 1}


def test_the_author_of_a_message_stays(door, alice, pump, level, posted, heard):
    response = door(alice).patch(f"{level.messages}/{posted({})}", {"data": {"a": 1}})

    assert response.json()["author_id"] == str(pump.id)
    assert heard[-1].author_id == alice.id


def test_delete_removes_and_tells(door, api, pump, level, posted, heard):
    one = f"{level.messages}/{posted({})}"

    response = door(pump).delete(one)

    assert (response.status_code, response.content) == (200, b"{}")
    assert api(pump).get(one).status_code == 404
    assert api(pump).get(level.messages).json() == []
    assert type(heard[-1]).__name__ == "MessageDeleted"
    assert door(pump).delete(one).status_code == 404


@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_missing_message_is_not_found(door, pump, level, posted, method):
    posted({})

    response = getattr(door(pump), method)(f"{level.messages}/{first_id_of(MARCH)}", {"data": {}})

    assert (response.status_code, response.json()["message"]) == (404, "Message not found")


@pytest.mark.parametrize("method", ["patch", "put"])
def test_changing_a_message_makes_no_channel(door, api, pump, level, method):
    assert getattr(door(pump), method)(f"{level.messages}/{first_id_of(MARCH)}", {"data": {}}).status_code == 404
    assert api(pump).get(level.channel).status_code == 404


@pytest.mark.parametrize("method", ["patch", "put", "post"])
def test_suppress_response_answers_with_an_empty_object(door, pump, level, posted, method):
    one = f"{level.messages}/{posted({})}"

    assert getattr(door(pump), method)(one + "?suppress_response=true", {"data": 1}).content == b"{}"


def test_who_may_look_may_not_write(door, api, bob, pump, level, posted):
    one = f"{level.messages}/{posted({'a': 1})}"

    for method, address in (("post", level.messages), ("patch", one), ("put", one), ("delete", one)):
        assert getattr(door(bob), method)(address, {"data": {}}).status_code == 403
    assert api(bob).get(one).json()["data"] == {"a": 1}


def test_a_stranger_finds_nothing(door, api, mallory, pump, level, posted):
    one = f"{level.messages}/{posted({'a': 1})}"

    for method, address in (("get", one), ("post", level.messages), ("patch", one), ("put", one), ("delete", one)):
        assert getattr(door(mallory), method)(address, {"data": {}}).status_code == 404
    assert api(pump).get(one).json()["data"] == {"a": 1}


@pytest.mark.parametrize("ts", [now_ms() + 25 * 3600 * 1000, -(2**62), 0 - 10**13], ids=["ahead", "too small", "old"])
def test_a_moment_no_id_should_carry_is_refused(door, pump, level, ts):
    response = door(pump).post(level.messages, {"data": 1, "ts": ts})

    assert (response.status_code, response.json()["code"]) == (400, "bad_time")


def test_a_moment_slightly_ahead_is_taken(door, pump, level):
    assert door(pump).post(level.messages, {"data": 1, "ts": now_ms() + 3600 * 1000}).status_code == 200


def test_an_id_far_ahead_is_refused(door, pump, level):
    response = door(pump).post(f"{level.messages}/{2**62}", {"data": 1})

    assert (response.status_code, response.json()["code"]) == (400, "bad_id")
