"""Finding with permission: who may see a deployment, and who may deploy."""

from doover_web.common.wire import Conflict, Forbidden, NotFound
from doover_web.control.models import AppInstall
from doover_web.data.access import parse_id
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_right
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights, require, rights_over

from .models import Deployment

# Who looks after what runs on an organisation (`control-api §4.4`).
FLAGS = {
    "INT": ["integrations_manage"],
    "REP": ["reports_create"],
}
INSTALL = ("agent__organisation", "agent__group", "application", "template", "solution_install__solution")


def install_to_see(caller: Caller, install_id: int | str) -> AppInstall:
    """The install with this id, on an agent that the caller may see. NotFound otherwise."""
    install = AppInstall.objects.select_related(*INSTALL).filter(pk=parse_id(install_id)).first()
    if install is None or not rights_over(caller, install.agent) & Rights.VIEW:
        raise NotFound("There is no such install")
    return install


def install_to_deploy(caller: Caller, install_id: int | str) -> AppInstall:
    """The install, for who may deploy it. Conflict when it, or its agent, is archived."""
    install = install_to_see(caller, install_id)
    refuse_itself(caller, install.agent)
    check_may_deploy(caller, install)
    return install


def check_may_deploy(caller: Caller | None, install: AppInstall) -> None:
    """Forbidden without the right to configure the device, or to look after the organisation's applications."""
    check_configures(caller, install.agent, install.application.type)
    if install.archived_at is not None or install.agent.archived_at is not None:
        raise Conflict("This is archived; bring it back first", code="archived")


def check_configures(caller: Caller | None, agent: Agent, type: str) -> None:
    if caller is None:
        return
    if agent.kind == Agent.Kind.ORGANISATION:
        require(caller, agent.id, FLAGS.get(type, ["applications_manage"]))
        return
    check_right(caller, agent, Rights.CONFIGURE, "device_configure")


def refuse_itself(caller: Caller, agent: Agent) -> None:
    """A device stands on its own only; what runs on it is not for it to decide."""
    if caller.agent_id == agent.id and not caller.is_superuser:
        raise Forbidden("What runs on a device is decided by those who configure it", code="no_configure")


def deployment_to_see(caller: Caller, deployment_id: int | str, install: AppInstall | None = None) -> Deployment:
    """The deployment with this id (of `install`, if given), on an agent that the caller may see."""
    found = Deployment.objects.select_related("agent__organisation", "agent__group", "application", "install")
    if install is not None:
        found = found.filter(install=install)
    deployment = found.filter(pk=parse_id(deployment_id)).first()
    if deployment is None or not rights_over(caller, deployment.agent) & Rights.VIEW:
        raise NotFound("There is no such deployment")
    return deployment


def deployment_to_change(caller: Caller, deployment_id: int | str) -> Deployment:
    """The deployment, for who may configure its agent."""
    deployment = deployment_to_see(caller, deployment_id)
    refuse_itself(caller, deployment.agent)
    check_configures(caller, deployment.agent, deployment.application.type)
    return deployment
