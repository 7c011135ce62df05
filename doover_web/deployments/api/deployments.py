"""Deployments of an install, of a device, and all of them (`control-api §3.8`); the last four verbs are our own."""

from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Schema, Status

from doover_web.common.wire import NotFound
from doover_web.control.api._generated import ApplicationDeployment
from doover_web.control.api.bodies import fields_of
from doover_web.control.api.filters import choice, link, text
from doover_web.control.api.resource import Resource, add_operation
from doover_web.control.api.scope import linked, reached
from doover_web.control.api.types import Id
from doover_web.control.models import AppInstall
from doover_web.data.access import sees_secrets
from doover_web.data.redaction import without_secrets
from doover_web.identity.models import Agent
from doover_web.identity.permissions import rights_over

from ..access import check_configures, deployment_to_change, install_to_deploy, install_to_see, refuse_itself
from ..actions.deployment import cancel, deploy, deploy_all, retry, roll_back
from ..models import Deployment

router = Router(tags=["app_deployments"])
MOST_AT_ONCE = 200


class DeploymentIn(Schema):
    """Which install is to be deployed; either name does."""

    app_install: Id | None = None
    app_install_id: Id | None = None


class InstallDeployment(ApplicationDeployment):
    """A deployment, and what we know of it beyond the specification."""

    app_key: str
    action: str
    progress: int
    step: str
    by: str
    previous: str | None
    started_at: Any
    ended_at: Any


def rows(request: HttpRequest) -> QuerySet[Deployment]:
    """The deployments on agents that the caller may see, the newest first."""
    seen = Deployment.objects.visible_to(request.auth).filter(reached(request, "agent__organisation_id"))
    return seen.select_related("agent__group", "agent__organisation", "application", "install").order_by("-id")


def of_install(request: HttpRequest, app_install: int) -> QuerySet[Deployment]:
    return rows(request).filter(install=install_to_see(request.auth, app_install))


def of_device(request: HttpRequest, device: int) -> QuerySet[Deployment]:
    return rows(request).filter(agent=_device(request, device))


def shape(request: HttpRequest, deployment: Deployment) -> dict:
    """As the specification has it; without what looks secret for who may not configure the agent."""
    agent, settings, message = deployment.agent, deployment.deployment_config, deployment.docker_message_id
    if not sees_secrets(request.auth, agent.id, rights_over(request.auth, agent)):
        settings = orjson.loads(without_secrets(orjson.dumps(settings)))
    return {
        "id": str(deployment.id),
        "app_install": str(deployment.install_id or deployment.wanted.get("install_id", "")),
        "status": deployment.status,
        "created_at": deployment.created_at,
        "log_output": deployment.log_output,
        "deployment_config": settings,
        "docker_message_id": None if message is None else str(message),
    }


def own_shape(request: HttpRequest, deployment: Deployment) -> dict:
    """The same with all that we know of it."""
    before = deployment.previous_id
    return {
        **shape(request, deployment),
        "app_key": deployment.app_key,
        "action": deployment.action,
        "progress": deployment.progress,
        "step": deployment.step,
        "by": deployment.by_name,
        "previous": None if before is None else str(before),
        "started_at": deployment.started_at,
        "ended_at": deployment.ended_at,
    }


def begin_of_install(request: HttpRequest, app_install: int) -> Status:
    """Deploy the install as it is described now. The body counts for nothing."""
    install = install_to_deploy(request.auth, app_install)
    return Status(201, shape(request, deploy(install=install, by=request.auth)))


def begin(request: HttpRequest) -> Status:
    """Deploy the install that the body names."""
    given = fields_of(request, DeploymentIn)
    wanted = given.get("app_install") or given.get("app_install_id")
    return begin_of_install(request, linked(AppInstall.objects.visible_to(request.auth), wanted, "app_install").id)


def begin_of_device(request: HttpRequest, device: int) -> Status:
    """Deploy everything that is installed on a device."""
    agent = _device(request, device)
    refuse_itself(request.auth, agent)
    check_configures(request.auth, agent, "DEV")
    installs = AppInstall.objects.in_use().filter(agent=agent).order_by("id")[:MOST_AT_ONCE]
    made = deploy_all(installs=installs, by=request.auth)
    return Status(201, {"deployments": [own_shape(request, one) for one in made]})


def _device(request: HttpRequest, device_id: int) -> Agent:
    found = Agent.objects.devices().visible_to(request.auth).select_related("group").filter(pk=device_id).first()
    if found is None:
        raise NotFound("There is no such device")
    return found


def _deployments(path: str, name: str, found, *, own: bool = False) -> Resource:
    return Resource(
        router=router,
        path=path,
        name=name,
        rows=found,
        shape=own_shape if own else shape,
        out=InstallDeployment if own else ApplicationDeployment,
        search=["app_key", "by_name"],
        order={field: field for field in ("id", "created_at", "status", "app_key")},
        filters={
            **link("app_install", "install_id"), **choice("status", Deployment.Status.values), **text("app_key"),
        },
    )  # fmt: skip


OF_ALL, OF_INSTALL = "/app_deployments/", "/app_installs/{int:app_install}/deployments/"
OF_DEVICE = "/devices/{int:device}/deployments/"
of_all = _deployments(OF_ALL, "app_deployments", rows)
_deployments(OF_INSTALL, "app_installs_deployments", of_install)
_deployments(OF_DEVICE, "devices_deployments", of_device, own=True)


class Begun(Schema):
    """The deployments that were begun together."""

    deployments: list[InstallDeployment]


add_operation(router, "POST", OF_ALL, "app_deployments_create", begin, {201: ApplicationDeployment})
add_operation(
    router, "POST", OF_INSTALL, "app_installs_deployments_create", begin_of_install, {201: ApplicationDeployment}
)
add_operation(router, "POST", OF_DEVICE, "devices_deployments_create", begin_of_device, {201: Begun})


def _verb(do):
    """An action on a deployment by who may configure its agent."""

    def act(request: HttpRequest, deployment: Deployment) -> Deployment:
        return do(deployment=deployment_to_change(request.auth, deployment.id), by=request.auth)

    act.__doc__ = do.__doc__
    return act


for _name, _do in (("cancel", cancel), ("retry", retry), ("rollback", roll_back)):
    of_all.action(_name, _verb(_do))
