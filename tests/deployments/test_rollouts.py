"""One change to many devices: rings, the devices' own word, stopping and going back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from doover_web.common.wire import BadRequest, Conflict, Forbidden
from doover_web.control.models import AppInstall, ConfigProfile, InstallProfile
from doover_web.deployments.actions import rollout as actions
from doover_web.deployments.actions.deployment import cancel, deploy
from doover_web.deployments.describe import described
from doover_web.deployments.models import Deployment, Rollout, RolloutDevice
from doover_web.deployments.tasks import advance_rollout, sweep_rollouts
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, User

from .conftest import fresh, state

Result = RolloutDevice.Result


@pytest.fixture
def by(alice):
    return caller_of_user(alice)


@pytest.fixture
def fleet(application, creek):
    """Ten pumps that run pump control at speed 40."""
    installs = []
    for number in range(10):
        agent = Agent.objects.create(kind="device", organisation=creek, name=f"p{number}", display_name=f"P {number}")
        made = {"name": "pump_control_1", "display_name": "Pump control", "deployment_config": {"start_pin": number}}
        installs.append(AppInstall.objects.create(agent=agent, application=application, **made))
    Deployment.objects.bulk_create(standing(install) for install in installs)
    return installs


def standing(install) -> Deployment:
    """A deployment of what the install is now, that is done."""
    wish = described(install, None)
    made = {"agent": install.agent, "application": install.application, "app_key": install.name, "status": "SUC"}
    kept = {"deployment_config": wish.block, "wanted": wish.wanted.stored(), "ended_at": timezone.now()}
    return Deployment(install=install, **made, **kept)


@pytest.fixture
def rollout(fleet, creek, application, by):
    """Speed 55 for all of them: one first, then half, then the rest."""
    return made(creek, application, by)


def made(creek, application, by, **kwargs):
    given = {"change": {"config": {"speed": 55}}, "selection": {"all": True}, "rings": [10, 50, 100], **kwargs}
    return actions.create_rollout(organisation=creek, application=application, name="Faster", by=by, **given)


@pytest.fixture
def moves(worker):
    """`moves(actions.start, rollout)`: a verb, and what the worker does then; without one only the sweep."""

    def run(verb=None, rollout=None, by=None):
        worker(lambda: verb(rollout=Rollout.objects.get(pk=rollout.pk), by=by) if verb else sweep_in_hand())

    return run


def sweep_in_hand():
    for rollout_id in Rollout.objects.moving().values_list("id", flat=True):
        advance_rollout(rollout_id)


def under_way(rollout):
    return [row.deployment for row in rollout.devices.filter(result="under_way").select_related("deployment__agent")]


def results(rollout) -> dict:
    found: dict = {}
    for result in rollout.devices.values_list("result", flat=True):
        found[result] = found.get(result, 0) + 1
    return found


def status(rollout) -> str:
    return Rollout.objects.get(pk=rollout.pk).status


def test_it_goes_ring_by_ring_on_the_devices_own_word(rollout, by, moves, answers):
    moves(actions.start, rollout, by)
    assert results(rollout) == {"under_way": 1, "waiting": 9}
    moves()
    assert results(rollout) == {"under_way": 1, "waiting": 9}  # nobody goes on before the device has spoken

    for size in (1, 4, 5):
        told = under_way(rollout)
        assert len(told) == size
        for deployment in told:
            answers(deployment, "SUC")
        moves()

    assert (status(rollout), results(rollout)) == ("done", {"done": 10})
    assert {one.deployment_config["speed"] for one in AppInstall.objects.all()} == {55}


def test_too_many_failures_stop_it_and_take_it_back(rollout, fleet, by, moves, answers):
    moves(actions.start, rollout, by)
    answers(under_way(rollout)[0], "SUC")
    moves()
    for deployment in under_way(rollout)[:2]:
        answers(deployment, "FAI")

    moves()

    assert status(rollout) == "rolled_back"
    assert results(rollout) == {"rolled_back": 5, "skipped": 5}
    assert {install.deployment_config.get("speed") for install in AppInstall.objects.all()} == {None}
    reached = rollout.devices.filter(result="rolled_back").select_related("install__agent__organisation")
    settings = [state(row.install.agent, "deployment_config")["applications"] for row in reached]
    speeds = {one["pump_control_1"]["speed"] for one in settings}
    assert speeds == {40}


def test_without_going_back_it_ends_where_it_stopped(creek, application, fleet, by, moves, answers):
    rollout = made(creek, application, by, rolls_back=False)
    moves(actions.start, rollout, by)
    answers(under_way(rollout)[0], "FAI")

    moves()

    assert (status(rollout), results(rollout)) == ("aborted", {"failed": 1, "skipped": 9})


def test_a_configuration_that_does_not_fit_stops_it_in_the_first_ring(creek, application, fleet, by, moves):
    rollout = made(creek, application, by, change={"config": {"speed": 900}})

    moves(actions.start, rollout, by)

    assert status(rollout) == "rolled_back"
    assert results(rollout)["skipped"] == 9
    assert {one.deployment_config.get("speed") for one in AppInstall.objects.all()} == {None}


def test_paused_it_begins_nothing_and_goes_on_when_resumed(rollout, by, moves, answers):
    moves(actions.start, rollout, by)
    moves(actions.pause, rollout, by)
    answers(under_way(rollout)[0], "SUC")
    moves()
    assert status(rollout) == "paused"
    assert results(rollout)["waiting"] == 9

    moves(actions.resume, rollout, by)

    assert results(rollout) == {"done": 1, "under_way": 4, "waiting": 5}


def test_aborted_it_leaves_what_was_done(rollout, by, moves, answers):
    moves(actions.start, rollout, by)
    answers(under_way(rollout)[0], "SUC")

    moves(actions.abort, rollout, by)

    assert (status(rollout), results(rollout)) == ("aborted", {"done": 1, "skipped": 9})
    assert AppInstall.objects.filter(deployment_config__speed=55).count() == 1


def test_a_person_can_take_it_back(rollout, by, moves, answers):
    moves(actions.start, rollout, by)
    answers(under_way(rollout)[0], "SUC")
    moves()

    moves(actions.take_back, rollout, by)

    assert status(rollout) == "rolled_back"
    assert not AppInstall.objects.filter(deployment_config__speed=55).exists()


def test_what_somebody_changed_meanwhile_stays(rollout, by, moves, answers):
    moves(actions.start, rollout, by)
    [deployment] = under_way(rollout)
    AppInstall.objects.filter(pk=deployment.install_id).update(deployment_config={"start_pin": 99})

    moves(actions.take_back, rollout, by)

    assert AppInstall.objects.get(pk=deployment.install_id).deployment_config == {"start_pin": 99}
    assert rollout.devices.get(result="rolled_back").detail == "Its settings were changed since and stay"


@pytest.fixture
def fast(application, creek):
    """A profile of pump control at speed 90."""
    config = {"display_name": "Fast", "deployment_config": {"speed": 90}}
    return ConfigProfile.objects.create(application=application, organisation=creek, **config)


def test_profiles_are_rolled_out_and_taken_back(creek, application, fleet, by, moves, answers, fast):
    change = {"config_profile_ids": [fast.id]}
    shown = actions.preview(fleet, actions.read_change(change, application, creek), by)
    assert [one.patch for one in shown] == [{"speed": 90}] * 10
    assert not InstallProfile.objects.exists()
    rollout = made(creek, application, by, change=change, rings=[100])
    moves(actions.start, rollout, by)
    assert InstallProfile.objects.filter(profile=fast).count() == 10
    InstallProfile.objects.filter(install=fleet[3]).delete()
    for deployment in under_way(rollout):
        answers(deployment, "SUC")

    moves(actions.take_back, rollout, by)

    assert not InstallProfile.objects.exists()
    kept = rollout.devices.get(install=fleet[3])
    assert kept.detail == "Its settings were changed since and stay"


@pytest.mark.parametrize("ids", ["fast", [True], [5], ["x"], {}])
def test_profiles_that_are_none_are_refused(creek, application, fleet, by, ids):
    with pytest.raises(BadRequest):
        made(creek, application, by, change={"config_profile_ids": ids})


def test_a_ring_has_to_stand_for_a_while(creek, application, fleet, by, moves, answers):
    rollout = made(creek, application, by, soak_seconds=600)
    moves(actions.start, rollout, by)
    answers(under_way(rollout)[0], "SUC")
    moves()
    assert results(rollout) == {"done": 1, "waiting": 9}

    Rollout.objects.update(ring_done_at=timezone.now() - timedelta(seconds=601))
    moves()

    assert results(rollout) == {"done": 1, "under_way": 4, "waiting": 5}


def test_rings_without_devices_are_not_waited_for(creek, application, fleet, by, moves, answers):
    rollout = made(
        creek,
        application,
        by,
        soak_seconds=600,
        selection={"devices": [str(fleet[0].agent_id)]},
        rings=[1, 10, 50, 100],
    )
    moves(actions.start, rollout, by)
    answers(under_way(rollout)[0], "SUC")

    moves()

    assert status(rollout) == "done"


def test_a_device_that_is_unwell_after_it_answered_has_failed(creek, application, fleet, by, moves, answers, stands):
    rollout = made(creek, application, by, soak_seconds=600)
    moves(actions.start, rollout, by)
    [deployment] = under_way(rollout)
    answers(deployment, "SUC")
    moves()
    stands(deployment, state="running", health="unhealthy", config_rev=str(deployment.id))
    Rollout.objects.update(ring_done_at=timezone.now() - timedelta(seconds=601))

    moves()

    assert status(rollout) == "rolled_back"


def test_a_device_that_does_not_answer_is_absent_and_counts_when_it_does(rollout, by, moves, answers):
    moves(actions.start, rollout, by)
    [deployment] = under_way(rollout)
    RolloutDevice.objects.update(began_at=timezone.now() - timedelta(hours=2))

    moves()

    assert (status(rollout), results(rollout)) == (
        "paused",
        {"absent": 1, "waiting": 9},
    )  # nobody answered: a person decides
    answers(deployment, "SUC")
    moves(actions.resume, rollout, by)
    assert results(rollout) == {"done": 1, "under_way": 4, "waiting": 5}


def test_one_absent_device_holds_nobody_up(creek, application, fleet, by, moves, answers):
    rollout = made(creek, application, by, rings=[20, 100])
    moves(actions.start, rollout, by)
    answers(under_way(rollout)[0], "SUC")
    RolloutDevice.objects.filter(result="under_way").update(began_at=timezone.now() - timedelta(hours=2))

    moves()

    assert results(rollout) == {"done": 1, "absent": 1, "under_way": 8}


def test_a_device_that_may_not_be_configured_any_more_is_passed_over(rollout, by, moves):
    Agent.objects.filter(kind="device").update(archived_at=timezone.now())

    moves(actions.start, rollout, by)

    assert results(rollout)["skipped"] >= 1
    assert not Deployment.objects.filter(status__in=["QUE", "RUN"]).exists()


def test_a_closed_account_pauses_it(rollout, by, moves, alice):
    worker_turn = Rollout.objects.get(pk=rollout.pk)
    actions.start(rollout=worker_turn, by=by)
    alice.is_active = False
    alice.save()

    moves()

    assert status(rollout) == "paused"
    assert "is closed" in Rollout.objects.get(pk=rollout.pk).log_output


def test_somebody_else_goes_on_after_an_account_was_closed(rollout, by, moves, alice):
    actions.start(rollout=Rollout.objects.get(pk=rollout.pk), by=by)
    alice.is_active = False
    alice.save()
    moves()

    root = User.objects.create_user("root@example.com", name="Ruth Root", is_superuser=True)
    moves(actions.resume, rollout, caller_of_user(root))

    assert (status(rollout), results(rollout)) == ("running", {"under_way": 1, "waiting": 9})
    assert Rollout.objects.get(pk=rollout.pk).by_name == "Ruth Root"


def test_what_was_deployed_anew_since_is_not_taken_back(rollout, by, moves, answers, worker):
    moves(actions.start, rollout, by)
    [deployment] = under_way(rollout)
    answers(deployment, "SUC")
    moves()
    install = AppInstall.objects.get(pk=deployment.install_id)
    newer = worker(lambda: deploy(install=install, by=by))

    moves(actions.take_back, rollout, by)

    row = rollout.devices.get(install=install)
    assert (row.result, row.detail) == ("skipped", "It was deployed anew since, and stays so")
    assert Deployment.objects.filter(install=install).order_by("-id").first() == newer
    assert AppInstall.objects.get(pk=install.pk).deployment_config["speed"] == 55


def test_a_ring_that_was_called_off_is_no_good_word(rollout, by, moves):
    moves(actions.start, rollout, by)
    cancel(deployment=under_way(rollout)[0], by=by)

    moves()

    assert (status(rollout), results(rollout)) == ("paused", {"skipped": 1, "waiting": 9})


def test_where_nothing_ran_before_what_is_under_way_is_called_off(rollout, by, moves):
    Deployment.objects.all().delete()
    moves(actions.start, rollout, by)
    [deployment] = under_way(rollout)

    moves(actions.take_back, rollout, by)

    assert fresh(deployment).status == "CAN"
    assert not Deployment.objects.open().exists()


def test_two_workers_do_not_begin_a_device_twice(rollout, by, moves):
    moves(actions.start, rollout, by)
    for _ in range(3):
        moves()

    assert Deployment.objects.filter(status="RUN").count() == 1


def test_a_dry_run_shows_the_difference_and_changes_nothing(fleet, creek, application, by):
    installs = actions.installs_of(application=application, organisation=creek, selection={"all": True}, by=by)
    before = Deployment.objects.count()

    shown = list(actions.preview(installs, {"config": {"speed": 900}}, by))

    assert [one.patch for one in shown] == [{"speed": 900}] * 10
    assert {one.issues[0].message for one in shown} == {"900 is greater than the maximum of 100"}
    assert Deployment.objects.count() == before
    assert not AppInstall.objects.filter(deployment_config__has_key="speed").exists()


def test_watchers_see_how_it_stands(rollout, by, moves, creek):
    moves(actions.start, rollout, by)

    shown = state(creek.agent, "dv-rollouts")[str(rollout.id)]
    assert (shown["status"], shown["devices"]) == ("running", {"waiting": 9, "under_way": 1})
    moves(actions.pause, rollout, by)
    assert state(creek.agent, "dv-rollouts")[str(rollout.id)]["status"] == "paused"


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


def test_the_sweep_wakes_those_under_way(rollout, by, monkeypatch):
    woken = []
    monkeypatch.setattr(advance_rollout, "apply_async", lambda args, expires: woken.append(args))
    actions.start(rollout=rollout, by=by)

    assert sweep_rollouts() == 1
    assert woken == [(rollout.id,)]


def test_the_deployments_of_one_are_found_by_it(rollout, by, moves):
    moves(actions.start, rollout, by)

    assert fresh(under_way(rollout)[0]).by_name == "Alice Moreau"
