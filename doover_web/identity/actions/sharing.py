"""Lending devices and groups to another organisation."""

from collections.abc import Iterable

from django.db import transaction

from doover_web.common.wire import BadRequest

from .. import audit
from ..auth import Caller
from ..changes import rights_changed
from ..guard import check_administers, check_holds_in
from ..models import Agent, Group, GroupRole, Organisation, SharingProfile

MANAGES = "user_permissions_manage"


@transaction.atomic
def create_sharing_profile(
    *,
    organisation: Organisation,
    taker: Organisation,
    name: str,
    role: GroupRole,
    devices: Iterable[Agent],
    groups: Iterable[Group],
    by: Caller | None,
    description: str = "",
) -> SharingProfile:
    """Lend `devices` and `groups` of `organisation` to `taker`, with the rights of `role` at most."""
    check_administers(by, organisation, MANAGES)
    if taker.id == organisation.id:
        raise BadRequest("An organisation needs no sharing with itself", code="same_organisation")
    profile = SharingProfile(organisation=organisation, taker=taker)
    return _keep(profile, name, description, role, list(devices), list(groups), by, "sharing.created")


@transaction.atomic
def edit_sharing_profile(
    *,
    profile: SharingProfile,
    name: str,
    role: GroupRole,
    devices: Iterable[Agent],
    groups: Iterable[Group],
    by: Caller | None,
    description: str = "",
) -> SharingProfile:
    """Change what is lent, and with which rights. To whom stays."""
    check_administers(by, profile.organisation, MANAGES)
    return _keep(profile, name, description, role, list(devices), list(groups), by, "sharing.edited")


@transaction.atomic
def remove_sharing_profile(*, profile: SharingProfile, by: Caller | None) -> None:
    """End a loan; the other organisation loses its rights at once."""
    check_administers(by, profile.organisation, MANAGES)
    _record("sharing.removed", profile, by)
    profile.delete()
    rights_changed()


def _keep(profile, name, description, role, devices, groups, by, action: str) -> SharingProfile:
    profile.name = name.replace("\x00", "").strip()[:255]
    if not profile.name:
        raise BadRequest("A sharing profile needs a name", code="no_name")
    _check_lent(profile.organisation, role, devices, groups, by)
    profile.description, profile.role = description.replace("\x00", "").strip(), role
    profile.save()
    profile.devices.set(devices)
    profile.groups.set(groups)
    lent = {"devices": [one.title for one in devices], "groups": [one.name for one in groups]}
    _record(action, profile, by, role=role.name, taker=profile.taker.name, **lent)
    rights_changed()
    return profile


def _check_lent(organisation, role, devices, groups, by) -> None:
    """Only what is one's own, and only rights that the lender has there."""
    if role.organisation_id not in (None, organisation.id):
        raise BadRequest("The role belongs to another organisation", code="other_organisation")
    if any(one.organisation_id != organisation.id for one in (*devices, *groups)):
        raise BadRequest("Only what belongs to the organisation can be shared", code="other_organisation")
    for place in {*(one.group for one in devices), *groups}:
        if place is None:
            raise BadRequest("Only devices and dashboards can be shared", code="not_a_device")
        check_holds_in(by, place, role.flags)


def _record(action: str, profile: SharingProfile, by: Caller | None, **metadata) -> None:
    audit.record(action, actor=by, subject=profile, organisation_id=profile.organisation_id, **metadata)
