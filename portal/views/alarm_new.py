"""The way to a new alarm from the list of all: at which device it is made."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from doover_web.identity.models.agent import SORTED_AS
from doover_web.pages.listing import read_listing

from ..fleet import may_alarm_at
from ..page import page
from ..roster import searched


@page
@require_safe
def new(request):
    """The devices at which one may make alarms, each leading to its form."""
    listing = read_listing(request.GET, sorts=["name"])
    devices = may_alarm_at(request)
    ordered = searched(devices, listing.search).select_related("group").order_by(SORTED_AS, "id")
    context = {
        "section": "alarms",
        "listing": listing,
        "page": listing.page(ordered),
        "may_draw": devices.exists(),
    }
    return render(request, "portal/alarm_new.html", context)
