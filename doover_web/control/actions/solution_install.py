"""Solutions on devices: their applications installed, kept like the templates, deployed together
(`control-api §3.10, §5.6`)."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from doover_web.common.wire import Conflict
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_right
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

from .. import values
from ..events import DeployWanted, announce
from ..layers import check_settings
from ..models import AppInstall, Solution, SolutionInstall, SolutionTemplate
from .install import archive_install, create_install

MOST = 50  # on one device
CHECKS: dict[str, values.Check] = {
    "display_name": values.text(100, filled=True),
    "deployment_config": values.document,
}


@transaction.atomic
def create_solution_install(
    *, device: Agent, solution: Solution, fields: dict[str, Any], by: Caller | None
) -> SolutionInstall:
    """Put a solution on a device, with an install for each of its templates, and deploy them."""
    check_right(by, device, Rights.CONFIGURE, "device_configure")
    Agent.objects.select_for_update(no_key=True, of=("self",)).get(pk=device.pk)
    if SolutionInstall.objects.filter(device=device).count() >= MOST:
        raise Conflict(f"A device has {MOST} solutions at most", code="too_many")
    install = SolutionInstall(device=device, solution=solution)
    _take(install, fields)
    install.display_name = install.display_name or solution.display_name[:100]
    install.save(force_insert=True)
    _record("solution.installed", install, by)
    return deploy_solution(install=install, by=by)


@transaction.atomic
def change_solution_install(*, install: SolutionInstall, fields: dict[str, Any], by: Caller | None) -> SolutionInstall:
    """Change its name or its few values, and deploy what follows from them."""
    check_right(by, install.device, Rights.CONFIGURE, "device_configure")
    if _take(install, fields):
        install.save()
        _record("solution.config_changed", install, by)
        return deploy_solution(install=install, by=by)
    return install


@transaction.atomic
def sync_solution(*, install: SolutionInstall, by: Caller | None) -> SolutionInstall:
    """Have one install for each template, and none for others. Deploys nothing but what goes."""
    check_right(by, install.device, Rights.CONFIGURE, "device_configure")
    SolutionInstall.objects.select_for_update(no_key=True, of=("self",)).get(pk=install.pk)
    members = members_of(install)
    kept = {one.template_id: one for one in members}
    templates = list(install.solution.templates.select_related("application").order_by("id"))
    for template in templates:
        member = kept.get(template.id)
        if member is None:
            _add_member(install, template, by)
        elif member.display_name != template.display_name[:100]:
            AppInstall.objects.filter(pk=member.pk).update(display_name=template.display_name[:100])
    wanted = {template.id for template in templates}
    for surplus in (one for one in members if one.template_id not in wanted):
        archive_install(install=surplus, by=by)
    return install


@transaction.atomic
def deploy_solution(*, install: SolutionInstall, by: Caller | None) -> SolutionInstall:
    """Sync, then deploy every member."""
    sync_solution(install=install, by=by)
    members = tuple(members_of(install))
    install.deployed_at = timezone.now()
    install.status = SolutionInstall.Status.QUEUED if members else SolutionInstall.Status.SUCCEEDED
    install.save(update_fields=["deployed_at", "status"])
    if members:
        announce(DeployWanted(members, by))
    return install


@transaction.atomic
def delete_solution_install(*, install: SolutionInstall, by: Caller | None) -> None:
    """Take a solution off its device; its applications are archived."""
    check_right(by, install.device, Rights.CONFIGURE, "device_configure")
    for member in members_of(install):
        archive_install(install=member, by=by)
    _record("solution.uninstalled", install, by)
    install.delete()


def members_of(install: SolutionInstall) -> list[AppInstall]:
    """The installs in use that belong to it."""
    rows = AppInstall.objects.in_use().filter(solution_install=install).order_by("id")
    return list(rows.select_related("agent__group", "agent__organisation", "application", "template"))


def _add_member(install: SolutionInstall, template: SolutionTemplate, by: Caller | None) -> None:
    fields = {"display_name": template.display_name[:100], "name": template.name or None}
    create_install(
        agent=install.device,
        application=template.application,
        fields=fields,
        by=by,
        solution_install=install,
        template=template,
    )


def _take(install: SolutionInstall, fields: dict[str, Any]) -> list[str]:
    changed = values.take(install, fields, CHECKS)
    if "deployment_config" in changed or install._state.adding:
        solution = install.solution
        check_settings(solution.config_schema, [solution.config, install.deployment_config])
    return changed


def _record(action: str, install: SolutionInstall, by: Caller | None) -> None:
    audit.record(
        action,
        actor=by,
        subject=install,
        organisation_id=install.device.organisation_id,
        device_id=str(install.device_id),
        solution=install.solution.display_name,
    )
