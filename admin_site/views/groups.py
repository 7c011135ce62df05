"""The tree of groups, and one group with its people and devices."""

from dataclasses import dataclass

from django.contrib import messages as notes
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Forbidden, NotFound, Refused
from doover_web.identity.actions import group as verbs
from doover_web.identity.actions.member import grant_group_role, revoke_group_role
from doover_web.identity.models import Agent, Group, GroupGrant, Organisation, User
from doover_web.identity.people import group_roles
from doover_web.identity.permissions import Rights, rights_over
from doover_web.identity.standing import visible_groups
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

from ..place import MANAGING, chosen, id_of, may, organisation_of

TABS = {"people": gettext_lazy("People"), "devices": gettext_lazy("Devices")}


@dataclass(frozen=True, slots=True)
class Branch:
    """A group in the drawn tree: how deep it lies below the highest that one may see, and what hangs in it."""

    group: Group
    depth: int
    devices: int
    people: int

    @property
    def step(self) -> int:
        """How far it is drawn from the edge; very deep ones no farther."""
        return min(self.depth, 8)


SUGGESTED = 200


@page
@require_safe
def groups(request):
    """The tree, from the highest group that one may see."""
    organisation = organisation_of(request, *MANAGING, "access_site")
    listing = read_listing(request.GET, sorts=["tree"])
    archived = "archived" in request.GET
    seen = _seen(request, organisation)
    shown = listing.page(_in_order(seen if archived else seen.in_use(), listing.search))
    context = {
        "section": "groups",
        "listing": listing,
        "page": shown,
        "branches": _branches([group for group, _ in shown], {group.id: depth for group, depth in shown}),
        "archived": archived,
    }
    return render(request, "admin_site/groups.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def group(request, group_id: str):
    """One group, of whichever organisation: who acts in it, what hangs in it, and what may be done with it; for those
    who manage something of the organisation, or look after the group."""
    groups = Group.objects.filter(visible_groups(request.caller.standing)).select_related("parent", "organisation")
    found = groups.filter(pk=id_of(group_id)).first()
    if found is None or not _looks_after(request, found):
        raise NotFound("There is no such group")
    organisation = found.organisation
    if request.method == "POST":
        try:
            target, words = _carry_out(request, found)
            notes.success(request, words)
        except Forbidden:
            raise
        except Refused as refusal:
            notes.error(request, f"{in_words(refusal.message)}.")
            target = request.get_full_path()
        return redirect(target)
    return render(request, "admin_site/group.html", _context(request, organisation, found))


def _looks_after(request, found: Group) -> bool:
    if rights_over(request.caller, found) & (Rights.GROUP_EDIT | Rights.GROUP_MOVE | Rights.PEOPLE_MANAGE):
        return True
    return any(may(request, found.organisation, flag) for flag in MANAGING)


def _seen(request, organisation: Organisation):
    return Group.objects.filter(visible_groups(request.caller.standing), organisation=organisation)


def _in_order(found, search: str) -> list[tuple[Group, int]]:
    """Groups depth first, by name among siblings, each with its depth."""
    known = {group.id: group for group in found.only("id", "name", "parent_id", "lineage", "archived_at")}

    def path(group: Group) -> list[tuple[str, int]]:
        return [(known[one].name.casefold(), one) for one in group.lineage if one in known]

    rows = sorted(((group, path(group)) for group in known.values()), key=lambda row: row[1])
    wanted = search.casefold()
    return [(group, len(names) - 1) for group, names in rows if wanted in group.name.casefold()]


def _branches(shown: list[Group], depths: dict[int, int]) -> list[Branch]:
    ids = [group.id for group in shown]
    devices = Count("agents", filter=Q(agents__archived_at=None, agents__kind="device"), distinct=True)
    counted = Group.objects.filter(pk__in=ids).annotate(devices=devices, people=Count("grants", distinct=True))
    counts = {one.id: (one.devices, one.people) for one in counted}
    return [Branch(group, depths[group.id], *counts[group.id]) for group in shown]


def _context(request, organisation: Organisation, found: Group) -> dict:
    rights = rights_over(request.caller, found)
    gives_roles = bool(rights & Rights.PEOPLE_MANAGE) or may(request, organisation, "user_permissions_manage")
    sees_people = gives_roles or bool(rights & Rights.PEOPLE_VIEW) or may(request, organisation, "users_view")
    tab = request.GET.get("tab", "people")
    tab = tab if tab in TABS and (sees_people or tab != "people") else "devices"
    above = {one.id: one for one in _seen(request, organisation).filter(pk__in=found.lineage)}
    in_use = list(_seen(request, organisation).in_use().order_by("lineage"))
    return {
        "section": "groups",
        "group": found,
        "is_elsewhere": organisation.id != request.caller.organisation_id,
        "above": [above[one] for one in found.lineage[:-1] if one in above],
        "below": found.children.filter(visible_groups(request.caller.standing)).order_by("name")[:100],
        "tabs": TABS if sees_people else {"devices": TABS["devices"]},
        "tab": tab,
        "page": _tab_page(request, found, tab),
        "may_edit": bool(rights & Rights.GROUP_EDIT),
        "may_move": bool(rights & Rights.GROUP_MOVE) and not found.is_root,
        "gives_roles": gives_roles,
        "group_roles": group_roles(organisation) if gives_roles else [],
        "members": _members(organisation) if gives_roles and may(request, organisation, "users_view") else [],
        "targets": [one for one in in_use if found.id not in one.lineage],
        "others": [one for one in in_use if one.id != found.id],
    }


def _tab_page(request, found: Group, tab: str):
    listing = read_listing(request.GET, sorts=["name"])
    if tab == "devices":
        devices = Agent.objects.visible_to(request.caller).filter(group=found, kind__in=("device", "dashboard"))
        return listing.page(devices.order_by("name", "id"))
    grants = GroupGrant.objects.filter(group__in=found.lineage).select_related("user__agent", "role", "group")
    return listing.page(grants.order_by("user__agent__display_name", "user__email", "id"))


def _members(organisation: Organisation):
    """The first members, as suggestions; anybody else's address can be written out."""
    people = User.objects.filter(memberships__organisation=organisation, is_active=True).select_related("agent")
    return people.order_by("agent__display_name", "email")[:SUGGESTED]


def _member(organisation: Organisation, written: str) -> User:
    """The member with this e-mail address."""
    people = User.objects.filter(memberships__organisation=organisation).select_related("agent")
    found = people.filter(email__iexact=written.strip()).first() if "\x00" not in written else None
    if found is None:
        raise BadRequest(_("No member of the organisation has this e-mail address"), code="no_member")
    return found


def _carry_out(request, found: Group) -> tuple[str, str]:
    """Do what a form of the page asks for; returns where to go and what to say."""
    asked, by, here = request.POST, request.caller, request.get_full_path()
    seen = _seen(request, found.organisation)
    match asked.get("do"):
        case "create":
            made = verbs.create_group(parent=found, name=asked.get("name", ""), by=by)
            return f"/admin-portal/groups/{made.id}/", _("Group %(group)s created.") % {"group": made}
        case "rename":
            return here, _("Now called %(by)s.") % {
                "by": verbs.rename_group(group=found, name=asked.get("name", ""), by=by)
            }
        case "move":
            parent = _needed(chosen(asked.get("parent", ""), seen))
            verbs.move_group(group=found, parent=parent, by=by)
            return here, _("Moved below %(parent)s.") % {"parent": parent}
        case "archive":
            verbs.archive_group(group=found, by=by)
            return here, _("Archived, with everything below it.")
        case "unarchive":
            verbs.unarchive_group(group=found, by=by)
            return here, _("In use again.")
        case "delete":
            verbs.delete_group(group=found, by=by)
            return "/admin-portal/groups/", _("Group deleted.")
        case "grant" | "revoke":
            return here, _give_or_take(request, found)
        case "device":
            device = _needed(chosen(asked.get("device", ""), Agent.objects.visible_to(by).filter(group=found)))
            target = _needed(chosen(asked.get("target", ""), seen))
            verbs.move_device(device=device, group=target, by=by)
            return here, _("%(device)s is now in %(target)s.") % {"device": device, "target": target}
    raise BadRequest(_("This form is not known here"), code="bad_form")


def _give_or_take(request, found: Group) -> str:
    asked, by = request.POST, request.caller
    if asked["do"] == "grant":
        person = _member(found.organisation, asked.get("person", ""))
        role = _needed(chosen(asked.get("group_role", ""), group_roles(found.organisation)))
        grant_group_role(group=found, user=person, role=role, by=by)
        return _("%(user)s is %(role)s here now.") % {"user": person.get_full_name(), "role": role}
    held = GroupGrant.objects.filter(group=found).select_related("group", "role", "user__agent")
    grant = _needed(chosen(asked.get("grant", ""), held))
    revoke_group_role(grant=grant, by=by)
    return _("%(user)s is no longer %(role)s here.") % {"user": grant.user.get_full_name(), "role": grant.role}


def _needed(choice):
    if choice is None:
        raise BadRequest(_("Choose one of the list"), code="no_choice")
    return choice
