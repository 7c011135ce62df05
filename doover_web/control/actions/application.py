"""The catalogue of applications: published and changed by those who may."""

import re
from typing import Any

from django.db import IntegrityError, transaction

from doover_web.common.wire import BadRequest, Conflict, Forbidden, NotFound
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.models import Organisation
from doover_web.identity.permissions import require

from ..models import Application
from ..packages import check_zip

MANAGES = "applications_manage"
NAME = re.compile(r"[0-9a-z_]{1,100}")
TEXTS = {
    "display_name": 100,
    "description": 10_000,
    "long_description": 200_000,
    "image_name": 255,
    "code_repo_key": 255,
    "repo_branch": 255,
    "container_registry_profile_key": 255,
}
MOST_DEPENDENCIES = 100


@transaction.atomic
def create_application(*, organisation: Organisation, fields: dict[str, Any], by: Caller) -> Application:
    """Publish a new application of `organisation`. Conflict when its name is taken."""
    require(by, organisation.id, [MANAGES])
    application = Application(organisation=organisation)
    _take(application, fields, by)
    if not application.name or not application.type:
        raise BadRequest("An application needs a name and a type", code="missing_field")
    return _keep(application, by, "application.created")


@transaction.atomic
def change_application(*, application: Application, fields: dict[str, Any], by: Caller) -> Application:
    """Change those of the application's fields that are given."""
    _check_may_change(application, by)
    _take(application, fields, by)
    return _keep(application, by, "application.edited")


def _check_may_change(application: Application, by: Caller) -> None:
    if application.organisation_id is None:
        if not by.is_superuser:
            raise Forbidden("Only a superuser may change this application", code="no_permission")
        return
    require(by, application.organisation_id, [MANAGES])


def _keep(application: Application, by: Caller, action: str) -> Application:
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError as problem:
        raise Conflict(f"There is an application {application.name!r} already", code="name_taken") from problem
    audit.record(action, actor=by, subject=application, organisation_id=application.organisation_id)
    return application


def _take(application: Application, fields: dict[str, Any], by: Caller) -> None:
    if "name" in fields:
        application.name = _name(fields["name"])
    for name, longest in TEXTS.items():
        if name in fields:
            setattr(application, name, _text(fields[name], name, longest))
    application.display_name = application.display_name or application.name[:100]
    if "type" in fields:
        application.type = _choice(fields["type"], Application.Type, "type")
    if "visibility" in fields:
        application.visibility = _choice(fields["visibility"], Application.Visibility, "visibility")
        if application.visibility == Application.Visibility.CORE and not by.is_superuser:
            raise Forbidden("Only a superuser may make a core application (COR)", code="no_permission")
    if "allow_many" in fields:
        application.allow_many = _kind(fields["allow_many"], bool, "allow_many", "true or false")
    if "config_schema" in fields:
        application.config_schema = _kind(fields["config_schema"] or {}, dict, "config_schema", "a JSON object")
    if "depends_on" in fields:
        application.depends_on = _names(fields["depends_on"] or [])
    if "deployment_data" in fields:
        application.deployment_data = _folder(fields["deployment_data"])


def _name(value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise BadRequest("name is 1 to 100 small letters, digits and '_'", code="bad_name")
    return value


def _text(value: Any, name: str, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise BadRequest(f"{name} must be text of at most {longest} letters", code="bad_value")
    return value


def _choice(value: Any, choices: Any, name: str) -> str:
    if value not in choices.values:
        raise BadRequest(f"{name} must be one of {', '.join(choices.values)}", code="bad_value")
    return value


def _kind(value: Any, kind: type, name: str, words: str) -> Any:
    if not isinstance(value, kind):
        raise BadRequest(f"{name} must be {words}", code="bad_value")
    return value


def _names(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_DEPENDENCIES or not all(isinstance(one, str) for one in value):
        raise BadRequest(f"depends_on is a list of up to {MOST_DEPENDENCIES} names", code="bad_value")
    if any(len(one) > 100 or "\x00" in one for one in value):
        raise BadRequest("A name in depends_on is too long", code="bad_value")
    return value


def _folder(value: Any) -> str | None:
    """The deployment folder as it was sent; BadRequest when it is not a base64 zip that can be unpacked safely."""
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise BadRequest("deployment_data must be base64 text of a zip", code="bad_package")
    check_zip(value, "deployment_data")
    return value


def application_named(by: Caller, **named: Any) -> Application:
    """The application that `named` (`key=` or `id=`) names and `by` may see; NotFound otherwise."""
    found = Application.objects.visible_to(by.standing).in_use().filter(**named).first()
    if found is None:
        raise NotFound("There is no such application")
    return found
