"""Installs on organisations in a shape of their own: integrations, schedules of reports. Saving one deploys it
(`control-api §3.11, §3.12`)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest

from doover_web.identity.models import Agent

from ..actions.install import archive_install, delete_install, unarchive_install
from ..actions.on_organisation import change_and_deploy, create_and_deploy
from ..links import application_linked
from ..models import AppInstall
from ..values import wrong
from .app_installs import rows as every_install
from .fleet_shapes import application_ref, configures, deployment, shown
from .scope import organisation_to_write, owned
from .shapes import name_ref


def installs_of(request: HttpRequest, type: str) -> QuerySet[AppInstall]:
    """The installs of a type of application on the organisations that the call is about."""
    on_organisations = every_install(request).filter(agent__kind=Agent.Kind.ORGANISATION, application__type=type)
    return on_organisations.filter(owned(request, "agent__organisation_id"))


def basics(request: HttpRequest, install: AppInstall) -> dict:
    """What both shapes show."""
    whole = configures(request, install.agent)
    newest = install.newest[0] if install.newest else None  # type: ignore[attr-defined]
    return {
        "id": str(install.id),
        "name": install.name,
        "display_name": install.display_name,
        "application": application_ref(request, install.application),
        "deployment_config": shown(install.deployment_config, whole),
        "organisation": name_ref(install.agent.organisation),
        "latest_deployment": deployment(newest, whole) if newest else None,
    }


@dataclass(frozen=True)
class Verbs:
    """What a Resource of such installs calls; `rows` are those it shows."""

    rows: Callable[[HttpRequest], QuerySet[AppInstall]]

    def create(self, request: HttpRequest, given: dict) -> AppInstall:
        application = application_linked(request.auth, given["application_id"])
        organisation = organisation_to_write(request)
        made = create_and_deploy(organisation=organisation, application=application, fields=given, by=request.auth)
        return self._fresh(request, made)

    def change(self, request: HttpRequest, install: AppInstall, given: dict) -> AppInstall:
        if given.get("application_id", install.application_id) != install.application_id:
            raise wrong("application_id", "cannot change; install the other application instead")
        change_and_deploy(install=install, fields=given, by=request.auth)
        return self._fresh(request, install)

    def delete(self, request: HttpRequest, install: AppInstall) -> None:
        delete_install(install=install, by=request.auth)

    def archive(self, request: HttpRequest, install: AppInstall) -> AppInstall:
        return self._fresh(request, archive_install(install=install, by=request.auth))

    def unarchive(self, request: HttpRequest, install: AppInstall) -> AppInstall:
        return self._fresh(request, unarchive_install(install=install, by=request.auth))

    def _fresh(self, request: HttpRequest, install: AppInstall) -> AppInstall:
        """Not through the filter of the type: an application of another type was installed then, and is refused."""
        found = self.rows(request).filter(pk=install.pk).first()
        if found is None:
            raise wrong("application_id", "is of another type; install it at /app_installs/")
        return found
