"""Where a device stands that does not say so itself (`ui-schema §18.3`)."""

from django.db import transaction

from doover_web.common.places import Place
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_right
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

from ..models import Device


@transaction.atomic
def place_device(*, device: Agent, place: Place | None, by: Caller | None) -> None:
    """Fix the device to a place, or to none."""
    check_right(by, device, Rights.CONFIGURE, "device_configure")
    columns = {"latitude": place.lat if place else None, "longitude": place.long if place else None}
    row, _ = Device.objects.select_for_update(of=("self",)).get_or_create(agent=device)
    if (row.latitude, row.longitude) == (columns["latitude"], columns["longitude"]):
        return
    Device.objects.filter(agent=device).update(**columns)
    audit.record(
        "device.placed", actor=by, subject=device, organisation_id=device.organisation_id, source="devices", **columns
    )
