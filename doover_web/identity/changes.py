"""Telling open sockets and remembered rights that somebody's rights, or everybody's, may have changed."""

import functools
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

log = logging.getLogger(__name__)


def rights_changed(*agent_ids: int) -> None:
    """After the commit, have the rights of these agents looked at again everywhere; of everyone without arguments."""
    transaction.on_commit(lambda: _tell(agent_ids))


def _tell(agent_ids: tuple[int, ...]) -> None:
    for listener in _listeners():
        try:
            listener(agent_ids)
        except Exception:
            log.exception("A listener failed: %s", listener.__module__)


@functools.cache
def _listeners() -> list[Callable[[tuple[int, ...]], None]]:
    return [import_string(path) for path in settings.RIGHTS_LISTENERS]
