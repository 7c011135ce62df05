"""Applications on agents: installed with what they depend on, configured, archived, removed (`control-api §3.8`)."""

import re
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.wire import Conflict
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_administers, check_right
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

from .. import values
from ..events import DeployWanted, RemovalWanted, ReturnWanted, announce
from ..layers import check_settings, layers_of, order_profiles, synced_of
from ..models import AppInstall, Application, ConfigProfile, InstallProfile

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}")
MOST = 200  # on one agent
DEEPEST = 10  # dependencies of dependencies
ORGANISATION_ONLY = (Application.Type.INTEGRATION, Application.Type.REPORT)
# What it takes on an organisation, by type of application.
MANAGES = {Application.Type.INTEGRATION: "integrations_manage", Application.Type.REPORT: "reports_create"}
CHECKS: dict[str, values.Check] = {
    "display_name": values.text(100, filled=True),
    "deployment_config": values.document,
}


@transaction.atomic
def create_install(
    *,
    agent: Agent,
    application: Application,
    fields: dict[str, Any],
    profiles: Sequence[ConfigProfile] = (),
    by: Caller | None,
    **links: Any,
) -> AppInstall:
    """Install `application` on a device or an organisation, with what it depends on. Nothing is deployed by that.

    `links` are the solution install and the template it belongs to.
    """
    check_may_configure(agent, application, by)
    _lock(agent)
    _check_fits(agent, application)
    install = _made(agent, application, fields, profiles, links)
    _record("app.installed", install, by)
    _add_needed(install, by, DEEPEST)
    return install


@transaction.atomic
def change_install(
    *,
    install: AppInstall,
    fields: dict[str, Any],
    profiles: Sequence[ConfigProfile] | None = None,
    by: Caller | None,
    **links: Any,
) -> AppInstall:
    """Change those of the fields that are given, and the profiles when there are some; deploys nothing. `links` as by
    `create_install`."""
    check_may_change(install, by)
    install = _locked(install)
    changed = values.take(install, fields, CHECKS)
    for name, thing in links.items():
        if getattr(install, f"{name}_id") != (thing.pk if thing else None):
            setattr(install, name, thing)
            changed.append(name)
    if fields.get("name") and fields["name"] != install.name:
        install.name = _free_name(install.agent, fields["name"])
        changed.append("name")
    if "version" in fields and fields["version"] != install.version:
        install.version = _version(install.application, fields["version"])
        changed.append("version")
    if profiles is not None:
        order_profiles(InstallProfile.objects, "install", install, profiles)
        changed.append("config_profiles")
    if "deployment_config" in changed or profiles is not None:
        check_settings(install.application.config_schema, layers_of(install))
    if changed:
        install.synced = synced_of(install)
        install.save()
        _record("app.config_changed", install, by, changed=changed)
    return install


@transaction.atomic
def sync_profiles(
    *, install: AppInstall, fields: dict[str, Any], profiles: Sequence[ConfigProfile] | None, by: Caller | None
) -> AppInstall:
    """Take these profiles and settings, as far as there are some, and deploy what comes of it."""
    fresh = change_install(install=install, fields=fields, profiles=profiles, by=by)
    announce(DeployWanted((fresh,), by))
    return fresh


@transaction.atomic
def archive_install(*, install: AppInstall, by: Caller | None) -> AppInstall:
    """Stop an install and hide it; it can come back as it was. Idempotent."""
    check_may_change(install, by)
    install = _locked(install)
    if install.archived_at is None:
        install.archived_at = timezone.now()
        install.save(update_fields=["archived_at"])
        _record("app.uninstalled", install, by, archived=True)
        announce(RemovalWanted(install, by, is_final=False))
    return install


@transaction.atomic
def unarchive_install(*, install: AppInstall, by: Caller | None) -> AppInstall:
    """Bring an install back and run it as it did. Conflict when its key is taken by now."""
    check_may_change(install, by)
    install = _locked(install)
    if install.archived_at is not None:
        _lock(install.agent)
        _check_fits(install.agent, install.application)
        _free_name(install.agent, install.name)
        install.archived_at = None
        install.save(update_fields=["archived_at"])
        _record("app.installed", install, by, archived=False)
        announce(ReturnWanted(install, by))
    return install


@transaction.atomic
def delete_install(*, install: AppInstall, by: Caller | None) -> None:
    """Stop an install and remove it for good."""
    check_may_change(install, by)
    install = _locked(install)
    _record("app.uninstalled", install, by)
    announce(RemovalWanted(install, by, is_final=True))
    install.delete()


def check_may_change(install: AppInstall, by: Caller | None) -> None:
    check_may_configure(install.agent, install.application, by)


def check_may_configure(agent: Agent, application: Application, by: Caller | None) -> None:
    """On a device it takes the right to configure it, on an organisation a flag of the role (`control-api §4.4`)."""
    if agent.kind == Agent.Kind.ORGANISATION:
        flag = MANAGES.get(Application.Type(application.type), "applications_manage")
        check_administers(by, agent.as_organisation, flag)
    else:
        check_right(by, agent, Rights.CONFIGURE, "device_configure")


def _made(agent: Agent, application: Application, fields: dict[str, Any], profiles, links: dict) -> AppInstall:
    install = AppInstall(agent=agent, application=application, **links)
    values.take(install, fields, CHECKS)
    given = fields.get("name")
    install.name = _free_name(agent, given) if given else _next_name(agent, application)
    install.display_name = install.display_name or (application.display_name or application.name)[:100]
    install.version = _version(application, fields.get("version"))
    base = links.get("template")
    check_settings(application.config_schema, [*[one.deployment_config for one in profiles], install.deployment_config])
    install.synced = synced_of(install)
    install.save(force_insert=True)
    if profiles or base:
        order_profiles(InstallProfile.objects, "install", install, profiles)
    return install


def _add_needed(install: AppInstall, by: Caller | None, deeper: int) -> None:
    """Install, unconfigured, what the application depends on and the agent lacks; what is there is noted as needed."""
    names = [one for one in install.application.depends_on if isinstance(one, str)]
    if not names or not deeper:
        return
    open_ones = Q(visibility__in=Application.OPEN) | Q(organisation_id=install.application.organisation_id)
    open_ones |= Q(organisation_id=install.agent.organisation_id)
    for needed in Application.objects.in_use().filter(open_ones, name__in=names).order_by("name"):
        there = AppInstall.objects.in_use().filter(agent=install.agent, application=needed).order_by("id").first()
        if there is None and _suits(install.agent, needed):
            there = _made(install.agent, needed, {}, (), {})
            _record("app.installed", there, by, needed_by=install.name)
            _add_needed(there, by, deeper - 1)
        if there is not None and there.pk != install.pk:
            there.managed_by.add(install)


def _lock(agent: Agent) -> None:
    """Installs of one agent are made one after another; its number of them is bounded."""
    Agent.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    if AppInstall.objects.in_use().filter(agent=agent).count() >= MOST:
        raise Conflict(
            _("There are %(most)s applications on %(agent)s already; remove one first")
            % {"most": MOST, "agent": agent},
            code="too_many",
        )


def _locked(install: AppInstall) -> AppInstall:
    AppInstall.objects.lock(install.pk, install.solution_install_id)
    return AppInstall.objects.select_related("agent__group", "agent__organisation", "application", "template").get(
        pk=install.pk
    )


def _suits(agent: Agent, application: Application) -> bool:
    return agent.kind == Agent.Kind.ORGANISATION or application.type not in ORGANISATION_ONLY


def _check_fits(agent: Agent, application: Application) -> None:
    is_device = agent.kind == Agent.Kind.DEVICE
    if is_device and application.type in ORGANISATION_ONLY:
        raise values.wrong(
            "device_id",
            _("%(application)s runs on an organisation; leave the device out (null)") % {"application": application},
        )
    if not is_device and application.type == Application.Type.DEVICE:
        raise values.wrong("device_id", _("%(application)s runs on a device; name one") % {"application": application})
    there = AppInstall.objects.in_use().filter(agent=agent, application=application)
    if not application.allow_many and there.exists():
        raise values.wrong(
            "application_id",
            _("%(application)s is on %(agent)s already, and may be there once")
            % {"application": application, "agent": agent},
        )


def _free_name(agent: Agent, name: Any) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise values.wrong("name", _("is 1 to 100 letters, digits, '_', '-' and '.'"))
    if AppInstall.objects.in_use().filter(agent=agent, name=name).exists():
        message = f"There is an application {name!r} on {agent} already"
        raise Conflict(message, code="name_taken", errors={"name": [message]})
    return name


def _next_name(agent: Agent, application: Application) -> str:
    base = application.name[:90]
    taken = set(AppInstall.objects.filter(agent=agent, name__startswith=f"{base}_").values_list("name", flat=True))
    return next(f"{base}_{n}" for n in range(1, len(taken) + 2) if f"{base}_{n}" not in taken)


def _version(application: Application, value: Any) -> str | None:
    """A release by number or tag; null or nothing follows the newest."""
    if value in (None, ""):
        return None
    if not isinstance(value, str) or len(value) > 20 or "\x00" in value:
        raise values.wrong("version", _("is the number or tag of a release, of 20 characters at most"))
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else None
    if not application.versions.filter(Q(tag=value) | Q(number=number)).exists():
        raise values.wrong(
            "version",
            _("%(application)s has no release %(value)s") % {"application": application, "value": repr(value)},
        )
    return value


def _record(action: str, install: AppInstall, by: Caller | None, **metadata) -> None:
    audit.record(
        action,
        actor=by,
        subject=install,
        organisation_id=install.agent.organisation_id,
        agent_id=str(install.agent_id),
        app_key=install.name,
        application=install.application.name,
        **metadata,
    )
