"""Applications: the catalogue, one of them, and the profiles of its settings."""

from django.contrib import messages as notes
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import NotFound
from doover_web.control.actions import application as application_verbs
from doover_web.control.actions import config_profile as profile_verbs
from doover_web.control.config import resolve
from doover_web.control.models import AppInstall, Application, ConfigProfile
from doover_web.identity.models import Organisation
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.schema_form import draw
from doover_web.pages.schema_form.texts import as_json

from ..drafts import Draft, drawn, form_over, sent
from ..inputs import Input, Outcome, fields_from, shown, tried
from ..place import id_of, may, organisation_of

SEES_APPLICATIONS = ("applications_view", "applications_manage")
KINDS = {
    "DEV": gettext_lazy("On the device"),
    "PRO": gettext_lazy("Processor"),
    "TAS": gettext_lazy("Task"),
    "INT": gettext_lazy("Integration"),
    "REP": gettext_lazy("Report"),
}
SEEN = {
    "COR": gettext_lazy("Core"),
    "PUB": gettext_lazy("Everybody"),
    "PRI": gettext_lazy("This organisation"),
    "INT": gettext_lazy("Internal"),
}
APPLICATION = (
    Input("name", gettext_lazy("Name"), is_required=True, help=gettext_lazy("Small letters, digits and _")),
    Input("display_name", gettext_lazy("Display name")),
    Input("type", gettext_lazy("Runs as"), "choice", choices=tuple(KINDS.items())),
    Input("visibility", gettext_lazy("Who may use it"), "choice", choices=tuple(SEEN.items())),
    Input("description", gettext_lazy("Description"), "area"),
    Input("image_name", gettext_lazy("Container image")),
    Input("repository_url", gettext_lazy("Repository"), help=gettext_lazy("An address that begins with https://")),
    Input("allow_many", gettext_lazy("May be installed several times on one device"), "check"),
    Input("config_schema", gettext_lazy("Schema of its settings"), "json"),
    Input("ui_schema", gettext_lazy("What it shows on the device page"), "json"),
)


@page
@require_safe
def applications(request):
    """The catalogue, with how often each is installed in the organisation."""
    organisation = organisation_of(request, *SEES_APPLICATIONS)
    listing, kind = read_listing(request.GET, sorts=["name"]), request.GET.get("type", "")
    found = Application.objects.visible_to(request.caller.standing)
    found = found.filter(archived_at__isnull="archived" not in request.GET)
    if listing.search:
        found = found.filter(Q(name__icontains=listing.search) | Q(display_name__icontains=listing.search))
    if kind in KINDS:
        found = found.filter(type=kind)
    here = Q(installs__agent__organisation=organisation, installs__archived_at=None)
    counted = found.annotate(here=Count("installs", filter=here)).select_related("organisation")
    shown_page = listing.page(
        counted.defer("deployment_data", "config_schema", "ui_schema").order_by("display_name", "id")
    )
    context = {
        "section": "applications",
        "listing": listing,
        "kinds": KINDS,
        "kind": kind,
        "archived": "archived" in request.GET,
        "page": shown_page,
        "rows": [(one, KINDS[one.type], SEEN[one.visibility]) for one in shown_page],
        "may_manage": may(request, organisation, "applications_manage"),
    }
    return render(request, "admin_site/applications.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new_application(request):
    organisation = organisation_of(request, "applications_manage")
    return _application_form(request, Application(organisation=organisation, type="DEV"))


@page
@require_http_methods(["GET", "HEAD", "POST"])
def edit_application(request, application_id: str):
    organisation_of(request, *SEES_APPLICATIONS)
    return _application_form(request, _application(request, application_id))


def _application_form(request, one: Application):
    is_new, outcome = one._state.adding, Outcome()
    if request.method == "POST":
        outcome = tried(lambda: _application_kept(request, one, is_new))
        if outcome.done is not None:
            notes.success(request, _("Saved."))
            return redirect("admin_site:application", outcome.done.id)
    asked = request.POST if outcome.problem else None
    context = {
        "section": "applications",
        "application": one,
        "is_new": is_new,
        "problem": outcome.problem,
        "inputs": shown(APPLICATION, one, outcome, asked),
        "may_change": is_new or application_verbs.may_change(one, request.caller),
    }
    return render(request, "admin_site/application_form.html", context, status=outcome.status)


def _application_kept(request, one: Application, is_new: bool) -> Application:
    by = request.caller
    match request.POST.get("do", "save"):
        case "archive" | "unarchive" if not is_new:
            on = request.POST["do"] == "archive"
            return application_verbs.set_application_archived(application=one, on=on, by=by)
    fields = fields_from(request.POST, APPLICATION)
    if is_new:
        return application_verbs.create_application(organisation=one.organisation, fields=fields, by=by)
    return application_verbs.change_application(application=one, fields=fields, by=by)


@page
@require_safe
def application(request, application_id: str):
    """One application: what it is, what it asks for, its releases, its profiles and where it is installed."""
    organisation = organisation_of(request, *SEES_APPLICATIONS)
    one = _application(request, application_id)
    installs = AppInstall.objects.in_use().visible_to(request.caller).filter(application=one)
    installs = installs.filter(agent__organisation=organisation).select_related("agent").order_by("agent__name", "id")
    context = {
        "section": "applications",
        "application": one,
        "kind": KINDS[one.type],
        "seen_by": SEEN[one.visibility],
        "form": draw(form_over(one.config_schema), {}),
        "schema": as_json(one.config_schema, indented=True),
        "versions": one.versions.order_by("-number").defer("deployment_data")[:20],
        "profiles": one.config_profiles.filter(organisation=organisation).annotate(used=Count("installs"))[:50],
        "page": read_listing(request.GET, sorts=["name"]).page(installs),
        "may_change": application_verbs.may_change(one, request.caller),
        "may_manage": may(request, organisation, "applications_manage"),
    }
    return render(request, "admin_site/application.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request, application_id: str, profile_id: str):
    """A profile of an application: settings that many installs share. `0` is a new one."""
    organisation = organisation_of(request, "applications_manage")
    one = _application(request, application_id)
    found = _profile(one, organisation, profile_id)
    is_new, outcome, draft = found._state.adding, Outcome(), Draft()
    form = form_over(one.config_schema)
    if request.method == "POST" and request.POST.get("do") == "delete" and not is_new:
        profile_verbs.delete_profile(profile=found, by=request.caller)
        return redirect("admin_site:application", one.id)
    if request.method == "POST":
        draft = sent(request, form, found.deployment_config, faults=lambda document: _faults(one, document))
        if draft.is_good and request.POST.get("do") == "save":
            outcome = tried(lambda: _profile_kept(request, one, organisation, found, draft.own or {}))
            if outcome.done is not None:
                notes.success(request, _("Saved. Its installs take it with their next deployment."))
                return redirect("admin_site:application", one.id)
    context = {
        "section": "applications",
        "application": one,
        "profile": found,
        "is_new": is_new,
        "asked": request.POST,
        "problem": outcome.problem,
        "draft": draft,
        "document": drawn(request, form, found.deployment_config, draft),
    }
    return render(request, "admin_site/profile.html", context, status=max(outcome.status, draft.status))


def _faults(one: Application, document: dict):
    return [issue for issue in resolve(one.config_schema, [document]).issues if not issue.is_missing]


def _profile(one: Application, organisation: Organisation, profile_id: str) -> ConfigProfile:
    if profile_id == "0":
        return ConfigProfile(application=one, organisation=organisation)
    found = one.config_profiles.filter(organisation=organisation, pk=id_of(profile_id)).first()
    if found is None:
        raise NotFound("There is no such profile")
    return found


def _profile_kept(
    request, one: Application, organisation: Organisation, found: ConfigProfile, own: dict
) -> ConfigProfile:
    asked, by = request.POST, request.caller
    fields = {"display_name": asked.get("display_name", ""), "description": asked.get("description", "")}
    fields["deployment_config"] = own
    if found._state.adding:
        return profile_verbs.create_profile(application=one, organisation=organisation, fields=fields, by=by)
    return profile_verbs.change_profile(profile=found, fields=fields, by=by)


def _application(request, application_id: str) -> Application:
    seen = Application.objects.visible_to(request.caller.standing).select_related("organisation", "publisher")
    found = seen.filter(pk=id_of(application_id)).first()
    if found is None:
        raise NotFound("There is no such application")
    return found
