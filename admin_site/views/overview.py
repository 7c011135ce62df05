"""Overview: how many there are of what, each figure a link to its list."""

from datetime import timedelta

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from doover_web.control.models import AppInstall
from doover_web.deployments.models import Deployment, Rollout
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
    context |= _fleet(request, organisation, devices)
    if may(request, organisation, "users_manage"):
        entries = AuditEntry.objects.told_to(organisation)
        day_ago = timezone.now() - timedelta(days=1)
        context["entries"] = list(entries.order_by("-id")[:8])
        context["refused"] = entries.filter(action="user.login_failed", at__gt=day_ago).count()
    return render(request, "admin_site/overview.html", context)


def _fleet(request, organisation, devices) -> dict:
    """What of the fleet wants somebody's eyes: installs out of step, deployments that failed or are under way."""
    day_ago = timezone.now() - timedelta(days=1)
    agents = devices.filter(organisation=organisation).values("id")
    deployments = Deployment.objects.filter(agent__in=agents)
    context = {
        "apart": AppInstall.objects.in_use().filter(agent__in=agents, synced="NO").count(),
        "under_way": deployments.open().count(),
        "failed": deployments.filter(status="FAI", created_at__gt=day_ago).count(),
        "new_devices": devices.filter(organisation=organisation, created_at__gt=day_ago).count(),
    }
    if may(request, organisation, "applications_view"):
        moving = Rollout.objects.filter(organisation=organisation, status__in=["running", "paused", "rolling_back"])
        context["moving"] = moving.count()
    return context
