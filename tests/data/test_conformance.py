"""The checks that a server has to pass before a real client is tried (`data-api §20`), by their numbers.

Elsewhere: 3 (multipart) and 17 in the tests of attachments; 12 in those of alarms; 14 and 15 in tests/identity
(`test_oauth_tokens.py`, `test_oauth_services.py`); 16 in tests/gateway (`test_socket.py`, `test_resume.py`); 18 in
tests/identity (`test_who_calls.py`); 22 and 23 in those of notifications. Real clients: tests/clients.
"""

import gzip
import json

import pytest

from doover_web.common.snowflake import EPOCH_MS
from doover_web.data.models import Message

TS = 1_772_600_767_890
BEFORE_2025 = 1_705_320_000_000


def ok(response):
    assert (response.status_code, response["Content-Type"]) == (200, "application/json"), response.content
    return response.json()


def test_1_a_missing_state_is_a_404_in_words(api, pump, at):
    response = api(pump).get(at(pump, "aggregate", name="none"))

    assert response.status_code == 404
    assert isinstance(response.json()["message"], str)


def test_2_a_state_comes_into_being_and_null_removes(door, pump, level):
    made = ok(door(pump).patch(level.aggregate, {"a": {"x": 1}}))

    assert made["data"] == {"a": {"x": 1}}
    assert isinstance(made["last_updated"], int)
    assert ok(door(pump).patch(level.aggregate, {"a": {"x": None}}))["data"] == {"a": {}}


def test_3_a_compressed_body(door, pump, level):
    body = json.dumps({"text": "x" * 60}).encode()

    answer = ok(door(pump).patch(level.aggregate, raw=gzip.compress(body), **{"content-encoding": "gzip"}))

    assert answer["data"] == {"text": "x" * 60}


def test_4_a_suppressed_answer_is_an_empty_object(door, pump, level):
    assert ok(door(pump).patch(level.aggregate + "?suppress_response=true", {"a": 1})) == {}


def test_5_a_logged_update_keeps_the_patch(door, api, pump, level):
    door(pump).patch(level.aggregate, {"a": 1, "b": 2})
    door(pump).patch(level.aggregate + "?log_update=true", {"b": 3})

    assert [message["data"] for message in ok(api(pump).get(level.messages))] == [{"b": 3}]


def test_6_a_replaced_path_keeps_its_siblings(door, pump, at):
    address = at(pump, "aggregate", name="ui_state")
    door(pump).patch(address, {"state": {"children": {"k": {"o": 1}, "z": 2}}})

    body = {"state": {"children": {"k": {"n": 1}}}}
    answer = ok(door(pump).patch(address + "?replace=state.children.k", body))

    assert answer["data"] == {"state": {"children": {"k": {"n": 1}, "z": 2}}}


def test_7_the_id_holds_the_moment_and_is_text(door, pump, level):
    message = ok(door(pump).post(level.messages, {"data": {"v": 1}, "ts": TS}))

    assert (int(message["id"]) >> 22) + EPOCH_MS == TS
    for id_ in (message["id"], message["author_id"], message["channel"]["agent_id"]):
        assert isinstance(id_, str)
        int(id_)


def test_8_paging(door, api, pump, level):
    poster, reader = door(pump), api(pump)
    ids = [int(ok(poster.post(level.messages, {"data": {"n": n}, "ts": TS + n}))["id"]) for n in range(60)]

    def page(query):
        return [int(message["id"]) for message in ok(reader.get(f"{level.messages}?{query}"))]

    pages = [page("limit=25")]
    pages += [page(f"limit=25&before={pages[-1][-1]}")]
    pages += [page(f"limit=25&before={pages[-1][-1]}")]
    assert [len(one) for one in pages] == [25, 25, 10]
    assert [id_ for one in pages for id_ in one] == ids[::-1]
    assert page("after=0&limit=25") == ids[:25]
    assert page(f"after={ids[3]}&before={ids[6]}") == [ids[5], ids[4]]
    assert reader.get(level.messages + "?limit=1501").status_code == 400


def test_9_a_remote_call_is_answered_in_its_message(door, pump, level):
    sent = {"method": "m", "request": {"on": True}, "status": {"code": "sent", "message": {"timestamp": 1}}}
    message = ok(door(pump).post(level.messages, {"data": sent}))

    patch = {"data": {"status": {"code": "success", "message": None}}}
    answered = ok(door(pump).patch(f"{level.messages}/{message['id']}", patch))

    assert answered["data"] == {"method": "m", "request": {"on": True}, "status": {"code": "success"}}


def test_10_a_deleted_message_is_gone(door, api, pump, level):
    message = ok(door(pump).post(level.messages, {"data": {}}))
    address = f"{level.messages}/{message['id']}"

    assert ok(api(pump).delete(address)) == {}
    assert api(pump).get(address).status_code == 404


def test_11_a_series_finds_the_message(door, api, pump, level):
    id_ = int(ok(door(pump).post(level.messages, {"data": {"temperature": 22.5}}))["id"])

    found = ok(api(pump).get(f"{level.messages}/timeseries?field_name=temperature&after={id_ - 1}"))

    assert found["results"] == [{"value": 22.5, "message_id": str(id_)}]


def test_13_a_batch_with_one_bad_item_and_one_too_large(door, pump):
    good = {"agent_id": str(pump.id), "channel_name": "level", "data": {}}
    told = ok(door(pump).post("/api/agents/messages", {"items": [{**good, "agent_id": "5"}, good]}))

    assert (told["succeeded"], told["failed"]) == (1, 1)
    assert [item["success"] for item in told["items"]] == [False, True]
    assert door(pump).post("/api/agents/messages", {"items": [good] * 51}).status_code == 400
    assert Message.objects.count() == 1


def test_19_the_order_of_keys_is_kept(door, api, pump, level):
    door(pump).put(level.aggregate, {"zeta": {"b": 1, "aa": 2, "a": 3}, "alpha": 1})
    door(pump).patch(level.aggregate, {"zeta": {"a": 4, "new": 5}})

    told = api(pump).get(level.aggregate).content
    assert b'{"zeta":{"b":1,"aa":2,"a":4,"new":5},"alpha":1}' in told


def test_20_a_message_from_before_2025(door, api, pump, level):
    id_ = int(ok(door(pump).post(level.messages, {"data": {}, "ts": BEFORE_2025}))["id"])
    later = int(ok(door(pump).post(level.messages, {"data": {}, "ts": TS}))["id"])
    address = f"{level.messages}/{id_}"

    def listed(query):
        return [int(message["id"]) for message in ok(api(pump).get(level.messages + query))]

    assert id_ < 0
    assert listed("?before=-1") == [id_]
    assert listed("?after=0") == [later]
    assert listed("") == [later, id_]
    assert ok(door(pump).patch(address, {"data": {"a": 1}}))["data"] == {"a": 1}
    assert ok(api(pump).get(address))["data"] == {"a": 1}
    ok(api(pump).delete(address))
    assert api(pump).get(address).status_code == 404


@pytest.mark.parametrize("body", [{"raw": b"", "content_type": ""}, {"body": {}}])
def test_21_archiving_without_a_body(api, alice, pump, level, body):
    client, listing = api(alice), f"/api/agents/{pump.id}/channels"
    client.post(level.channel, {})

    for _ in range(2):
        assert ok(client.post(level.channel + "/archive", **body)) == {}
    assert ok(client.get(listing)) == []
    assert [one["is_archived"] for one in ok(client.get(listing + "?include_archived=true"))] == [True]
    for _ in range(2):
        assert ok(client.post(level.channel + "/unarchive", **body)) == {}
    assert [one["name"] for one in ok(client.get(listing))] == ["level"]


def test_24_a_request_that_is_no_object_survives_its_answer(door, api, pump, level):
    for request in (35, None):
        message = ok(door(pump).post(level.messages, {"data": {"method": "m", "request": request, "status": {}}}))
        assert message["data"]["request"] == request
        address = f"{level.messages}/{message['id']}"
        door(pump).patch(address, {"data": {"status": {"code": "success"}, "response": 1}})

        kept = ok(api(pump).get(address))["data"]
        assert kept == {"method": "m", "request": request, "status": {"code": "success"}, "response": 1}


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity", b'"\\u0000"'])
def test_i59_what_is_no_json_is_a_400(door, pump, level, word):
    for address, body in ((level.messages, b'{"data": %b}' % word), (level.aggregate, b'{"a": %b}' % word)):
        method = "post" if address == level.messages else "patch"
        assert getattr(door(pump), method)(address, raw=body).status_code == 400


def test_i48_unknown_keys_are_ignored(door, pump, level):
    body = {"data": {}, "duplicate": [{"agent_id": "5", "name": "x"}], "record_log": True, "newer": None}

    ok(door(pump).post(level.messages + "?unknown=1", body))
    ok(door(pump).patch(level.aggregate + "?max_age_secs=5", {"a": 1}))


@pytest.mark.parametrize(
    "tail", ["", "/level", "/level/messages", "/level/messages/timeseries?field_name=a", "/level/aggregate"]
)
def test_i47_me_is_the_caller(api, door, pump, level, tail):
    door(pump).post(level.messages, {"data": {"a": 1}})

    assert ok(api(pump).get("/api/agents/me/channels" + tail)) == ok(
        api(pump).get(f"/api/agents/{pump.id}/channels{tail}")
    )


def test_i10_a_put_that_knows_less_wipes_nothing(api, alice, pump, level):
    schema = {"type": "object"}
    full = {"is_private": False, "message_schema": schema, "aggregate_schema": schema, "history_since": 5,
            "default_ttl": 60}  # fmt: skip
    ok(api(alice).put(level.channel, full))

    kept = ok(api(alice).put(level.channel, {"is_private": True}))
    assert {key: kept[key] for key in full} == {**full, "is_private": True}
    cleared = ok(api(alice).put(level.channel, {"is_private": True, "history_since": None, "default_ttl": None}))
    assert (cleared["history_since"], cleared["default_ttl"], cleared["message_schema"]) == (None, None, schema)


def test_i51_a_message_ttl_wins_over_the_channels(api, alice, door, pump, level):
    ok(api(alice).put(level.channel, {"is_private": False, "default_ttl": 3600}))

    for body in ({"data": 1}, {"data": 2, "ttl": 60}, {"data": 3, "ttl": None}, {"data": 4, "ts": BEFORE_2025}):
        ok(door(pump).post(level.messages, body))
    door(pump).patch(level.aggregate + "?log_update=true", {"n": 5})

    lives = {one.data if isinstance(one.data, int) else 5: round((one.expires_at - one.received_at) / 1000)
             for one in Message.objects.all()}  # fmt: skip
    assert lives == {1: 3600, 2: 60, 3: 3600, 4: 3600, 5: 3600}


def test_i52_history_since_hides_on_every_read_and_deletes_nothing(api, alice, door, pump, level):
    early = ok(door(pump).post(level.messages, {"data": {"a": 1}, "ts": TS}))["id"]
    late = ok(door(pump).post(level.messages, {"data": {"a": 2}, "ts": TS + 5}))["id"]
    ok(api(alice).put(level.channel, {"is_private": False, "history_since": TS + 5}))

    def ids(path):
        found = ok(api(alice).get(path))
        found = found["results"] if isinstance(found, dict) else found
        return [one.get("message_id") or one["id"] for one in found]

    addresses = (
        level.messages,
        level.messages + f"?after={-(2**63)}",
        level.messages + "/timeseries?field_name=a",
        f"/api/agents/{pump.id}/data_series?field_name=a",
        f"/api/agents/channels/level/messages?agent_id={pump.id}",
        f"/api/agents/channels/level/messages?agent_id={pump.id}&after=0&before={2**62}&limit=5",
    )
    assert [ids(address) for address in addresses] == [[late]] * 6
    for method in ("get", "delete", "patch", "put"):
        body = None if method in ("get", "delete") else {"data": {}}
        assert getattr(api(alice), method)(f"{level.messages}/{early}", body).status_code == 404
    ok(api(alice).put(level.channel, {"is_private": False, "history_since": None}))
    assert ids(level.messages) == [late, early]
