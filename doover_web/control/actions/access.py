"""Which other organisations may use an application, a device type or a solution (`control-api §3.6`)."""

from typing import Any

from django.db import IntegrityError, transaction

from doover_web.common.wire import Conflict
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_administers
from doover_web.identity.models import Organisation

from .. import values
from ..models import Application, ApplicationAccess, DeviceType, DeviceTypeAccess, Solution, SolutionAccess
from ..models.access import Access

Shared = Application | DeviceType | Solution
LISTS: dict[type, tuple[type[Access], str, str]] = {
    Application: (ApplicationAccess, "application", "applications_manage"),
    DeviceType: (DeviceTypeAccess, "device_type", "device_types_manage"),
    Solution: (SolutionAccess, "solution", "applications_manage"),
}
MOST = 500
CHECKS: dict[str, values.Check] = {"access": values.choice(Access.Kind.values)}


@transaction.atomic
def add_access(*, thing: Shared, organisation: Organisation, fields: dict[str, Any], by: Caller) -> Access:
    """Put an organisation on the list of `thing`. Conflict when it stands there already."""
    check_shares(thing, by)
    model, link, _ = LISTS[type(thing)]
    if model._default_manager.filter(**{link: thing}).count() >= MOST:
        raise Conflict(f"A list holds {MOST} organisations at most", code="too_many")
    row = model(**{link: thing, "organisation": organisation})
    values.take(row, fields, CHECKS)
    if not row.access:
        raise values.wrong("access", "is required")
    return _keep(row, thing, "access.added", by)


@transaction.atomic
def change_access(
    *, row: Access, thing: Shared, organisation: Organisation | None, fields: dict[str, Any], by: Caller
) -> Access:
    """Allow instead of block, or the other way round, or another organisation."""
    check_shares(thing, by)
    values.take(row, fields, CHECKS)
    row.organisation = organisation or row.organisation
    return _keep(row, thing, "access.changed", by)


@transaction.atomic
def remove_access(*, row: Access, thing: Shared, by: Caller) -> None:
    check_shares(thing, by)
    _record("access.removed", row, thing, by)
    row.delete()


def check_shares(thing: Shared, by: Caller) -> None:
    """Whoever may manage it where it belongs; what belongs to nobody is a superuser's."""
    if thing.organisation is None:
        values.refuse_unless(by.is_superuser, "Only a superuser may share what has no owner")
    else:
        check_administers(by, thing.organisation, LISTS[type(thing)][2])


def _keep(row: Access, thing: Shared, action: str, by: Caller) -> Access:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as problem:
        message = "This organisation stands on the list already"
        raise Conflict(message, code="listed", errors={"organisation_id": [message]}) from problem
    _record(action, row, thing, by)
    return row


def _record(action: str, row: Access, thing: Shared, by: Caller) -> None:
    audit.record(
        action,
        actor=by,
        subject=thing,
        organisation_id=thing.organisation_id,
        access=row.access,
        to=row.organisation.name,
    )
