"""One change to many devices: rings, the devices' own word, stopping and going back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from doover_web.control.models import AppInstall, ConfigProfile, InstallProfile
from doover_web.deployments.actions import rollout as actions
from doover_web.deployments.actions.deployment import cancel, deploy
from doover_web.deployments.models import Deployment, Rollout, RolloutDevice
from doover_web.deployments.tasks import advance_rollout, sweep_rollouts
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, User

from .conftest import fresh, made, results, state, status, under_way


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


def test_the_sweep_wakes_those_under_way(rollout, by, monkeypatch):
    woken = []
    monkeypatch.setattr(advance_rollout, "apply_async", lambda args, expires: woken.append(args))
    actions.start(rollout=rollout, by=by)

    assert sweep_rollouts() == 1
    assert woken == [(rollout.id,)]
