"""How many alarms are open, as the frame of every page shows it: of a large fleet as it was a moment ago."""

from django.db.models import QuerySet

from doover_web.data.alarm_lists import alarms_of_many
from doover_web.data.models import Alarm

from .fleet import agents_around, lately

OPEN = ("Alarm", "AlarmPending")
MOST = 99  # beyond it the number says nothing more


def open_of(caller, agents) -> QuerySet[Alarm]:
    """The alarms of these agents that are on or about to be, and that the caller may see."""
    return alarms_of_many(caller, agents).filter(enabled=True, state__in=OPEN)


def number_open(request) -> int:
    """How many there are where the person is, up to `MOST + 1`; worked out once for a request."""
    if not hasattr(request, "number_of_open_alarms"):
        request.number_of_open_alarms = lately(request, "open alarms", lambda: _number(request))
    return request.number_of_open_alarms


def _number(request) -> int:
    found = open_of(request.caller, agents_around(request, None))
    return found.order_by().values("id")[: MOST + 1].count()
