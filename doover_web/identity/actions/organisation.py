"""Organisations: founded, changed, put away."""

from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone

from doover_web.common.secrets import seal
from doover_web.common.wire import BadRequest, Conflict, Forbidden, NotFound, TooLarge

from .. import audit
from ..auth import Caller
from ..changes import rights_changed
from ..guard import check_administers
from ..models import Organisation, OrganisationRole, User
from .member import add_member

ADMINISTRATOR = "user_permissions_manage"
LONGEST_NAME = 255
LONGEST_KEY = 255
MOST_CONFIG = 256 * 1024  # bytes
MOST_DAYS = 36_500
SECRETS = {"legacy_doover_api_key": "sealed_legacy_key", "llm_api_key": "sealed_llm_key"}


@transaction.atomic
def found_organisation(*, name: str, by: Caller) -> Organisation:
    """A new organisation with its root group and its own agent; who founds it is its administrator."""
    if not by.is_superuser:
        raise Forbidden("Organisations are founded by superusers", code="not_superuser")
    organisation = Organisation.objects.found(_named(name))
    audit.record("organisation.created", actor=by, subject=organisation, organisation_id=organisation.id)
    founder = User.objects.filter(pk=by.agent_id).first()
    if founder is not None:
        add_member(organisation=organisation, user=founder, role=OrganisationRole.objects.built_in("Admin"), by=None)
    return organisation


@transaction.atomic
def edit_organisation(*, organisation: Organisation, fields: dict[str, Any], by: Caller | None) -> Organisation:
    """Change what is given of `name`, `retention_period`, `test_field_a`, `extra_config` and the two keys; a key is
    kept encrypted and told nobody, null or empty takes it away."""
    check_administers(by, organisation, ADMINISTRATOR)
    before = {name: getattr(organisation, name) for name in fields if name not in SECRETS and name != "extra_config"}
    for name, value in fields.items():
        _take(organisation, name, value)
    organisation.save()
    after = {name: getattr(organisation, name) for name in before}
    _record("organisation.edited", organisation, by, before=before, after=after, changed=sorted(fields))
    return organisation


@transaction.atomic
def archive_organisation(*, organisation: Organisation, by: Caller | None) -> Organisation:
    """Put an organisation away; its data stays, and twice is once."""
    check_administers(by, organisation, ADMINISTRATOR)
    if organisation.archived_at is None:
        organisation.archived_at = timezone.now()
        organisation.save(update_fields=["archived_at"])
        _record("organisation.archived", organisation, by)
    return organisation


@transaction.atomic
def unarchive_organisation(*, organisation: Organisation, by: Caller | None) -> Organisation:
    check_administers(by, organisation, ADMINISTRATOR)
    if organisation.archived_at is not None:
        organisation.archived_at = None
        organisation.save(update_fields=["archived_at"])
        _record("organisation.unarchived", organisation, by)
    return organisation


@transaction.atomic
def delete_organisation(*, organisation: Organisation, by: Caller) -> None:
    """Remove an organisation that holds nothing but people. Conflict while it has groups, devices or applications."""
    if not by.is_superuser:
        if organisation.id not in by.organisations:
            raise NotFound("There is no such organisation")
        raise Forbidden("Organisations are deleted by superusers", code="not_superuser")
    name = organisation.name
    try:
        if organisation.groups.count() > 1:
            raise Conflict(_in_use(name), code="in_use")
        with transaction.atomic():
            _record("organisation.deleted", organisation, by)
            organisation.agent.delete()
    except (ProtectedError, RestrictedError) as problem:
        raise Conflict(_in_use(name), code="in_use") from problem
    rights_changed()


def look_again(*, organisation: Organisation, by: Caller | None) -> None:
    """Have the rights of everybody in the organisation looked at again everywhere; nothing else is kept twice."""
    check_administers(by, organisation, ADMINISTRATOR)
    if members := list(organisation.memberships.values_list("user_id", flat=True)):
        rights_changed(*members)


def _in_use(name: str) -> str:
    return f"{name} still holds groups, devices or applications; archive it instead"


def _take(organisation: Organisation, name: str, value: Any) -> None:
    if name == "name":
        organisation.name = _named(value)
    elif name in SECRETS:
        if value and len(value) > LONGEST_KEY:
            raise BadRequest(f"{name} has {LONGEST_KEY} characters at most", code="long_key")
        setattr(organisation, SECRETS[name], seal(value, settings.SECRET_KEY) if value else "")
    elif name == "extra_config":
        if len(orjson.dumps(value)) > MOST_CONFIG:
            raise TooLarge(f"extra_config may have {MOST_CONFIG} bytes of JSON")
        organisation.extra_config = value
    elif name == "retention_period":
        if not 0 <= value <= MOST_DAYS:
            raise BadRequest(f"retention_period is 0 (for ever) to {MOST_DAYS} days", code="bad_number")
        organisation.retention_period = value
    elif name == "test_field_a":
        organisation.test_field_a = value


def _named(name: str) -> str:
    name = name.replace("\x00", "").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadRequest(f"The name of an organisation has 1 to {LONGEST_NAME} characters", code="no_name")
    return name


def _record(action: str, organisation: Organisation, by: Caller | None, **metadata) -> None:
    audit.record(action, actor=by, subject=organisation, organisation_id=organisation.id, **metadata)
