"""Solutions: several applications described together, their templates, and the devices they are on."""

from django.contrib import messages as notes
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import NotFound
from doover_web.control.actions import solution as solution_verbs
from doover_web.control.config import resolve
from doover_web.control.links import application_linked, profiles_linked
from doover_web.control.models import Application, Solution, SolutionInstall, SolutionTemplate
from doover_web.identity.models import Agent, Organisation
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page

from ..deployed import STATES, mark_of
from ..drafts import Draft, drawn, form_over, sent
from ..inputs import Input, Outcome, fields_from, shown, tried
from ..place import id_of, may, organisation_of
from .applications import SEES_APPLICATIONS

MANAGES = "applications_manage"
OFFERED = 200
SOLUTION = (
    Input("display_name", gettext_lazy("Name"), is_required=True),
    Input("description", gettext_lazy("Description"), "area"),
    Input("config_schema", gettext_lazy("Schema of the few values that each device is asked for"), "json"),
    Input("config", gettext_lazy("Values where a device gives none"), "json"),
    Input(
        "jinja_template",
        gettext_lazy("What turns the values into settings"),
        "area",
        gettext_lazy('A template of JSON: {"<key of an application>": {…}}, with config, device and solution'),
    ),
)
TEMPLATE = (
    Input("display_name", gettext_lazy("Name"), is_required=True),
    Input("name", gettext_lazy("Key on the device"), help=gettext_lazy("Empty: made from the application's name")),
    Input("description", gettext_lazy("Description"), "area"),
)


@page
@require_safe
def solutions(request):
    """The solutions of the organisation and those lent to it, with how many devices each is on here."""
    organisation = organisation_of(request, *SEES_APPLICATIONS)
    listing, archived = read_listing(request.GET, sorts=["name"]), "archived" in request.GET
    found = Solution.objects.visible_to(request.caller.standing)
    found = found.filter(archived_at__isnull=not archived, display_name__icontains=listing.search)
    here = Q(installs__device__organisation=organisation, installs__device__archived_at=None)
    counted = found.annotate(
        number=Count("installs", filter=here, distinct=True), parts=Count("templates", distinct=True)
    )
    context = {
        "section": "solutions",
        "listing": listing,
        "archived": archived,
        "page": listing.page(counted.select_related("organisation").order_by("display_name", "id")),
        "may_manage": may(request, organisation, MANAGES),
    }
    return render(request, "admin_site/solutions.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def solution(request, solution_id: str):
    """One solution: what it is, its applications, the devices it is on; `0` is a new one."""
    organisation = organisation_of(request, *SEES_APPLICATIONS)
    one, is_new, outcome = _solution(request, organisation, solution_id), solution_id == "0", Outcome()
    if request.method == "POST":
        outcome = tried(lambda: _kept(request, one, is_new))
        if outcome.done is not None:
            notes.success(request, _("Saved."))
            return redirect("admin_site:solution", outcome.done.id)
    may_change = one.organisation_id == organisation.id and may(request, organisation, MANAGES)
    inputs = SOLUTION if may_change else SOLUTION[:2]  # what it is made with is for those who look after it
    context = {
        "section": "solutions",
        "solution": one,
        "is_new": is_new,
        "problem": outcome.problem,
        "inputs": shown(inputs, one, outcome, request.POST if outcome.problem else None),
        "may_change": may_change,
        **({} if is_new else _around(request, organisation, one)),
    }
    return render(request, "admin_site/solution.html", context, status=outcome.status)


def _around(request, organisation: Organisation, one: Solution) -> dict:
    """Its applications, and its installs on the devices here that one may see."""
    seen = Agent.objects.visible_to(request.caller).filter(organisation=organisation)
    installs = SolutionInstall.objects.filter(solution=one, device__in=seen).select_related("device")
    shown_page = read_listing(request.GET, sorts=["name"]).page(installs.order_by("device__display_name", "id"))
    return {
        "templates": one.templates.select_related("application").order_by("id"),
        "page": shown_page,
        "rows": [(each, mark_of(STATES, each.status)) for each in shown_page],
    }


@page
@require_http_methods(["GET", "HEAD", "POST"])
def template(request, solution_id: str, template_id: str):
    """One application of a solution: its key, its profiles and what it is set to there; `0` is one more."""
    organisation = organisation_of(request, MANAGES)
    of = _solution(request, organisation, solution_id)
    if of.organisation_id != organisation.id or of._state.adding:
        raise NotFound("There is no such solution of this organisation")
    one, outcome, draft = _template(request, of, template_id), Outcome(), Draft()
    if one is None:
        return render(
            request, "admin_site/solution_add.html", {"section": "solutions", "solution": of, **_offered(request)}
        )
    form = form_over(one.application.config_schema)
    if request.method == "POST" and request.POST.get("do") == "remove" and not one._state.adding:
        solution_verbs.remove_template(template=one, by=request.caller)
        return redirect("admin_site:solution", of.id)
    if request.method == "POST":
        draft = sent(request, form, one.deployment_config, faults=lambda document: _faults(one, document))
        if draft.is_good and request.POST.get("do") == "save":
            outcome = tried(lambda: _template_kept(request, one, draft.own or {}))
            if outcome.done is not None:
                notes.success(request, _("Saved. Its installs take it when the solution is deployed again."))
                return redirect("admin_site:solution", of.id)
    context = {
        "section": "solutions",
        "solution": of,
        "template": one,
        "is_new": one._state.adding,
        "problem": outcome.problem,
        "inputs": shown(TEMPLATE, one, outcome, request.POST if request.method == "POST" else None),
        "profiles": one.application.config_profiles.filter(organisation=organisation).order_by("display_name")[
            :OFFERED
        ],
        "chosen": _chosen(request, one),
        "may_change": True,
        "draft": draft,
        "document": drawn(request, form, one.deployment_config, draft),
    }
    return render(request, "admin_site/solution_template.html", context, status=max(outcome.status, draft.status))


def _solution(request, organisation: Organisation, solution_id: str) -> Solution:
    if solution_id == "0":
        return Solution(organisation=organisation)
    found = Solution.objects.visible_to(request.caller.standing).select_related("organisation")
    one = found.filter(pk=id_of(solution_id)).first()
    if one is None:
        raise NotFound("There is no such solution")
    return one


def _kept(request, one: Solution, is_new: bool) -> Solution:
    by = request.caller
    if request.POST.get("do") in ("archive", "unarchive") and not is_new:
        return solution_verbs.set_solution_archived(solution=one, on=request.POST["do"] == "archive", by=by)
    fields = fields_from(request.POST, SOLUTION)
    if is_new:
        return solution_verbs.create_solution(organisation=one.organisation, fields=fields, by=by)
    return solution_verbs.change_solution(solution=one, fields=fields, by=by)


def _template(request, of: Solution, template_id: str) -> SolutionTemplate | None:
    """The one asked for; a new one of the application that is named, or None when none is yet."""
    if template_id != "0":
        found = (
            of.templates.select_related("application", "solution__organisation").filter(pk=id_of(template_id)).first()
        )
        if found is None:
            raise NotFound("There is no such application in this solution")
        return found
    named = request.POST.get("application") or request.GET.get("application", "")
    if not named:
        return None
    application = application_linked(request.caller, id_of(named), "application")
    return SolutionTemplate(solution=of, application=application, display_name=application.display_name)


def _template_kept(request, one: SolutionTemplate, own: dict) -> SolutionTemplate:
    fields = {**fields_from(request.POST, TEMPLATE), "deployment_config": own}
    ids = [id_of(text) for text in request.POST.getlist("profiles")]
    held = profiles_linked(one.application, one.solution.organisation_id, ids, "profiles")
    if one._state.adding:
        more = {"solution": one.solution, "application": one.application}
        return solution_verbs.create_template(fields=fields, profiles=held, by=request.caller, **more)
    return solution_verbs.change_template(template=one, fields=fields, profiles=held, by=request.caller)


def _faults(one: SolutionTemplate, document: dict):
    return [issue for issue in resolve(one.application.config_schema, [document]).issues if not issue.is_missing]


def _chosen(request, one: SolutionTemplate) -> list[str]:
    if request.method == "POST":
        return request.POST.getlist("profiles")
    held = [] if one._state.adding else one.ordered_profiles.values_list("profile_id", flat=True)
    return [str(each) for each in held]


def _offered(request) -> dict:
    seen = Application.objects.visible_to(request.caller.standing).in_use().filter(type__in=["DEV", "PRO", "TAS"])
    return {"catalogue": seen.order_by("display_name").only("id", "display_name", "name")[:OFFERED]}
