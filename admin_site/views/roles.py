"""The roles of an organisation as a matrix of permissions, and one role as a form."""

from django.contrib import messages as notes
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import NotFound, Refused
from doover_web.identity.actions import role as verbs
from doover_web.identity.flags import GROUP_FLAGS, ORGANISATION_FLAGS
from doover_web.identity.guard import group_flags
from doover_web.identity.models import GroupRole, Organisation, OrganisationRole
from doover_web.identity.people import group_roles, organisation_roles
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

from ..place import chosen, id_of, may, organisation_of
from ..words import areas_of

MODELS = {"organisation": OrganisationRole, "group": GroupRole}
HOLDERS = {"organisation": "memberships", "group": "grants"}
NAMES = {"organisation": gettext_lazy("In the organisation"), "group": gettext_lazy("In groups")}
ALL_FLAGS = {"organisation": ORGANISATION_FLAGS, "group": GROUP_FLAGS}


@page
@require_safe
def roles(request):
    """Which role holds which permission."""
    organisation = organisation_of(request, "users_view")
    kind = request.GET.get("kind", "organisation")
    kind = kind if kind in MODELS else "organisation"
    offered = organisation_roles(organisation) if kind == "organisation" else group_roles(organisation)
    shown = read_listing(request.GET, sorts=["name"]).page(offered)
    context = {
        "section": "roles",
        "kind": kind,
        "kinds": NAMES,
        "page": shown,
        "matrix": [
            (area, [(words, [flag in role.flags for role in shown]) for flag, words in flags])
            for area, flags in areas_of(kind)
        ],
        "archived": MODELS[kind].objects.filter(organisation=organisation, archived_at__isnull=False).order_by("name"),
        "may_change": may(request, organisation, verbs.MANAGES),
    }
    return render(request, "admin_site/roles.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request, kind: str):
    """A role of one's own."""
    organisation = organisation_of(request, verbs.MANAGES)
    blank = MODELS[kind](organisation=organisation)
    return _form(request, organisation, kind, blank, lambda values: _create(request, organisation, kind, values))


@page
@require_http_methods(["GET", "HEAD", "POST"])
def role(request, kind: str, role_id: str):
    """One role: its permissions, who has it, and the form to change it."""
    organisation = organisation_of(request, "users_view")
    known = MODELS[kind].objects.filter(Q(organisation=organisation) | Q(organisation=None))
    found = known.select_related("organisation").filter(pk=id_of(role_id)).first()
    if found is None:
        raise NotFound("There is no such role")
    return _form(request, organisation, kind, found, lambda values: _change(request, found, values))


def _form(request, organisation: Organisation, kind: str, shown, save):
    problem = ""
    if request.method == "POST":
        try:
            notes.success(request, save(_values(request, organisation, kind)))
            return redirect(f"/admin-portal/roles/?kind={kind}")
        except Refused as refusal:
            problem = f"{in_words(refusal.message)}."
    flags = request.POST.getlist("flags") if problem else shown.flags
    own = _own_flags(request, organisation, kind)
    context = {
        "section": "roles",
        "kind": kind,
        "role": shown,
        "is_new": shown._state.adding,
        "name": request.POST.get("name", shown.name),
        "description": request.POST.get("description", shown.description),
        "areas": [
            (area, [(flag, words, flag in flags, flag in own) for flag, words in found])
            for area, found in areas_of(kind)
        ],
        "problem": problem,
        "group_roles": group_roles(organisation) if kind == "organisation" else [],
        "default": str(getattr(shown, "default_root_group_role_id", "") or ""),
        "may_change": _may_change(request, organisation, shown),
        "holders": _holders(organisation, kind, shown),
    }
    return render(request, "admin_site/role.html", context, status=400 if problem else 200)


def _may_change(request, organisation: Organisation, shown) -> bool:
    if shown.organisation_id is None:
        return request.caller.is_superuser
    return may(request, organisation, verbs.MANAGES)


def _own_flags(request, organisation: Organisation, kind: str) -> frozenset[str]:
    """What the caller holds, and so may give."""
    if request.caller.is_superuser:
        return frozenset(ALL_FLAGS[kind])
    if kind == "group":
        return group_flags(request.caller, organisation.root_group)
    return request.caller.standing.members[organisation.id].flags


def _holders(organisation: Organisation, kind: str, shown) -> int:
    if shown._state.adding:
        return 0
    held = getattr(shown, HOLDERS[kind])
    within = {"organisation": organisation} if kind == "organisation" else {"group__organisation": organisation}
    return held.filter(**within).aggregate(people=Count("user", distinct=True))["people"]


def _values(request, organisation: Organisation, kind: str) -> dict:
    values = {
        "name": request.POST.get("name", ""),
        "description": request.POST.get("description", ""),
        "flags": request.POST.getlist("flags"),
        "by": request.caller,
    }
    if kind == "organisation":
        values["default_root_group_role"] = chosen(request.POST.get("default", ""), group_roles(organisation))
    return values


def _create(request, organisation: Organisation, kind: str, values: dict) -> str:
    make = verbs.create_organisation_role if kind == "organisation" else verbs.create_group_role
    return _("Role %(role)s created.") % {"role": make(organisation=organisation, **values)}


def _change(request, found, values: dict) -> str:
    asked = request.POST.get("do")
    if asked == "archive":
        verbs.archive_role(role=found, by=request.caller)
        return _("%(found)s is no longer offered.") % {"found": found}
    if asked == "unarchive":
        verbs.unarchive_role(role=found, by=request.caller)
        return _("%(found)s is offered again.") % {"found": found}
    if asked == "delete":
        name = found.name
        verbs.delete_role(role=found, by=request.caller)
        return _("Role %(role)s deleted.") % {"role": name}
    verbs.edit_role(role=found, **values)
    return _("Saved; it holds for everybody with this role at once.")
