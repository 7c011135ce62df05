"""Telling open sockets and remembered rights that somebody's rights, or everybody's, may have changed; and telling who
watches over groups that devices came to another place in them."""

import functools
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from .models import Agent

log = logging.getLogger(__name__)


def rights_changed(*agent_ids: int) -> None:
    """After the commit, have the rights of these agents looked at again everywhere; of everyone without arguments."""
    transaction.on_commit(lambda: _tell(agent_ids))


def devices_moved(devices: QuerySet[Agent]) -> None:
    """Have the listeners (`MOVE_LISTENERS`) look at devices that hang elsewhere now, or are in use again; at once, in
    the transaction of the change: the rows they write stand or fall with it."""
    for listener in _move_listeners(tuple(settings.MOVE_LISTENERS)):
        listener(devices)


def _tell(agent_ids: tuple[int, ...]) -> None:
    for listener in _listeners():
        try:
            listener(agent_ids)
        except Exception:
            log.exception("A listener failed: %s", listener.__module__)


@functools.cache
def _listeners() -> list[Callable[[tuple[int, ...]], None]]:
    return [import_string(path) for path in settings.RIGHTS_LISTENERS]


@functools.cache
def _move_listeners(paths: tuple[str, ...]) -> list[Callable[[QuerySet[Agent]], None]]:
    return [import_string(path) for path in paths]
