"""Many changes in one request, each on its own, through both doors."""

import json

import pytest

from doover_web.common.wire import Busy
from doover_web.data import batches, judging, publish
from doover_web.data.models import Aggregate, Channel, Message
from doover_web.identity.models import Agent

NOON = 1_772_600_400_000
MESSAGES, AGGREGATES = "/api/agents/messages", "/api/agents/aggregates"


@pytest.fixture
def item(pump):
    def one(**more):
        return {"agent_id": str(pump.id), "channel_name": "level", **more}

    return one


@pytest.fixture
def other(creek):
    return Agent.objects.create(kind="device", organisation=creek, name="pump-8")


def told(response):
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["count"] == len(body["items"]) == body["succeeded"] + body["failed"]
    return body["items"]


def test_many_messages_at_once(door, alice, pump, other, item, heard):
    created = told(
        door(alice).post(
            MESSAGES,
            {
                "items": [
                    item(data={"n": 1}, ts=NOON),
                    item(data={"n": 2}, channel_name="flow", ttl=60, suppress_hooks=True),
                    item(data={"n": 3}, agent_id=other.id, message_id="77"),
                ]
            },
        )
    )

    assert [(one["agent_id"], one["channel_name"], one["success"]) for one in created] == [
        (str(pump.id), "level", True),
        (str(pump.id), "flow", True),
        (str(other.id), "level", True),
    ]
    assert (int(created[0]["message_id"]) >> 22) + 1_735_689_600_000 == NOON
    assert created[2]["message_id"] == "77"
    assert "error" not in created[0]
    assert Message.objects.get(id=int(created[1]["message_id"])).expires_at is not None
    assert [event.suppress_hooks for event in heard] == [False, True, False]


def test_the_same_again_makes_no_second_message(door, pump, item, heard):
    batch = {"items": [item(data={"n": 1}, message_id="5"), item(data={"n": 1}, message_id=5)]}

    door(pump).post(MESSAGES, batch)
    door(pump).post(MESSAGES, batch)

    assert Message.objects.get().data == {"n": 1}
    assert len(heard) == 1


def test_merging_replacing_and_deleting(door, pump, item, itself):
    ids = [publish.post_message(reach=itself, name="level", data={"a": 1, "b": 2}).id for _ in range(3)]

    told(door(pump).patch(MESSAGES, {"items": [item(message_id=str(ids[0]), data={"a": None, "c": 3})]}))
    told(door(pump).put(MESSAGES, {"items": [item(message_id=str(ids[1]), data={"c": 3})]}))
    [gone] = told(door(pump).delete(MESSAGES, {"items": [item(message_id=str(ids[2]))]}))

    assert gone == {"agent_id": str(pump.id), "channel_name": "level", "success": True, "message_id": str(ids[2])}
    assert {message.id: message.data for message in Message.objects.all()} == {
        ids[0]: {"b": 2, "c": 3},
        ids[1]: {"c": 3},
    }


def test_many_states_at_once(door, alice, item, other, itself):
    publish.update_aggregate(reach=itself, name="ui_state", data={"state": {"children": {"k": {"o": 1}, "z": 2}}})

    results = told(
        door(alice).patch(
            AGGREGATES,
            {
                "items": [
                    item(
                        channel_name="ui_state",
                        data={"state": {"children": {"k": {"n": 1}}}},
                        replace=["state.children.k"],
                    ),
                    item(agent_id=str(other.id), data={"n": 1}),
                    item(agent_id=str(other.id), data={"m": 2}),
                ]
            },
        )
    )

    assert [one["success"] for one in results] == [True, True, True]
    assert "message_id" not in results[0]
    assert Aggregate.objects.get(agent_id=itself.agent_id).data == {"state": {"children": {"k": {"n": 1}, "z": 2}}}
    assert Aggregate.objects.get(agent_id=other.id).data == {"n": 1, "m": 2}


def test_items_apply_in_their_order(door, pump, item):
    told(door(pump).patch(AGGREGATES, {"items": [item(data={"n": n, f"k{n}": n}) for n in range(50)]}))

    state = Aggregate.objects.get()
    assert (state.data["n"], len(state.data), state.revision) == (49, 51, 50)


@pytest.mark.parametrize("items", [[], [{}] * 51, None, {}, "items", 5])
def test_a_batch_of_the_wrong_size_does_nothing(door, pump, item, items):
    items = [item(data={"n": 1})] * 51 if items == [{}] * 51 else items

    response = door(pump).post(MESSAGES, {"items": items})

    assert (response.status_code, response.json()["code"]) == (400, "bad_batch")
    assert not Message.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"5", b'{"item": []}'])
def test_a_body_that_is_no_batch(door, pump, body):
    response = door(pump).patch(MESSAGES, raw=body)

    assert (response.status_code, response.json()["code"]) == (400, "bad_batch")


@pytest.mark.parametrize(
    ("poison", "words"),
    [
        (None, "agent_id"),
        ("text", "agent_id"),
        ({}, "agent_id"),
        ({"agent_id": None}, "agent_id"),
        ({"agent_id": True}, "agent_id"),
        ({"agent_id": 10**30}, "agent_id"),
        ({"agent_id": "1.5"}, "agent_id"),
        ({"agent_id": "5"}, "Agent not found"),
        ({"channel_name": None}, "channel_name"),
        ({"channel_name": 5}, "channel_name"),
        ({"channel_name": "no such/name"}, "channel name"),
        ({"channel_name": "a\x00b"}, "u0000"),
        ({"channel_name": "n" * 300}, "channel name"),
        ({"channel_name": "dv-audit"}, "dv-audit"),
        ({"data": ...}, '"data"'),
        ({"data": {"text": "\x00"}}, "u0000"),
        ({"data": [[[]]] * 2, "ts": "noon"}, "ts"),
        ({"ts": 10**17}, "ts"),
        ({"ttl": -1}, "ttl"),
        ({"message_id": "abc"}, "message_id"),
        ({"message_id": 2**63}, "message_id"),
        ({"message_id": True}, "message_id"),
        ({"message_id": str(2**63 - 1)}, "one day"),
        ({"suppress_hooks": "yes"}, "suppress_hooks"),
    ],
)
def test_a_poison_item_harms_only_itself(door, alice, item, poison, words):
    bad = poison
    if isinstance(poison, dict) and poison:
        bad = {key: value for key, value in item(**{"data": {}, **poison}).items() if value is not ...}

    results = told(door(alice).post(MESSAGES, {"items": [item(data={"n": 1}), bad, item(data={"n": 2})]}))

    assert [one["success"] for one in results] == [True, False, True]
    assert words in results[1]["error"]
    int(results[1]["agent_id"])
    assert isinstance(results[1]["channel_name"], str)
    assert Message.objects.count() == 2


def test_depth_is_judged_item_by_item(door, pump, item):
    deep = json.loads("[" * 120 + "]" * 120)

    results = told(door(pump).post(MESSAGES, {"items": [item(data=deep), item(data=[[]] * 200)]}))

    assert [one["success"] for one in results] == [False, True]
    assert "nested" in results[0]["error"]


@pytest.mark.parametrize("poison", [{"message_id": None}, {"message_id": "4"}, {"data": ...}])
def test_changing_what_is_not_there(door, pump, item, itself, poison):
    known = publish.post_message(reach=itself, name="level", data={"a": 1}).id
    bad = {
        key: value for key, value in item(**{"message_id": str(known), "data": {}, **poison}).items() if value != ...
    }

    results = told(door(pump).patch(MESSAGES, {"items": [bad, item(message_id=str(known), data={"b": 2})]}))

    assert [one["success"] for one in results] == [False, True]
    assert Message.objects.get().data == {"a": 1, "b": 2}


@pytest.mark.parametrize("poison", [{"data": 5}, {"data": None}, {"replace": "a"}, {"replace": [5]}])
def test_a_state_of_the_wrong_kind(door, pump, item, poison):
    results = told(door(pump).patch(AGGREGATES, {"items": [item(**{"data": {"n": 1}, **poison}), item(data={"n": 2})]}))

    assert [one["success"] for one in results] == [False, True]
    assert Aggregate.objects.get().data == {"n": 2}


def test_a_document_that_the_schema_rejects(door, pump, item):
    Channel.objects.create(agent=pump, name="level", message_schema={"required": ["metres"]})

    results = told(door(pump).post(MESSAGES, {"items": [item(data={}), item(data={"metres": 1})]}))

    assert [one["success"] for one in results] == [False, True]
    assert "metres" in results[0]["error"]


def test_a_fault_of_ours_is_one_items_misfortune(door, pump, item, monkeypatch):
    check = judging.check_fits

    def fault(document, schema, what):
        if document == {"n": 1}:
            raise RuntimeError("broken")
        check(document, schema, what)

    Channel.objects.create(agent=pump, name="level", message_schema={})
    monkeypatch.setattr(judging, "check_fits", fault)

    results = told(
        door(pump).post(MESSAGES, {"items": [item(data={"n": 0}), item(data={"n": 1}), item(data={"n": 2})]})
    )

    assert [one["success"] for one in results] == [True, False, True]
    assert results[1]["error"] == "The server failed on this item"


def test_who_may(door, bob, mallory, pump, item):
    [bobs] = told(door(bob).post(MESSAGES, {"items": [item(data={})]}))
    [mallorys] = told(door(mallory).post(MESSAGES, {"items": [item(data={})]}))
    [nowhere] = told(door(mallory).post(MESSAGES, {"items": [item(data={}, agent_id="5")]}))

    assert "device_control" in bobs["error"]
    assert mallorys["error"] == nowhere["error"] == "Agent not found"
    assert not Message.objects.exists()
    assert told(door(pump).post(MESSAGES, {"items": [item(data={}, agent_id="me")]}))[0]["agent_id"] == str(pump.id)


def test_a_private_channel_is_not_there_for_others(door, creek, bob, pump, item):
    role = bob.grants.get().role
    role.flags = [*role.flags, "device_control"]
    role.save()
    Channel.objects.create(agent=pump, name="level", is_private=True)

    [result] = told(door(bob).post(MESSAGES, {"items": [item(data={})]}))

    assert "not found" in result["error"]


def test_a_bad_token_is_a_401(door, pump, item):
    client = door(pump)
    response = client.post(MESSAGES, {"items": [item(data={})]}, authorization="Bearer nonsense")

    assert response.status_code == 401


def test_without_the_database_it_is_a_503(pump, item, itself):
    batch = batches.batch_of(batches.Kind.CREATE, json.dumps({"items": [item(data={}), item(data={})]}).encode())
    writes = batch.writes({str(pump.id): itself})

    with pytest.raises(Busy):
        batches.batch_out(batch, writes, [Busy("away"), Busy("away")])
    assert batches.batch_out(batch, [writes[0], Busy("odd")], [Busy("away")])["failed"] == 2


def test_its_statements_stay_level(api, alice, item, statements):
    client = api(alice)
    client.post(MESSAGES, {"items": [item(data={}), item(data={})]})
    few = statements(lambda: client.post(MESSAGES, {"items": [item(data={"n": n}) for n in range(2)]}))

    assert statements(lambda: client.post(MESSAGES, {"items": [item(data={"n": n}) for n in range(50)]})) == few


def test_the_fast_lane_looks_up_many_agents_at_once(pump, creek, alice, api, inline, monkeypatch):
    from doover_web.data import reaches
    from tests.data.conftest import Lane

    pumps = [Agent.objects.create(kind="device", organisation=creek, name=f"p{n}") for n in range(20)]
    asked, each = [], reaches.reach_each
    monkeypatch.setattr(reaches, "reach_each", lambda *a: [asked.append(len(a[1])), each(*a)][1])
    lane = Lane(api(alice))

    items = [{"agent_id": str(one.id), "channel_name": "level", "data": {}} for one in pumps]
    assert told(lane.post(MESSAGES, {"items": items}))[-1]["success"]

    assert lane.took
    assert asked == [1, 20]
