"""What is asked of a change to many devices: tried out, refused, steered over HTTP, watched."""

import pytest

from doover_web.common.wire import BadRequest, Conflict, Forbidden
from doover_web.control.models import AppInstall
from doover_web.deployments.actions import rollout as actions
from doover_web.deployments.models import Deployment, Rollout
from doover_web.identity.auth import caller_of_user

from .conftest import fresh, made, state, under_way


@pytest.mark.parametrize("ids", ["fast", [True], [5], ["x"], {}])
def test_profiles_that_are_none_are_refused(creek, application, fleet, by, ids):
    with pytest.raises(BadRequest):
        made(creek, application, by, change={"config_profile_ids": ids})


def test_a_dry_run_shows_the_difference_and_changes_nothing(fleet, creek, application, by):
    installs = actions.installs_of(application=application, organisation=creek, selection={"all": True}, by=by)
    before = Deployment.objects.count()

    shown = list(actions.preview(installs, {"config": {"speed": 900}}, by))

    assert [one.patch for one in shown] == [{"speed": 900}] * 10
    assert {one.issues[0].message for one in shown} == {"900 is greater than the maximum of 100"}
    assert Deployment.objects.count() == before
    assert not AppInstall.objects.filter(deployment_config__has_key="speed").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"rings": [5, 50]},
        {"change": {"speed": 5}},
        {"change": {"config": [1]}},
        {"change": {"version": "x" * 21}},
        {"change": {"version": "no such release"}},
        {"selection": {}},
        {"selection": {"odd": 1}},
        {"selection": {"devices": ["x"]}},
        {"selection": {"name__icontains": "nobody"}},
        {"abort_percent": 101},
        {"soak_seconds": -1},
    ],
)
def test_what_makes_no_sense_is_refused(wrong, fleet, creek, application, by):
    with pytest.raises(BadRequest):
        made(creek, application, by, **wrong)
    assert not Rollout.objects.exists()


def test_it_takes_the_right_to_manage_applications(fleet, creek, application, bob):
    with pytest.raises(Forbidden):
        made(creek, application, caller_of_user(bob))


@pytest.mark.parametrize("verb", [actions.pause, actions.resume, actions.take_back])
def test_what_has_not_begun_cannot_be_steered(verb, rollout, by):
    with pytest.raises(Conflict):
        verb(rollout=rollout, by=by)


def test_over_http(api, alice, bob, fleet, application, worker, creek):
    body = {"application_id": str(application.id), "devices": {"all": True}, "change": {"config": {"speed": 55}}}
    client = api(alice)

    shown = client.post("/rollouts/preview/", body).json()
    assert (shown["count"], shown["results"][0]["config"]) == (10, {"speed": 55})
    created = client.post("/rollouts/", {**body, "rings": [10, 100], "name": "Faster"})
    assert created.status_code == 201, created.content
    address = f"/rollouts/{created.json()['id']}/"
    assert worker(lambda: client.post(address + "start/")).json()["status"] == "running"
    assert client.get(address).json()["counts"] == [{"under_way": 1}, {"waiting": 9}]
    rows = client.get(address + "devices/?result=under_way").json()["results"]
    assert [row["ring"] for row in rows] == [0]
    assert client.post(address + "start/").status_code == 409
    assert api(bob).get(address).status_code == 200
    assert api(bob).post(address + "pause/").status_code == 403


def test_watchers_see_how_it_stands(rollout, by, moves, creek):
    moves(actions.start, rollout, by)

    shown = state(creek.agent, "dv-rollouts")[str(rollout.id)]
    assert (shown["status"], shown["devices"]) == ("running", {"waiting": 9, "under_way": 1})
    moves(actions.pause, rollout, by)
    assert state(creek.agent, "dv-rollouts")[str(rollout.id)]["status"] == "paused"


def test_the_deployments_of_one_are_found_by_it(rollout, by, moves):
    moves(actions.start, rollout, by)

    assert fresh(under_way(rollout)[0]).by_name == "Alice Moreau"
