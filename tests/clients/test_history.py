"""pydoover 1.18.3, synchronous and asynchronous: series, many agents, batches, and both iterators."""

import random

import pytest

from tests.clients.conftest import Raised

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]
MARCH = 1_772_600_767_890
EPOCH = 1_735_689_600_000
HOUR = 3_600_000


def cursor(ms):
    return (ms - EPOCH) << 22


def item(agent, channel, **more):
    return {"$": "pydoover.models.data.batch.BatchMutationItem", "agent_id": agent, "channel_name": channel, **more}


@pytest.fixture
def two(cast):
    """Two agents that Alice may write to: Pump 7 and herself."""
    return [cast["pump"], cast["alice"]]


def fill(client, agents, channel, count, *, step=1000):
    """Messages in turn at each agent, made in batches; their numbers are in their order in time."""
    items = [item(agents[n % len(agents)], channel, data={"n": n}, timestamp=MARCH + n * step) for n in range(count)]
    for start in range(0, count, 50):
        done = client.batch_create_messages(items[start : start + 50])
        assert (done["failed"], done["succeeded"]) == (0, len(items[start : start + 50]))


def numbers(found):
    return [message["data"]["n"] for message in found]


def test_a_timeseries(device, pump, channel):
    made = [device.create_message(pump, channel, {"temperature": 20 + n, "x": {"y": n}}, MARCH + n) for n in range(4)]

    found = device.fetch_timeseries(pump, channel, ["temperature"], after=made[0]["id"] - 1)
    assert found["count"] == 4
    assert [(one["value"], int(one["message_id"])) for one in found["results"]] == [
        (20 + n, made[n]["id"]) for n in range(4)
    ]
    both = device.fetch_timeseries(pump, channel, ["temperature", "x.y"], limit=1)
    assert both["results"][0]["value"] == {"temperature": 23, "x.y": 3}


def test_the_series_of_an_agent(device, pump, channel):
    field = f"f{channel}"
    device.create_message(pump, channel, {field: 1}, MARCH)
    device.create_message(pump, f"{channel}b", {field: 2}, MARCH + 1)

    found = device.list_data_series(pump, field, before=cursor(MARCH + HOUR), after=cursor(MARCH - HOUR), limit=10)
    assert (found["count"], [one["value"] for one in found["results"]]) == (2, [2, 1])


def test_messages_of_many_agents(alice, two, channel):
    fill(alice, two, channel, 10)

    found = alice.fetch_multi_agent_messages(channel, [*two, 5], limit=4)
    assert numbers(found["results"]) == [9, 8, 7, 6]
    assert found["next"] == max(message["id"] for message in found["results"][-2:])
    assert "next" not in alice.fetch_multi_agent_messages(channel, two)
    assert numbers(alice.fetch_multi_agent_messages(channel, two, agent_message_limit=1)["results"]) == [9, 8]
    assert alice.fetch_multi_agent_messages(channel, two, field_names=["other"])["results"] == []


def test_the_iterator_over_many_agents(alice, two, channel):
    """It is exact for windows up to two days; beyond, the library itself drops the short pages of its windows."""
    fill(alice, two, channel, 65)

    found = alice.iter_multi_agent_messages(
        channel, two, after=cursor(MARCH) - 1, before=cursor(MARCH + HOUR), page_size=10
    )

    assert numbers(found) == list(range(65))


def test_the_iterator_over_one_channel(device, pump, channel):
    fill(device, [pump], channel, 60)

    bounds = {"before": cursor(MARCH + 50_000), "after": cursor(MARCH + 5000) - 1}
    assert numbers(device.iter_messages(pump, channel, page_size=7)) == list(range(59, -1, -1))
    assert numbers(device.iter_messages(pump, channel, **bounds, page_size=7)) == list(range(49, 4, -1))
    assert numbers(device.iter_messages(pump, channel, before=bounds["before"], page_size=9))[-1] == 0


def test_states_of_many_agents(alice, two, channel):
    done = alice.batch_update_aggregates([item(agent, channel, data={"n": agent}) for agent in two])
    assert (done["count"], done["succeeded"]) == (2, 2)

    found = alice.fetch_multi_agent_aggregates(channel, [*two, 5])
    assert found["count"] == 2
    assert [(one["agent_id"], one["data"]) for one in found["results"]] == [(agent, {"n": agent}) for agent in two]

    alice.batch_update_aggregates([item(two[0], channel, data={"n": {"a": 1}}, replace=["n"], suppress_hooks=True)])
    assert alice.fetch_channel_aggregate(two[0], channel)["data"] == {"n": {"a": 1}}


def test_messages_in_batches(device, pump, channel):
    made = device.batch_create_messages(
        [item(pump, channel, data={"a": 1, "b": 2}), item(pump, channel, data={"a": 3}, message_id=77, ttl=3600)]
    )
    ids = [one["message_id"] for one in made["items"]]
    assert ids[1] == 77

    device.batch_update_messages([item(pump, channel, message_id=ids[0], data={"b": None})])
    device.batch_update_messages([item(pump, channel, message_id=77, data={"z": 1})], replace_data=True)
    assert [device.fetch_message(pump, channel, one)["data"] for one in ids] == [{"a": 1}, {"z": 1}]

    gone = device.batch_delete_messages([item(pump, channel, message_id=one) for one in (*ids, 78)])
    assert [one["success"] for one in gone["items"]] == [True, True, False]
    assert gone["items"][2]["error"] == "Message not found"
    assert device.list_messages(pump, channel) == []


def test_a_batch_that_is_too_large(device, pump, channel):
    with pytest.raises(Raised, match="50"):
        device.batch_create_messages([item(pump, channel, data={})] * 51)


def test_messages_merge_as_the_client_predicts(device, pump, channel):
    chance, expected = random.Random(11), {}
    made = device.create_message(pump, channel, expected)

    for n in range(25):
        patch = {chance.choice("abc"): chance.choice([None, n, {"x": chance.choice([None, n])}, [n]]) for _ in range(3)}
        [expected] = device.ask({"function": "pydoover.utils.diff.apply_diff", "calls": [(expected, patch)]})
        assert device.update_message(pump, channel, made["id"], patch)["data"] == expected
