"""Roles of an organisation: named sets of permissions that it makes for itself."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from doover_web.common.wire import BadRequest, Conflict, Forbidden

from .. import audit
from ..auth import Caller
from ..changes import rights_changed
from ..guard import check_administers, check_holds, check_holds_in, keeping_an_administrator
from ..models import GroupRole, Organisation, OrganisationRole

MANAGES = "user_permissions_manage"
Role = GroupRole | OrganisationRole


@transaction.atomic
def create_organisation_role(
    *,
    organisation: Organisation,
    name: str,
    flags: Iterable[str],
    by: Caller | None,
    description: str = "",
    default_root_group_role: GroupRole | None = None,
) -> OrganisationRole:
    """A role of `organisation` with these flags, given together with a group role on the root group."""
    check_administers(by, organisation, MANAGES)
    role = OrganisationRole(organisation=organisation, default_root_group_role=default_root_group_role)
    _check_default(organisation, default_root_group_role, by)
    return _keep(role, organisation, name, flags, description, by, "role.created")


@transaction.atomic
def create_group_role(
    *, organisation: Organisation, name: str, flags: Iterable[str], by: Caller | None, description: str = ""
) -> GroupRole:
    """A role of `organisation` that people may hold in its groups."""
    check_administers(by, organisation, MANAGES)
    return _keep(GroupRole(organisation=organisation), organisation, name, flags, description, by, "role.created")


@transaction.atomic
def edit_role(
    *,
    role: Role,
    name: str,
    flags: Iterable[str],
    by: Caller | None,
    description: str = "",
    default_root_group_role: GroupRole | None = None,
) -> Role:
    """Change a role, for everybody who holds it. The built-in ones are for superusers only. Conflict when it would
    leave an organisation without an administrator."""
    organisation = _own(role, by)
    if isinstance(role, OrganisationRole):
        if role.default_root_group_role_id != getattr(default_root_group_role, "id", None):
            _check_default(organisation, default_root_group_role, by)
        role.default_root_group_role = default_root_group_role
    with keeping_an_administrator(*_where_held(role)):
        return _keep(role, organisation, name, flags, description, by, "role.edited")


@transaction.atomic
def archive_role(*, role: Role, by: Caller | None) -> Role:
    """No longer offer a role; who holds it keeps it."""
    _own(role, by)
    if role.archived_at is not None:
        return role
    role.archived_at = timezone.now()
    role.save(update_fields=["archived_at"])
    _record("role.archived", role, by)
    return role


@transaction.atomic
def unarchive_role(*, role: Role, by: Caller | None) -> Role:
    _own(role, by)
    if role.archived_at is None:
        return role
    role.archived_at = None
    role.save(update_fields=["archived_at"])
    _record("role.unarchived", role, by)
    return role


@transaction.atomic
def delete_role(*, role: Role, by: Caller | None) -> None:
    """Remove a role that nobody holds. Conflict while somebody does."""
    _own(role, by)
    _record("role.deleted", role, by)
    try:
        role.delete()
    except ProtectedError as problem:
        raise Conflict(f"{role} is in use; archive it, or give its holders another role", code="in_use") from problem


def _own(role: Role, by: Caller | None) -> Organisation | None:
    """The organisation that a role belongs to, which `by` must administer."""
    if role.organisation_id is None:
        if by is not None and not by.is_superuser:
            raise Forbidden("Built-in roles are changed by superusers only", code="built_in")
        return None
    check_administers(by, role.organisation, MANAGES)
    return role.organisation


def _where_held(role: Role) -> list[int]:
    """The organisations whose members have this role. One in groups makes nobody an administrator."""
    if isinstance(role, GroupRole):
        return []
    return list(role.memberships.values_list("organisation_id", flat=True).distinct())


def _check_default(organisation: Organisation | None, role: GroupRole | None, by: Caller | None) -> None:
    if role is None:
        return
    if role.organisation_id not in (None, getattr(organisation, "id", None)):
        raise BadRequest("The role on the root group belongs to another organisation", code="other_organisation")
    if organisation is not None:
        check_holds_in(by, organisation.root_group, role.flags)


def _keep(role: Role, organisation: Organisation | None, name, flags, description, by, action: str) -> Role:
    before = list(role.flags)
    role.name, role.description = name.replace("\x00", "").strip(), description.replace("\x00", "").strip()
    role.flags = list(dict.fromkeys(flags))
    touched = set(before) ^ set(role.flags)
    if organisation is not None:
        if isinstance(role, GroupRole):
            check_holds_in(by, organisation.root_group, touched)
        else:
            check_holds(by, organisation, touched)
    try:
        role.full_clean(validate_unique=False, validate_constraints=False)
        with transaction.atomic():
            role.save()
    except ValidationError as problem:
        raise BadRequest(" ".join(problem.messages), code="bad_role") from problem
    except IntegrityError as problem:
        raise Conflict(f"There is a role called {role.name} already", code="name_taken") from problem
    _record(action, role, by, before=before, after=role.flags)
    rights_changed()
    return role


def _record(action: str, role: Role, by: Caller | None, **metadata) -> None:
    audit.record(action, actor=by, subject=role, organisation_id=role.organisation_id, **metadata)
