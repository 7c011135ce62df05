"""Taking what another organisation shares: noting the profile, hanging devices and groups into one's own tree."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from doover_web.common.wire import BadRequest, Conflict, Refused
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_administers, check_right
from doover_web.identity.models import Agent, Group, SharingProfile
from doover_web.identity.permissions import Rights

from ..models import ReceivedProfile, SharedDevice, SharedGroup

MANAGES = "user_permissions_manage"
Hanging = SharedDevice | SharedGroup
LONGEST = {"name": 255, "description": 10_000, "sharing_data_url": 500, "sharing_auth_tenant_id": 255}


class Upstream(Refused):
    """Somebody else's server was asked, and did not answer."""

    status, code = 502, "upstream"


@transaction.atomic
def keep_received_profile(*, profile: ReceivedProfile, fields: dict[str, Any], by: Caller | None) -> ReceivedProfile:
    """Note a profile down, or change what is noted. Conflict when it is there already."""
    check_administers(by, profile.organisation, MANAGES)
    is_new = profile._state.adding
    for name, value in fields.items():
        setattr(profile, name, _checked(name, value))
    try:
        with transaction.atomic():
            profile.save()
    except IntegrityError as problem:
        raise Conflict("This sharing profile is noted already", code="already_received") from problem
    _record("sharing.received" if is_new else "sharing.edited", profile, profile.organisation_id, by)
    return profile


@transaction.atomic
def forget_received_profile(*, profile: ReceivedProfile, by: Caller | None) -> None:
    """With it goes what was hung into groups; what is lent stays lent."""
    check_administers(by, profile.organisation, MANAGES)
    _record("sharing.forgotten", profile, profile.organisation_id, by)
    profile.delete()


def profile_of(received: ReceivedProfile) -> SharingProfile:
    """The giver's profile. Upstream when it is no longer there, or on another server, which is not asked."""
    given = SharingProfile.objects.filter(
        pk=received.sharing_profile_id,
        organisation_id=received.sharing_organisation_id,
        taker_id=received.organisation_id,
    ).first()
    if received.sharing_base_url.rstrip("/") != settings.PUBLIC_URL or given is None:
        raise Upstream("The other side does not share this profile")
    return given


def lent_devices(given: SharingProfile) -> QuerySet[Agent]:
    """Every device that a profile lends: by itself, or below a group."""
    groups = list(given.groups.values_list("pk", flat=True))
    return Agent.objects.devices().filter(Q(shared_by=given) | Q(group__lineage__overlap=groups)).distinct()


def lent_groups(given: SharingProfile) -> QuerySet[Group]:
    """The groups that a profile lends, and those below them."""
    return Group.objects.filter(lineage__overlap=list(given.groups.values_list("pk", flat=True)))


@transaction.atomic
def hang(*, row: Hanging, group: Group, profile: ReceivedProfile, what: Agent | Group, by: Caller | None) -> Hanging:
    """Show something lent in `group`. Conflict when it hangs somewhere already."""
    check_right(by, group, Rights.GROUP_EDIT, "group_edit")
    if not row._state.adding:
        check_right(by, row.group, Rights.GROUP_EDIT, "group_edit")
    if group.organisation_id != profile.organisation_id:
        raise BadRequest("The group belongs to another organisation than the profile", code="other_organisation")
    row.group, row.profile = group, profile
    setattr(row, "device" if isinstance(row, SharedDevice) else "shared_group", what)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as problem:
        raise Conflict("This hangs in a group already", code="already_shared") from problem
    _record("sharing.hung", row, group.organisation_id, by)
    return row


@transaction.atomic
def take_down(*, row: Hanging, by: Caller | None) -> None:
    check_right(by, row.group, Rights.GROUP_EDIT, "group_edit")
    _record("sharing.taken_down", row, row.group.organisation_id, by)
    row.delete()


def _checked(name: str, value: Any) -> Any:
    if name == "sharing_base_url":
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or len(value) > 500:
            raise BadRequest("sharing_base_url is the address of a server, with http or https", code="bad_url")
    if name in LONGEST and value is not None and len(value) > LONGEST[name]:
        raise BadRequest(f"{name} has {LONGEST[name]} characters at most", code="too_long")
    return value


def _record(action: str, subject: Any, organisation_id: int, by: Caller | None) -> None:
    audit.record(action, actor=by, subject=subject, organisation_id=organisation_id)
