"""Kinds of device (`control-api §3.6`)."""

from django.db.models import OuterRef, Prefetch, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router

from doover_web.common.wire import NotFound

from ..actions.device_type import change_device_type, create_device_type, set_type_archived
from ..models import Device, DeviceType
from ._generated import DeviceType as DeviceTypeOut
from ._generated import DeviceTypeIn
from .counting import counted
from .filters import archived, ids, link, number, text
from .fleet_shapes import nested_type
from .resource import Resource, add_operation
from .scope import organisation_to_write, reached
from .solutions import loaded as loaded_solutions
from .solutions import shape as solution_shape
from .stored import send_upload

router = Router(tags=["devices"])


def with_counts(types: QuerySet[DeviceType]) -> QuerySet[DeviceType]:
    """Device types with the number of their devices in use."""
    devices = Device.objects.filter(type=OuterRef("pk"), agent__archived_at=None)
    return types.select_related("organisation").annotate(devices_in_use=counted(devices, "type"))


def rows(request: HttpRequest) -> QuerySet[DeviceType]:
    """What the organisations of the call have, and what others let them use."""
    seen = DeviceType.objects.visible_to(request.auth.standing).filter(reached(request))
    return with_counts(seen).prefetch_related(Prefetch("solution", queryset=loaded_solutions(request)))


def shape(request: HttpRequest, kind: DeviceType) -> dict:
    whole = solution_shape(request, kind.solution) if kind.solution else None
    return {**nested_type(kind), "solution": whole}


def create(request: HttpRequest, given: dict) -> DeviceType:
    made = create_device_type(organisation=organisation_to_write(request), fields=given, by=request.auth)
    return rows(request).get(pk=made.pk)


def change(request: HttpRequest, kind: DeviceType, given: dict) -> DeviceType:
    change_device_type(device_type=kind, fields=given, by=request.auth)
    return rows(request).get(pk=kind.pk)


def archive(request: HttpRequest, kind: DeviceType) -> DeviceType:
    return set_type_archived(device_type=kind, on=True, by=request.auth)


def unarchive(request: HttpRequest, kind: DeviceType) -> DeviceType:
    return set_type_archived(device_type=kind, on=False, by=request.auth)


def installer(request: HttpRequest, id: int) -> HttpResponseBase:
    """The file that was uploaded as the type's installer."""
    kind = types.find(request, id=id)
    if kind.installer is None:
        raise NotFound("This device type has no installer")
    return send_upload(request, kind.installer)


types = Resource(
    router=router,
    path="/devices/types/",
    name="devices_types",
    rows=rows,
    shape=shape,
    out=DeviceTypeOut,
    body=DeviceTypeIn,
    search=["name"],
    order={"id": "pk", "name": "name", "display_name": "name", "stars": "stars"},
    filters={**archived(), **ids(), **text("name"), **link("organisation", nullable=True), **number("stars")},
    create=create,
    change=change,
    archive=archive,
    unarchive=unarchive,
)
add_operation(router, "GET", "/devices/types/{int:id}/installer/", "devices_types_installer", installer, None)
