"""A new device's way in: an installer with a token of its own (`control-api §3.5`, `edge §9`)."""

from django.conf import settings
from django.core import signing
from django.db import transaction

from doover_web.common.wire import Forbidden, NotFound
from doover_web.identity.actions.credential import end_credential, issue_token
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_right
from doover_web.identity.models import Agent, Token
from doover_web.identity.permissions import Rights

from .. import installer
from ..models import DeviceType
from ..uploads import read

TOKEN_NAME = "Installer"  # noqa: S105  what the token is called in lists
MOST_UNUSED = 5
KEY_SECONDS = 3600
_signer = signing.TimestampSigner(salt="device-installer")
PANELS = {
    DeviceType.Install.NONE: "none",
    DeviceType.Install.COPY: "copy",
    DeviceType.Install.PACKAGE: "download",
    DeviceType.Install.BOTH: "both",
}


def panel_of(device: Agent, by: Caller) -> dict:
    """What a page shows to whoever sets the device up (`DeviceInstallerInfo`); nothing secret but a short-lived key."""
    check_right(by, device, Rights.CONFIGURE, "device_configure")
    kind = _type(device)
    way = DeviceType.Install(kind.install_type) if kind else DeviceType.Install.NONE
    address = f"{settings.PUBLIC_URL}/devices/{device.id}/installer/"
    copies = way in (DeviceType.Install.COPY, DeviceType.Install.BOTH)
    packs = way in (DeviceType.Install.PACKAGE, DeviceType.Install.BOTH)
    title, _, description = (kind.installer_info if kind else "").partition("\n")
    return {
        "title": title.strip() or f"Set up {device}",
        "description": description.strip() or (kind.description if kind else ""),
        "copy": _copy_command(device, kind, address) if copies and kind else None,
        "install_package_url": f"{address}download/" if packs else None,
        "install_type": way,
        "panel_type": PANELS[way],
    }


def script_for(device: Agent, by: Caller | None) -> str:
    """A script that fetches the archive for `device` and runs it; what is secret is in the archive alone."""
    check_installs(device, by)
    address = f"{settings.PUBLIC_URL}/devices/{device.id}/installer/tarball/?key={key_for(device)}"
    return installer.fetching_script(agent_id=device.id, tarball=address)


def files_for(device: Agent, by: Caller | None) -> list[installer.Packed]:
    """The files of an installer, with a token in them that is in no other."""
    kind = check_installs(device, by)
    upload = read(kind.installer) if kind.installer else None
    installer.files_of(upload, b"")  # what cannot be unpacked costs no token
    config = installer.config_of(
        agent_id=device.id,
        organisation_id=device.organisation_id or 0,
        token=_new_token(device, by),
        url=settings.PUBLIC_URL,
    )
    return installer.files_of(upload, config)


def check_installs(device: Agent, by: Caller | None) -> DeviceType:
    """The device's type. NotFound when it installs nothing, Forbidden for who may not configure the device."""
    check_right(by, device, Rights.CONFIGURE, "device_configure")
    if by is not None and by.kind == Agent.Kind.DEVICE:
        raise Forbidden("A device does not make credentials for itself here", code="no_permission")
    kind = _type(device)
    if kind is None or kind.install_type == DeviceType.Install.NONE:
        raise NotFound("Devices of this type have no installer")
    return kind


def key_for(device: Agent) -> str:
    """What opens script and archive for an hour, to whoever holds it: for a command that is copied to the machine."""
    return _signer.sign(str(device.id))


def device_of_key(device_id: int, key: str) -> Agent:
    """The device whose installer `key` opens. Forbidden when it does not, or not any more."""
    try:
        named = _signer.unsign(key, max_age=KEY_SECONDS)
    except signing.BadSignature as problem:
        raise Forbidden("This command has expired; copy a new one from the device's page", code="bad_key") from problem
    device = Agent.objects.devices().in_use().select_related("group").filter(pk=device_id).first()
    if named != str(device_id) or device is None:
        raise Forbidden("This command is for another device", code="bad_key")
    return device


@transaction.atomic
def _new_token(device: Agent, by: Caller | None) -> str:
    """A token beside those it has; of installers that nobody ran, only the last few stay."""
    never_used = Token.objects.valid().filter(agent=device, kind=Token.Kind.DEVICE, name=TOKEN_NAME, last_used_at=None)
    for old in never_used.select_related("agent__group").order_by("-id")[MOST_UNUSED - 1 :]:
        end_credential(token=old, by=None)
    return issue_token(device=device, name=TOKEN_NAME, by=by)[1]


def _copy_command(device: Agent, kind: DeviceType, address: str) -> str:
    url = f"{address}?key={key_for(device)}"
    names = {
        "installer_url": url,
        "device_id": str(device.id),
        "agent_id": str(device.id),
        "device_name": device.name,
        "organisation_id": str(device.organisation_id),
        "base_url": settings.PUBLIC_URL,
    }
    return installer.filled(kind.copy_command or "curl -fsSL '{installer_url}' | sudo sh", names)


def _type(device: Agent) -> DeviceType | None:
    row = getattr(device, "as_device", None)
    return row.type if row else None
