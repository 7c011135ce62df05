"""Who may see a device, and why."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doover_web.common.wire import Forbidden, NotFound
from doover_web.identity.models import Agent
from doover_web.identity.people import holders_of, may_see_people, people_of
from doover_web.identity.permissions import Rights, rights_over
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page

from ..place import id_of


@page
@require_safe
def device(request, agent_id: str):
    """Everyone with rights over a device: what they may do, and each ground for it."""
    agent = Agent.objects.visible_to(request.caller).filter(pk=id_of(agent_id), kind__in=("device", "dashboard"))
    found = agent.select_related("organisation", "group").first()
    if found is None:
        raise NotFound("There is no such device")
    if not may_see_people(request.caller, found):
        raise Forbidden(_("This takes the permission users_view, or group_users_view there"), code="no_permission")
    listing = read_listing(request.GET, sorts=["name"])
    shown = listing.page(people_of(found, listing.search))
    may_configure = found.kind == Agent.Kind.DEVICE and bool(rights_over(request.caller, found) & Rights.CONFIGURE)
    context = {
        "section": "devices",
        "agent": found,
        "rows": holders_of(found, list(shown)),
        "page": shown,
        "listing": listing,
        "may_configure": may_configure,
    }
    return render(request, "admin_site/device_access.html", context)
