"""Pump control runs on Pump 7; its releases, its settings and its device's answers."""

import base64
import io
import zipfile

import orjson
import pytest
from django.utils import timezone

from doover_web.control.models import AppInstall, Application, Device, DeviceType
from doover_web.data.access import channel_named, reach_agent, ref_of
from doover_web.data.history import read_aggregate
from doover_web.data.publish import update_aggregate, update_message
from doover_web.deployments import tasks
from doover_web.deployments.actions import rollout as actions
from doover_web.deployments.actions.deployment import deploy
from doover_web.deployments.describe import described
from doover_web.deployments.models import Deployment, Rollout
from doover_web.identity.auth import caller_of_token, caller_of_user, in_name_of, issue_device_token
from doover_web.identity.models import Agent

SCHEMA = {
    "type": "object",
    "properties": {
        "speed": {"type": "number", "minimum": 0, "maximum": 100, "default": 40},
        "start_pin": {"type": "integer"},
        "tank_height": {"type": ["number", "null"], "default": "$device.tank_height"},
    },
    "required": ["start_pin"],
}
TREE = {"type": "uiApplication", "displayString": "Pump", "children": {"level": {"type": "uiVariable"}}}


def folder(**files: str) -> str:
    """A deployment folder as it travels."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return base64.b64encode(made.getvalue()).decode()


@pytest.fixture
def application(creek):
    """Pump control, which runs on the device."""
    return Application.objects.create(
        organisation=creek,
        name="pump_control",
        display_name="Pump control",
        type="DEV",
        config_schema=SCHEMA,
        ui_schema=TREE,
        image_name="registry.example/pump:1@sha256:abc",
        deployment_data=folder(**{"docker-compose.yml.template": "image: {{ IMAGE_NAME }}\npin: {{ start_pin }}\n"}),
    )


@pytest.fixture
def device(pump, creek):
    """What is known of Pump 7 beside its agent."""
    kind = DeviceType.objects.create(organisation=creek, name="Doovit")
    return Device.objects.create(agent=pump, type=kind, extra_config={"tank_height": 4.2})


@pytest.fixture
def install(application, device):
    """Pump control on Pump 7."""
    return AppInstall.objects.create(
        agent=device.agent,
        application=application,
        name="pump_control_1",
        display_name="Pump control",
        deployment_config={"start_pin": 4},
    )


@pytest.fixture
def worker(django_capture_on_commit_callbacks, monkeypatch):
    """`worker(call)`: a call, and then what the worker would do of what it began."""
    begun = []
    monkeypatch.setattr(
        "doover_web.deployments.wake.current_app.send_task", lambda task, args: begun.append((task, args))
    )

    def run(call):
        with django_capture_on_commit_callbacks(execute=True):
            result = call()
        while begun:
            task, args = begun.pop(0)
            with django_capture_on_commit_callbacks(execute=True):
                getattr(tasks, task.rpartition(".")[2])(*args)
        return result

    return run


@pytest.fixture
def deployed(worker, install, alice):
    """A deployment of pump control that the device was told of."""
    return fresh(worker(lambda: deploy(install=install, by=caller_of_user(alice))))


def fresh(deployment):
    return Deployment.objects.select_related("agent__organisation", "install", "application").get(pk=deployment.pk)


def state(agent, name: str) -> dict:
    """The state of a channel."""
    reach = reach_agent(in_name_of(agent.organisation), agent.id)
    channel = channel_named(reach, name)
    return orjson.loads(read_aggregate(ref_of(reach, channel)).data) if channel else {}


@pytest.fixture
def answers(django_capture_on_commit_callbacks):
    """`answers(deployment, "SUC")`: the device reports."""

    def report(deployment, code, log="", **more):
        reach = reach_agent(caller_of_token(issue_device_token(deployment.agent)), deployment.agent_id)
        said = {"status": {"code": code, "at": 1, "detail": f"it is {code}"}, "log": log, **more}
        with django_capture_on_commit_callbacks(execute=True):
            update_message(
                reach=reach, name="docker_deployment", message_id=fresh(deployment).docker_message_id, data=said
            )
        return fresh(deployment)

    return report


@pytest.fixture
def stands(django_capture_on_commit_callbacks):
    """`stands(deployment, state="running")`: the device keeps in its state how the application is."""

    def keep(deployment, **entry):
        reach = reach_agent(caller_of_token(issue_device_token(deployment.agent)), deployment.agent_id)
        with django_capture_on_commit_callbacks(execute=True):
            update_aggregate(reach=reach, name="docker_deployment", data={"actual": {deployment.app_key: entry}})
        return fresh(deployment)

    return keep


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
        tasks.advance_rollout(rollout_id)


def under_way(rollout):
    return [row.deployment for row in rollout.devices.filter(result="under_way").select_related("deployment__agent")]


def results(rollout) -> dict:
    found: dict = {}
    for result in rollout.devices.values_list("result", flat=True):
        found[result] = found.get(result, 0) + 1
    return found


def status(rollout) -> str:
    return Rollout.objects.get(pk=rollout.pk).status
