"""Credentials for TURN servers, which carry camera streams past firewalls (`data-api §14.2`).

The scheme is coturn's shared secret: the server there checks the signature, so nothing is stored here.
"""

import base64
import hashlib
import hmac
import time

from django.conf import settings

from doover_web.common.wire import BadRequest, Forbidden, NotFound
from doover_web.data.access import parse_id, reach_agent
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

ROLES = ("client", "device")
LONGEST_NAME = 255


def turn_credentials(caller: Caller, *, role: str, camera: str, device_id: str | int | None) -> dict:
    """Credentials for the caller and the camera of a device: `username`, `credential`, `ttl` (s), `expires_at` (epoch
    s) and `uris`. `role` "device" is the device itself, which need not name itself; a "client" looks at one.

    Raises BadRequest, NotFound for a device that is not to be seen and where TURN is not set up, Forbidden without the
    right to it.
    """
    if role not in ROLES:
        raise BadRequest('role is "client" or "device"', code="bad_role")
    if not camera or len(camera) > LONGEST_NAME:
        raise BadRequest(f"camera_name is a text of 1 to {LONGEST_NAME} characters", code="bad_camera")
    _check(caller, role, device_id)
    if not settings.TURN_URIS or not settings.TURN_SECRET:
        settings_ = " (DOOVER_TURN_URIS, DOOVER_TURN_SECRET)" if caller.is_superuser else ""
        raise NotFound(f"TURN is not set up on this server{settings_}", code="no_turn")
    expires_at = int(time.time()) + settings.TURN_SECONDS
    username = f"{expires_at}:{caller.agent_id}"
    signature = hmac.new(settings.TURN_SECRET.encode(), username.encode(), hashlib.sha1).digest()
    return {
        "username": username,
        "credential": base64.b64encode(signature).decode(),
        "ttl": settings.TURN_SECONDS,
        "expires_at": expires_at,
        "uris": list(settings.TURN_URIS),
    }


def _check(caller: Caller, role: str, device_id: str | int | None) -> None:
    wanted = caller.agent_id if device_id is None else parse_id(device_id)
    if wanted == caller.agent_id and caller.kind == Agent.Kind.USER:  # everybody may do everything with themselves
        raise BadRequest("Name the device whose camera it is: device_id", code="no_device")
    reach = reach_agent(caller, wanted)
    if role == "device" and reach.agent_id != caller.agent_id:
        raise Forbidden('Only the device itself asks with the role "device"', code="not_own_device")
    if not reach.rights & Rights.TURN:
        raise Forbidden("You may not look through this device's cameras (turn_client_connect)", code="no_turn_right")
