"""Every organisation, for superusers, who may go to any."""

from django.db.models import Count
from django.shortcuts import render
from django.views.decorators.http import require_safe

from doover_web.common.wire import NotFound
from doover_web.identity.models import Organisation
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page


@page
@require_safe
def organisations(request):
    if not request.caller.is_superuser:
        raise NotFound("There is no such page")
    listing = read_listing(request.GET, sorts=["name"])
    found = Organisation.objects.filter(name__icontains=listing.search).annotate(people=Count("memberships"))
    context = {"section": "organisations", "listing": listing, "page": listing.page(found.order_by("name", "id"))}
    return render(request, "admin_site/organisations.html", context)
