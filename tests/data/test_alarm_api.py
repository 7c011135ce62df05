"""Alarms over the API: who makes, lists, changes and removes them, and how many (`data-api §10`)."""

from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.models import GroupRole, OrganisationRole, User

from .conftest import HOT


def test_put_makes_and_replaces(watch, write, api, alice, alarms):
    write({"temperature": 31})
    chosen = f"{alarms}/-4711"

    made = api(alice).put(chosen, {**HOT, "description": "Mind the bearings", "expiry_mins": 5}).json()
    assert (made["id"], made["state"], made["description"]) == ("-4711", "Alarm", "Mind the bearings")

    put = api(alice).put(chosen, {**HOT, "name": "Very hot", "value": 50}).json()
    assert (put["description"], put["expiry_mins"], put["state"]) == ("", None, "OK")
    assert (put["topic_name"], put["conditions"][0]["id"]) == ("too_hot", "c1")


def test_a_channel_says_what_watches_over_it(watch, api, alice, level, pump):
    made = watch(HOT)

    channel = api(alice).get(level.channel).json()
    assert (channel["alarms_enabled"], channel["alarms"]) == (True, [made])
    [listed] = api(alice).get(f"/api/agents/{pump.id}/channels").json()
    assert listed["alarms"] == [made]


def test_all_alarms_of_an_agent(watch, api, alice, bob, pump, at):
    watch(HOT)
    hidden = at(pump, name="hidden")
    api(alice).post(hidden, {"is_private": True})
    api(alice).post(hidden + "/alarms", HOT)
    everything = f"/api/agents/{pump.id}/alarms"

    assert [one["channel_name"] for one in api(alice).get(everything).json()] == ["hidden", "level"]
    assert [one["channel_name"] for one in api(bob).get(everything).json()] == ["level"]
    assert api(bob).get(hidden + "/alarms").status_code == 404


def test_who_may_do_what(watch, api, bob, mallory, pump, alarms):
    one = f"{alarms}/{watch(HOT)['id']}"

    assert len(api(bob).get(alarms).json()) == 1
    assert api(pump).patch(one, {"value": 4}).json()["value"] == 4
    for refused, status in ((api(bob), 403), (api(mallory), 404)):
        assert refused.post(alarms, HOT).status_code == status
        assert refused.put(one, HOT).status_code == status
        assert refused.patch(one, {"value": 1}).status_code == status
        assert refused.delete(one).status_code == status
    assert api(mallory).get(alarms).status_code == 404
    assert api(mallory).get(f"/api/agents/{pump.id}/alarms").status_code == 404


def test_what_is_not_there(api, alice, pump, at, level, write):
    write({})
    for path in (at(pump, "alarms", name="none"), at(pump, "alarms", 5), at(pump, "alarms", "x")):
        assert api(alice).get(path).status_code == 404
    assert api(alice).post(at(pump, "alarms", name="none"), HOT).status_code == 404
    assert api(alice).patch(at(pump, "alarms", 5), {"value": 1}).status_code == 404


def test_there_is_an_end_to_alarms(watch, api, alice, alarms, monkeypatch):
    monkeypatch.setattr("doover_web.data.actions.alarm.MOST_OF_CHANNEL", 2)
    watch(HOT)
    watch(HOT)

    refused = api(alice).post(alarms, HOT)

    assert (refused.status_code, refused.json()["code"]) == (400, "too_many_alarms")


def test_secrets_of_a_device_cannot_be_guessed(api, alice, creek, pump, at):
    """Alice may configure; a member who manages alarms alone may not ask what the settings hold."""
    settings = at(pump, "alarms", name="deployment_config")
    assert (
        api(alice).patch(at(pump, "aggregate", name="deployment_config"), {"a": 1, "api_key": "x"}).status_code == 200
    )
    assert api(alice).post(settings, {**HOT, "key": "a"}).status_code == 200
    assert "looks like a secret" in api(alice).post(settings, {**HOT, "key": "apps.api_key"}).json()["message"]

    carol = User.objects.create_user("carol@example.com", name="Carol")
    add_member(organisation=creek, user=carol, role=OrganisationRole.objects.built_in("Member"), by=None)
    flags = ["device_view", "device_history", "device_control", "alarms_view", "alarms_manage"]
    role = GroupRole.objects.create(organisation=creek, name="Watcher", flags=flags)
    grant_group_role(group=creek.root_group, user=carol, role=role, by=None)
    assert api(carol).post(settings, {**HOT, "key": "a"}).status_code == 403
    assert api(carol).post(at(pump, "alarms", name="other"), HOT).status_code == 404
