"""Installs on an organisation run as soon as they are saved: integrations, schedules of reports
(`control-api §3.11, §3.12`)."""

from typing import Any

from django.db import transaction

from doover_web.identity.auth import Caller
from doover_web.identity.models import Organisation

from ..events import DeployWanted, announce
from ..models import AppInstall, Application
from .install import change_install, create_install


@transaction.atomic
def create_and_deploy(
    *, organisation: Organisation, application: Application, fields: dict[str, Any], by: Caller | None
) -> AppInstall:
    """Install `application` on the organisation, and deploy it."""
    made = create_install(agent=organisation.agent, application=application, fields=fields, by=by)
    announce(DeployWanted((made,), by))
    return made


@transaction.atomic
def change_and_deploy(*, install: AppInstall, fields: dict[str, Any], by: Caller | None) -> AppInstall:
    """Change those of the fields that are given, and deploy what comes of it; one in the archive waits there."""
    changed = change_install(install=install, fields=fields, by=by)
    if changed.archived_at is None:
        announce(DeployWanted((changed,), by))
    return changed
