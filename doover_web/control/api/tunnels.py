"""Remote access to ports that devices can reach (`control-api §3.9`)."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights, rights_over

from ..actions.tunnel import activate_tunnel, change_tunnel, create_tunnel, deactivate_tunnel, remove_tunnel
from ..links import device_linked
from ..models import Tunnel
from ..values import wrong
from ._generated import Tunnel as TunnelOut
from ._generated import TunnelIn
from .devices import devices
from .filters import Filter
from .resource import Resource
from .scope import reached
from .shapes import device_ref

router = Router(tags=["tunnels"])


def rows(request: HttpRequest) -> QuerySet[Tunnel]:
    """Those of the devices whose tunnels the caller may use."""
    seen = Agent.objects.visible_to(request.auth).devices().filter(reached(request))
    held = Tunnel.objects.filter(device__in=seen).values("device")
    usable = [
        one.id
        for one in Agent.objects.filter(pk__in=held).select_related("group")
        if rights_over(request.auth, one) & Rights.TUNNELS
    ]
    return Tunnel.objects.filter(device__in=usable).select_related("device__organisation", "device__group")


def of_device(request: HttpRequest, device: int) -> QuerySet[Tunnel]:
    return rows(request).filter(device=devices.find(request, id=device))


def shape(request: HttpRequest, tunnel: Tunnel) -> dict:
    """All but the password, which is never shown again."""
    return {
        "id": str(tunnel.id),
        "name": tunnel.name,
        "device": device_ref(tunnel.device),
        "endpoint": tunnel.endpoint,
        "endpoint_id": str(tunnel.key) if tunnel.endpoint else "",
        "is_active": tunnel.is_active,
        "hostname": tunnel.hostname,
        "port": tunnel.port,
        "protocol": tunnel.protocol,
        "username": tunnel.username,
        "password": None,
        "timeout": tunnel.timeout,
        "ip_restricted": tunnel.ip_restricted,
        "disable_tls_verification": tunnel.disable_tls_verification,
        "ip_whitelist": tunnel.ip_whitelist,
        "is_favourite": tunnel.is_favourite,
    }


def create(request: HttpRequest, given: dict, device: int | None = None) -> Tunnel:
    if device is not None:
        target = devices.find(request, id=device)
        if given.get("device_id") not in (None, device):
            raise wrong("device_id", "is another device than the address names")
    else:
        target = device_linked(request.auth, given.get("device_id"))
    if target is None:
        raise wrong("device_id", "is needed")
    return create_tunnel(device=target, fields=given, by=request.auth)


def change(request: HttpRequest, tunnel: Tunnel, given: dict) -> Tunnel:
    if given.get("device_id", tunnel.device_id) != tunnel.device_id:
        raise wrong("device_id", "cannot change; make a tunnel at the other device instead")
    return change_tunnel(tunnel=tunnel, fields=given, by=request.auth)


def delete(request: HttpRequest, tunnel: Tunnel) -> None:
    remove_tunnel(tunnel=tunnel, by=request.auth)


def activate(request: HttpRequest, tunnel: Tunnel) -> Tunnel:
    """Ask the device to open it; `is_active` says when it did."""
    return activate_tunnel(tunnel=tunnel, by=request.auth)


def deactivate(request: HttpRequest, tunnel: Tunnel) -> Tunnel:
    """Ask the device to close it."""
    return deactivate_tunnel(tunnel=tunnel, by=request.auth)


def _resource(path: str, name: str, rows: Callable, filters: dict[str, Filter]) -> None:
    made = Resource(
        router=router,
        path=path,
        name=name,
        rows=rows,
        shape=shape,
        out=TunnelOut,
        body=TunnelIn,
        search=["name", "hostname", "device__name", "device__display_name"],
        order={"id": "pk", "name": "name", "device": "device__name"},
        filters=filters,
        create=create,
        change=change,
        delete=delete,
    )
    made.action("activate", activate)
    made.action("deactivate", deactivate)


_resource("/tunnels/", "tunnels", rows, {})
_resource("/devices/{int:device}/tunnels/", "devices_tunnels", of_device, {})
