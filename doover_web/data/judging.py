"""Judging documents by the schemas of their channels, within a budget of time."""

import time
from typing import Any

from doover_web.common.wire import Busy

from .schemas import check_fits

SCHEMA_SECONDS = 1.0  # for all the schemas of a batch together


class Judge:
    """One for each batch of writes: a schema that is slow to judge must not hold up everybody's writes."""

    def __init__(self) -> None:
        self._spent = 0.0

    def check(self, document: Any, schema: Any, what: str) -> None:
        """Refuse a document that its channel's schema does not allow; Busy when the batch has judged for too long."""
        if schema is None:
            return
        if self._spent > SCHEMA_SECONDS:
            raise Busy("The server has too many schemas to judge right now; try again in a moment")
        started = time.monotonic()
        try:
            check_fits(document, schema, what)
        finally:
            self._spent += time.monotonic() - started
