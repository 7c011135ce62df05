"""The members of an organisation, and one of them with everything they may do."""

from dataclasses import dataclass

from django.contrib import messages as notes
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from doover_web.common.wire import BadRequest, NotFound, Refused
from doover_web.identity.actions.member import change_role, grant_group_role, remove_member, revoke_group_role
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, Group, GroupGrant, Membership, Organisation, User
from doover_web.identity.people import group_roles, organisation_roles, rights_in_words
from doover_web.identity.permissions import explain, require, rights_over
from doover_web.identity.sessions import start_assuming
from doover_web.pages.export import csv_response
from doover_web.pages.listing import Listing, read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

from ..place import chosen, id_of, may, organisation_of
from ..words import FLAGS

SORTS = {"name": "user__agent__display_name", "email": "user__email", "seen": "user__last_login"}


@dataclass(frozen=True, slots=True)
class Row:
    membership: Membership
    grants: list[GroupGrant]


@page
@require_safe
def users(request):
    """Members with their role and groups."""
    organisation = organisation_of(request, "users_view")
    listing = read_listing(request.GET, sorts=list(SORTS))
    shown = listing.page(_members(organisation, listing))
    grants: dict[int, list[GroupGrant]] = {}
    people = [membership.user_id for membership in shown]
    held = GroupGrant.objects.filter(group__organisation=organisation, user__in=people)
    for grant in held.select_related("group", "role").order_by("id"):
        grants.setdefault(grant.user_id, []).append(grant)
    context = {
        "section": "users",
        "listing": listing,
        "page": shown,
        "rows": [Row(membership, grants.get(membership.user_id, [])) for membership in shown],
        "pending": organisation.invitations.pending().count(),
    }
    return render(request, "admin_site/users.html", context)


@page
@require_safe
def download(request):
    """The list of members as CSV, with the same search."""
    organisation = organisation_of(request, "users_view")
    members = _members(organisation, read_listing(request.GET, sorts=list(SORTS)))
    rows = (
        (one.user.get_full_name(), one.user.email, one.role, one.created_at, one.user.last_login)
        for one in members.iterator(chunk_size=500)
    )
    return csv_response(request, "users", ["name", "e-mail", "role", "member since", "last sign-in"], rows)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def user(request, user_id: str):
    """What a person may do here, and why; their role and group roles can be changed."""
    membership = _membership(request, id_of(user_id))
    if request.method == "POST":
        try:
            notes.success(request, _carry_out(request, membership))
        except Refused as refusal:
            notes.error(request, f"{in_words(refusal.message)}.")
        gone = not Membership.objects.filter(pk=membership.pk).exists()
        return redirect("admin_site:users") if gone else redirect("admin_site:user", user_id)
    return render(request, "admin_site/user.html", _context(request, membership))


def _membership(request, user_id: int) -> Membership:
    """Of a person in the organisation that the caller is in, else in the first other whose people the caller may see.
    NotFound when there is none."""
    here = request.caller.organisation_id
    found = Membership.objects.filter(user_id=user_id).select_related("user__agent", "role", "organisation")
    memberships = sorted(found, key=lambda one: (one.organisation_id != here, one.id))
    seen = next((one for one in memberships if may(request, one.organisation, "users_view")), None)
    if seen is None:
        require(request.caller, here or 0, ["users_view"])
        raise NotFound("There is no such member")
    return seen


@page
@require_POST
def assume(request, user_id: str):
    """Act as a person, for superusers."""
    found = User.objects.select_related("agent").filter(pk=id_of(user_id)).first()
    if found is None or not (request.caller.is_superuser or request.caller.assumed_by_id):
        raise NotFound("There is no such page")
    start_assuming(session=request.session, user=found, by=request.caller)
    return redirect("portal:home")


def _members(organisation: Organisation, listing: Listing):
    found = organisation.memberships.select_related("user__agent", "role")
    if listing.search:
        named = Q(user__agent__display_name__icontains=listing.search) | Q(user__email__icontains=listing.search)
        found = found.filter(named | Q(role__name__icontains=listing.search))
    return found.order_by(f"{'-' if listing.descending else ''}{SORTS[listing.sort]}", "user__email", "id")


def _carry_out(request, membership: Membership) -> str:
    """Do what a form of the page asks for; returns what to say."""
    organisation, asked, by = membership.organisation, request.POST, request.caller
    if asked.get("do") == "role":
        change_role(membership=membership, role=chosen(asked.get("role", ""), organisation_roles(organisation)), by=by)
        return _("Role changed.")
    if asked.get("do") == "remove":
        remove_member(membership=membership, by=by)
        return _("%(user)s is no longer a member.") % {"user": membership.user.get_full_name()}
    if asked.get("do") == "grant":
        group = chosen(asked.get("group", ""), organisation.groups.all())
        role = chosen(asked.get("group_role", ""), group_roles(organisation))
        if group is None or role is None:
            raise BadRequest(_("Choose a group and a role"), code="no_choice")
        grant_group_role(group=group, user=membership.user, role=role, by=by)
        return f"{role} in {group}."
    if asked.get("do") == "revoke":
        held = GroupGrant.objects.filter(user=membership.user, group__organisation=organisation)
        grant = chosen(asked.get("grant", ""), held.select_related("group", "role", "user__agent"))
        if grant is not None:
            revoke_group_role(grant=grant, by=by)
        return _("Group role taken away.")
    raise BadRequest(_("This form is not known here"), code="bad_form")


def _context(request, membership: Membership) -> dict:
    organisation = membership.organisation
    caller, listing = caller_of_user(membership.user), read_listing(request.GET, sorts=["name"])
    devices = Agent.objects.visible_to(caller).devices().in_use().visible_to(request.caller)
    if listing.search:
        devices = devices.filter(Q(name__icontains=listing.search) | Q(display_name__icontains=listing.search))
    shown = listing.page(devices.select_related("group", "organisation").order_by("name", "id"))
    rows = [(one, rights_in_words(rights_over(caller, one)), explain(caller, one)) for one in shown]
    flags = membership.role.flags if membership.role else []
    manages = may(request, organisation, "users_manage")
    return {
        "section": "users",
        "membership": membership,
        "is_elsewhere": organisation.id != request.caller.organisation_id,
        "person": membership.user,
        "flags": [FLAGS[flag] for flag in flags if flag in FLAGS],
        "grants": GroupGrant.objects.filter(user=membership.user, group__organisation=organisation)
        .select_related("group", "role")
        .order_by("id"),
        "rows": rows,
        "page": shown,
        "listing": listing,
        "may_change": manages or may(request, organisation, "user_permissions_manage"),
        "may_remove": manages,
        "may_assume": request.caller.is_superuser and not membership.user.is_superuser,
        "roles": organisation_roles(organisation),
        "group_roles": group_roles(organisation),
        "groups": Group.objects.filter(organisation=organisation).in_use().order_by("lineage"),
    }
