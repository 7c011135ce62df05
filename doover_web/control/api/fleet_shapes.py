"""What the fleet looks like on the wire: devices, applications, installs, solutions (`control-api §2, §3`)."""

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest

from doover_web.data.redaction import without_secrets
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights, may_administer, rights_over

from ..layers import base_config
from ..models import AppInstall, Application, ConfigProfile, DeviceType, RegistryProfile, SolutionTemplate
from .shapes import device_ref, group_ref, organisation_ref, organisation_ref_or_none


def type_ref(kind: DeviceType) -> dict:
    return {
        "id": str(kind.id),
        "name": kind.name,
        "archived": kind.archived_at is not None,
        "organisation": organisation_ref(kind.organisation),
    }


def nested_type(kind: DeviceType) -> dict:
    """A device type without the tree of its solution; `devices_in_use` is counted by whoever loads it."""
    return {
        **type_ref(kind),
        "config": kind.config,
        "config_schema": kind.config_schema,
        "device_extra_config_schema": kind.device_extra_config_schema,
        "installer": f"{settings.PUBLIC_URL}/devices/types/{kind.id}/installer/" if kind.installer_id else None,
        "installer_info": kind.installer_info,
        "install_type": kind.install_type,
        "copy_command": kind.copy_command,
        "description": kind.description,
        "logo_url": kind.logo_url,
        "extra_info": kind.extra_info,
        "stars": kind.stars,
        "default_icon": kind.default_icon,
        "solution": str(kind.solution_id) if kind.solution_id else None,
        "active_count": kind.devices_in_use,  # type: ignore[attr-defined]
        "hooks": kind.hooks,
    }


def device_brief(device: Agent) -> dict:
    row = getattr(device, "as_device", None)
    kind = row.type if row else None
    return {
        **device_ref(device),
        "organisation": organisation_ref_or_none(device.organisation),
        "type": type_ref(kind) if kind else None,
    }


def device(request: HttpRequest, device: Agent) -> dict:
    """A device; its secret is there only in the answer that made it."""
    row = getattr(device, "as_device", None)
    return {
        **device_ref(device),
        "archived": device.archived_at is not None,
        "type": nested_type(row.type) if row and row.type else None,
        "organisation": organisation_ref_or_none(device.organisation),
        "group": group_ref(device.group) if device.group else None,
        "fa_icon": row.fa_icon if row else None,
        "notes": row.notes if row else None,
        "tags": row.tags if row else [],
        "extra_config": shown(row.extra_config if row else {}, configures(request, device)),
        "fusion_entity_id": row.client_key if row else None,
        "fusion_entity_secret": getattr(device, "new_secret", None),
        "fixed_location": row.fixed_location if row else None,
        "history_since": row.history_since if row else None,
    }


def application_ref(request: HttpRequest, application: Application) -> dict:
    return {
        "id": str(application.id),
        "archived": application.archived_at is not None,
        "name": application.name,
        "type": application.type,
        "display_name": application.display_name,
        "description": application.description,
        "depends_on": depended_on(request, application),
        "config_schema": application.config_schema,
        "organisation": organisation_ref_or_none(application.organisation),
        "icon_url": artwork_url(application, "icon"),
        "banner_url": artwork_url(application, "banner"),
    }


def artwork_url(application: Application, name: str) -> str | None:
    """Where the picture is: the uploaded one's address here, else the address that somebody wrote."""
    upload_id = getattr(application, f"{name}_id")
    if upload_id is None:
        return getattr(application, f"{name}_url")
    return f"{settings.PUBLIC_URL}/applications/{application.id}/{name}/?v={upload_id}"


def depended_on(request: HttpRequest, application: Application) -> list[str]:
    """The ids of what an application depends on; what is not there yet stays a name."""
    if not application.depends_on:
        return []
    known = getattr(request, "ids_of_applications", None)
    if known is None:
        rows = Application.objects.exclude(depends_on=[]).values_list("depends_on", flat=True)
        names = {name for listed in rows for name in listed if isinstance(name, str)}
        known = dict(Application.objects.filter(name__in=names).values_list("name", "id"))
        request.ids_of_applications = known  # type: ignore[attr-defined]
    return [str(known.get(name, name)) for name in application.depends_on]


def registry_ref(profile: RegistryProfile | None) -> dict | None:
    if profile is None:
        return None
    archived = profile.archived_at is not None
    return {"id": str(profile.id), "name": profile.name, "description": profile.description, "archived": archived}


def profile_ref(request: HttpRequest, profile: ConfigProfile) -> dict:
    manages = may_administer(request.auth.standing, profile.organisation_id, "applications_manage")
    return {
        "id": str(profile.id),
        "organisation": str(profile.organisation_id),
        "display_name": profile.display_name,
        "description": profile.description,
        "application": str(profile.application_id),
        "deployment_config": shown(profile.deployment_config, manages),
    }


def template_ref(request: HttpRequest, template: SolutionTemplate | None, whole: bool) -> dict | None:
    if template is None:
        return None
    return {
        "id": str(template.id),
        "name": template.name,
        "display_name": template.display_name,
        "description": template.description,
        "application": application_ref(request, template.application),
        "deployment_config": shown(template.deployment_config, whole),
        "synced": template.synced,
        "base_config": shown(base_config(template), whole),
    }


def deployment(row: Any, whole: bool) -> dict:
    return {
        "id": str(row.id),
        "app_install": str(row.install_id),
        "status": row.status,
        "created_at": row.created_at,
        "log_output": row.log_output,
        "deployment_config": shown(row.deployment_config, whole),
        "docker_message_id": str(row.docker_message_id) if row.docker_message_id is not None else None,
    }


def install(request: HttpRequest, install: AppInstall) -> dict:
    """An install, loaded as `app_installs.loaded` loads it."""
    agent, whole = install.agent, configures(request, install.agent)
    newest = install.newest[0] if install.newest else None  # type: ignore[attr-defined]
    made_by = install.solution_install
    return {
        "id": str(install.id),
        "archived": install.archived_at is not None,
        "name": install.name,
        "display_name": install.display_name,
        "application": application_ref(request, install.application),
        "organisation": organisation_ref_or_none(agent.organisation),
        "device": device_ref(agent) if agent.kind == Agent.Kind.DEVICE else None,
        "version": install.version,
        "managed_by": [str(one.id) for one in install.managed_by.all()],
        "deployment_config": shown(install.deployment_config, whole),
        "latest_deployment": deployment(newest, whole) if newest else None,
        "pre_archive_latest_deployment": install.before_archive if install.archived_at else None,  # type: ignore[attr-defined]
        "config_profiles": [profile_ref(request, one.profile) for one in install.ordered_profiles.all()],
        "solution": {"id": str(made_by.id), "name": made_by.display_name} if made_by else None,
        "solution_id": str(made_by.id) if made_by else None,
        "template": template_ref(request, install.template, whole),
        "synced": install.synced,
    }


def configures(request: HttpRequest, agent: Agent) -> bool:
    """Whether the caller may configure a device, or what runs on an organisation: then settings are shown whole."""
    if agent.kind == Agent.Kind.ORGANISATION:
        return may_administer(request.auth.standing, agent.id, "applications_manage")
    return bool(rights_over(request.auth, agent) & Rights.CONFIGURE)


def shown(document: Any, whole: bool) -> Any:
    """Settings as they are, or without what looks secret (`data-api §16.1`)."""
    return document if whole or not document else orjson.loads(without_secrets(orjson.dumps(document)))


def manages_applications(request: HttpRequest, organisation_id: int) -> bool:
    """Whether the caller looks after the applications and solutions of an organisation."""
    return may_administer(request.auth.standing, organisation_id, "applications_manage")
