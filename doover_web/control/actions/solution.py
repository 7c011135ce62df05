"""Solutions: several applications described together, as templates (`control-api §3.10`)."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from doover_web.common.wire import Conflict
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_administers
from doover_web.identity.models import Organisation

from .. import values
from ..layers import check_settings, order_profiles
from ..models import AppInstall, Application, ConfigProfile, Solution, SolutionTemplate, TemplateProfile
from .install import NAME

MANAGES = "applications_manage"
MOST_TEMPLATES = 100
LONGEST_TEMPLATE = 100_000  # characters
# What of a solution the settings of its applications are made of.
MAKES_SETTINGS = {"jinja_template", "config", "config_schema"}


@transaction.atomic
def create_solution(*, organisation: Organisation, fields: dict[str, Any], by: Caller) -> Solution:
    """A new, empty solution of `organisation`."""
    check_administers(by, organisation, MANAGES)
    return _keep(Solution(organisation=organisation), fields, "solution.created", by)


@transaction.atomic
def change_solution(*, solution: Solution, fields: dict[str, Any], by: Caller) -> Solution:
    """Change those of the fields that are given. Its installs follow when they are synced."""
    check_administers(by, solution.organisation, MANAGES)
    return _keep(solution, fields, "solution.config_changed", by)


@transaction.atomic
def set_solution_archived(*, solution: Solution, on: bool, by: Caller) -> Solution:
    """Take a solution out of choices, or bring it back; its installs stay. Idempotent."""
    check_administers(by, solution.organisation, MANAGES)
    if (solution.archived_at is not None) != on:
        solution.archived_at = timezone.now() if on else None
        _keep(solution, {}, "solution.archived" if on else "solution.unarchived", by)
    return solution


@transaction.atomic
def create_template(
    *,
    solution: Solution,
    application: Application,
    fields: dict[str, Any],
    profiles: Sequence[ConfigProfile],
    by: Caller,
) -> SolutionTemplate:
    """One more application of a solution."""
    check_administers(by, solution.organisation, MANAGES)
    if solution.templates.count() >= MOST_TEMPLATES:
        raise Conflict(f"A solution has {MOST_TEMPLATES} applications at most", code="too_many")
    template = SolutionTemplate(solution=solution, application=application)
    return _keep_template(template, fields, profiles, "solution.template_added", by)


@transaction.atomic
def change_template(
    *, template: SolutionTemplate, fields: dict[str, Any], profiles: Sequence[ConfigProfile] | None, by: Caller
) -> SolutionTemplate:
    """Change those of the fields that are given; the installs made from it are out of step then."""
    check_administers(by, template.solution.organisation, MANAGES)
    return _keep_template(template, fields, profiles, "solution.template_edited", by)


@transaction.atomic
def remove_template(*, template: SolutionTemplate, by: Caller) -> None:
    """Take an application out of a solution; installs of it go when the solution's installs are synced."""
    check_administers(by, template.solution.organisation, MANAGES)
    _record("solution.template_removed", template.solution, by, template=template.display_name)
    template.delete()


def _keep(solution: Solution, fields: dict[str, Any], action: str, by: Caller) -> Solution:
    changed = values.take(solution, fields, SOLUTION)
    if not solution.display_name:
        raise values.wrong("display_name", "is required")
    check_settings(solution.config_schema, [solution.config], "config")
    solution.save()
    if MAKES_SETTINGS & set(changed):
        _now_apart(AppInstall.objects.filter(solution_install__solution=solution))
    _record(action, solution, by)
    return solution


def _keep_template(
    template: SolutionTemplate,
    fields: dict[str, Any],
    profiles: Sequence[ConfigProfile] | None,
    action: str,
    by: Caller,
) -> SolutionTemplate:
    values.take(template, fields, TEMPLATE)
    if not template.display_name:
        raise values.wrong("display_name", "is required")
    held = list(profiles or ())
    check_settings(
        template.application.config_schema, [*[one.deployment_config for one in held], template.deployment_config]
    )
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as problem:
        message = f"There is an application {template.name!r} in this solution already"
        raise Conflict(message, code="name_taken", errors={"name": [message]}) from problem
    if profiles is not None:
        order_profiles(TemplateProfile.objects, "template", template, held)
    _now_apart(AppInstall.objects.filter(template=template))
    _record(action, template.solution, by, template=template.display_name)
    return template


def _now_apart(members: QuerySet[AppInstall]) -> None:
    """What was in step with a solution that changed is not any more."""
    members.filter(synced=AppInstall.Synced.IN_STEP).update(synced=AppInstall.Synced.OUT_OF_STEP)


def _record(action: str, solution: Solution, by: Caller, **metadata) -> None:
    audit.record(action, actor=by, subject=solution, organisation_id=solution.organisation_id, **metadata)


def _jinja(field: str, value: Any) -> str:
    """A template that can at least be read; what it makes shows when it is deployed."""
    found = values.text(LONGEST_TEMPLATE)(field, value)
    try:
        SandboxedEnvironment().parse(found)
    except (TemplateError, RecursionError) as problem:
        raise values.wrong(field, f"is no template: {problem}"[:300]) from problem
    return found


def _key(field: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise values.wrong(field, "is 1 to 100 letters, digits, '_', '-' and '.'")
    return value


SOLUTION: dict[str, values.Check] = {
    "display_name": values.text(255, filled=True),
    "description": values.text(20_000),
    "jinja_template": _jinja,
    "config_schema": values.schema,
    "config": values.document,
}
TEMPLATE: dict[str, values.Check] = {
    "name": _key,
    "display_name": values.text(255, filled=True),
    "description": values.text(20_000),
    "deployment_config": values.document,
    "synced": values.truth,
}
