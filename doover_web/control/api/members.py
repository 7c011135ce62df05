"""People in organisations, and what they may do in groups (`control-api §3.3, §3.4`)."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.common.wire import Conflict, Forbidden, NotFound
from doover_web.identity.actions.invitation import add_by_address
from doover_web.identity.actions.member import change_role, grant_group_role, remove_member, revoke_group_role
from doover_web.identity.flags import ORGANISATION_FLAGS
from doover_web.identity.models import Group, GroupGrant, Membership, OrganisationRole, User
from doover_web.identity.permissions import Rights, may_administer, rights_over

from ._generated import GroupPermission, GroupPermissionIn, OrganisationUser, OrganisationUserIn
from .bodies import wrong_field
from .groups import rows as groups_for
from .resource import Resource
from .roles import group_roles_for, organisation_roles_for
from .scope import linked, organisation_to_write, owned
from .shapes import group_role, name_ref, organisation_role, user_ref

router = Router(tags=["members"])
ORDER = {"id": "user_id", "email": "user__email", "name": "user__agent__display_name",
         "display_name": "user__agent__display_name", "role": "role__name"}  # fmt: skip
SEARCH = ["user__email", "user__agent__display_name"]
# What the published clients expect where somebody has no role: one without a flag.
NO_ROLE = {
    "id": "0", "name": "", "description": "", "organisation": None, "default_root_group_role": None, "archived": False,
    **dict.fromkeys(ORGANISATION_FLAGS, False),
}  # fmt: skip


def by_id_or_address(value: str) -> dict[str, Any]:
    """A person in a path: the id, or the e-mail address, which the command line offers."""
    is_id = value.isascii() and value.isdigit()
    return {"user_id": int(value)} if is_id else {"user__email__iexact": value.replace("\x00", "")}


def seen_members(request: HttpRequest) -> QuerySet[Membership]:
    """The people of the organisations that the call is about, where the caller may see them, and the caller."""
    found = Membership.objects.filter(owned(request))
    found = found.select_related("organisation", "user__agent", "role__organisation", "role__default_root_group_role")
    if request.auth.is_superuser:
        return found
    seen = [one for one in request.auth.organisations if may_administer(request.auth.standing, one, "users_view")]
    return found.filter(Q(organisation_id__in=seen) | Q(user_id=request.auth.agent_id))


def member(request: HttpRequest, row: Membership) -> dict:
    role = organisation_role(row.role) if row.role else NO_ROLE
    return {"organisation": str(row.organisation_id), "user": user_ref(row.user), "role": role}


def _add(request: HttpRequest, given: dict) -> Membership:
    organisation = organisation_to_write(request)
    role = _role(request, given)
    groups = _groups(request, given)
    return add_by_address(
        organisation=organisation, email=given["user_email"], role=role, groups=groups, by=request.auth
    )


def _change(request: HttpRequest, row: Membership, given: dict) -> Membership:
    if "role_id" in given and given["role_id"] != row.role_id:
        change_role(membership=row, role=_role(request, given), by=request.auth)
    for group, role in _groups(request, given):
        grant_group_role(group=group, user=row.user, role=role, by=request.auth)
    return row


def _role(request: HttpRequest, given: dict) -> OrganisationRole | None:
    wanted = given["role_id"]
    return None if wanted is None else linked(organisation_roles_for(request), wanted, "role_id")


def _groups(request: HttpRequest, given: dict) -> list[tuple]:
    """The groups and roles of `add_to_group`."""
    wanted = given.get("add_to_group") or []
    if len(wanted) > 100:
        raise wrong_field("add_to_group", "At most 100 groups at a time")
    groups, roles, field = groups_for(request), group_roles_for(request), "add_to_group"
    return [(linked(groups, one.group_id, field), linked(roles, one.role_id, field)) for one in wanted]


def grant_shape(request: HttpRequest, row: GroupGrant) -> dict:
    return {"group": name_ref(row.group), "user": user_ref(row.user), "role": group_role(row.role)}


def grants_of(request: HttpRequest, user: str) -> QuerySet[GroupGrant]:
    """What a member may do in the groups that the caller sees."""
    held = list(seen_members(request).filter(**by_id_or_address(user))[:2])
    if not held:
        raise NotFound("There is no such thing here")
    places = Q() if held[0].user_id == request.auth.agent_id else Q(group__in=groups_for(request))
    organisations = [one.organisation_id for one in held]
    return _grants().filter(places, user=held[0].user_id, group__organisation__in=organisations)


def grants_in(request: HttpRequest, group: int) -> QuerySet[GroupGrant]:
    """Who has a role in a group, not counting roles from above it."""
    place = _group(request, group)
    manages = may_administer(request.auth.standing, place.organisation_id, "user_permissions_manage")
    if not manages and not rights_over(request.auth, place) & Rights.PEOPLE_VIEW:
        raise Forbidden(f"This takes the permission group_users_view at {place}", code="no_permission")
    return _grants().filter(group=place)


def _grants() -> QuerySet[GroupGrant]:
    return GroupGrant.objects.select_related("group__organisation", "user__agent", "role__organisation")


def _group(request: HttpRequest, group: int) -> Group:
    found = groups_for(request).filter(pk=group).first()
    if found is None:
        raise NotFound("There is no such thing here")
    return found


def _grant(request: HttpRequest, given: dict, group: int) -> GroupGrant:
    place, role = _group(request, group), linked(group_roles_for(request), given["role_id"], "role_id")
    people = User.objects.filter(memberships__in=seen_members(request).filter(organisation=place.organisation_id))
    user = linked(people.select_related("agent"), given["user_id"], "user_id")
    held = GroupGrant.objects.filter(group=place, user=user).exclude(role=role).first()
    if held is not None:
        raise Conflict(f"{user.email} has the role {held.role} there already", code="already_granted")
    return grant_group_role(group=place, user=user, role=role, by=request.auth)


def _regrant(request: HttpRequest, row: GroupGrant, given: dict) -> GroupGrant:
    if "role_id" not in given:
        return row
    role = linked(group_roles_for(request), given["role_id"], "role_id")
    return grant_group_role(group=row.group, user=row.user, role=role, by=request.auth)


Resource(
    router=router,
    path="/organisations/users/{user}/groups/",
    name="organisations_users_groups",
    rows=grants_of,
    shape=grant_shape,
    out=GroupPermission,
    search=["group__name"],
    order={"id": "pk", "name": "group__name", "display_name": "group__name"},
    without=["retrieve"],
)
members = Resource(
    router=router,
    path="/organisations/users/",
    name="organisations_users",
    rows=seen_members,
    shape=member,
    out=OrganisationUser,
    body=OrganisationUserIn,
    search=SEARCH,
    order=ORDER,
    key="{user}",
    find_by=by_id_or_address,
    create=_add,
    change=_change,
    delete=lambda request, row: remove_member(membership=row, by=request.auth),
)
grants = Resource(
    router=router,
    path="/groups/{int:group}/users/",
    name="groups_users",
    rows=grants_in,
    shape=grant_shape,
    out=GroupPermission,
    body=GroupPermissionIn,
    search=SEARCH,
    order=ORDER,
    key="{user}",
    find_by=by_id_or_address,
    create=_grant,
    change=_regrant,
    delete=lambda request, row: revoke_group_role(grant=row, by=request.auth),
)
