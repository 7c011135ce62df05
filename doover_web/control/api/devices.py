"""Devices (`control-api §3.5`)."""

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.models import Agent, Group
from doover_web.identity.standing import visible_groups

from ..actions.device import change_device, create_device, set_device_archived
from ..actions.solution_install import create_solution_install
from ..links import linked, needed, type_linked
from ..models import Device, DeviceType
from ._generated import Device as DeviceOut
from ._generated import DeviceIn, NestedDeviceType
from .device_types import with_counts
from .filters import archived, ids, link, text, whole
from .fleet_shapes import device as shape
from .resource import Resource
from .scope import reached

router = Router(tags=["devices"])


class DeviceAnswer(DeviceOut):
    """A device that was made before there were types has none."""

    type: NestedDeviceType | None  # type: ignore[assignment]
    tags: list[str]


class DeviceBody(DeviceIn):
    """`tags` are ours: words by which devices are found and changed together."""

    tags: list[str] | None = None


def rows(request: HttpRequest) -> QuerySet[Agent]:
    """The devices of the call's organisations, and those lent to them, as far as the caller sees them."""
    seen = Agent.objects.devices().visible_to(request.auth).filter(reached(request))
    kinds = with_counts(DeviceType.objects.all())
    rows_of = Device.objects.prefetch_related(Prefetch("type", queryset=kinds))
    return seen.select_related("organisation", "group__organisation").prefetch_related(
        Prefetch("as_device", queryset=rows_of)
    )


def create(request: HttpRequest, given: dict) -> Agent:
    given = _plain(given)
    kind = type_linked(request.auth, given["type_id"])
    made, secret = create_device(
        group=_group(request, given["group_id"]), device_type=kind, fields=given, by=request.auth
    )
    if kind.solution is not None:
        config = {"deployment_config": given.get("solution_config") or {}}
        create_solution_install(device=made, solution=kind.solution, fields=config, by=request.auth)
    found = rows(request).get(pk=made.pk)
    found.new_secret = secret  # type: ignore[attr-defined]
    return found


def change(request: HttpRequest, device: Agent, given: dict) -> Agent:
    given = _plain(given)
    change_device(
        device=device,
        fields=given,
        group=_group(request, given["group_id"]) if "group_id" in given else None,
        device_type=type_linked(request.auth, given["type_id"]) if "type_id" in given else None,
        by=request.auth,
    )
    return rows(request).get(pk=device.pk)


def archive(request: HttpRequest, device: Agent) -> Agent:
    return set_device_archived(device=device, on=True, by=request.auth)


def unarchive(request: HttpRequest, device: Agent) -> Agent:
    return set_device_archived(device=device, on=False, by=request.auth)


def _plain(given: dict) -> dict:
    """The fields, with a place as plain JSON."""
    place = given.get("fixed_location")
    return given if place is None else {**given, "fixed_location": place.dict()}


def _group(request: HttpRequest, id: int | None) -> Group:
    seen = Group.objects.in_use().filter(visible_groups(request.auth.standing)).filter(reached(request))
    return needed(linked(seen, id, "group_id"), "group_id")


def _below(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
    """Those in a group, or anywhere under it."""
    return rows.filter(group__lineage__contains=[whole("group_tree", value)])


def _running(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
    """Those with an install of an application in use."""
    wanted = whole("application", value)
    return rows.filter(app_installs__application_id=wanted, app_installs__archived_at=None).distinct()


def _tagged(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
    """Those with a tag; with each of several when it is repeated."""
    return rows.filter(as_device__tags__contains=[value])


devices = Resource(
    router=router,
    path="/devices/",
    name="devices",
    rows=rows,
    shape=shape,
    out=DeviceAnswer,
    body=DeviceBody,
    search=["name", "display_name"],
    order={"id": "pk", "name": "name", "display_name": "display_name"},
    filters={
        "application": _running,
        **archived(),
        **text("display_name"),
        **link("group"),
        "group_tree": _below,
        **ids(),
        "tag": _tagged,
        **text("name"),
        **link("organisation"),
        **link("type", "as_device__type_id"),
    },
    create=create,
    change=change,
    archive=archive,
    unarchive=unarchive,
)
