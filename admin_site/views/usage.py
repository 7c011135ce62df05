"""What the organisation used, day by day, as bills are made of it."""

from django.db.models import Max, Sum
from django.shortcuts import render
from django.views.decorators.http import require_safe

from doover_web.deployments.models import UsageDay
from doover_web.deployments.usage import FIELDS
from doover_web.identity.models import Organisation
from doover_web.pages import words
from doover_web.pages.export import csv_response
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page

from ..place import organisation_of

SEES = "billing_manager"
LATELY = 30  # days that the figures on top count


@page
@require_safe
def usage(request):
    """The days, the newest first, and what the last thirty of them come to."""
    organisation = organisation_of(request, SEES)
    days = _days(request, organisation).order_by("-day")
    shown = read_listing(request.GET, sorts=["day"]).page(days)
    lately = UsageDay.objects.filter(pk__in=days.values("pk")[:LATELY])
    totals = lately.aggregate(Max("devices"), *[Sum(name) for name in FIELDS if name != "devices"])
    context = {
        "section": "usage",
        "organisation": organisation,
        "page": shown,
        "rows": [(day, words.size(day.bytes), words.size(day.attachment_bytes)) for day in shown],
        "totals": {key.rpartition("__")[0]: value or 0 for key, value in totals.items()},
        "stored": words.size((totals["bytes__sum"] or 0) + (totals["attachment_bytes__sum"] or 0)),
    }
    return render(request, "admin_site/usage.html", context)


@page
@require_safe
def download(request):
    """All of it as a CSV file, the oldest day first."""
    days = _days(request, organisation_of(request, SEES)).order_by("day")
    lines = ([row.day, *(getattr(row, name) for name in FIELDS)] for row in days.iterator(chunk_size=1000))
    return csv_response(request, "usage", ["day", *FIELDS], lines)


def _days(request, organisation: Organisation):
    return UsageDay.objects.visible_to(request.caller).filter(organisation=organisation)
