"""Applications on agents (`control-api §3.8`)."""

from collections.abc import Callable

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.models import Agent

from ..actions.install import (
    archive_install,
    change_install,
    create_install,
    delete_install,
    sync_profiles,
    unarchive_install,
)
from ..deployed import of_status, with_newest
from ..links import application_linked, device_linked, profiles_linked, solution_install_linked
from ..models import AppInstall, InstallProfile, TemplateProfile
from ..values import wrong
from ._generated import ApplicationInstallation as InstallOut
from ._generated import ApplicationInstallationIn as InstallIn
from ._generated import BasicOrganisation, SlimApplication, SlimApplicationTemplate
from .applications import applications
from .bodies import fields_of
from .devices import devices
from .filters import Filter, archived, ids, link, text
from .fleet_shapes import install as shape
from .resource import Resource
from .scope import organisation_to_write, reached

router = Router(tags=["app_installs"])
STATUSES = ("QUE", "RUN", "SUC", "FAI", "CAN")


class ApplicationRef(SlimApplication):
    organisation: BasicOrganisation | None  # type: ignore[assignment]


class TemplateRef(SlimApplicationTemplate):
    application: ApplicationRef  # type: ignore[assignment]


class InstallAnswer(InstallOut):
    application: ApplicationRef  # type: ignore[assignment]
    template: TemplateRef | None  # type: ignore[assignment]


def loaded(installs: QuerySet[AppInstall]) -> QuerySet[AppInstall]:
    """These with all that `shape` shows of them."""
    profiles = InstallProfile.objects.select_related("profile").order_by("position")
    of_template = TemplateProfile.objects.select_related("profile").order_by("position")
    whole = installs.select_related(
        "agent__organisation",
        "agent__group",
        "application__organisation",
        "solution_install",
        "template__application__organisation",
    ).defer("application__deployment_data", "template__application__deployment_data")
    return with_newest(whole).prefetch_related(
        "managed_by",
        Prefetch("ordered_profiles", queryset=profiles),
        Prefetch("template__ordered_profiles", queryset=of_template),
    )


def rows(request: HttpRequest) -> QuerySet[AppInstall]:
    """Those on the agents that the caller may see, in the organisations of the call."""
    seen = AppInstall.objects.visible_to(request.auth).filter(reached(request, "agent__organisation_id"))
    return loaded(seen)


def on_device(request: HttpRequest, device: int) -> QuerySet[AppInstall]:
    return rows(request).filter(agent=devices.find(request, id=device))


def of_application(request: HttpRequest, application: int) -> QuerySet[AppInstall]:
    return rows(request).filter(application=applications.find(request, id=application))


def create(request: HttpRequest, given: dict) -> AppInstall:
    application = application_linked(request.auth, given["application_id"])
    agent = device_linked(request.auth, given["device_id"]) or organisation_to_write(request).agent
    solution = given.get("solution_id")
    made = create_install(
        agent=agent,
        application=application,
        fields=given,
        profiles=profiles_linked(application, agent.organisation_id, given.get("config_profile_ids") or ()),
        solution_install=solution_install_linked(agent, solution),
        by=request.auth,
    )
    return rows(request).get(pk=made.pk)


def change(request: HttpRequest, install: AppInstall, given: dict) -> AppInstall:
    _check_stays(install, given)
    links = {}
    if "solution_id" in given:
        links["solution_install"] = solution_install_linked(install.agent, given["solution_id"])
    change_install(install=install, fields=given, profiles=_profiles(install, given), by=request.auth, **links)
    return rows(request).get(pk=install.pk)


def archive(request: HttpRequest, install: AppInstall) -> AppInstall:
    archive_install(install=install, by=request.auth)
    return rows(request).get(pk=install.pk)


def unarchive(request: HttpRequest, install: AppInstall) -> AppInstall:
    unarchive_install(install=install, by=request.auth)
    return rows(request).get(pk=install.pk)


def delete(request: HttpRequest, install: AppInstall) -> None:
    delete_install(install=install, by=request.auth)


def sync_config_profiles(request: HttpRequest, install: AppInstall) -> AppInstall:
    """Take the profiles, and the settings, that the body names; deploy what comes of it."""
    given = fields_of(request, InstallIn, partial=True)
    settings = {name: given[name] for name in ("deployment_config",) if name in given}
    sync_profiles(install=install, fields=settings, profiles=_profiles(install, given), by=request.auth)
    return rows(request).get(pk=install.pk)


def _profiles(install: AppInstall, given: dict):
    if given.get("config_profile_ids") is None:
        return None
    return profiles_linked(install.application, install.agent.organisation_id, given["config_profile_ids"])


def _check_stays(install: AppInstall, given: dict) -> None:
    """An install stays with its application and its agent; the fields may repeat them."""
    if given.get("application_id", install.application_id) != install.application_id:
        raise wrong("application_id", "cannot change; install the other application instead")
    on_device = install.agent_id if install.agent.kind == Agent.Kind.DEVICE else None
    if given.get("device_id", on_device) != on_device:
        raise wrong("device_id", "cannot change; install the application there instead")


def _status(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
    if value not in STATUSES:
        raise wrong("status", f"is one of {', '.join(STATUSES)}")
    return of_status(rows, value)


FILTERS: dict[str, Filter] = {
    **link("application"),
    **archived(),
    **link("device", "agent_id"),
    **text("display_name"),
    **ids(),
    **text("name"),
    **link("organisation", "agent__organisation_id", nullable=True),
    **link("solution", "solution_install_id"),
    "status": _status,
    **link("template"),
    **text("version"),
}


def _resource(path: str, name: str, rows: Callable, **verbs) -> Resource:
    made = Resource(
        router=router,
        path=path,
        name=name,
        rows=rows,
        shape=shape,
        out=InstallAnswer,
        body=InstallIn,
        search=["name", "display_name"],
        order={"id": "pk", "name": "name", "display_name": "display_name", "application": "application__name"},
        filters=FILTERS,
        **verbs,
    )
    made.action("sync_config_profiles", sync_config_profiles)
    return made


app_installs = _resource(
    "/app_installs/", "app_installs", rows,
    create=create, change=change, delete=delete, archive=archive, unarchive=unarchive,
)  # fmt: skip
_resource("/devices/{int:device}/app_installs/", "devices_app_installs", on_device, without=("retrieve",))
_resource("/applications/{int:application}/installs/", "applications_installs", of_application, without=("retrieve",))
