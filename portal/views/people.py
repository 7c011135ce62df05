"""People and sharing: who may see a device or a group, through which role; roles in a group given, taken and offered
by mail."""

from allauth.core import ratelimit
from django.contrib import messages as notes
from django.db.models import F
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Forbidden, Refused
from doover_web.identity.actions.invitation import MAY_INVITE, invite, resend_invitation, withdraw_from_group
from doover_web.identity.actions.member import grant_group_role, revoke_group_role
from doover_web.identity.callers import standing_of_user
from doover_web.identity.flags import GUEST
from doover_web.identity.models import Agent, Group, GroupGrant, GroupRole, Invitation, OrganisationRole, User
from doover_web.identity.people import group_roles, holders_of, may_see_people, people_of
from doover_web.identity.permissions import Rights, may_administer, rights_over
from doover_web.identity.sent import hands_over, on_its_way
from doover_web.pages.listing import read_listing
from doover_web.pages.permission_words import in_words

from ..page import page
from ..ui.frame import device_context
from .groups import above, group_to_see

MOST_PENDING = 100


@page
@require_safe
def device(request, agent_id: str):
    """Who may see a device and why; roles are given in the groups above it."""
    context = device_context(request, agent_id, "people")
    agent = context["agent"]
    _check(request.caller, agent)
    rights = rights_over(request.caller, agent.group) if agent.group is not None else Rights(0)
    context |= {
        **_shown(request, agent),
        "group": agent.group if rights & Rights.GROUP_VIEW else None,
        "gives": agent.group is not None and _gives(request.caller, agent.group, rights),
    }
    return render(request, "portal/device_people.html", context)


@page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def group(request, group_id: str):
    """Who may see a group and why; who has a role in it, and who is asked to take one."""
    here, rights = group_to_see(request, group_id)
    _check(request.caller, here)
    problem, made = "", None
    if request.method == "POST":
        if not _gives(request.caller, here, rights):
            raise Forbidden(_("This takes the permission group_users_manage there"), code="no_permission")
        is_mail = request.POST.get("do") in ("invite", "resend")
        if is_mail and (limited := ratelimit.consume_or_429(request, action="invite")):
            return limited
        try:
            said, sent = _carry_out(request, here)
            if sent is None or not hands_over(request):
                notes.success(request, said)
                return redirect("portal:group_people", here.id)
            made = sent
        except Refused as refusal:
            if refusal.status not in (400, 409):
                raise
            problem = in_words(refusal.message)
    request.group_way = here.lineage
    context = {
        **_shown(request, here),
        **_roles(request, here, rights),
        "section": "groups-tree",
        "group": here,
        "above": above(request, here),
        "asked": request.POST if problem else {},
        "problem": problem,
        "made": made,
    }
    return render(request, "portal/group_people.html", context, status=400 if problem else 200)


def _check(caller, thing: Agent | Group) -> None:
    if not may_see_people(caller, thing):
        raise Forbidden(_("This takes the permission users_view, or group_users_view there"), code="no_permission")


def _shown(request, thing: Agent | Group) -> dict:
    listing = read_listing(request.GET, sorts=["name"])
    shown = listing.page(people_of(thing, listing.search))
    return {"listing": listing, "page": shown, "rows": holders_of(thing, list(shown))}


def _roles(request, here: Group, rights: Rights) -> dict:
    """What hangs on the group itself: roles held in it, invitations to one, and what one may do with them."""
    gives = _gives(request.caller, here, rights)
    may_invite = gives and any(
        may_administer(request.caller.standing, here.organisation_id, flag) for flag in MAY_INVITE
    )
    held = GroupGrant.objects.filter(group=here).select_related("user__agent", "role")
    return {
        "gives": gives,
        "may_invite": may_invite,
        "roles": group_roles(here.organisation) if gives else [],
        "held": held.order_by("user__agent__display_name", "id")[:200] if gives else [],
        "pending": _pending(here).order_by("-last_invited", "-id")[:MOST_PENDING] if may_invite else [],
    }


def _gives(caller, here: Group, rights: Rights) -> bool:
    may = may_administer(caller.standing, here.organisation_id, "user_permissions_manage")
    return may or bool(rights & Rights.PEOPLE_MANAGE)


def _pending(here: Group):
    """The invitations that come with a role in this very group."""
    found = Invitation.objects.pending().filter(organisation_id=here.organisation_id, groups__group=here)
    return found.select_related("invited_by__agent").annotate(role_here=F("groups__role__name"))


def _carry_out(request, here: Group) -> tuple[str, Invitation | None]:
    """Do what a form of the page asks for; returns the sentence to show, and the invitation that went out."""
    form, by = request.POST, request.caller
    deed = form.get("do", "")
    if deed == "invite":
        return _give(here, form.get("email", ""), _role(here, form.get("role", "")), form.get("message", ""), by)
    if deed == "remove":
        grant = _one(
            GroupGrant.objects.filter(group=here).select_related("group", "role", "user__agent"), form, "grant"
        )
        revoke_group_role(grant=grant, by=by)
        gone = {"user": grant.user.get_full_name(), "role": grant.role}
        return _("%(user)s is no longer %(role)s here.") % gone, None
    invitation = _one(_pending(here).select_related("organisation"), form, "invitation")
    if deed == "resend":
        resend_invitation(invitation=invitation, by=by)
        return on_its_way(invitation, again=True), invitation
    if deed == "withdraw":
        if withdraw_from_group(invitation=invitation, group=here, by=by):
            return _("The invitation of %(email)s is withdrawn.") % {"email": invitation.email}, None
        said = _("%(email)s is no longer invited to this group. The rest of the invitation stays.")
        return said % {"email": invitation.email}, None
    raise BadRequest(_("This form is out of date; load the page anew"))


def _give(here: Group, email: str, role: GroupRole, message: str, by) -> tuple[str, Invitation | None]:
    """A member gets the role at once; anybody else is asked by mail to join as a guest who has it."""
    members = User.objects.filter(memberships__organisation=here.organisation).select_related("agent")
    member = members.filter(email__iexact=email.replace("\x00", "").strip()).first()
    if member is not None:
        grant_group_role(group=here, user=member, role=role, by=by)
        said = _("%(user)s is %(role)s here now.") % {"user": member.get_full_name(), "role": role}
        is_open = may_administer(standing_of_user(member), here.organisation_id, "access_site")
        return _with_site(said, is_open), None
    guest = OrganisationRole.objects.built_in(GUEST)
    made = invite(
        organisation=here.organisation,
        email=email,
        role=guest,
        groups=[(here, role)],
        message=message,
        keeps_role=True,
        by=by,
    )
    return _with_site(on_its_way(made), made.role is not None and "access_site" in made.role.flags), made


def _with_site(said: str, is_open: bool) -> str:
    closed = _("This site stays closed to them until they have a role in the organisation that opens it.")
    return said if is_open else f"{said} {closed}"


def _role(here: Group, text: str) -> GroupRole:
    found = next((one for one in group_roles(here.organisation) if str(one.id) == text), None)
    if found is None:
        raise BadRequest(_("Choose a role of the list"))
    return found


def _one(found, form, name: str):
    text = form.get(name, "")
    one = found.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 19 else None
    if one is None:
        raise BadRequest(_("It is gone already; load the page anew"))
    return one
