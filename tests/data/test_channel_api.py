"""Channels: list, look, make, change, archive."""

import pytest

from doover_web.data import publish


def test_posting_makes_a_channel(api, alice, pump, level):
    response = api(alice).post(level.channel, {"is_private": False})

    made = api(alice).get(level.channel).json()
    assert response.json() == {"id": made["id"]}
    assert made == {
        "id": made["id"],
        "name": "level",
        "owner_id": str(pump.id),
        "is_private": False,
        "is_archived": False,
        "message_schema": None,
        "aggregate_schema": None,
        "history_since": None,
        "default_ttl": None,
        "aggregate": {"data": {}, "attachments": [], "last_updated": None},
        "alarms": [],
        "alarms_enabled": False,
    }


def test_posting_again_changes_nothing(api, alice, pump, level):
    first = api(alice).post(level.channel, {"is_private": False, "default_ttl": 60}).json()

    assert api(alice).post(level.channel, {"is_private": True, "default_ttl": 5}).json() == first
    assert api(alice).get(level.channel).json()["is_private"] is False
    assert api(alice).get(level.channel).json()["default_ttl"] == 60


def test_an_empty_body_will_do(api, alice, pump, level):
    response = api(alice).post(level.channel, raw=b"", content_type="application/octet-stream")

    assert response.status_code == 200


def test_put_makes_and_changes(api, alice, pump, level):
    schema = {"type": "object"}
    made = api(alice).put(level.channel, {"is_private": True, "message_schema": schema, "default_ttl": 60}).json()
    assert (made["is_private"], made["message_schema"], made["default_ttl"]) == (True, schema, 60)

    kept = api(alice).put(level.channel, {"is_private": False}).json()
    assert (kept["is_private"], kept["message_schema"], kept["default_ttl"]) == (False, schema, 60)

    cleared = api(alice).put(level.channel, {"is_private": False, "message_schema": None, "default_ttl": None}).json()
    assert (cleared["message_schema"], cleared["default_ttl"]) == (None, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "not_an_object"),
        ({"is_private": "yes"}, "bad_value"),
        ({"is_private": None}, "bad_value"),
        ({"message_schema": "object"}, "bad_schema"),
        ({"message_schema": {"type": "nonsense"}}, "bad_schema"),
        ({"aggregate_schema": {"properties": []}}, "bad_schema"),
        ({"aggregate_schema": {"pattern": "["}}, "bad_schema"),
        ({"message_schema": {"patternProperties": {"(": {}}}}, "bad_schema"),
        ({"history_since": "yesterday"}, "bad_number"),
        ({"history_since": 1.5}, "bad_number"),
        ({"history_since": 10**20}, "bad_number"),
        ({"default_ttl": 0}, "bad_number"),
        ({"default_ttl": True}, "bad_number"),
        ({"default_ttl": -5}, "bad_number"),
    ],
)
@pytest.mark.parametrize("method", ["post", "put"])
def test_settings_of_the_wrong_kind_are_refused(api, alice, level, method, body, code):
    response = getattr(api(alice), method)(level.channel, body)

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert api(alice).get(level.channel).status_code == 404


def test_the_list_is_by_name_and_leaner_without_states(api, alice, pump, at):
    for name in ("tag_values", "level", "ui_state"):
        api(alice).put(at(pump, "aggregate", name=name), {"of": name})

    bare = api(alice).get(f"/api/agents/{pump.id}/channels").json()
    full = api(alice).get(f"/api/agents/{pump.id}/channels?include_aggregate=true").json()

    assert [channel["name"] for channel in bare] == ["level", "tag_values", "ui_state"]
    assert not any("aggregate" in channel for channel in bare)
    assert [channel["aggregate"]["data"] for channel in full] == [{"of": channel["name"]} for channel in full]


def test_one_channel_comes_with_its_state_unless_told(api, alice, pump, level):
    api(alice).put(level.aggregate, {"metres": 1})

    assert api(alice).get(level.channel).json()["aggregate"]["data"] == {"metres": 1}
    assert "aggregate" not in api(alice).get(level.channel + "?include_aggregate=false").json()


def test_archived_is_hidden_and_still_works(api, alice, pump, level):
    api(alice).put(level.aggregate, {"metres": 1})
    channels = f"/api/agents/{pump.id}/channels"

    for _ in range(2):
        archived = api(alice).post(level.channel + "/archive", raw=b"", content_type=None)
        assert (archived.status_code, archived.json()) == (200, {})
    assert api(alice).get(channels).json() == []
    assert [c["is_archived"] for c in api(alice).get(channels + "?include_archived=true").json()] == [True]
    assert api(alice).patch(level.aggregate, {"metres": 2}).json()["data"] == {"metres": 2}
    assert api(alice).post(level.messages, {"data": 1}).status_code == 200

    for _ in range(2):
        assert api(alice).post(level.channel + "/unarchive", {}).json() == {}
    assert [c["is_archived"] for c in api(alice).get(channels).json()] == [False]


def test_archiving_what_is_not_there(api, alice, level):
    assert api(alice).post(level.channel + "/archive").status_code == 404
    assert api(alice).post(level.channel + "/unarchive").status_code == 404


def test_who_may_look_may_not_make(api, alice, bob, pump, level):
    assert api(bob).post(level.channel, {}).status_code == 403
    assert api(bob).put(level.channel, {}).status_code == 403
    api(alice).post(level.channel, {})
    assert api(bob).post(level.channel + "/archive").status_code == 403
    assert [c["name"] for c in api(bob).get(f"/api/agents/{pump.id}/channels").json()] == ["level"]


def test_a_stranger_finds_nothing(api, alice, mallory, pump, level):
    api(alice).post(level.channel, {})

    for response in (
        api(mallory).get(f"/api/agents/{pump.id}/channels"),
        api(mallory).get(level.channel),
        api(mallory).post(level.channel, {}),
        api(mallory).put(level.channel, {}),
        api(mallory).post(level.channel + "/archive"),
    ):
        assert (response.status_code, response.json()["message"]) == (404, "Agent not found")


@pytest.mark.parametrize("name", ["UI_state.v2-1", "a" * 255, "7", "-"])
def test_names_that_will_do(api, door, alice, pump, at, name):
    assert door(alice).patch(at(pump, "aggregate", name=name), {"a": 1}).status_code == 200
    assert api(alice).get(at(pump, name=name)).json()["name"] == name


@pytest.mark.parametrize(
    "name", ["a" * 256, "a%20b", "%23code", "%21task", "a@b", "%C3%A4", "%00", "a%00b", "%ff", "%F0%9F%92%A7"]
)
def test_names_that_will_not(door, api, alice, pump, at, name):
    for response in (
        door(alice).patch(at(pump, "aggregate", name=name), {"a": 1}),
        door(alice).post(at(pump, "messages", name=name), {"data": 1}),
        api(alice).post(at(pump, name=name), {}),
    ):
        assert (response.status_code, response.json()["code"]) == (400, "bad_channel_name")
    for address in (at(pump, name=name), at(pump, "aggregate", name=name), at(pump, "messages", name=name)):
        assert api(alice).get(address).status_code == 404


def test_a_name_of_the_first_generation_is_read_percent_encoded(api, door, alice, pump, at, itself):
    from doover_web.data.models import Aggregate, Channel

    channel = Channel.objects.create(agent=pump, name="ui_state@wss_connections")
    Aggregate.objects.create(agent_id=pump.id, channel_id=channel.id, data={"a": 1})
    name = "ui_state%40wss_connections"

    assert api(alice).get(at(pump, name=name)).json()["name"] == "ui_state@wss_connections"
    assert door(alice).patch(at(pump, "aggregate", name=name), {"b": 2}).json()["data"] == {"a": 1, "b": 2}


def test_its_queries_stay_level(api, alice, pump, at, itself, statements):
    address = f"/api/agents/{pump.id}/channels?include_aggregate=true&include_archived=true"
    publish.update_aggregate(reach=itself, name="c0", data={})
    client = api(alice)
    client.get(address)
    few = statements(lambda: client.get(address))

    for n in range(1, 20):
        publish.update_aggregate(reach=itself, name=f"c{n}", data={})

    assert statements(lambda: client.get(address)) == few
    assert len(client.get(address).json()) == 20
