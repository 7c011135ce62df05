"""Solutions on devices (`control-api §3.10`)."""

from collections.abc import Callable

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.models import Agent

from ..actions.solution_install import (
    change_solution_install,
    create_solution_install,
    delete_solution_install,
    deploy_solution,
    sync_solution,
)
from ..links import device_linked, needed, solution_linked
from ..models import AppInstall, SolutionInstall
from ..values import wrong
from ._generated import BasicDeviceType, SlimDevice
from ._generated import SolutionInstallation as SolutionInstallOut
from ._generated import SolutionInstallationIn as SolutionInstallIn
from .app_installs import InstallAnswer
from .app_installs import loaded as loaded_installs
from .devices import devices
from .filters import choice, ids, link, text
from .fleet_shapes import configures, device_brief, shown
from .fleet_shapes import install as install_shape
from .resource import Resource
from .scope import reached
from .shapes import organisation_ref_or_none
from .solutions import SolutionAnswer, solutions
from .solutions import loaded as loaded_solutions
from .solutions import shape as solution_shape

router = Router(tags=["solution_installs"])


class DeviceBrief(SlimDevice):
    type: BasicDeviceType | None  # type: ignore[assignment]


class SolutionInstallAnswer(SolutionInstallOut):
    device: DeviceBrief  # type: ignore[assignment]
    application_installs: list[InstallAnswer]  # type: ignore[assignment]
    solution: SolutionAnswer  # type: ignore[assignment]


def rows(request: HttpRequest) -> QuerySet[SolutionInstall]:
    """Those on devices that the caller may see, in the organisations of the call."""
    seen = SolutionInstall.objects.filter(reached(request, "device__organisation_id"))
    seen = seen.filter(device__in=Agent.objects.visible_to(request.auth))
    members = loaded_installs(AppInstall.objects.in_use().order_by("id"))
    return seen.select_related(
        "device__organisation", "device__group", "device__as_device__type__organisation"
    ).prefetch_related(
        Prefetch("solution", queryset=loaded_solutions(request)),
        Prefetch("app_installs", queryset=members, to_attr="members"),
    )


def on_device(request: HttpRequest, device: int) -> QuerySet[SolutionInstall]:
    return rows(request).filter(device=devices.find(request, id=device))


def of_solution(request: HttpRequest, solution: int) -> QuerySet[SolutionInstall]:
    return rows(request).filter(solution=solutions.find(request, id=solution))


def shape(request: HttpRequest, install: SolutionInstall) -> dict:
    members: list[AppInstall] = install.members  # type: ignore[attr-defined]
    whole = configures(request, install.device)
    return {
        "id": str(install.id),
        "display_name": install.display_name,
        "device": device_brief(install.device),
        "organisation": organisation_ref_or_none(install.device.organisation),
        "deployed_at": install.deployed_at or install.created_at,
        "status": install.status,
        "application_installs": [install_shape(request, one) for one in members],
        "solution": solution_shape(request, install.solution),
        "deployment_config": shown(install.deployment_config, whole),
        "synced": synced_of(install.deployment_config, [one.synced for one in members]),
    }


def synced_of(overrides: dict, members: list[str]) -> str:
    """`NO` while a member is out of step, `OV` with settings of its own, else `OK`."""
    if "NO" in members:
        return "NO"
    return "OV" if overrides or "OV" in members else "OK"


def create(request: HttpRequest, given: dict) -> SolutionInstall:
    device = needed(device_linked(request.auth, given["device_id"]), "device_id")
    solution = needed(solution_linked(request.auth, given["solution_id"]), "solution_id")
    made = create_solution_install(device=device, solution=solution, fields=given, by=request.auth)
    return rows(request).get(pk=made.pk)


def change(request: HttpRequest, install: SolutionInstall, given: dict) -> SolutionInstall:
    for name, held in (("device_id", install.device_id), ("solution_id", install.solution_id)):
        if given.get(name, held) != held:
            raise wrong(name, "cannot change; install the solution there instead")
    change_solution_install(install=install, fields=given, by=request.auth)
    return rows(request).get(pk=install.pk)


def delete(request: HttpRequest, install: SolutionInstall) -> None:
    delete_solution_install(install=install, by=request.auth)


def deploy(request: HttpRequest, install: SolutionInstall) -> SolutionInstall:
    """Sync, then deploy every application of it."""
    deploy_solution(install=install, by=request.auth)
    return rows(request).get(pk=install.pk)


def sync(request: HttpRequest, install: SolutionInstall) -> SolutionInstall:
    """Have one install for each template of the solution, without deploying."""
    sync_solution(install=install, by=request.auth)
    return rows(request).get(pk=install.pk)


def _resource(path: str, name: str, rows: Callable, **verbs) -> None:
    made = Resource(
        router=router,
        path=path,
        name=name,
        rows=rows,
        shape=shape,
        out=SolutionInstallAnswer,
        body=SolutionInstallIn,
        search=["display_name"],
        order={"id": "pk", "name": "display_name", "display_name": "display_name"},
        filters={
            **link("device"),
            **text("display_name"),
            **ids(),
            **link("organisation", "device__organisation_id", nullable=True),
            **link("solution"),
            **choice("status", SolutionInstall.Status.values),
        },
        **verbs,
    )
    made.action("deploy", deploy)
    made.action("sync", sync)


_resource("/solution_installs/", "solution_installs", rows, create=create, change=change, delete=delete)
_resource("/devices/{int:device}/solution_installs/", "devices_solution_installs", on_device, without=("retrieve",))
_resource("/solutions/{int:solution}/installs/", "solutions_installs", of_solution, without=("retrieve",))
