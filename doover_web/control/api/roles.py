"""Roles: what a person may administer in an organisation, and do in a group (`control-api §3.3, §3.4`)."""

from collections.abc import Callable, Collection

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.actions.role import (
    archive_role,
    create_group_role,
    create_organisation_role,
    delete_role,
    edit_role,
    unarchive_role,
)
from doover_web.identity.flags import GROUP_FLAGS, ORGANISATION_FLAGS
from doover_web.identity.models import GroupRole, OrganisationRole
from doover_web.identity.standing import homes_with

from ._generated import GroupRole as GroupRoleOut
from ._generated import GroupRoleIn, OrganisationRoleIn
from ._generated import OrganisationRole as OrganisationRoleOut
from .filters import archived, ids, link, text
from .resource import Resource
from .scope import linked, organisation_to_write, owned
from .shapes import group_role, organisation_role

router = Router(tags=["roles"])
Role = GroupRole | OrganisationRole
ORDER = {"id": "pk", "name": "name", "display_name": "name"}
PEOPLE = ("users_view", "users_invite", "users_manage", "user_permissions_manage")
PEOPLE_IN_GROUPS = ("group_users_view", "group_users_manage")
FILTERS = {**text("name"), **archived(), **ids(), **link("organisation", nullable=True)}


def group_roles_for(request: HttpRequest) -> QuerySet[GroupRole]:
    """The built-in ones, and those of the organisations that the call is about whose people the caller looks after,
    in the whole or in some group."""
    found = GroupRole.objects.complete().filter(Q(organisation=None) | _made(request, PEOPLE_IN_GROUPS))
    return found.select_related("organisation")


def organisation_roles_for(request: HttpRequest) -> QuerySet[OrganisationRole]:
    """The same of organisation roles, for who looks after the people of the whole."""
    found = OrganisationRole.objects.complete().filter(Q(organisation=None) | _made(request))
    return found.select_related("organisation", "default_root_group_role")


def _made(request: HttpRequest, in_groups: Collection[str] = ()) -> Q:
    """The roles that organisations made themselves, where the caller sees or manages people."""
    if request.auth.is_superuser:
        return owned(request)
    return owned(request) & Q(organisation_id__in=homes_with(request.auth.standing, PEOPLE, in_groups))


def _flags(known: tuple[str, ...], given: dict, held: list[str]) -> list[str]:
    return [flag for flag in known if given.get(flag, flag in held)]


def _create_in_organisation(request: HttpRequest, given: dict) -> OrganisationRole:
    return create_organisation_role(
        organisation=organisation_to_write(request),
        name=given["name"],
        description=given.get("description", ""),
        flags=_flags(ORGANISATION_FLAGS, given, []),
        default_root_group_role=_default(request, given, None),
        by=request.auth,
    )


def _change_in_organisation(request: HttpRequest, role: OrganisationRole, given: dict) -> Role:
    return edit_role(
        role=role,
        name=given.get("name", role.name),
        description=given.get("description", role.description),
        flags=_flags(ORGANISATION_FLAGS, given, role.flags),
        default_root_group_role=_default(request, given, role.default_root_group_role),
        by=request.auth,
    )


def _default(request: HttpRequest, given: dict, held: GroupRole | None) -> GroupRole | None:
    """The group role that comes on the root group; left out, it stays as it is."""
    if "default_root_group_role_id" not in given:
        return held
    wanted = given["default_root_group_role_id"]
    return linked(group_roles_for(request), wanted, "default_root_group_role_id") if wanted is not None else None


def _create_in_group(request: HttpRequest, given: dict) -> GroupRole:
    return create_group_role(
        organisation=organisation_to_write(request),
        name=given["name"],
        description=given.get("description", ""),
        flags=_flags(GROUP_FLAGS, given, []),
        by=request.auth,
    )


def _change_in_group(request: HttpRequest, role: GroupRole, given: dict) -> Role:
    return edit_role(
        role=role,
        name=given.get("name", role.name),
        description=given.get("description", role.description),
        flags=_flags(GROUP_FLAGS, given, role.flags),
        by=request.auth,
    )


def _by_caller(verb: Callable) -> Callable:
    """What is done to a role, as the caller."""
    return lambda request, role: verb(role=role, by=request.auth)


organisation_roles = Resource(
    router=router,
    path="/organisations/roles/",
    name="organisations_roles",
    rows=organisation_roles_for,
    shape=lambda request, role: organisation_role(role),
    out=OrganisationRoleOut,
    body=OrganisationRoleIn,
    search=["name"],
    order=ORDER,
    filters=FILTERS,
    create=_create_in_organisation,
    change=_change_in_organisation,
    delete=_by_caller(delete_role),
    archive=_by_caller(archive_role),
    unarchive=_by_caller(unarchive_role),
)
group_roles = Resource(
    router=router,
    path="/groups/roles/",
    name="groups_roles",
    rows=group_roles_for,
    shape=lambda request, role: group_role(role),
    out=GroupRoleOut,
    body=GroupRoleIn,
    search=["name"],
    order=ORDER,
    filters=FILTERS,
    create=_create_in_group,
    change=_change_in_group,
    delete=_by_caller(delete_role),
    archive=_by_caller(archive_role),
    unarchive=_by_caller(unarchive_role),
)
