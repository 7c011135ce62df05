"""Deployments: of an install, of a device, and what becomes of one."""

from doover_web.control.models import AppInstall, Application
from doover_web.deployments.models import Deployment

from ..lines import Lines, api

line = Lines()
LISTS = api(stranger=200, bare=200, neighbour=200)
HERE = api()
# The device does not decide what runs on it.
DEPLOYS = api(looker=403, narrow=403, own=403, admin=201)
# What a body or a path names and the caller does not see is the field's mistake.
NAMED = DEPLOYS.but(stranger=400, bare=400, neighbour=400)
ENDS = api(looker=403, narrow=403, own=403)


def seed(world) -> None:
    """An application on the pump with a deployment that failed after one that is done, and one under way."""
    pump, creek = world.things["pump"], world.things["creek"]
    application = Application.objects.create(organisation=creek, name="amber", display_name="Amber", type="TAS")
    made = {"agent": pump, "application": application, "display_name": "Amber"}
    install = AppInstall.objects.create(name="amber_1", **made)
    other = AppInstall.objects.create(name="amber_2", **made)
    deployment = {"agent": pump, "application": application, "wanted": {"type": "TAS", "starts": [], "permissions": []}}
    settings = {"APP_KEY": "amber-8841", "password": "violet-2290"}
    ended = {"ended_at": pump.created_at, "deployment_config": settings, "install": install, "app_key": "amber_1"}
    done = Deployment.objects.create(status="SUC", **ended, **deployment)
    failed = Deployment.objects.create(status="FAI", previous=done, **ended, **deployment)
    under_way = Deployment.objects.create(status="QUE", install=other, app_key="amber_2", **deployment)
    world.things |= {"install": install, "application": application}
    world.add("deploy_install", install.id)
    world.add("deployment_done", done.id)
    world.add("deployment_failed", failed.id)
    world.add("deployment_open", under_way.id)


line("GET", "/app_deployments/", LISTS)
line("GET", "/app_deployments/{deployment_done}/", HERE)
line("POST", "/app_deployments/", NAMED, body={"app_install": "{deploy_install}"})
line("POST", "/app_deployments/{deployment_open}/cancel/", ENDS)
line("POST", "/app_deployments/{deployment_failed}/retry/", ENDS)
line("POST", "/app_deployments/{deployment_failed}/rollback/", ENDS)
line("GET", "/app_installs/{deploy_install}/deployments/", HERE)
line("GET", "/app_installs/{deploy_install}/deployments/{deployment_done}/", HERE)
line("POST", "/app_installs/{deploy_install}/deployments/", DEPLOYS)
line("GET", "/devices/{pump}/deployments/", HERE)
line("GET", "/devices/{pump}/deployments/{deployment_done}/", HERE)
line("POST", "/devices/{pump}/deployments/", DEPLOYS)
