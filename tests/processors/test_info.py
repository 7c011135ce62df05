"""The exchange of a first token, and what a function may do with the one it gets."""

import pytest

from doover_web.data.models import Channel
from doover_web.identity.actions.sharing import create_sharing_profile, remove_sharing_profile
from doover_web.identity.flags import Rights
from doover_web.identity.models import Agent, GroupRole, Token
from doover_web.processors.actions import WORKING_SECONDS
from tests.conftest import Api
from tests.processors.conftest import entry

ARN = "arn:aws:sns:ap-southeast-2:1:proc-ch-1-level-onmessagecreate:0f1e"


def state(agent, name="level"):
    return f"/api/agents/{agent.id}/channels/{name}/aggregate"


@pytest.fixture
def words(api, alice, pump):
    """What Pump 7's channels say."""
    config = {"applications": {"proc_1": {"APP_ID": "9001", "gain": 2.5}, "other": {"secret": "x"}}}
    api(alice).put(state(pump, "deployment_config"), config)
    api(pump).put(state(pump, "tag_values"), {"proc_1": {"total": 3}})
    api(pump).put(state(pump, "ui_state"), {})


def test_nine_fields(put, alice, pump, creek, words):
    token = put(alice, "schedules", 7).json()["token"]

    info = Api(token).get("/api/processors/schedules/7").json()

    assert info.pop("token") != token
    assert info == {
        "agent_id": str(pump.id),
        "organisation_id": str(creek.id),
        "app_key": "proc_1",
        "deployment_config": {"APP_ID": "9001", "gain": 2.5},
        "ui_state": {},
        "ui_cmds": None,
        "tag_values": {"proc_1": {"total": 3}},
        "connection_data": None,
    }


@pytest.mark.parametrize("config", [[], {"applications": []}, {"applications": {"proc_1": 5}}, {"x": 1}])
def test_settings_of_another_shape_are_none(put, api, alice, pump, config):
    api(alice).put(state(pump, "deployment_config"), config)
    token = put(alice, "schedules", 7).json()["token"]

    assert Api(token).get("/api/processors/schedules/7").json()["deployment_config"] == {}


@pytest.mark.parametrize("name", ["7", ARN])
def test_a_subscription_by_id_or_arn(put, alice, name):
    token = put(alice, "subscriptions", 7, subscription_arn=ARN).json()["token"]

    for tail in ("", "/info"):
        assert Api(token).get(f"/api/processors/subscriptions/{name}{tail}").status_code == 200


def test_a_first_token_opens_its_own_door_only(put, api, alice, pump, creek):
    one = put(alice, "schedules", 7).json()["token"]
    other = put(alice, "schedules", 8).json()["token"]
    subscription = put(alice, "subscriptions", 7, subscription_arn=ARN).json()["token"]
    api(pump).put(state(pump), {"metres": 1})

    assert Api(one).get("/api/processors/schedules/8").status_code == 404
    assert Api(subscription).get("/api/processors/schedules/7").status_code == 404
    assert Api(other).get("/api/processors/subscriptions/7").status_code == 404
    for agent in (pump.id, creek.id, "me"):
        assert Api(one).get(f"/api/agents/{agent}/channels").status_code == 404
    assert Api(one).patch(state(pump), {"metres": 9}).status_code == 404
    assert Api(one).delete(f"/api/agents/{pump.id}/processors/schedules/7").status_code == 404


def test_nobody_elses_token_is_exchanged(put, api, alice, pump):
    put(alice, "schedules", 7)

    for who in (alice, pump):
        assert api(who).get("/api/processors/schedules/7").status_code == 404
    assert Api("").get("/api/processors/schedules/7").status_code == 401


def test_a_working_token_is_not_exchanged_again(upgraded):
    assert upgraded().get("/api/processors/schedules/7").status_code == 404


def test_it_ends_by_itself(upgraded, pump):
    works = upgraded()
    token = Token.objects.get(kind="processor", expires_at__isnull=False)
    assert (token.expires_at - token.created_at).total_seconds() == pytest.approx(WORKING_SECONDS, abs=5)
    assert works.patch(state(pump), {"metres": 1}).status_code == 200

    Token.objects.filter(pk=token.pk).update(expires_at="2026-01-01T00:00Z")

    assert works.patch(state(pump), {"metres": 2}).status_code == 401


def test_at_home(upgraded, api, pump, alice):
    """Its own agent's channels, the private ones too; what runs there is not for it to write."""
    works = upgraded()
    api(pump).post(f"/api/agents/{pump.id}/channels/hidden", {"is_private": True})

    message = works.post(f"/api/agents/{pump.id}/channels/hidden/messages", {"data": {"said": 1}}).json()

    assert message["author_id"] == str(Agent.objects.get(kind="app").id)
    assert works.get(f"/api/agents/{pump.id}/channels/hidden/messages").json() == [message]
    assert works.patch(state(pump, "tag_values"), {"proc_1": {}}).status_code == 200
    for channel in ("deployment_config", "docker_deployment", "tunnels", "dv-audit"):
        assert works.put(state(pump, channel), {"a": 1}).status_code == 403, channel


def test_further_agents_are_what_it_was_given(upgraded, api, pump, tank, creek, alice):
    api(alice).put(state(tank), {"metres": 1})
    looks = upgraded([entry(tank, int(Rights.VIEW))])

    assert looks.get(state(tank)).json()["data"] == {"metres": 1}
    assert looks.patch(state(tank), {"metres": 2}).status_code == 403
    assert looks.get(f"/api/agents/{tank.id}/channels/level/messages").status_code == 403
    assert looks.get(state(creek.agent)).status_code == 404
    everywhere = upgraded([entry(tank), entry(creek.agent)], 8)
    assert everywhere.patch(state(tank), {"metres": 2}).status_code == 200
    assert everywhere.post(f"/api/agents/{creek.id}/channels/reports/messages", {"data": {}}).status_code == 200


def test_given_nothing_it_reaches_nothing_else(upgraded, tank):
    assert upgraded([entry(tank, 0)]).get(state(tank)).status_code == 404


def test_what_is_lent_lasts_as_long_as_the_loan(upgraded, api, alice, mallory):
    """Mallory's organisation lends a device to look at; a function here reaches it as far as that goes."""
    elsewhere = mallory.memberships.get().organisation
    theirs = Agent.objects.create(kind="device", organisation=elsewhere, name="theirs")
    lent = {"name": "Look", "role": GroupRole.objects.built_in("Operator"), "devices": [theirs], "groups": []}
    creek = alice.memberships.get().organisation
    profile = create_sharing_profile(organisation=elsewhere, taker=creek, by=None, **lent)
    api(mallory).put(state(theirs), {"metres": 1})
    works = upgraded([entry(theirs)])
    assert works.patch(state(theirs), {"metres": 2}).status_code == 200

    profile.role = GroupRole.objects.built_in("Viewer")
    profile.save()
    assert works.patch(state(theirs), {"metres": 3}).status_code == 403
    remove_sharing_profile(profile=profile, by=None)

    assert works.get(state(theirs)).status_code == 404


def test_a_device_that_left_the_organisation_is_out_of_reach(upgraded, mallory, tank, api):
    works = upgraded([entry(tank)])
    assert works.put(state(tank), {"metres": 1}).status_code == 200
    elsewhere = mallory.memberships.get().organisation

    Agent.objects.filter(pk=tank.pk).update(organisation=elsewhere, group=elsewhere.root_group)

    assert works.get(state(tank)).status_code == 404


def test_what_it_says_about_its_permissions_is_what_holds(upgraded, pump, tank):
    works = upgraded([entry(tank, int(Rights.VIEW))])

    told = works.get("/api/agents/me/permissions").json()

    by_agent = {one["permission_id"]: int(one["permission"]) for one in told["resources"]}
    assert set(by_agent) == {f"ag:{agent.id}" for agent in (pump, tank, Agent.objects.get(kind="app"))}
    assert by_agent[f"ag:{tank.id}"] == int(Rights.VIEW)


def test_it_administers_nothing(upgraded, pump, tank):
    works = upgraded([entry(pump), entry(tank)])

    assert works.post(f"/api/agents/{pump.id}/token/rotate").status_code == 403
    assert works.post("/api/agents/me/token/rotate").status_code == 403
    assert works.post("/api/permissions/sync", {"agent_permissions": []}).status_code == 403
    assert works.get(f"/api/agents/{pump.id}/permissions").status_code == 403


def test_the_exchange_costs_the_same_with_more_channels(put, alice, pump, statements, words):
    token = put(alice, "schedules", 7).json()["token"]
    ask = lambda: Api(token).get("/api/processors/schedules/7")  # noqa: E731
    ask()
    few = statements(ask)
    for number in range(5):
        Channel.objects.create(agent=pump, name=f"c{number}")

    assert statements(ask) == few
    assert few < 12
