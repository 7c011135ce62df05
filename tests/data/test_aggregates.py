"""The state of a channel: PATCH, PUT and GET of `…/aggregate`."""

import json

import pytest

from doover_web.common.snowflake import now_ms


def test_it_merges_and_tells(door, pump, level, heard):
    door(pump).put(level.aggregate, {"metres": 1.2, "fault": "float stuck"})

    response = door(pump).patch(level.aggregate, {"metres": 1.4, "fault": None})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["data"] == {"metres": 1.4}
    assert response.json()["attachments"] == []
    assert json.loads(heard[-1].request) == {"metres": 1.4, "fault": None}
    assert json.loads(heard[-1].aggregate.data) == {"metres": 1.4}


def test_a_patch_makes_the_channel(door, api, pump, level):
    before = now_ms()

    response = door(pump).patch(level.aggregate, {"a": {"x": 1}})

    assert response.json()["data"] == {"a": {"x": 1}}
    assert before <= response.json()["last_updated"] <= now_ms()
    assert door(pump).patch(level.aggregate, {"a": {"x": None}}).json()["data"] == {"a": {}}
    channel = api(pump).get(level.channel).json()
    assert (channel["name"], channel["owner_id"], channel["is_private"]) == ("level", str(pump.id), False)


def test_reading_makes_nothing(api, pump, level):
    for address in (level.aggregate, level.channel, level.messages):
        response = api(pump).get(address)
        assert response.status_code == 404
        assert response.json() == {
            "message": "Channel 'level' not found",
            "detail": "Channel 'level' not found",
            "code": "not_found",
        }
    assert api(pump).get(f"/api/agents/{pump.id}/channels").json() == []


def test_the_order_of_keys_is_part_of_the_state(door, api, pump, level):
    door(pump).put(level.aggregate, raw=b'{"zeta": {"b": 1, "aa": 2, "a": 3}, "alpha": 1}')
    door(pump).patch(level.aggregate, {"zeta": {"a": 4, "new": 5}})

    assert b'"data":{"zeta":{"b":1,"aa":2,"a":4,"new":5},"alpha":1}' in api(pump).get(level.aggregate).content


def test_a_key_removed_and_written_again_goes_last(door, pump, level):
    door(pump).put(level.aggregate, {"a": 1, "b": 2})
    door(pump).patch(level.aggregate, {"a": None})

    assert list(door(pump).patch(level.aggregate, {"a": 3}).json()["data"]) == ["b", "a"]


def test_put_replaces_all_and_keeps_nulls(door, pump, level):
    door(pump).put(level.aggregate, {"a": 1})

    assert door(pump).put(level.aggregate, {"b": None}).json()["data"] == {"b": None}


def test_replace_puts_a_part_in_place(door, pump, level):
    door(pump).put(level.aggregate, {"state": {"children": {"k": {"o": 1}, "z": 2}}})

    response = door(pump).patch(level.aggregate + "?replace=state.children.k", {"state": {"children": {"k": {"n": 1}}}})

    assert response.json()["data"] == {"state": {"children": {"k": {"n": 1}, "z": 2}}}
    assert list(response.json()["data"]["state"]["children"]) == ["k", "z"]


def test_replace_may_be_repeated(door, pump, level):
    door(pump).put(level.aggregate, {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1}})

    patch = {"a": {"y": 2}, "b": {"y": 2}, "c": {"y": 2}}
    response = door(pump).patch(level.aggregate + "?replace=a&replace=b", patch)

    assert response.json()["data"] == {"a": {"y": 2}, "b": {"y": 2}, "c": {"x": 1, "y": 2}}


def test_log_update_keeps_the_patch_as_a_message(door, api, pump, level, heard):
    door(pump).patch(level.aggregate, {"metres": 1.2, "fault": "float stuck"})

    door(pump).patch(level.aggregate + "?log_update=true", {"fault": None})

    [message] = api(pump).get(level.messages).json()
    assert message["data"] == {"fault": None}
    assert message["author_id"] == str(pump.id)
    assert [type(event).__name__ for event in heard] == ["AggregateUpdated", "AggregateUpdated", "MessageCreated"]


def test_a_plain_write_makes_no_message(door, api, pump, level):
    door(pump).patch(level.aggregate, {"metres": 1})
    door(pump).post(level.messages, {"data": {"metres": 2}})

    assert api(pump).get(level.aggregate).json()["data"] == {"metres": 1}
    assert [message["data"] for message in api(pump).get(level.messages).json()] == [{"metres": 2}]


@pytest.mark.parametrize("method", ["patch", "put"])
def test_suppress_response_answers_with_an_empty_object(door, pump, level, method):
    response = getattr(door(pump), method)(level.aggregate + "?suppress_response=true", {"a": 1})

    assert (response.status_code, response.content) == (200, b"{}")
    assert response.headers["Content-Type"] == "application/json"


def test_nothing_new_still_counts_as_a_write(door, pump, level, heard):
    first = door(pump).patch(level.aggregate, {"a": 1}).json()["last_updated"]

    assert door(pump).patch(level.aggregate, {"a": 1}).json()["last_updated"] >= first
    assert [event.aggregate.revision for event in heard] == [1, 2]


def test_an_empty_body_is_an_empty_patch(door, pump, level):
    door(pump).patch(level.aggregate, {"a": 1})

    assert door(pump).patch(level.aggregate, raw=b"").json()["data"] == {"a": 1}


def test_whole_numbers_of_64_bits_stay_exact(door, api, pump, level):
    numbers = [2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1]

    door(pump).patch(level.aggregate, {"numbers": numbers})

    assert api(pump).get(level.aggregate).json()["data"] == {"numbers": numbers}


def test_who_may_look_may_not_write(door, api, bob, pump, level):
    door(pump).patch(level.aggregate, {"a": 1})

    assert api(bob).get(level.aggregate).json()["data"] == {"a": 1}
    refused = door(bob).patch(level.aggregate, {"a": 2})
    assert (refused.status_code, refused.json()["code"]) == (403, "no_control")


def test_a_stranger_finds_nothing(door, api, mallory, pump, level):
    door(pump).patch(level.aggregate, {"a": 1})

    for response in (
        api(mallory).get(level.aggregate),
        door(mallory).patch(level.aggregate, {"a": 2}),
        door(mallory).put(level.aggregate, {"a": 2}),
    ):
        assert (response.status_code, response.json()["message"]) == (404, "Agent not found")
    assert api(pump).get(level.aggregate).json()["data"] == {"a": 1}


def test_me_is_the_caller(door, api, pump, level):
    door(pump).patch("/api/agents/me/channels/level/aggregate", {"a": 1})

    assert api(pump).get(level.aggregate).json()["data"] == {"a": 1}
