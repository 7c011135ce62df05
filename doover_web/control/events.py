"""What was decided about the fleet, as plain records, and `announce`, which tells those who make it so.

Listeners (`FLEET_LISTENERS`) run at once, in the transaction of the change: the rows they write stand or fall with it.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from doover_web.identity.auth import Caller

from .models import AppInstall


@dataclass(frozen=True, slots=True)
class DeployWanted:
    """These installs shall run as they are described now."""

    installs: tuple[AppInstall, ...]
    by: Caller | None


@dataclass(frozen=True, slots=True)
class RemovalWanted:
    """This install shall stop and leave its agent: it was archived, or its row goes right after this."""

    install: AppInstall
    by: Caller | None
    is_final: bool


@dataclass(frozen=True, slots=True)
class ReturnWanted:
    """This install came back from the archive and shall run as it did when it went."""

    install: AppInstall
    by: Caller | None


FleetEvent = DeployWanted | RemovalWanted | ReturnWanted


def announce(event: FleetEvent) -> None:
    """Tell every listener, in order."""
    for listener in _listeners(tuple(settings.FLEET_LISTENERS)):
        listener(event)


@functools.cache
def _listeners(names: tuple[str, ...]) -> tuple[Callable[[FleetEvent], None], ...]:
    return tuple(import_string(name) for name in names)
