"""Where images lie and who may publish: registry profiles and trusted build servers (`control-api §3.14, §8`)."""

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from doover_web.common.wire import Conflict
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_administers
from doover_web.identity.models import Agent, Organisation

from .. import values
from ..models import RegistryProfile, TrustedPublisher

MANAGES = "conatiner_registry_profile_manage"
PUBLISHES = "applications_manage"
REPOSITORY_PART = re.compile(r"[A-Za-z0-9_.\-]{1,100}")
PROFILE: dict[str, values.Check] = {
    "name": values.text(255, filled=True),
    "description": values.text(20_000),
    "url": values.text(500, filled=True),
    "username": values.text(255),
}
password = values.text(10_000)


@transaction.atomic
def create_registry_profile(*, organisation: Organisation, fields: dict[str, Any], by: Caller) -> RegistryProfile:
    """New pull credentials; the password is kept encrypted and never shown."""
    check_administers(by, organisation, MANAGES)
    return _keep_profile(RegistryProfile(organisation=organisation), fields, "registry_profile.created", by)


@transaction.atomic
def change_registry_profile(*, profile: RegistryProfile, fields: dict[str, Any], by: Caller) -> RegistryProfile:
    """Change those of the fields that are given; an empty password, which answers show, leaves the one there is."""
    check_administers(by, profile.organisation, MANAGES)
    return _keep_profile(profile, fields, "registry_profile.edited", by)


@transaction.atomic
def set_registry_archived(*, profile: RegistryProfile, on: bool, by: Caller) -> RegistryProfile:
    """Hide a profile, or bring it back. Idempotent."""
    check_administers(by, profile.organisation, MANAGES)
    if (profile.archived_at is not None) == on:
        return profile
    profile.archived_at = timezone.now() if on else None
    return _keep_profile(profile, {}, "registry_profile.archived" if on else "registry_profile.unarchived", by)


@transaction.atomic
def create_publisher(*, organisation: Organisation, fields: dict[str, Any], by: Caller) -> TrustedPublisher:
    """Trust the build server of a repository with the applications that will point at it."""
    check_administers(by, organisation, PUBLISHES)
    agent = Agent.objects.create(kind=Agent.Kind.APP, organisation=organisation, name="Trusted publisher")
    publisher = TrustedPublisher(organisation=organisation, agent=agent)
    _keep_publisher(publisher, fields, "publisher.created", by)
    Agent.objects.filter(pk=agent.pk).update(name=str(publisher)[:255])
    return publisher


@transaction.atomic
def change_publisher(*, publisher: TrustedPublisher, fields: dict[str, Any], by: Caller) -> TrustedPublisher:
    check_administers(by, publisher.organisation, PUBLISHES)
    return _keep_publisher(publisher, fields, "publisher.edited", by)


def _keep_profile(profile: RegistryProfile, fields: dict[str, Any], action: str, by: Caller) -> RegistryProfile:
    values.take(profile, fields, PROFILE)
    for name in ("name", "url"):
        if not getattr(profile, name):
            raise values.wrong(name, "is required")
    if secret := password("password", fields.get("password")):
        profile.password = secret
    _save(profile, f"There is a registry profile {profile.name!r} already", "name")
    audit.record(action, actor=by, subject=profile, organisation_id=profile.organisation_id)
    return profile


def _keep_publisher(publisher: TrustedPublisher, fields: dict[str, Any], action: str, by: Caller) -> TrustedPublisher:
    values.take(publisher, fields, PUBLISHER)
    for name in ("repository_owner", "repository_name"):
        if not getattr(publisher, name):
            raise values.wrong(name, "is required")
    _save(publisher, f"{publisher} is trusted already", "repository_name")
    audit.record(action, actor=by, subject=publisher, organisation_id=publisher.organisation_id)
    return publisher


def _save(row: RegistryProfile | TrustedPublisher, taken: str, field: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as problem:
        raise Conflict(taken, code="taken", errors={field: [taken]}) from problem


def _part(field: str, value: Any) -> str:
    if not isinstance(value, str) or not REPOSITORY_PART.fullmatch(value):
        raise values.wrong(field, "is 1 to 100 letters, digits, '_', '-' and '.'")
    return value


PUBLISHER: dict[str, values.Check] = {
    "provider": values.choice(TrustedPublisher.Provider.values),
    "repository_owner": _part,
    "repository_name": _part,
    "workflow": values.text(255),
}
