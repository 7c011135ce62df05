"""How many alarms are open, as the frame of every page shows it: of a large fleet as it was a moment ago."""

import time

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from doover_web.data.alarm_lists import alarms_of_many
from doover_web.data.models import Alarm

from .fleet import LARGE, MOST_REMEMBERED, REMEMBERED, agents_around, fleet_of

OPEN = ("Alarm", "AlarmPending")
MOST = 99  # beyond it the number says nothing more
# By the query that finds them, which holds what its reader may see: until when it counts, and the number.
_NUMBERS: dict[str, tuple[float, int]] = {}


def open_of(caller, agents) -> QuerySet[Alarm]:
    """The alarms of these agents that are on or about to be, and that the caller may see."""
    return alarms_of_many(caller, agents).filter(enabled=True, state__in=OPEN)


def number_open(request) -> int:
    """How many there are where the person is, up to `MOST + 1`; worked out once for a request."""
    if not hasattr(request, "number_of_open_alarms"):
        request.number_of_open_alarms = _counted(request)
    return request.number_of_open_alarms


def _counted(request) -> int:
    found = open_of(request.caller, agents_around(request, None))
    if fleet_of(request).total < LARGE:
        return _number(found)
    try:
        asked = str(found.values("id").query)
    except EmptyResultSet:
        return 0
    until, number = _NUMBERS.get(asked, (0.0, 0))
    if time.monotonic() < until:
        return number
    number = _number(found)
    if len(_NUMBERS) >= MOST_REMEMBERED:
        _NUMBERS.clear()
    _NUMBERS[asked] = time.monotonic() + REMEMBERED, number
    return number


def _number(found: QuerySet[Alarm]) -> int:
    return found.order_by().values("id")[: MOST + 1].count()
