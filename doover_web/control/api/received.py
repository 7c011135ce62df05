"""What an organisation takes of another one's: profiles, and where they hang in its tree (`control-api §3.13`)."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.models import Agent, Group
from doover_web.identity.permissions import may_administer
from doover_web.identity.standing import visible_groups

from ..actions.receiving import (
    MANAGES,
    forget_received_profile,
    hang,
    keep_received_profile,
    lent_devices,
    lent_groups,
    profile_of,
    take_down,
)
from ..models import ReceivedProfile, SharedDevice, SharedGroup
from ._generated import OrganisationSharedReceiveProfile as ProfileOut
from ._generated import OrganisationSharedReceiveProfileIn as ProfileIn
from ._generated import SharedDevice as SharedDeviceOut
from ._generated import SharedDeviceIn, SharedGroupIn
from ._generated import SharedGroup as SharedGroupOut
from .groups import rows as groups_for
from .resource import Resource
from .scope import linked, organisation_to_write, owned
from .shapes import device_ref, group_ref, name_ref, organisation_ref

router = Router(tags=["sharing"])
FIELDS = ("name", "description", "sharing_organisation_id", "sharing_base_url", "sharing_data_url",
          "sharing_auth_tenant_id", "sharing_profile_id")  # fmt: skip
ORDER = {"id": "pk", "name": "profile__name", "display_name": "profile__name"}
NO_TYPE = {"id": "0", "name": ""}


def profiles_for(request: HttpRequest) -> QuerySet[ReceivedProfile]:
    """The profiles noted by the organisations where the caller decides about permissions."""
    caller = request.auth
    found = ReceivedProfile.objects.filter(owned(request)).select_related("organisation")
    if caller.is_superuser:
        return found
    there = [one for one in caller.organisations if may_administer(caller.standing, one, MANAGES)]
    return found.filter(organisation__in=there)


def profile_shape(request: HttpRequest, row: ReceivedProfile) -> dict:
    ids = {name: str(getattr(row, name)) for name in ("sharing_organisation_id", "sharing_profile_id")}
    texts = {name: getattr(row, name) for name in FIELDS if name not in ids}
    return {"id": str(row.id), "organisation": organisation_ref(row.organisation), **texts, **ids}


def _receive(request: HttpRequest, given: dict) -> ReceivedProfile:
    profile = ReceivedProfile(organisation=organisation_to_write(request))
    return keep_received_profile(profile=profile, fields=_fields(given), by=request.auth)


def _edit(request: HttpRequest, row: ReceivedProfile, given: dict) -> ReceivedProfile:
    return keep_received_profile(profile=row, fields=_fields(given), by=request.auth)


def _fields(given: dict) -> dict:
    return {name: given[name] for name in FIELDS if name in given}


def sharing_profile(request: HttpRequest, row: ReceivedProfile) -> ReceivedProfile:
    """The profile with the name and the words that the giver has for it; 502 when it is not to be had."""
    given = profile_of(row)
    row.name, row.description = given.name, given.description
    return row


profiles = Resource(
    router=router,
    path="/organisations/shared_profiles/",
    name="organisations_shared_profiles",
    rows=profiles_for,
    shape=profile_shape,
    out=ProfileOut,
    body=ProfileIn,
    search=["name", "description"],
    order={"id": "pk", "name": "name", "display_name": "name"},
    create=_receive,
    change=_edit,
    delete=lambda request, row: forget_received_profile(profile=row, by=request.auth),
)
profiles.action("sharing_profile", sharing_profile, "GET")


def _hung(request: HttpRequest, rows: QuerySet) -> QuerySet:
    """What hangs in the groups of the call's organisations that the caller sees."""
    seen = Group.objects.filter(visible_groups(request.auth.standing))
    found = rows.filter(owned(request, "profile__organisation_id"), Q(group__in=seen))
    return found.select_related("group__organisation", "profile__organisation")


def devices_for(request: HttpRequest) -> QuerySet[SharedDevice]:
    rows = SharedDevice.objects.select_related("device__organisation", "device__group__organisation")
    return _hung(request, rows.select_related("device__as_device__type"))


def device_shape(request: HttpRequest, row: SharedDevice) -> dict:
    device = row.device
    kind = device.as_device.type if hasattr(device, "as_device") else None
    return {
        "id": str(row.id),
        "device_id": str(device.id),
        "device": {
            **device_ref(device),
            "organisation": organisation_ref(device.organisation),
            "group": group_ref(device.group),
            "type": name_ref(kind) if kind else NO_TYPE,
            "archived": device.archived_at is not None,
        },
        **_place(request, row),
    }


def _place(request: HttpRequest, row: SharedDevice | SharedGroup) -> dict:
    return {
        "organisation": organisation_ref(row.profile.organisation),
        "group": group_ref(row.group),
        "shared_profile": profile_shape(request, row.profile),
    }


def _hang_device(request: HttpRequest, row: SharedDevice, given: dict) -> SharedDevice:
    group, profile = _where(request, row, given)
    lent: QuerySet[Agent] = lent_devices(profile_of(profile))
    device = linked(lent, given.get("device_id", row.device_id), "device_id")
    return hang(row=row, group=group, profile=profile, what=device, by=request.auth)  # type: ignore[return-value]


def _where(request: HttpRequest, row: SharedDevice | SharedGroup, given: dict) -> tuple[Group, ReceivedProfile]:
    """The group and the profile that the body names, or those that there are."""
    group = linked(groups_for(request), given["group_id"], "group_id") if "group_id" in given else row.group
    if "shared_profile_id" not in given:
        return group, row.profile
    known = ReceivedProfile.objects.filter(owned(request)).select_related("organisation")
    return group, linked(known, given["shared_profile_id"], "shared_profile_id")


shared_devices = Resource(
    router=router,
    path="/shared_devices/",
    name="shared_devices",
    rows=devices_for,
    shape=device_shape,
    out=SharedDeviceOut,
    body=SharedDeviceIn,
    search=["device__name", "device__display_name"],
    order={**ORDER, "name": "device__name", "display_name": "device__display_name"},
    create=lambda request, given: _hang_device(request, SharedDevice(), given),
    change=_hang_device,
    delete=lambda request, row: take_down(row=row, by=request.auth),
)


def groups_hung_for(request: HttpRequest) -> QuerySet[SharedGroup]:
    return _hung(request, SharedGroup.objects.select_related("shared_group__organisation"))


def group_shape(request: HttpRequest, row: SharedGroup) -> dict:
    there = row.shared_group
    return {
        "id": str(row.id),
        "shared_group_id": str(there.id),
        "shared_group": {**name_ref(there), "organisation": organisation_ref(there.organisation)},
        **_place(request, row),
    }


def _hang_group(request: HttpRequest, row: SharedGroup, given: dict) -> SharedGroup:
    group, profile = _where(request, row, given)
    wanted = given.get("shared_group_id", row.shared_group_id)
    there = linked(lent_groups(profile_of(profile)), wanted, "shared_group_id")
    return hang(row=row, group=group, profile=profile, what=there, by=request.auth)  # type: ignore[return-value]


shared_groups = Resource(
    router=router,
    path="/shared_groups/",
    name="shared_groups",
    rows=groups_hung_for,
    shape=group_shape,
    out=SharedGroupOut,
    body=SharedGroupIn,
    search=["shared_group__name"],
    order={**ORDER, "name": "shared_group__name", "display_name": "shared_group__name"},
    create=lambda request, given: _hang_group(request, SharedGroup(), given),
    change=_hang_group,
    delete=lambda request, row: take_down(row=row, by=request.auth),
)
