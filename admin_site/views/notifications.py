"""What was sent about the organisation's devices, to whom, and what came of it. Addresses are not shown."""

from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from doover_web.notifications.models import Delivery
from doover_web.notifications.told import log_of
from doover_web.pages.export import csv_response
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page

from ..place import organisation_of

MAY = ("users_manage",)
HEAD = ["time", "device", "severity", "title", "message", "to", "endpoint", "kind", "status", "tries", "problem"]
STATUS_WORDS = {
    Delivery.Status.QUEUED: _("Waiting"),
    Delivery.Status.SENDING: _("Being sent"),
    Delivery.Status.SENT: _("Sent"),
    Delivery.Status.FAILED: _("Not sent"),
    Delivery.Status.GIVEN_UP: _("Given up"),
}


@page
@require_safe
def notifications(request):
    """Newest first."""
    listing, found = _found(request)
    context = {
        "section": "notifications",
        "listing": listing,
        "page": listing.page(found),
        "status": request.GET.get("status", ""),
        "statuses": STATUS_WORDS.items(),
        "filtered": bool(listing.search or request.GET.get("status")),
    }
    return render(request, "admin_site/notifications.html", context)


@page
@require_safe
def download(request):
    """What the filters leave, as CSV."""
    _, found = _found(request)
    return csv_response(request, "notifications", HEAD, (_cells(one) for one in found.iterator(chunk_size=500)))


def _found(request):
    organisation = organisation_of(request, *MAY)
    listing = read_listing(request.GET, sorts=["time"])
    return listing, log_of(organisation.id, search=listing.search, status=request.GET.get("status", ""))


def _cells(one: Delivery) -> tuple:
    told = one.notification
    about = (told.agent.title, told.severity_name, told.headline, told.message) if told else ("", "", "Test", "")
    sent = (one.subscriber.title, one.endpoint_name, one.endpoint_kind)
    return (one.created_at, *about, *sent, one.status, one.attempts, one.problem)
