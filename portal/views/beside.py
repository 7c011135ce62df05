"""What stands beside the list of devices: open alarms and what happened last; read after the page."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..fleet import agents_around, group_asked
from ..happened import around, newest_lines
from ..page import page
from .alarm_overview import open_rows

MOST_ALARMS, MOST_LINES = 5, 5


@page
@require_safe
def beside(request):
    """Both cards, of all that one sees or of a group with all below it."""
    group = group_asked(request)
    alarms, number = open_rows(request.caller, agents_around(request, group), MOST_ALARMS)
    context = {
        "group": group,
        "is_read": True,
        "open_alarms": alarms,
        "open_alarms_more": number - len(alarms),
        "happened": newest_lines(request, around(request, group), MOST_LINES),
    }
    return render(request, "portal/_beside.html", context)
