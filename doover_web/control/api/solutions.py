"""Solutions and their templates (`control-api §3.10`)."""

from django.db.models import OuterRef, Prefetch, QuerySet
from django.http import HttpRequest
from ninja import Router

from ..actions.solution import (
    change_solution,
    change_template,
    create_solution,
    create_template,
    remove_template,
    set_solution_archived,
)
from ..layers import base_config
from ..links import application_linked, profiles_linked
from ..models import Application, Solution, SolutionInstall, SolutionTemplate, TemplateProfile
from ..values import wrong
from ._generated import ApplicationTemplate as TemplateOut
from ._generated import ApplicationTemplateIn as TemplateIn
from ._generated import Solution as SolutionOut
from ._generated import SolutionIn
from .applications import ApplicationAnswer
from .applications import loaded as loaded_applications
from .applications import shape as application_shape
from .counting import counted
from .filters import archived, ids, link, text
from .fleet_shapes import manages_applications, profile_ref, shown
from .resource import Resource
from .scope import organisation_to_write, reached
from .shapes import organisation_ref

router = Router(tags=["solutions"])


class TemplateAnswer(TemplateOut):
    application: ApplicationAnswer  # type: ignore[assignment]


class SolutionAnswer(SolutionOut):
    application_templates: list[TemplateAnswer]  # type: ignore[assignment]


def rows(request: HttpRequest) -> QuerySet[Solution]:
    """What the organisations of the call have, and what others let them use."""
    return loaded(request, Solution.objects.visible_to(request.auth.standing).filter(reached(request)))


def loaded(request: HttpRequest, solutions: QuerySet[Solution] | None = None) -> QuerySet[Solution]:
    """Solutions with all that `shape` shows of them."""
    installs = SolutionInstall.objects.filter(solution=OuterRef("pk"), device__archived_at=None)
    templates = loaded_templates(request, SolutionTemplate.objects.order_by("id"))
    return (
        (Solution.objects.all() if solutions is None else solutions)
        .select_related("organisation")
        .annotate(install_count=counted(installs, "solution"))
        .prefetch_related(Prefetch("templates", queryset=templates))
    )


def loaded_templates(request: HttpRequest, templates: QuerySet[SolutionTemplate]) -> QuerySet[SolutionTemplate]:
    profiles = TemplateProfile.objects.select_related("profile").order_by("position")
    applications = loaded_applications(request, Application.objects.all()).defer("deployment_data")
    return templates.select_related("solution__organisation").prefetch_related(
        Prefetch("application", queryset=applications), Prefetch("ordered_profiles", queryset=profiles)
    )


def shape(request: HttpRequest, solution: Solution) -> dict:
    whole = manages_applications(request, solution.organisation_id)
    return {
        "id": str(solution.id),
        "archived": solution.archived_at is not None,
        "display_name": solution.display_name,
        "description": solution.description,
        "jinja_template": solution.jinja_template if whole else "",
        "config_schema": solution.config_schema,
        "config": shown(solution.config, whole),
        "application_templates": [template_shape(request, one) for one in solution.templates.all()],
        "organisation": organisation_ref(solution.organisation),
        "install_count": solution.install_count,  # type: ignore[attr-defined]
    }


def template_shape(request: HttpRequest, template: SolutionTemplate) -> dict:
    whole = manages_applications(request, template.solution.organisation_id)
    return {
        "id": str(template.id),
        "name": template.name,
        "display_name": template.display_name,
        "description": template.description,
        "application": {**application_shape(request, template.application), "deployment_data": None},
        "deployment_config": shown(template.deployment_config, whole),
        "synced": template.synced,
        "config_profiles": [profile_ref(request, one.profile) for one in template.ordered_profiles.all()],
        "base_config": shown(base_config(template), whole),
    }


def create(request: HttpRequest, given: dict) -> Solution:
    made = create_solution(organisation=organisation_to_write(request), fields=given, by=request.auth)
    return rows(request).get(pk=made.pk)


def change(request: HttpRequest, solution: Solution, given: dict) -> Solution:
    return change_solution(solution=solution, fields=given, by=request.auth)


def archive(request: HttpRequest, solution: Solution) -> Solution:
    return set_solution_archived(solution=solution, on=True, by=request.auth)


def unarchive(request: HttpRequest, solution: Solution) -> Solution:
    return set_solution_archived(solution=solution, on=False, by=request.auth)


def templates_of(request: HttpRequest, solution: int) -> QuerySet[SolutionTemplate]:
    of = solutions.find(request, id=solution)
    return loaded_templates(request, SolutionTemplate.objects.filter(solution=of))


def add_template(request: HttpRequest, given: dict, solution: int) -> SolutionTemplate:
    of = solutions.find(request, id=solution)
    _check_same(given, of.id)
    application = application_linked(request.auth, given["application_id"])
    made = create_template(
        solution=of,
        application=application,
        fields=given,
        profiles=profiles_linked(application, of.organisation_id, given.get("config_profile_ids") or ()),
        by=request.auth,
    )
    return templates_of(request, of.id).get(pk=made.pk)


def edit_template(request: HttpRequest, template: SolutionTemplate, given: dict) -> SolutionTemplate:
    _check_same(given, template.solution_id)
    if given.get("application_id", template.application_id) != template.application_id:
        raise wrong("application_id", "cannot change; add a template for the other application instead")
    named = given.get("config_profile_ids")
    held = None
    if named is not None:
        held = profiles_linked(template.application, template.solution.organisation_id, named)
    change_template(template=template, fields=given, profiles=held, by=request.auth)
    return templates_of(request, template.solution_id).get(pk=template.pk)


def drop_template(request: HttpRequest, template: SolutionTemplate) -> None:
    remove_template(template=template, by=request.auth)


def _check_same(given: dict, solution_id: int) -> None:
    if given.get("solution_id") not in (None, solution_id):
        raise wrong("solution_id", "is another solution than the address names")


solutions = Resource(
    router=router,
    path="/solutions/",
    name="solutions",
    rows=rows,
    shape=shape,
    out=SolutionAnswer,
    body=SolutionIn,
    search=["display_name"],
    order={"id": "pk", "name": "display_name", "display_name": "display_name"},
    filters={
        **archived(),
        **text("description"),
        **text("display_name"),
        **ids(),
        **link("organisation", nullable=True),
    },
    create=create,
    change=change,
    archive=archive,
    unarchive=unarchive,
)
Resource(
    router=router,
    path="/solutions/{int:solution}/application_templates/",
    name="solutions_application_templates",
    rows=templates_of,
    shape=template_shape,
    out=TemplateAnswer,
    body=TemplateIn,
    search=["name", "display_name"],
    order={"id": "pk", "name": "name", "display_name": "display_name"},
    create=add_template,
    change=edit_template,
    delete=drop_template,
)
