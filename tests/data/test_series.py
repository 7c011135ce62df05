"""Values over time: `timeseries` of a channel, `data_series` of an agent."""

import pytest

from doover_web.data import publish
from doover_web.data.models import Channel
from doover_web.identity.models import GroupRole

NOON = 1_772_600_400_000


@pytest.fixture
def series(api, pump, level):
    """`series("temperature", limit=…)`: what the channel says of a field."""

    def asked(*fields, who=None, address=level.messages + "/timeseries", **query):
        names = [f"field_name={name}" for name in fields] + [f"{key}={value}" for key, value in query.items()]
        response = api(who or pump).get(f"{address}?{'&'.join(names)}")
        assert response.status_code == 200, response.content
        return response.json()

    return asked


@pytest.fixture
def post(itself):
    def one(data, ts=None, name="level", **more):
        return publish.post_message(reach=itself, name=name, data=data, ts=ts, **more).id

    return one


def values(found):
    return [result["value"] for result in found["results"]]


def test_a_field_over_time(series, post):
    ids = [post({"temperature": 20 + n, "other": n}, NOON + n) for n in range(3)]

    assert series("temperature") == {
        "count": 3,
        "results": [{"value": 20 + n, "message_id": str(ids[n])} for n in (2, 1, 0)],
    }
    assert values(series("temperature", after=ids[0] - 1)) == [20, 21, 22]
    assert values(series("temperature", after=ids[0], before=ids[2])) == [21]


def test_messages_without_the_field_do_not_count(series, post):
    for n in range(20):
        post({"seldom" if n % 5 == 0 else "often": n}, NOON + n)

    assert values(series("seldom", limit=3)) == [15, 10, 5]


def test_a_path_into_the_data(series, post):
    post({"pump": {"flow": 3, "list": [7, 8]}}, NOON)
    post({"pump": {"flow": None}}, NOON + 1)
    post({"pump.flow": 5, "pump": {"flow": 4}}, NOON + 2)
    for data in (7, "flow", ["pump"], None, {"pump": 3}):
        post(data, NOON + 3)

    assert values(series("pump.flow")) == [5, None, 3]
    assert values(series("pump.list.1")) == [8]
    assert values(series("pump.list")) == [[7, 8]]
    assert values(series("nothing.there")) == []


def test_several_fields_make_an_object_of_those_that_are_there(series, post):
    post({"a": 1, "b": {"c": 2}, "d": 3}, NOON)
    post({"a": 4}, NOON + 1)
    post({"d": 5}, NOON + 2)

    assert values(series("a", "b.c")) == [{"a": 4}, {"a": 1, "b.c": 2}]
    assert values(series("a", "a")) == [4, 1]


def test_paging_with_next(series, post):
    ids = [post({"n": n}, NOON + n) for n in range(5)]

    first = series("n", paginate="true", limit=2)
    second = series("n", paginate="true", limit=2, before=first["next"])
    third = series("n", paginate="true", limit=2, before=second["next"])

    assert values(first) + values(second) + values(third) == [4, 3, 2, 1, 0]
    assert (first["next"], third["next"]) == (str(ids[3]), None)


def test_paging_above_a_floor_begins_with_the_newest(series, post):
    """`next` is passed back as `before`; oldest first, it would lead back to where it came from."""
    ids = [post({"n": n}, NOON + n) for n in range(5)]

    first = series("n", paginate="true", limit=2, after=ids[0])

    assert values(first) == [4, 3]
    assert values(series("n", paginate="true", limit=9, after=ids[0], before=first["next"])) == [2, 1]


def test_what_is_hidden_stays_hidden(series, post, itself):
    post({"n": 1}, NOON)
    kept = post({"n": 2}, NOON + 10)
    post({"n": 3}, NOON + 20, ttl=1)
    from doover_web.data.models import Message

    Message.objects.filter(expires_at__gt=0).update(expires_at=1)
    Channel.objects.filter(agent_id=itself.agent_id).update(history_since=NOON + 10)

    assert [result["message_id"] for result in series("n")["results"]] == [str(kept)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "bad_field"),
        ("field_name=" + ".".join("a" * 101), "bad_field"),
        ("&".join(f"field_name=f{n}" for n in range(101)), "bad_field"),
        ("field_name=a&limit=1501", "bad_limit"),
        ("field_name=a&before=now", "bad_cursor"),
    ],
)
def test_what_cannot_be_asked(api, pump, level, post, query, code):
    post({})
    response = api(pump).get(f"{level.messages}/timeseries?{query}")

    assert (response.status_code, response.json()["code"]) == (400, code)


def test_odd_names_find_nothing(series, post):
    post({"a": 1})

    for name in ("%00", "a%00", "..", "%F0%9F%92%A7", "a'b", "{a}", "%25s"):
        assert values(series(name)) == []
    assert values(series("a", "%00")) == [{"a": 1}]


def test_windows_that_hold_nothing(series, post):
    post({"a": 1})

    assert series("a", after=5, before=5)["results"] == []
    assert series("a", after=2**63 - 1)["results"] == []
    assert series("a", before=-(2**63))["results"] == []


def test_a_series_of_the_whole_agent(series, post, pump):
    address = f"/api/agents/{pump.id}/data_series"
    post({"flow": 1}, NOON, name="one")
    post({"flow": 2}, NOON + 2, name="one")
    post({"flow": 3}, NOON + 1, name="two")
    post({"other": 4}, NOON + 5, name="three")

    found = series("flow", address=address)

    assert [(one["value"], one["channel_name"]) for one in found["results"]] == [(2, "one"), (3, "two"), (1, "one")]
    assert values(series("flow", address=address, limit=2)) == [2, 3]
    assert values(series("flow", address=address, after=0)) == [1, 3, 2]
    assert values(series("flow", address="/api/agents/me/data_series")) == [2, 3, 1]


def test_one_id_in_two_channels_is_not_lost_between_pages(series, post, pump):
    address = f"/api/agents/{pump.id}/data_series"
    twin = post({"flow": 1}, NOON, name="one")
    post({"flow": 2}, name="two", message_id=twin)
    post({"flow": 3}, NOON - 5, name="two")

    first = series("flow", address=address, paginate="true", limit=1)

    assert sorted(values(first)) == [1, 2]
    assert values(series("flow", address=address, limit=1, before=first["next"])) == [3]


def test_a_private_channel_is_left_out_of_the_series(series, post, pump, alice, bob):
    address = f"/api/agents/{pump.id}/data_series"
    post({"flow": 1}, name="open")
    post({"flow": 2}, name="closed")
    Channel.objects.filter(name="closed").update(is_private=True)

    assert values(series("flow", address=address, who=bob)) == [1]
    assert values(series("flow", address=address, who=alice)) == [2, 1]


def test_who_may_ask(api, bob, mallory, creek, pump, level, post):
    post({"a": 1})
    addresses = [level.messages + "/timeseries?field_name=a", f"/api/agents/{pump.id}/data_series?field_name=a"]

    assert [api(mallory).get(address).status_code for address in addresses] == [404, 404]
    assert [api(bob).get(address).status_code for address in addresses] == [200, 200]
    bob.grants.update(role=GroupRole.objects.create(organisation=creek, name="Onlooker", flags=["device_view"]))
    assert [api(bob).get(address).json()["code"] for address in addresses] == ["no_history", "no_history"]


def test_a_missing_channel_is_a_404(api, pump, at):
    assert api(pump).get(at(pump, "messages/timeseries", name="none") + "?field_name=a").status_code == 404
    assert api(pump).get(f"/api/agents/{pump.id}/data_series?field_name=a").json() == {"count": 0, "results": []}


def test_its_queries_stay_level(api, pump, post, statements):
    address = f"/api/agents/{pump.id}/data_series?field_name=n"
    post({"n": 0}, name="c0")
    pump_api = api(pump)
    pump_api.get(address)
    few = statements(lambda: pump_api.get(address))

    for n in range(12):
        post({"n": n}, name=f"c{n}")

    assert statements(lambda: pump_api.get(address)) == few
