"""What is an install's own: its release, its settings and its profiles. Many are changed together, and put back."""

from collections.abc import Iterable, Mapping
from typing import Any

from doover_web.common.mergepatch import merge
from doover_web.control.layers import order_profiles, profiles_of, synced_of
from doover_web.control.models import AppInstall, ConfigProfile, InstallProfile


def own_of(install: AppInstall) -> dict[str, Any]:
    """As it is kept, in the words of the wire."""
    return {
        "version": install.version,
        "deployment_config": install.deployment_config,
        "config_profile_ids": [str(one.id) for one in profiles_of(install)],
    }


def changed(own: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The same after a change: another release, other profiles, a merge into the settings (pure)."""
    found = dict(own)
    if "version" in change:
        found["version"] = change["version"]
    if "config" in change:
        found["deployment_config"] = merge(found["deployment_config"], change["config"])
    if "config_profile_ids" in change:
        found["config_profile_ids"] = list(change["config_profile_ids"])
    return found


def describe_as(install: AppInstall, own: Mapping[str, Any]) -> None:
    """Have the install be described so, as far as `own` says; nothing is saved."""
    install.version = own.get("version", install.version)
    install.deployment_config = own.get("deployment_config", install.deployment_config)
    if "config_profile_ids" in own:
        install.tried_profiles = _profiles(install, own["config_profile_ids"])


def put(install: AppInstall, own: Mapping[str, Any]) -> None:
    """Have the install be described so, and save it. Profiles that are gone by now are left out."""
    describe_as(install, own)
    if install.tried_profiles is not None:
        order_profiles(InstallProfile.objects, "install", install, install.tried_profiles)
    install.synced = synced_of(install)
    install.save(update_fields=["version", "deployment_config", "synced"])


def _profiles(install: AppInstall, ids: Iterable[str]) -> list[ConfigProfile]:
    wanted = [int(one) for one in ids]
    found = ConfigProfile.objects.filter(application_id=install.application_id).in_bulk(wanted)
    return [found[one] for one in wanted if one in found]
