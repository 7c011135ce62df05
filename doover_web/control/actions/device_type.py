"""Kinds of device: described and archived by those who may manage them in their organisation (`control-api §3.6`)."""

from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_administers
from doover_web.identity.models import Organisation

from .. import values
from ..links import solution_linked
from ..models import DeviceType, Solution, Upload
from ..provisioning import hook_named
from ..uploads import keep

MANAGES = "device_types_manage"
LARGEST_INSTALLER = 50 * 1024 * 1024
CHECKS: dict[str, values.Check] = {
    "name": values.text(255, filled=True),
    "description": values.text(20_000),
    "config": values.document,
    "config_schema": values.schema,
    "device_extra_config_schema": values.schema,
    "installer_info": values.text(20_000),
    "install_type": values.choice(DeviceType.Install.values),
    "copy_command": values.text(5_000),
    "logo_url": values.web_address(500),
    "extra_info": values.text(20_000, null=True),
    "key_values": values.text(300),
    "default_icon": values.text(100, null=True),
    "stars": values.whole(-1_000_000, 1_000_000),
    "hooks": lambda field, value: hook_named(field, value),
}


@transaction.atomic
def create_device_type(*, organisation: Organisation, fields: dict[str, Any], by: Caller | None) -> DeviceType:
    """A new kind of device in `organisation`."""
    check_administers(by, organisation, MANAGES)
    return _keep(DeviceType(organisation=organisation), fields, by, "device_type.created")


@transaction.atomic
def change_device_type(*, device_type: DeviceType, fields: dict[str, Any], by: Caller | None) -> DeviceType:
    """Change those of the fields that are given; an `installer` is a file, or null to take it away."""
    check_administers(by, device_type.organisation, MANAGES)
    return _keep(device_type, fields, by, "device_type.edited")


@transaction.atomic
def set_type_archived(*, device_type: DeviceType, on: bool, by: Caller | None) -> DeviceType:
    """Hide a type from choices, or bring it back; its devices stay. Doing so twice changes nothing."""
    check_administers(by, device_type.organisation, MANAGES)
    if (device_type.archived_at is not None) != on:
        device_type.archived_at = timezone.now() if on else None
        device_type.save(update_fields=["archived_at"])
        _record("device_type.archived" if on else "device_type.unarchived", device_type, by)
    return device_type


def _keep(device_type: DeviceType, fields: dict[str, Any], by: Caller | None, action: str) -> DeviceType:
    changed = values.take(device_type, fields, CHECKS)
    if not device_type.name:
        raise values.wrong("name", _("is required"))
    if "installer" in fields:
        device_type.installer = _installer(fields["installer"])
        changed.append("installer")
    if "solution_id" in fields:
        device_type.solution = _solution(fields["solution_id"], by)
        changed.append("solution")
    device_type.save()
    _record(action, device_type, by, changed=changed)
    return device_type


def _installer(file: Any) -> Upload | None:
    if file is None or file == "":
        return None
    if not isinstance(file, File):
        raise values.wrong("installer", _("must be a file"))
    return keep(file, field="installer", most=LARGEST_INSTALLER)


def _solution(id: int | None, by: Caller | None) -> Solution | None:
    return solution_linked(by, id) if by is not None else Solution.objects.filter(pk=id).first()


def _record(action: str, device_type: DeviceType, by: Caller | None, **metadata) -> None:
    audit.record(action, actor=by, subject=device_type, organisation_id=device_type.organisation_id, **metadata)
