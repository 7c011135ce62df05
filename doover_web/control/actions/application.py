"""The catalogue of applications: published and changed by those who may."""

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from doover_web.common.wire import Conflict, Forbidden, NotFound
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.models import Organisation
from doover_web.identity.permissions import require

from .. import values
from ..config import check_config_schema
from ..links import publisher_linked, registry_linked
from ..models import Application
from ..packages import check_zip

MANAGES = "applications_manage"
NAME = re.compile(r"[0-9a-z_]{1,100}")
MOST_DEPENDENCIES = 100
LAMBDA_KEYS = {
    "Runtime": str,
    "Handler": str,
    "Timeout": int,
    "MemorySize": int,
    "Architectures": list,
    "Environment": dict,
    "PackageType": str,
    "Code": dict,
}
LAMBDA_BOUNDS = {"Timeout": (1, 900), "MemorySize": (128, 10_240)}


@transaction.atomic
def create_application(*, organisation: Organisation | None, fields: dict[str, Any], by: Caller) -> Application:
    """Publish a new application of `organisation`; one without an owner is a superuser's. Conflict when its name is
    taken."""
    application = Application(organisation=organisation)
    check_may_change(application, by)
    _take(application, fields, by)
    if not application.name:
        raise values.wrong("name", "is required")
    if not application.type:
        raise values.wrong("type", "is required")
    return _keep(application, by, "application.created")


@transaction.atomic
def change_application(*, application: Application, fields: dict[str, Any], by: Caller) -> Application:
    """Change those of the application's fields that are given. Conflict for another type while it is installed."""
    check_may_change(application, by)
    if fields.get("organisation_id") not in (None, application.organisation_id):
        raise values.wrong("organisation_id", "cannot change: an application stays with its organisation")
    runs_as = application.type
    _take(application, fields, by)
    if application.type != runs_as and application.installs.in_use().exists():
        message = f"{application} is installed as {runs_as}; archive its installs first"
        raise Conflict(message, code="in_use", errors={"type": [message]})
    return _keep(application, by, "application.edited")


@transaction.atomic
def set_application_archived(*, application: Application, on: bool, by: Caller) -> Application:
    """Take an application out of the catalogue, or put it back; its installs stay. Idempotent."""
    check_may_change(application, by)
    if (application.archived_at is not None) == on:
        return application
    application.archived_at = timezone.now() if on else None
    return _keep(application, by, "application.archived" if on else "application.unarchived")


def may_change(application: Application, by: Caller) -> bool:
    """Whether `by` may change the application."""
    try:
        check_may_change(application, by)
    except Forbidden:
        return False
    return True


def check_may_change(application: Application, by: Caller) -> None:
    """Forbidden unless `by` may publish and change applications where this one belongs, or is its own publisher."""
    if application.publisher is not None and application.publisher.agent_id == by.agent_id:
        return
    if application.organisation_id is None:
        if not by.is_superuser:
            raise Forbidden("Only a superuser may change an application without an owner", code="no_permission")
        return
    require(by, application.organisation_id, [MANAGES])


def _keep(application: Application, by: Caller, action: str) -> Application:
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError as problem:
        message = f"There is an application {application.name!r} already"
        raise Conflict(message, code="name_taken", errors={"name": [message]}) from problem
    audit.record(action, actor=by, subject=application, organisation_id=application.organisation_id)
    return application


def _take(application: Application, fields: dict[str, Any], by: Caller) -> None:
    values.take(application, fields, CHECKS)
    application.display_name = application.display_name or application.name[:100]
    is_core = application.visibility == Application.Visibility.CORE
    if "visibility" in fields and is_core and not by.is_superuser:
        raise Forbidden("Only a superuser may make a core application (COR)", code="no_permission")
    if "container_registry_profile_id" in fields:
        application.container_registry_profile = registry_linked(
            by, application.organisation_id, fields["container_registry_profile_id"]
        )
    if "publisher_id" in fields:
        application.publisher = publisher_linked(application.organisation_id, fields["publisher_id"])


def _name(field: str, value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise values.wrong(field, "is 1 to 100 small letters, digits and '_'")
    return value


def _config_schema(field: str, value: Any) -> dict:
    found = values.schema(field, value)
    check_config_schema(found)
    return found


def _names(field: str, value: Any) -> list[str]:
    """Other applications by id or name; kept by name, and as it came when there is none of that name yet."""
    value = [] if value is None else value
    if not isinstance(value, list) or len(value) > MOST_DEPENDENCIES:
        raise values.wrong(field, f"is a list of up to {MOST_DEPENDENCIES} ids or names")
    texts = [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in value]
    if not all(isinstance(one, str) and 0 < len(one) <= 100 and "\x00" not in one for one in texts):
        raise values.wrong(field, "holds something that is no id and no name")
    ids = [int(one) for one in texts if one.isascii() and one.isdigit() and len(one) < 19]
    known = dict(Application.objects.filter(pk__in=ids).values_list("id", "name"))
    if unknown := [str(one) for one in ids if one not in known]:
        raise values.wrong(field, f"There is no application {unknown[0]}")
    return list(dict.fromkeys(known[int(one)] if one.isascii() and one.isdigit() else one for one in texts))


def _lambda_config(field: str, value: Any) -> dict:
    found = values.document(field, value)
    for name, inner in found.items():
        kind = LAMBDA_KEYS.get(name)
        if kind is None:
            raise values.wrong(field, f"may hold {', '.join(LAMBDA_KEYS)}, and not {name[:40]!r}")
        if inner is not None and (not isinstance(inner, kind) or isinstance(inner, bool)):
            raise values.wrong(field, f"{name} is of the wrong kind")
        least, most = LAMBDA_BOUNDS.get(name, (None, None))
        if isinstance(inner, int) and least is not None and most is not None and not least <= inner <= most:
            raise values.wrong(field, f"{name} must be {least} to {most}")
    return found


def _folder(field: str, value: Any) -> str | None:
    """The deployment folder as it was sent, when it is a base64 zip that can be unpacked safely."""
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise values.wrong(field, "must be base64 text of a zip")
    check_zip(value, field)
    return value


CHECKS: dict[str, values.Check] = {
    "name": _name,
    "display_name": values.text(100),
    "description": values.text(10_000),
    "long_description": values.text(200_000),
    "type": values.choice(Application.Type.values),
    "visibility": values.choice(Application.Visibility.values),
    "allow_many": values.truth,
    "config_schema": _config_schema,
    "ui_schema": values.tree,
    "tag_schema": values.tree,
    "notification_schema": values.document,
    "depends_on": _names,
    "deployment_data": _folder,
    "image_name": values.text(255),
    "code_repo_key": values.text(255),
    "repo_branch": values.text(255),
    "container_registry_profile_key": values.text(255),
    "lambda_arn": values.text(255, null=True),
    "lambda_config": _lambda_config,
    "stars": values.whole(-1_000_000, 1_000_000),
    "icon_url": values.web_address(500),
    "banner_url": values.web_address(500),
    "repository_url": values.web_address(500),
}


def application_named(by: Caller, **named: Any) -> Application:
    """The application that `named` (`key=` or `id=`) names and `by` may see; NotFound otherwise."""
    found = Application.objects.visible_to(by.standing).in_use().filter(**named).first()
    if found is None:
        raise NotFound("There is no such application")
    return found
