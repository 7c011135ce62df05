"""Who may see a device, and why."""

from django.db.models import Q
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doover_web.common.wire import Forbidden, NotFound
from doover_web.identity.callers import standings_of
from doover_web.identity.models import Agent, SharingProfile, User
from doover_web.identity.permissions import Rights, may_administer, rights_over, subject_of
from doover_web.identity.standing import Standing, Subject, reasons, rights_of
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page

from ..place import id_of
from ..words import rights_in_words


@page
@require_safe
def device(request, agent_id: str):
    """Everyone with rights over a device: what they may do, and each ground for it."""
    agent = Agent.objects.visible_to(request.caller).filter(pk=id_of(agent_id), kind__in=("device", "dashboard"))
    found = agent.select_related("organisation", "group").first()
    if found is None:
        raise NotFound("There is no such device")
    _check_may_ask(request.caller, found)
    listing = read_listing(request.GET, sorts=["name"])
    shown = listing.page(_candidates(found, listing.search))
    subject, standings = subject_of(found), standings_of(shown)
    rows = [_row(person, standings[person.id], subject) for person in shown]
    may_configure = found.kind == Agent.Kind.DEVICE and bool(rights_over(request.caller, found) & Rights.CONFIGURE)
    context = {
        "section": "devices",
        "agent": found,
        "rows": rows,
        "page": shown,
        "listing": listing,
        "may_configure": may_configure,
    }
    return render(request, "admin_site/device_access.html", context)


def _row(person: User, standing: Standing, subject: Subject) -> dict:
    """The address of somebody from another organisation is not ours to show."""
    known = subject.organisation_id in standing.members
    return {
        "person": person,
        "email": person.email if known else _("from another organisation"),
        "rights": rights_in_words(rights_of(standing, subject)),
        "reasons": reasons(standing, subject),
    }


def _check_may_ask(caller, agent: Agent) -> None:
    in_organisation = may_administer(caller.standing, agent.organisation_id, "users_view")
    in_group = agent.group is not None and rights_over(caller, agent.group) & Rights.PEOPLE_VIEW
    if not in_organisation and not in_group:
        raise Forbidden(_("This takes the permission users_view, or group_users_view there"), code="no_permission")


def _candidates(agent: Agent, search: str):
    """People who have a ground to stand on: a role above the device, a loan of it, or all rights."""
    flag = "dashboard_view" if agent.kind == Agent.Kind.DASHBOARD else "device_view"
    lineage = agent.group.lineage if agent.group else []
    lent = SharingProfile.objects.filter(Q(devices=agent) | Q(groups__in=lineage), role__flags__contains=[flag])
    at_takers = Q(grants__group__parent=None, grants__role__flags__contains=[flag])
    takers = lent.values("taker_id")
    grounds = (
        Q(is_superuser=True)
        | Q(grants__group__in=lineage, grants__role__flags__contains=[flag])
        | (at_takers & Q(grants__group__organisation__in=takers, memberships__organisation__in=takers))
    )
    people = User.objects.filter(pk__in=User.objects.filter(grounds).values("pk"), is_active=True)
    if search:
        people = people.filter(Q(agent__display_name__icontains=search) | Q(email__icontains=search))
    return people.select_related("agent").order_by("agent__display_name", "email")
