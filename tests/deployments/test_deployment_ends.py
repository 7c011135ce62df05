"""How a deployment ends: by the device's own report, in time or not, called off, taken back, or by a dead worker."""

from datetime import timedelta

import pytest
from django.utils import timezone

from doover_web.common.wire import Conflict
from doover_web.control.models import AppInstall, ConfigProfile, InstallProfile
from doover_web.data.access import reach_agent
from doover_web.data.models import Message
from doover_web.data.publish import update_message
from doover_web.deployments import carry, tasks
from doover_web.deployments.actions.deployment import bring_back, cancel, deploy, remove, retry, roll_back
from doover_web.deployments.models import Deployment
from doover_web.deployments.reports import look_again
from doover_web.gateway.models import Connection, WebProcess

from .conftest import fresh, state


def again(worker, install, by, **changes):
    for name, value in changes.items():
        setattr(install, name, value)
    install.save()
    return fresh(worker(lambda: deploy(install=install, by=by)))


def message_of(deployment) -> dict:
    return Message.objects.get(agent_id=deployment.agent_id, id=deployment.docker_message_id).data


def test_only_the_devices_report_makes_it_a_success(deployed, answers, install):
    assert answers(deployed, "RUN", log="pulling").status == "RUN"
    said_twice = {"code": "RUN", "at": 2, "detail": "Pulling it"}
    assert answers(deployed, "RUN", status=said_twice, log="Pulling it").step == "Pulling it"

    done = answers(deployed, "SUC", log="healthy")

    assert (done.status, done.progress) == ("SUC", 100)
    assert "pulling" in done.log_output
    assert "healthy" in done.log_output
    install.refresh_from_db()
    assert install.synced == "OV"


def test_what_was_described_otherwise_meanwhile_is_out_of_step(worker, install, application, creek, by, answers):
    profile = ConfigProfile.objects.create(
        application=application, organisation=creek, display_name="Slow", deployment_config={"start_pin": 4}
    )
    InstallProfile.objects.create(install=install, profile=profile, position=0)
    AppInstall.objects.filter(pk=install.pk).update(deployment_config={})
    first = fresh(worker(lambda: deploy(install=install, by=by)))
    assert answers(first, "SUC").install.synced == "OK"
    second = fresh(worker(lambda: deploy(install=install, by=by)))
    ConfigProfile.objects.update(deployment_config={"start_pin": 5})

    assert answers(second, "SUC").install.synced == "NO"


def test_a_device_that_fails_says_why(deployed, answers):
    failed = answers(deployed, "FAI", log="no such image")

    assert failed.status == "FAI"
    assert "no such image" in failed.log_output


def test_a_device_that_answers_twice_is_heard_once(deployed, answers):
    answers(deployed, "SUC")

    assert answers(deployed, "FAI").status == "SUC"


def test_somebody_elses_edit_of_the_message_is_no_report(deployed, pump, by, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        update_message(
            reach=reach_agent(by, pump.id),
            name="docker_deployment",
            message_id=deployed.docker_message_id,
            data={"status": {"code": "SUC"}},
        )

    assert fresh(deployed).status == "RUN"


def test_the_state_a_device_keeps_is_a_report_too(deployed, stands):
    assert stands(deployed, state="running", config_rev="1").status == "RUN"  # of an older deployment
    assert stands(deployed, state="running", config_rev=str(deployed.id)).status == "SUC"


def test_an_error_in_that_state_is_a_failure(deployed, stands):
    assert stands(deployed, state="exited", error="crash loop", config_rev=str(deployed.id)).status == "FAI"


def test_an_answer_that_nobody_heard_is_found_by_the_sweep(deployed, answers, monkeypatch):
    monkeypatch.setattr("doover_web.deployments.reports.aside", lambda *_: None)
    answers(deployed, "SUC")
    assert fresh(deployed).status == "RUN"

    assert look_again() == 1
    assert fresh(deployed).status == "SUC"


def test_the_sweep_leaves_a_device_that_did_not_answer(deployed):
    assert look_again() == 0


def test_an_offline_device_leaves_it_running_for_days(deployed):
    Deployment.objects.update(waiting_since=timezone.now() - timedelta(days=6))

    assert carry.time_out(timedelta(days=7)) == 0


def test_a_device_that_never_answers_fails_it_in_the_end(deployed):
    Deployment.objects.update(waiting_since=timezone.now() - timedelta(days=8))

    tasks.sweep()

    assert fresh(deployed).status == "FAI"
    assert "did not answer in time" in fresh(deployed).log_output


@pytest.mark.parametrize(("hours_connected", "status"), [(2, "FAI"), (0.5, "RUN")])
def test_a_device_that_is_connected_and_silent_fails_it_sooner(deployed, hours_connected, status):
    now = timezone.now()
    WebProcess.objects.create(id=5)
    attached = int((now - timedelta(hours=hours_connected)).timestamp() * 1000)
    Connection.objects.create(agent_id=deployed.agent_id, id=9, process_id=5, is_default=True, attached_at=attached)
    Deployment.objects.update(waiting_since=now - timedelta(hours=3))

    carry.time_out(timedelta(days=7))

    assert fresh(deployed).status == status


def test_a_newer_deployment_takes_its_place(deployed, worker, install, by, answers):
    newer = again(worker, install, by, deployment_config={"start_pin": 5})

    assert (fresh(deployed).status, newer.status) == ("CAN", "RUN")
    assert f"A newer deployment takes its place ({newer.id})" in fresh(deployed).log_output
    assert answers(deployed, "SUC").status == "CAN"


def test_going_back_deploys_what_stood_before(deployed, answers, worker, install, by, pump):
    answers(deployed, "SUC")
    bad = again(worker, install, by, deployment_config={"start_pin": 9})
    answers(bad, "FAI")

    back = fresh(worker(lambda: roll_back(deployment=bad, by=by)))

    assert back.deployment_config == deployed.deployment_config
    assert state(pump, "deployment_config")["applications"]["pump_control_1"]["start_pin"] == 4


def test_there_is_no_way_back_before_the_first(deployed, by):
    with pytest.raises(Conflict):
        roll_back(deployment=deployed, by=by)


def test_what_failed_can_be_tried_again(deployed, answers, worker, by):
    failed = answers(deployed, "FAI")

    tried = fresh(worker(lambda: retry(deployment=failed, by=by)))

    assert (tried.status, tried.deployment_config) == ("RUN", deployed.deployment_config)


def test_what_runs_cannot_be_tried_again(deployed, by):
    with pytest.raises(Conflict):
        retry(deployment=deployed, by=by)


def test_it_can_be_called_off_once(deployed, by):
    assert cancel(deployment=deployed, by=by).status == "CAN"
    with pytest.raises(Conflict):
        cancel(deployment=fresh(deployed), by=by)


def test_removal_takes_everything_away_and_waits_for_the_device(deployed, answers, worker, install, by, pump):
    answers(deployed, "SUC")

    removal = fresh(worker(lambda: remove(install=install, by=by)))

    assert (removal.status, removal.action) == ("RUN", "remove")
    assert state(pump, "deployment_config")["applications"] == {}
    assert state(pump, "ui_state")["state"]["children"] == {}
    assert state(pump, "docker_deployment")["desired"] == {}
    assert message_of(removal)["action"] == "remove"
    assert answers(removal, "SUC").status == "SUC"


def test_removal_outlives_the_install(deployed, answers, worker, install, by):
    answers(deployed, "SUC")
    number = install.id

    def delete():
        removal = remove(install=install, by=by)
        install.delete()
        return removal

    removal = fresh(worker(delete))

    assert removal.install is None
    assert message_of(removal)["install_id"] == str(number)
    assert answers(removal, "SUC").status == "SUC"


def test_what_was_never_deployed_needs_no_removal(install, by):
    assert remove(install=install, by=by) is None


def test_what_comes_back_runs_as_it_did(deployed, answers, worker, install, by):
    answers(deployed, "SUC")
    answers(worker(lambda: remove(install=install, by=by)), "SUC")
    install.deployment_config = {"start_pin": 77}
    install.save()

    back = fresh(worker(lambda: bring_back(install=install, by=by)))

    assert back.deployment_config["start_pin"] == 4


def test_a_second_worker_finds_nothing_to_do(deployed):
    assert carry.carry_out(deployed.id) is False


def test_what_a_dead_worker_left_is_begun_again(install, by, pump):
    deployment = deploy(install=install, by=by)
    assert deployment.claim()
    assert carry.carry_out(deployment.id) is False  # the first still has it
    Deployment.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert list(Deployment.objects.abandoned(timezone.now())) == [deployment]
    assert carry.carry_out(deployment.id) is True
    assert fresh(deployment).status == "RUN"
    assert Message.objects.filter(agent_id=pump.id).count() == 1


def test_after_three_dead_workers_it_has_failed(install, by):
    deployment = deploy(install=install, by=by)
    for _ in range(3):
        assert deployment.claim()
        Deployment.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    carry.carry_out(deployment.id)

    assert fresh(deployment).status == "FAI"


def test_a_step_that_fails_fails_it_and_is_not_half_done(install, by, monkeypatch, pump):
    deployment = deploy(install=install, by=by)
    monkeypatch.setattr(carry, "do", lambda step, deployment: 1 / 0)

    carry.carry_out(deployment.id)

    assert fresh(deployment).status == "FAI"
    assert "ZeroDivisionError" in fresh(deployment).log_output


def test_one_that_is_called_off_at_work_stops_at_the_next_step(install, by, monkeypatch, pump):
    deployment = deploy(install=install, by=by)
    done = []

    def step_then_cancelled(step, deployment):
        done.append(step)
        Deployment.objects.get(pk=deployment.pk).cancel("enough")

    monkeypatch.setattr(carry, "do", step_then_cancelled)
    carry.carry_out(deployment.id)

    assert len(done) == 1
    assert fresh(deployment).status == "CAN"
