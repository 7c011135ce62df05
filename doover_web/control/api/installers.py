"""Setting a machine up as a device (`control-api §3.5`)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from ninja import Router

from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent

from .. import installer
from ..actions.onboarding import device_of_key, files_for, panel_of, script_for
from ._generated import DeviceInstallerInfoResponse
from .devices import devices
from .resource import add_operation
from .scope import caller_for_control

router = Router(tags=["devices"])
TEXT, GZIP, ZIP = "text/plain; charset=utf-8", "application/gzip", "application/zip"


def info(request: HttpRequest, id: int) -> dict:
    """How this device is set up, for a page that shows it."""
    return panel_of(devices.find(request, id=id), request.auth)


def script(request: HttpRequest, id: int) -> HttpResponse:
    """The script for this device. A key of the copy command opens it without signing in."""
    device, by = _named(request, id)
    return _secret(script_for(device, by).encode(), TEXT)


def download(request: HttpRequest, id: int) -> HttpResponse:
    """The package: the files as a zip."""
    return _archive(request, id, installer.zipped, ZIP, "zip")


def tarball(request: HttpRequest, id: int) -> HttpResponse:
    """The files as a tarball. A key opens it as well."""
    return _archive(request, id, installer.tarball, GZIP, "tar.gz")


def zip_file(request: HttpRequest, id: int) -> HttpResponse:
    """The files as a zip."""
    return _archive(request, id, installer.zipped, ZIP, "zip")


def _named(request: HttpRequest, id: int) -> tuple[Agent, Caller | None]:
    if key := request.GET.get("key"):
        return device_of_key(id, key), None
    request.auth = caller_for_control(request)  # type: ignore[attr-defined]
    return devices.find(request, id=id), request.auth  # type: ignore[attr-defined]


def _archive(request: HttpRequest, id: int, pack: Callable, kind: str, ending: str) -> HttpResponse:
    device, by = _named(request, id)
    response = _secret(pack(files_for(device, by)), kind)
    response["Content-Disposition"] = f'attachment; filename="installer-{device.id}.{ending}"'
    return response


def _secret(content: bytes, kind: str) -> HttpResponse:
    """An answer that holds a token: nobody keeps it on the way."""
    response = HttpResponse(content, content_type=kind)
    response["Cache-Control"] = "no-store"
    return response


def _answers(*kinds: str) -> dict:
    file = {"type": "string", "format": "binary"}
    content = {kind: {"schema": {"type": "string"} if kind == "text/plain" else file} for kind in kinds}
    return {"responses": {200: {"description": "OK", "content": content}}}


_at = "/devices/{int:id}/installer/"
add_operation(router, "GET", f"{_at}info/", "devices_installer_info_retrieve", info, DeviceInstallerInfoResponse)
for _tail, _view, _kinds in (
    ("", script, ("text/plain",)),
    ("download/", download, (ZIP, "application/octet-stream")),
    ("tarball/", tarball, (GZIP,)),
    ("zip/", zip_file, (ZIP,)),
):
    _name = f"devices_installer_{_tail.replace('/', '_')}retrieve"
    add_operation(router, "GET", _at + _tail, _name, _view, None, auth=None, extra=_answers(*_kinds))
