"""Named partial configurations that many installs share (`control-api §3.7`)."""

from typing import Any

from django.db import transaction

from doover_web.common.wire import NotFound
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_administers
from doover_web.identity.models import Organisation

from .. import values
from ..layers import check_settings
from ..models import AppInstall, Application, ConfigProfile
from .application import MANAGES

CHECKS: dict[str, values.Check] = {
    "display_name": values.text(255, filled=True),
    "description": values.text(20_000),
    "deployment_config": values.document,
}


@transaction.atomic
def create_profile(
    *, application: Application, organisation: Organisation, fields: dict[str, Any], by: Caller
) -> ConfigProfile:
    """A new profile that `organisation` has for an application it may use."""
    check_administers(by, organisation, MANAGES)
    profile = ConfigProfile(application=application, organisation=organisation)
    values.take(profile, fields, CHECKS)
    if not profile.display_name:
        raise values.wrong("display_name", "is required")
    return _keep(profile, "config_profile.created", by)


@transaction.atomic
def change_profile(*, profile: ConfigProfile, fields: dict[str, Any], by: Caller) -> ConfigProfile:
    """Change those of the fields that are given. Its installs are out of step then; nothing is deployed."""
    check_profile(profile, by)
    if "deployment_config" in values.take(profile, fields, CHECKS):
        rows = AppInstall.objects.filter(ordered_profiles__profile=profile, synced=AppInstall.Synced.IN_STEP)
        rows.update(synced=AppInstall.Synced.OUT_OF_STEP)
    return _keep(profile, "config_profile.edited", by)


@transaction.atomic
def delete_profile(*, profile: ConfigProfile, by: Caller) -> None:
    """Take a profile away; the installs that had it lose what it gave, once they are deployed again."""
    check_profile(profile, by)
    rows = AppInstall.objects.filter(ordered_profiles__profile=profile, synced=AppInstall.Synced.IN_STEP)
    rows.update(synced=AppInstall.Synced.OUT_OF_STEP)
    _record("config_profile.deleted", profile, by)
    profile.delete()


def check_profile(profile: ConfigProfile, by: Caller) -> None:
    """Whoever may manage applications in the profile's organisation; NotFound for others."""
    if not by.is_superuser and profile.organisation_id not in by.organisations:
        raise NotFound("There is no such profile")
    check_administers(by, profile.organisation, MANAGES)


def _keep(profile: ConfigProfile, action: str, by: Caller) -> ConfigProfile:
    check_settings(profile.application.config_schema, [profile.deployment_config])
    profile.save()
    _record(action, profile, by)
    return profile


def _record(action: str, profile: ConfigProfile, by: Caller) -> None:
    audit.record(
        action, actor=by, subject=profile, organisation_id=profile.organisation_id, application=profile.application.name
    )
