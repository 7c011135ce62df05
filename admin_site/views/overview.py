"""Overview: how many there are of what, each figure a link to its list."""

from datetime import timedelta

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from doover_web.identity.models import Agent, AuditEntry, Group
from doover_web.identity.standing import visible_groups
from doover_web.pages.page import page

from ..place import MANAGING, may, organisation_of


@page
@require_safe
def overview(request):
    """People, groups and devices of the organisation, and what was done last."""
    organisation = organisation_of(request, *MANAGING)
    sees_people = may(request, organisation, "users_view")
    devices = Agent.objects.visible_to(request.caller).devices().in_use()
    groups = Group.objects.filter(visible_groups(request.caller.standing)).in_use()
    context = {
        "section": "overview",
        "organisation": organisation,
        "devices": devices.filter(organisation=organisation).count(),
        "groups": groups.filter(organisation=organisation).count(),
        "members": organisation.memberships.count() if sees_people else None,
        "pending": organisation.invitations.pending().count() if sees_people else None,
    }
    if may(request, organisation, "users_manage"):
        entries = AuditEntry.objects.told_to(organisation)
        day_ago = timezone.now() - timedelta(days=1)
        context["entries"] = list(entries.order_by("-id")[:8])
        context["refused"] = entries.filter(action="user.login_failed", at__gt=day_ago).count()
    return render(request, "admin_site/overview.html", context)
