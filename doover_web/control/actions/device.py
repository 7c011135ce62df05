"""Devices: made with a place in the tree and a credential, changed, moved, archived (`control-api §3.5`)."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.wire import Conflict
from doover_web.data.models import Channel
from doover_web.identity import audit
from doover_web.identity.actions.group import move_device
from doover_web.identity.actions.token import create_client_secret
from doover_web.identity.auth import Caller
from doover_web.identity.changes import devices_moved, rights_changed
from doover_web.identity.guard import check_right
from doover_web.identity.models import Agent, Group, Organisation
from doover_web.identity.permissions import Rights

from .. import config, values
from ..models import Device, DeviceType
from ..provisioning import provision
from ..tags import read_tags
from .tunnel import close_tunnels, open_tunnels

LONGEST_NAME = 255
NAME = re.compile(r"[^\s/\\\x00-\x1f][^/\\\x00-\x1f]{0,254}")
CHECKS: dict[str, values.Check] = {
    "fa_icon": values.text(100, null=True),
    "notes": values.text(100_000, null=True),
    "tags": lambda field, value: read_tags(value, field),
    "extra_config": values.document,
}
display_name = values.text(LONGEST_NAME, filled=True)


@transaction.atomic
def create_device(
    *, group: Group, device_type: DeviceType, fields: dict[str, Any], by: Caller | None
) -> tuple[Agent, str]:
    """A new device in `group`, and the secret of its client id (`Device.client_key`), which is never shown again."""
    check_right(by, group, Rights.CREATE, "device_create")
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=group.organisation_id)
    title = display_name("display_name", fields.get("display_name"))
    name = _checked_name(organisation, fields["name"]) if fields.get("name") else _name_from(organisation, title)
    agent = Agent.objects.create(
        kind=Agent.Kind.DEVICE, organisation=organisation, group=group, name=name, display_name=title
    )
    token, secret = create_client_secret(agent=agent, name="Made with the device", by=by)
    device = Device(agent=agent, type=device_type, client_key=token.key)
    _take(device, fields)
    _check_extra_config(device, whole=True)
    device.save(force_insert=True)
    open_tunnels(agent)
    provision(device=agent, kind=device_type, by=by)
    _record("device.created", agent, by, group=group.name, type=device_type.name)
    rights_changed()
    return agent, secret


@transaction.atomic
def change_device(
    *,
    device: Agent,
    fields: dict[str, Any],
    group: Group | None = None,
    device_type: DeviceType | None = None,
    by: Caller | None,
) -> Agent:
    """Change those of the device's fields that are given; `group` moves it, `device_type` makes it another kind."""
    check_right(by, device, Rights.CONFIGURE, "device_configure")
    changed = _rename(device, fields)
    row = Device.objects.select_for_update(of=("self",)).filter(agent=device).first() or Device(agent=device)
    if device_type is not None and row.type_id != device_type.id:
        row.type = device_type
        changed.append("type")
    changed += _take(row, fields)
    row.save()
    device.as_device = row
    if changed:
        _record("device.updated", device, by, changed=changed)
    if group is not None and group.id != device.group_id:
        move_device(device=device, group=group, by=by)
    return device


@transaction.atomic
def set_device_archived(*, device: Agent, on: bool, by: Caller | None) -> Agent:
    """Take a device out of the trees and shut its credentials out, or let it back; what it said stays. Idempotent."""
    check_right(by, device, Rights.CONFIGURE, "device_configure")
    if (device.archived_at is not None) == on:
        return device
    if not on:
        locked = Organisation.objects.select_for_update(no_key=True).get(pk=device.organisation_id)
        _check_free(locked, device.name, "unarchive", device)
    else:
        close_tunnels(device)
    device.archived_at = timezone.now() if on else None
    device.save(update_fields=["archived_at"])
    _record("device.archived" if on else "device.unarchived", device, by)
    if not on:
        devices_moved(Agent.objects.devices().filter(pk=device.pk))
    rights_changed()
    return device


def _rename(device: Agent, fields: dict[str, Any]) -> list[str]:
    changed = []
    if "display_name" in fields and device.display_name != (
        title := display_name("display_name", fields["display_name"])
    ):
        device.display_name = title
        changed.append("display_name")
    if fields.get("name") and fields["name"] != device.name:
        organisation = Organisation.objects.select_for_update(no_key=True).get(pk=device.organisation_id)
        device.name = _checked_name(organisation, fields["name"], device)
        changed.append("name")
    if changed:
        device.save(update_fields=changed)
    return changed


def _take(row: Device, fields: dict[str, Any]) -> list[str]:
    changed = values.take(row, fields, CHECKS)
    if "extra_config" in changed and row.type_id:
        _check_extra_config(row)
    if "fixed_location" in fields and row.fixed_location != (place := _place(fields["fixed_location"])):
        row.latitude, row.longitude = (place["latitude"], place["longitude"]) if place else (None, None)
        changed.append("fixed_location")
    if "history_since" in fields and row.history_since != fields["history_since"]:
        before, row.history_since = row.history_since, fields["history_since"]
        Channel.objects.of(row.agent).hide_before(_ms(row.history_since), instead_of=_ms(before))
        changed.append("history_since")
    return changed


def _check_extra_config(row: Device, *, whole: bool = False) -> None:
    """What the type's schema says is wrong, at its place below `extra_config`; what is missing, when it must be whole:
    a device is made with all that its type asks for, and one that is older than the question may answer later."""
    schema = row.type.device_extra_config_schema if row.type else {}
    issues = config.resolve(schema, [row.extra_config]).issues
    errors: dict[str, list[str]] = {}
    for one in issues:
        if whole or not one.is_missing:
            errors.setdefault(".".join(filter(None, ["extra_config", one.path])), []).append(one.message)
    if errors:
        raise values.wrong_all(errors)


def _place(value: Any) -> dict | None:
    if value is None:
        return None
    place = value if isinstance(value, dict) else {}
    try:
        latitude, longitude = float(place["latitude"]), float(place["longitude"])
    except (KeyError, TypeError, ValueError) as problem:
        raise values.wrong("fixed_location", _("must have the numbers latitude and longitude")) from problem
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise values.wrong("fixed_location", _("latitude is -90 to 90 and longitude -180 to 180"))
    return {"latitude": latitude, "longitude": longitude}


def _checked_name(organisation: Organisation, name: Any, device: Agent | None = None) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise values.wrong("name", _("is 1 to %(most)s characters without slashes") % {"most": LONGEST_NAME})
    _check_free(organisation, name, "name", device)
    return name


def _check_free(organisation: Organisation, name: str, field: str, device: Agent | None) -> None:
    others = Agent.objects.devices().in_use().filter(organisation=organisation, name=name)
    if others.exclude(pk=device.pk if device else None).exists():
        message = f"There is a device {name!r} in {organisation} already"
        raise Conflict(message, code="name_taken", errors={field: [message]})


def _name_from(organisation: Organisation, title: str) -> str:
    """A machine name from what people call it, with a number behind it when it is taken."""
    base = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:200] or "device"
    like = Agent.objects.devices().in_use().filter(organisation=organisation, name__startswith=base)
    taken = set(like.values_list("name", flat=True))
    if base not in taken:
        return base
    return next(f"{base}_{number}" for number in range(2, len(taken) + 3) if f"{base}_{number}" not in taken)


def _ms(moment: datetime | None) -> int | None:
    return round(moment.timestamp() * 1000) if moment else None


def _record(action: str, agent: Agent, by: Caller | None, **metadata) -> None:
    audit.record(action, actor=by, subject=agent, organisation_id=agent.organisation_id, **metadata)
