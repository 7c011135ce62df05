"""From the click to what the device is told."""

import base64

import orjson
import pytest
from django.utils import timezone

from doover_web.common.wire import Conflict, Forbidden, NotFound
from doover_web.control.models import AppInstall, ApplicationVersion, ConfigProfile, InstallProfile
from doover_web.data.access import reach_agent
from doover_web.data.models import Message
from doover_web.data.publish import update_aggregate
from doover_web.deployments.actions.deployment import deploy
from doover_web.deployments.models import Deployment
from doover_web.identity.auth import caller_of_user, in_name_of
from doover_web.identity.models import AuditEntry

from .conftest import fresh, state


def again(worker, install, by, **changes):
    for name, value in changes.items():
        setattr(install, name, value)
    install.save()
    return fresh(worker(lambda: deploy(install=install, by=by)))


def message_of(deployment) -> dict:
    return Message.objects.get(agent_id=deployment.agent_id, id=deployment.docker_message_id).data


def test_the_device_is_told_and_awaited(deployed, pump, install):
    assert (deployed.status, deployed.step) == ("RUN", "Told the device; waiting for it")
    assert state(pump, "deployment_config")["applications"] == {
        "pump_control_1": {
            "APP_KEY": "pump_control_1",
            "APP_ID": str(install.id),
            "APP_DISPLAY_NAME": "Pump control",
            "APPLICATION_NAME": "pump_control",
            "AGENT_ID": str(pump.id),
            "ORGANISATION_ID": str(pump.organisation_id),
            "speed": 40,
            "start_pin": 4,
            "tank_height": 4.2,
        }
    }
    assert state(pump, "ui_state")["state"]["children"]["pump_control_1"]["displayString"] == "Pump"


def test_the_message_and_the_desired_state_say_the_same(deployed, pump, application, install):
    said = message_of(deployed)

    assert said == {
        "deployment_id": str(deployed.id),
        "install_id": str(install.id),
        "application_id": str(application.id),
        "app_key": "pump_control_1",
        "action": "deploy",
        "config_rev": str(deployed.id),
        "image": "registry.example/pump:1",
        "digest": "sha256:abc",
        "compose": base64.b64encode(b"image: registry.example/pump:1@sha256:abc\npin: 4\n").decode(),
    }
    assert state(pump, "docker_deployment")["desired"] == {"pump_control_1": said}


def test_a_configuration_that_does_not_fit_fails_it_with_the_field_named(worker, install, by, pump):
    failed = again(worker, install, by, deployment_config={"speed": 900})

    assert failed.status == "FAI"
    assert "speed: 900 is greater than the maximum of 100" in failed.log_output
    assert "start_pin: This setting is required" in failed.log_output
    assert state(pump, "deployment_config") == {}


def test_a_configuration_that_no_longer_fits_leaves_what_stands(
    deployed, answers, worker, install, by, application, pump
):
    answers(deployed, "SUC")
    application.config_schema = {**application.config_schema, "required": ["start_pin", "licence"]}
    application.save()

    failed = again(worker, install, by)

    assert failed.status == "FAI"
    assert state(pump, "deployment_config")["applications"]["pump_control_1"]["start_pin"] == 4


def test_settings_that_went_are_gone_from_the_block(deployed, worker, install, by, pump):
    again(worker, install, by, deployment_config={"start_pin": 4, "extra": {"a": 1}})

    again(worker, install, by, deployment_config={"start_pin": 4})

    assert "extra" not in state(pump, "deployment_config")["applications"]["pump_control_1"]


def test_a_tree_is_replaced_whole(deployed, worker, install, by, pump, application, answers):
    answers(deployed, "SUC")
    application.ui_schema = {"type": "uiApplication", "children": {"flow": {"type": "uiVariable"}}}
    application.save()

    again(worker, install, by)

    assert list(state(pump, "ui_state")["state"]["children"]["pump_control_1"]["children"]) == ["flow"]


def test_a_tree_that_is_no_longer_declared_goes(deployed, worker, install, by, pump, application, answers):
    answers(deployed, "SUC")
    application.ui_schema = {}
    application.save()

    again(worker, install, by)

    assert state(pump, "ui_state")["state"]["children"] == {}


def test_profiles_stand_between_template_and_own_settings(worker, install, by, application, creek, pump):
    for position, settings in enumerate([{"speed": 10, "start_pin": 1}, {"speed": 20}]):
        profile = ConfigProfile.objects.create(
            application=application, organisation=creek, display_name=f"P{position}", deployment_config=settings
        )
        InstallProfile.objects.create(install=install, profile=profile, position=position)

    deployment = again(worker, install, by)

    assert (deployment.deployment_config["speed"], deployment.deployment_config["start_pin"]) == (20, 4)


def test_it_runs_the_newest_release_that_is_not_an_alpha(worker, install, by, application):
    for number, alpha in ((1, False), (2, False), (3, True)):
        ApplicationVersion.objects.create(
            application=application, number=number, tag=f"v{number}", alpha=alpha, image_name=f"image:{number}"
        )

    assert message_of(again(worker, install, by))["image"] == "image:2"
    assert message_of(again(worker, install, by, version="v3"))["image"] == "image:3"
    assert message_of(again(worker, install, by, version="1"))["image"] == "image:1"
    assert "has no release 'v9'" in again(worker, install, by, version="v9").log_output


def test_an_install_that_was_renamed_moves_its_settings(deployed, answers, worker, install, by, pump):
    answers(deployed, "SUC")

    renamed = again(worker, install, by, name="pumps")

    assert list(state(pump, "deployment_config")["applications"]) == ["pumps"]
    assert list(state(pump, "ui_state")["state"]["children"]) == ["pumps"]
    assert list(state(pump, "docker_deployment")["desired"]) == ["pumps"]
    assert answers(renamed, "SUC").status == "SUC"


def test_pages_see_how_far_it_is(deployed, answers, pump):
    assert state(pump, "dv-deployments")["pump_control_1"]["status"] == "RUN"

    answers(deployed, "SUC")

    shown = state(pump, "dv-deployments")["pump_control_1"]
    assert (shown["id"], shown["status"], shown["progress"]) == (str(deployed.id), "SUC", 100)


def test_who_may_not_configure_may_not_deploy(install, bob, mallory):
    with pytest.raises(Forbidden):
        deploy(install=install, by=caller_of_user(bob))
    with pytest.raises(NotFound):
        deploy(install=install, by=caller_of_user(mallory))
    assert not Deployment.objects.exists()


def test_nothing_is_deployed_to_what_is_archived(install, pump, by):
    pump.archived_at = timezone.now()
    pump.save()

    with pytest.raises(Conflict):
        deploy(install=install, by=by)


def test_it_is_in_the_log_who_deployed(deployed, alice):
    entry = AuditEntry.objects.get(action="app.deployed")

    assert (entry.actor_id, entry.metadata["app_key"]) == (alice.agent_id, "pump_control_1")


def test_what_it_needs_and_never_had_is_deployed_first(worker, install, application, by, pump):
    needed = AppInstall.objects.create(
        agent=pump, application=application, name="interface_1", display_name="I", deployment_config={"start_pin": 1}
    )
    needed.managed_by.add(install)

    again(worker, install, by)
    again(worker, install, by)

    assert Deployment.objects.filter(install=needed).count() == 1
    assert state(pump, "docker_deployment")["desired"].keys() == {"interface_1", "pump_control_1"}


def test_two_deployments_are_never_open_for_one_key(deployed, install, by, worker):
    for _ in range(3):
        worker(lambda: deploy(install=install, by=by))

    assert Deployment.objects.open().count() == 1


def test_an_application_that_knows_other_devices_gets_a_map_of_them(worker, install, by, application, pump, creek):
    application.config_schema = {
        "properties": {"dv_proc_extended_permissions": {"x-extraDeviceFields": ["extra_config__tank_height"]}}
    }
    application.save()

    deployment = again(worker, install, by, deployment_config={"dv_proc_extended_permissions": {"all_devices": True}})

    assert deployment.deployment_config["DEVICE_LIST"] == [str(pump.id)]
    assert deployment.deployment_config["DEVICE_MAP"] == {
        str(pump.id): {"name": "pump-7", "display_name": "Pump 7", "extra_config": {"tank_height": 4.2}}
    }


def test_the_key_of_the_message_is_the_deployments(deployed):
    assert orjson.loads(orjson.dumps(message_of(deployed)))["deployment_id"] == str(deployed.id)


def test_a_deployment_leaves_what_others_wrote_beside_it(pump, worker, install, by):
    reach = reach_agent(in_name_of(pump.organisation), pump.id)
    update_aggregate(reach=reach, name="deployment_config", data={"applications": {"other_1": {"a": 1}}, "x": 2})

    again(worker, install, by)

    kept = state(pump, "deployment_config")
    assert (kept["x"], kept["applications"]["other_1"]) == (2, {"a": 1})
