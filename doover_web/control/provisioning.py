"""Routines that set a new device up, by the name that its type gives (`hooks`, `control-api §3.5, §3.6`).

A routine is a function named in `DEVICE_HOOKS`. It runs in the transaction that makes the device: what it refuses is
not made.
"""

import logging
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from doover_web.common.wire import Conflict, Refused
from doover_web.identity.actions.credential import set_self_rotation
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent

from .models import DeviceType
from .values import choice

log = logging.getLogger(__name__)


def hook_named(field: str, value: Any) -> str:
    """The name of a routine there is; nothing is none."""
    return "" if value in (None, "") else choice(settings.DEVICE_HOOKS)(field, value)


def provision(*, device: Agent, kind: DeviceType, by: Caller | None) -> None:
    """Run the routine that the device's type names. Conflict when it cannot be run."""
    if not kind.hooks:
        return
    try:
        import_string(settings.DEVICE_HOOKS[kind.hooks])(device=device, by=by)
    except Refused:
        raise
    except Exception as problem:
        log.exception("The routine %s failed for %s", kind.hooks, device.id)
        words = f"The device was not made: {kind.hooks!r}, which sets devices of this type up, failed"
        raise Conflict(words, code="not_provisioned") from problem


def rotate_tokens(*, device: Agent, by: Caller | None) -> None:
    """The device may replace its own token (`data-api §4.10`); the server itself says so, for all of a type."""
    set_self_rotation(device=device, on=True, by=None)
