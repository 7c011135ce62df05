"""Private channels, and the channels that the platform keeps for itself."""

import pytest

from doover_web.identity.models import GroupRole


@pytest.fixture
def olga(creek, bob):
    """An operator at Tallow Creek Water: may write, may not configure, may not see what is private."""
    bob.grants.update(role=GroupRole.objects.built_in("Operator"))
    return bob


@pytest.fixture
def private(api, alice, pump, level):
    api(alice).put(level.channel, {"is_private": True})
    api(alice).put(level.aggregate, {"secret": 1})
    message_id = api(alice).post(level.messages, {"data": "secret"}).json()["id"]
    level.one = f"{level.messages}/{message_id}"
    return level


def test_a_private_channel_is_not_there_for_others(door, api, olga, pump, private):
    for response in (
        api(olga).get(private.channel),
        api(olga).get(private.aggregate),
        api(olga).get(private.messages),
        api(olga).get(private.one),
        door(olga).patch(private.aggregate, {"a": 1}),
        door(olga).post(private.messages, {"data": 1}),
        door(olga).patch(private.one, {"data": 1}),
        api(olga).delete(private.one),
        api(olga).post(private.channel, {}),
        api(olga).put(private.channel, {"is_private": False}),
        api(olga).post(private.channel + "/archive"),
    ):
        assert (response.status_code, response.json()["message"]) == (404, "Channel 'level' not found")
    assert api(olga).get(f"/api/agents/{pump.id}/channels").json() == []


def test_its_agent_and_administrators_use_it(door, api, alice, pump, private):
    for who in (alice, pump):
        assert api(who).get(private.aggregate).json()["data"]["secret"] == 1
        assert door(who).patch(private.aggregate, {"a": 1}).status_code == 200
        assert [c["is_private"] for c in api(who).get(f"/api/agents/{pump.id}/channels").json()] == [True]


def test_nobody_hides_a_channel_from_oneself(api, alice, olga, level):
    api(alice).post(level.channel, {})

    for method in ("put", "post"):
        response = getattr(api(olga), method)(level.channel, {"is_private": True})
        assert (response.status_code, response.json()["code"]) == (403, "no_private")
    assert api(olga).get(level.channel).json()["is_private"] is False


@pytest.mark.parametrize("name", ["deployment_config", "docker_deployment", "tunnels"])
def test_what_runs_on_a_device_takes_more_than_control(door, api, alice, olga, pump, at, name):
    state, messages = at(pump, "aggregate", name=name), at(pump, "messages", name=name)

    for response in (
        door(olga).patch(state, {"a": 1}),
        door(olga).put(state, {}),
        door(olga).post(messages, {"data": {}}),
        api(olga).post(at(pump, name=name), {}),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "reserved_channel")
    assert door(alice).patch(state, {"a": 1}).status_code == 200
    assert door(alice).post(messages, {"data": {}}).status_code == 200


def test_only_the_platform_writes_the_audit(door, alice, pump, at):
    for who in (alice, pump):
        response = door(who).post(at(pump, "messages", name="dv-audit"), {"data": {}})
        assert (response.status_code, response.json()["code"]) == (403, "reserved_channel")


@pytest.mark.parametrize("name", ["docker_deployment", "tunnels"])
def test_a_device_reports_there(door, pump, at, name):
    assert door(pump).patch(at(pump, "aggregate", name=name), {"report": 1}).status_code == 200
    assert door(pump).post(at(pump, "messages", name=name), {"data": {}}).status_code == 200


@pytest.mark.parametrize("name", ["docker_deployment", "tunnels"])
def test_what_opens_a_device_is_private(door, api, pump, bob, at, name):
    door(pump).patch(at(pump, "aggregate", name=name), {"endpoint": "http://203.0.113.7:31022"})
    assert api(bob).get(at(pump, "aggregate", name=name)).status_code == 404
    assert api(bob).get(f"/api/agents/{pump.id}/channels").json() == []


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_device_may_bring_its_configuration_into_being(door, api, pump, at, method):
    state = at(pump, "aggregate", name="deployment_config")

    assert getattr(door(pump), method)(state, {}).status_code == 200
    assert api(pump).get(state).json()["data"] == {}


def test_a_device_never_writes_its_configuration(door, api, alice, pump, at):
    state, channel = at(pump, "aggregate", name="deployment_config"), at(pump, name="deployment_config")
    door(alice).put(state, {"applications": {"tank_1": {}}})

    for response in (
        door(pump).patch(state, {"applications": {}}),
        door(pump).put(state, {}),
        door(pump).patch(state, {}),
        door(pump).patch(state + "?log_update=true", {}),
        door(pump).post(at(pump, "messages", name="deployment_config"), {"data": {}}),
        api(pump).put(channel, {"aggregate_schema": {"maxProperties": 0}}),
        api(pump).post(channel + "/archive"),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "reserved_channel")
    assert api(pump).get(state).json()["data"] == {"applications": {"tank_1": {}}}
    assert api(pump).post(channel, {}).status_code == 200


def test_docker_deployment_is_private_from_birth(door, api, olga, alice, pump, at):
    door(pump).patch(at(pump, "aggregate", name="docker_deployment"), {"report": 1})

    assert api(olga).get(at(pump, name="docker_deployment")).status_code == 404
    assert api(alice).get(at(pump, name="docker_deployment")).json()["is_private"] is True


def test_another_device_is_a_stranger(door, api, creek, pump, level):
    from doover_web.identity.models import Agent

    other = Agent.objects.create(kind="device", organisation=creek, name="pump-8")
    door(pump).patch(level.aggregate, {"a": 1})

    for response in (api(other).get(level.aggregate), door(other).patch(level.aggregate, {"a": 2})):
        assert response.status_code == 404
