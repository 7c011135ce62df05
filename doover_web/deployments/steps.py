"""Doing the steps of a plan: each through the verbs of the package it concerns, in the transaction it is called in."""

import base64
from collections.abc import Callable
from contextlib import closing
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile

from doover_web.control.models import Upload
from doover_web.control.releases import Release
from doover_web.data.access import Reach, reach_agent
from doover_web.data.blobs import storage, stored
from doover_web.data.ids import new_message_id
from doover_web.data.publish import apply, apply_all
from doover_web.data.writes import ChangeAggregate, PostMessage
from doover_web.identity.auth import in_name_of
from doover_web.processors.deployed import call_once, drop_function, keep_function

from . import plan
from .compose import compose_of
from .models import Deployment

SETTINGS, INTERFACE, DEVICE = "deployment_config", "ui_state", "docker_deployment"
LIVE = "dv-deployments"  # where pages see how far it is


def do(step: plan.Step, deployment: Deployment) -> None:
    """Do one step of `deployment`."""
    DOES[type(step)](step, deployment)


def reach_of(deployment: Deployment) -> Reach:
    """The server at the deployment's agent, in the name of the organisation."""
    agent = deployment.agent
    return reach_agent(in_name_of(agent.organisation), agent.id)


def show(deployment: Deployment) -> None:
    """Put where it stands into the agent's channel `dv-deployments`, for who watches."""
    moment = deployment.ended_at or deployment.waiting_since or deployment.started_at or deployment.created_at
    entry = {
        "id": str(deployment.id),
        "action": deployment.action,
        "status": deployment.status,
        "progress": deployment.progress,
        "step": deployment.step,
        "at": int(moment.timestamp() * 1000),
    }
    apply(ChangeAggregate(reach_of(deployment), LIVE, {deployment.app_key: entry}, replace=(deployment.app_key,)))


def _put_settings(step: plan.PutSettings, deployment: Deployment) -> None:
    patch = {"applications": {step.key: step.block}}
    apply(ChangeAggregate(reach_of(deployment), SETTINGS, patch, replace=(f"applications.{step.key}",)))


def _drop_settings(step: plan.DropSettings, deployment: Deployment) -> None:
    apply(ChangeAggregate(reach_of(deployment), SETTINGS, {"applications": {step.key: None}}))


def _put_interface(step: plan.PutInterface, deployment: Deployment) -> None:
    patch = {"state": {"children": {step.key: step.tree}}}
    apply(ChangeAggregate(reach_of(deployment), INTERFACE, patch, replace=(f"state.children.{step.key}",)))


def _drop_interface(step: plan.DropInterface, deployment: Deployment) -> None:
    apply(ChangeAggregate(reach_of(deployment), INTERFACE, {"state": {"children": {step.key: None}}}))


def _hang_widget(step: plan.HangWidget, deployment: Deployment) -> None:
    upload = Upload.objects.get(pk=int(step.upload))
    reach, name = reach_of(deployment), f"{step.key}_widget"
    with closing(storage().open(upload.name)) as file:
        bundle = UploadedFile(file, upload.filename, "text/javascript", upload.size)
        with stored(reach.agent_id, [bundle]) as kept:
            said = {"deployment_id": str(deployment.id)}
            apply(ChangeAggregate(reach, name, said, files=kept, drops_files=True))


def _put_function(step: plan.PutFunction, deployment: Deployment) -> None:
    function = keep_function(
        host=deployment.agent,
        app_key=step.key,
        starts=step.starts,
        permissions=step.permissions,
        is_org=step.is_org,
    )
    said = {
        "agent_id": str(deployment.agent_id),
        "app_id": str(deployment.application_id),
        "app_install_id": str(deployment.install_id),
        "app_key": step.key,
        "app_display_name": deployment.deployment_config.get("APP_DISPLAY_NAME", step.key),
    }
    call_once(function=function, op="on_deployment", payload=orjson.dumps(said))


def _drop_function(step: plan.DropFunction, deployment: Deployment) -> None:
    drop_function(host=deployment.agent, app_key=step.key)


def _tell_device(step: plan.TellDevice, deployment: Deployment) -> None:
    image, _, digest = step.image.partition("@")
    said = {**_told(deployment, step.key, "deploy"), "image": image, "digest": digest}
    if step.folder and (compose := _compose(deployment, step.image)):
        said["compose"] = base64.b64encode(compose.encode()).decode()
    _send(deployment, step.key, said, desired=said)


def _send_away(step: plan.SendAway, deployment: Deployment) -> None:
    _send(deployment, step.key, _told(deployment, step.key, "remove"), desired=None)


def _told(deployment: Deployment, key: str, action: str) -> dict[str, Any]:
    return {
        "deployment_id": str(deployment.id),
        "install_id": str(deployment.install_id or deployment.wanted.get("install_id", "")),
        "application_id": str(deployment.application_id),
        "app_key": key,
        "action": action,
        # Which settings it is about: those of this deployment.
        "config_rev": str(deployment.id),
    }


def _send(deployment: Deployment, key: str, said: dict, *, desired: dict | None) -> None:
    """The message and the desired state together (`edge §7.2`). The old key of one that was renamed has no message of
    its own: the report on the last one counts."""
    reach = reach_of(deployment)
    wish = ChangeAggregate(reach, DEVICE, {"desired": {key: desired}}, replace=(f"desired.{key}",))
    message_id = new_message_id(None)
    for outcome in apply_all([PostMessage(reach, DEVICE, said, message_id=message_id), wish]):
        if isinstance(outcome, Exception):
            raise outcome
    if key == deployment.app_key:
        deployment.wait(message_id)


def _compose(deployment: Deployment, image: str) -> str:
    release = Release(deployment.application, deployment.version)
    return compose_of(release.deployment_data, {**deployment.deployment_config, "IMAGE_NAME": image})


DOES: dict[type[plan.Step], Callable[[Any, Deployment], None]] = {
    plan.PutSettings: _put_settings,
    plan.DropSettings: _drop_settings,
    plan.PutInterface: _put_interface,
    plan.DropInterface: _drop_interface,
    plan.HangWidget: _hang_widget,
    plan.PutFunction: _put_function,
    plan.DropFunction: _drop_function,
    plan.TellDevice: _tell_device,
    plan.SendAway: _send_away,
}
