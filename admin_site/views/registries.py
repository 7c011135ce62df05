"""Where images lie and what they are pulled with; a password is written and never shown."""

from django.contrib import messages as notes
from django.db.models import Count
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import NotFound
from doover_web.control.actions import registry as verbs
from doover_web.control.models import RegistryProfile
from doover_web.identity.models import Organisation
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page

from ..inputs import Input, Outcome, fields_from, shown, tried
from ..place import id_of, may, organisation_of

SEES = ("conatiner_registry_profile_view", verbs.MANAGES)
MOST_USERS = 50
REGISTRY = (
    Input("name", gettext_lazy("Name"), is_required=True),
    Input("url", gettext_lazy("Address"), is_required=True, help=gettext_lazy("Such as registry.example.com")),
    Input("username", gettext_lazy("User")),
    Input("password", gettext_lazy("Password or token"), "secret", gettext_lazy("Never shown again; empty leaves it.")),
    Input("description", gettext_lazy("Description"), "area"),
)


@page
@require_safe
def registries(request):
    """The container registries of the organisation, with how many applications use each."""
    organisation = organisation_of(request, *SEES)
    listing, is_archived = read_listing(request.GET, sorts=["name"]), "archived" in request.GET
    found = organisation.registry_profiles.filter(archived_at__isnull=not is_archived, name__icontains=listing.search)
    context = {
        "section": "registries",
        "listing": listing,
        "archived": is_archived,
        "page": listing.page(found.annotate(used=Count("applications")).order_by("name", "id")),
        "may_manage": may(request, organisation, verbs.MANAGES),
    }
    return render(request, "admin_site/registries.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def registry(request, registry_id: str):
    """One registry and the applications that are pulled from it; `0` is a new one."""
    organisation = organisation_of(request, *SEES)
    one, outcome = _registry(organisation, registry_id), Outcome()
    if request.method == "POST":
        outcome = tried(lambda: _kept(request, one))
        if outcome.done is not None:
            notes.success(request, _("Saved."))
            return redirect("admin_site:registry", outcome.done.id)
    context = {
        "section": "registries",
        "registry": one,
        "is_new": registry_id == "0",
        "problem": outcome.problem,
        "inputs": shown(REGISTRY, one, outcome, request.POST if outcome.problem else None),
        "may_change": may(request, organisation, verbs.MANAGES),
        "users": _users(request, one),
    }
    return render(request, "admin_site/registry.html", context, status=outcome.status)


def _registry(organisation: Organisation, registry_id: str) -> RegistryProfile:
    if registry_id == "0":
        return RegistryProfile(organisation=organisation)
    one = organisation.registry_profiles.filter(pk=id_of(registry_id)).first()
    if one is None:
        raise NotFound("There is no such registry")
    return one


def _kept(request, one: RegistryProfile) -> RegistryProfile:
    by, is_new = request.caller, one._state.adding
    if request.POST.get("do") in ("archive", "unarchive") and not is_new:
        return verbs.set_registry_archived(profile=one, on=request.POST["do"] == "archive", by=by)
    fields = fields_from(request.POST, REGISTRY)
    if is_new:
        return verbs.create_registry_profile(organisation=one.organisation, fields=fields, by=by)
    return verbs.change_registry_profile(profile=RegistryProfile.objects.get(pk=one.pk), fields=fields, by=by)


def _users(request, one: RegistryProfile) -> list:
    """Applications that the caller may see and that are pulled from there."""
    if one._state.adding:
        return []
    used = one.applications.visible_to(request.caller.standing).order_by("display_name", "id")
    return list(used.only("id", "name", "display_name")[:MOST_USERS])
