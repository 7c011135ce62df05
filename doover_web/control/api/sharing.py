"""What an organisation lends to another one (`control-api §3.13`)."""

from collections.abc import Iterable

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.actions.sharing import create_sharing_profile, edit_sharing_profile, remove_sharing_profile
from doover_web.identity.flags import ORGANISATION_FLAGS
from doover_web.identity.models import Agent, Group, Organisation, SharingProfile
from doover_web.identity.permissions import may_administer

from ..actions.receiving import MANAGES
from . import devices, groups
from ._generated import Group as GroupOut
from ._generated import OrganisationSharingProfile, OrganisationSharingProfileIn
from .bodies import wrong_field
from .devices import DeviceAnswer
from .resource import Resource
from .roles import group_roles_for
from .scope import linked, organisation_to_write, owned
from .shapes import organisation_ref, organisation_ref_or_none

router = Router(tags=["sharing"])
MOST = 5000


class SharingRow(OrganisationSharingProfile):
    all_devices: list[DeviceAnswer]  # type: ignore[assignment]
    devices: list[DeviceAnswer]  # type: ignore[assignment]


class SharingAnswer(SharingRow):
    groups: list[GroupOut]  # type: ignore[assignment]


def rows(request: HttpRequest) -> QuerySet[SharingProfile]:
    """What is lent by the organisations where the caller decides about permissions."""
    lent = Prefetch("devices", devices.rows(request))
    places = Prefetch("groups", Group.objects.select_related("organisation", "parent"))
    found = SharingProfile.objects.filter(owned(request)).select_related("organisation", "role__organisation")
    caller = request.auth
    if not caller.is_superuser:
        there = [one for one in caller.organisations if may_administer(caller.standing, one, MANAGES)]
        found = found.filter(organisation__in=there)
    return found.prefetch_related(lent, places)


def shape(request: HttpRequest, row: SharingProfile) -> dict:
    return {**row_shape(request, row), "groups": [groups.shape(request, one) for one in row.groups.all()]}


def row_shape(request: HttpRequest, row: SharingProfile) -> dict:
    own = list(row.devices.all())
    return {
        "id": str(row.id),
        "name": row.name,
        "description": row.description,
        "all_devices": [devices.shape(request, one) for one in _all(request, row, own)],
        "devices": [devices.shape(request, one) for one in own],
        "groups": [groups.row_shape(request, one) for one in row.groups.all()],
        "role": _role(row.role),
        # The data plane computes what is lent; it keeps no entry of its own for it.
        "dd_permission_id": 0,
        "organisation": organisation_ref(row.organisation),
        "organisation_id": str(row.organisation_id),
        "shared_organisation_id": str(row.taker_id),
    }


def _all(request: HttpRequest, row: SharingProfile, own: list[Agent]) -> list[Agent]:
    """The devices that are lent, by themselves or below a group. Read once for all profiles of an answer."""
    below = getattr(request, "lent_below", None)
    if below is None:
        lent = SharingProfile.groups.through.objects.filter(sharingprofile__in=rows(request).prefetch_related(None))
        places = list(lent.values_list("group_id", flat=True).distinct())
        below = list(devices.rows(request).filter(group__lineage__overlap=places).order_by("id")) if places else []
        request.lent_below = below  # type: ignore[attr-defined]
    above, known = {one.id for one in row.groups.all()}, {one.id for one in own}
    return own + [one for one in below if one.id not in known and above & set(one.group.lineage)]


def _role(role) -> dict:
    """A role of groups, in the form that this address has for roles."""
    return {
        "id": str(role.id),
        "name": role.name,
        "description": role.description,
        "organisation": organisation_ref_or_none(role.organisation),
        "default_root_group_role": None,
        "archived": role.archived_at is not None,
        **{flag: flag in role.flags for flag in ORGANISATION_FLAGS},
    }


def create(request: HttpRequest, given: dict) -> SharingProfile:
    made = create_sharing_profile(
        organisation=organisation_to_write(request),
        taker=linked(Organisation.objects.all(), given["shared_organisation_id"], "shared_organisation_id"),
        name=given["name"],
        description=given["description"],
        role=linked(group_roles_for(request), given["role_id"], "role_id"),
        devices=_many(devices.rows(request), given.get("device_ids", []), "device_ids"),
        groups=_many(groups.rows(request), given.get("group_ids", []), "group_ids"),
        by=request.auth,
    )
    return rows(request).get(pk=made.pk)


def change(request: HttpRequest, row: SharingProfile, given: dict) -> SharingProfile:
    if given.get("shared_organisation_id", row.taker_id) != row.taker_id:
        raise wrong_field("shared_organisation_id", "To whom it is lent stays; make another profile")
    own, places = list(row.devices.all()), list(row.groups.all())
    edit_sharing_profile(
        profile=row,
        name=given.get("name", row.name),
        description=given.get("description", row.description),
        role=linked(group_roles_for(request), given["role_id"], "role_id") if "role_id" in given else row.role,
        devices=_many(devices.rows(request), given["device_ids"], "device_ids") if "device_ids" in given else own,
        groups=_many(groups.rows(request), given["group_ids"], "group_ids") if "group_ids" in given else places,
        by=request.auth,
    )
    return rows(request).get(pk=row.pk)


def _many(found: QuerySet, wanted: Iterable[int], field: str) -> list:
    """Those that a list of ids refers to, all of which the caller may use."""
    numbers = set(wanted)
    if len(numbers) > MOST:
        raise wrong_field(field, f"At most {MOST} at a time")
    things = list(found.filter(Q(pk__in=numbers)))
    if len(things) != len(numbers):
        raise wrong_field(field, "There is one among these that you may not use, or that is not there")
    return things


sharing_profiles = Resource(
    router=router,
    path="/organisations/sharing_profiles/",
    name="organisations_sharing_profiles",
    rows=rows,
    shape=shape,
    out=SharingAnswer,
    row_shape=row_shape,
    row_out=SharingRow,
    body=OrganisationSharingProfileIn,
    search=["name", "description"],
    order={"id": "pk", "name": "name", "display_name": "name"},
    create=create,
    change=change,
    delete=lambda request, row: remove_sharing_profile(profile=row, by=request.auth),
)
