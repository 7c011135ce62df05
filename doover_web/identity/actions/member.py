"""People in an organisation."""

from django.db import transaction
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Conflict

from .. import audit
from ..auth import Caller
from ..changes import rights_changed
from ..guard import check_administers, check_holds, check_holds_in, check_right, keeping_an_administrator
from ..models import Group, GroupGrant, GroupRole, Membership, Organisation, OrganisationRole, User
from ..permissions import Rights, may_administer


@transaction.atomic
def add_member(
    *,
    organisation: Organisation,
    user: User,
    role: OrganisationRole | None,
    by: Caller | None,
) -> Membership:
    """Make `user` a member with `role`, and give the role's group role on the root group. Conflict when it is one."""
    check_administers(by, organisation, "users_invite", "users_manage")
    check_may_give(by, organisation, role)
    membership, made = Membership.objects.get_or_create(user=user, organisation=organisation, defaults={"role": role})
    if not made:
        raise Conflict(
            _("%(email)s is a member of %(organisation)s already")
            % {"email": user.email, "organisation": organisation},
            code="already_member",
        )
    _give_default(membership)
    audit.record(
        "user.joined", actor=by, subject=user, organisation_id=organisation.id, role=role.name if role else None
    )
    rights_changed(user.agent_id)
    return membership


@transaction.atomic
def change_role(*, membership: Membership, role: OrganisationRole | None, by: Caller | None) -> Membership:
    """Give a member another role. What the one before gave on the root group goes, and what the new one gives comes;
    group roles that somebody gave by hand stay. Conflict for the last administrator."""
    check_administers(by, membership.organisation, "users_manage", "user_permissions_manage")
    check_may_give(by, membership.organisation, membership.role)
    check_may_give(by, membership.organisation, role)
    before = membership.role.name if membership.role else None
    with keeping_an_administrator(membership.organisation_id):
        membership.role = role
        membership.save(update_fields=["role"])
    _take_default(membership)
    _give_default(membership)
    audit.record(
        "user.role_changed",
        actor=by,
        subject=membership.user,
        organisation_id=membership.organisation_id,
        before=before,
        after=role.name if role else None,
    )
    rights_changed(membership.user_id)
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, by: Caller | None) -> None:
    """End a membership, and with it every group role in the organisation; the account stays. Conflict for the last
    administrator."""
    check_administers(by, membership.organisation, "users_manage")
    check_may_give(by, membership.organisation, membership.role)
    with keeping_an_administrator(membership.organisation_id):
        GroupGrant.objects.filter(user=membership.user, group__organisation=membership.organisation).delete()
        membership.delete()
    audit.record("user.removed", actor=by, subject=membership.user, organisation_id=membership.organisation_id)
    rights_changed(membership.user_id)


@transaction.atomic
def grant_group_role(*, group: Group, user: User, role: GroupRole, by: Caller | None) -> GroupGrant:
    """Let `user` act in `group` and below it as `role` says; one role a person and group."""
    check_may_give_in(by, group, role)
    if by is not None and not user.memberships.filter(organisation_id=group.organisation_id).exists():
        raise BadRequest(_("Only members of the organisation can have a role in its groups"), code="not_a_member")
    held = GroupGrant.objects.select_related("role").filter(group=group, user=user).first()
    if held is not None:
        check_may_give_in(by, group, held.role)
    grant, made = GroupGrant.objects.update_or_create(
        group=group, user=user, defaults={"role": role, "by_default": False}
    )
    audit.record(
        "group.role_granted" if made else "group.role_changed",
        actor=by,
        subject=user,
        organisation_id=group.organisation_id,
        group=group.name,
        role=role.name,
    )
    rights_changed(user.agent_id)
    return grant


@transaction.atomic
def revoke_group_role(*, grant: GroupGrant, by: Caller | None) -> None:
    check_may_give_in(by, grant.group, grant.role)
    grant.delete()
    audit.record(
        "group.role_revoked",
        actor=by,
        subject=grant.user,
        organisation_id=grant.group.organisation_id,
        group=grant.group.name,
        role=grant.role.name,
    )
    rights_changed(grant.user_id)


def check_may_give(by: Caller | None, organisation: Organisation, role: OrganisationRole | None) -> None:
    """Nobody hands out, or takes away, a role with a flag they lack (`control-api §4.2`). `by` None is the server."""
    if by is None or role is None:
        return
    check_holds(by, organisation, role.flags)
    if role.default_root_group_role is not None:
        check_holds_in(by, organisation.root_group, role.default_root_group_role.flags)


def check_may_give_in(by: Caller | None, group: Group, role: GroupRole) -> None:
    """The same for a role in a group, which takes `group_users_manage` there or `user_permissions_manage`."""
    if by is None:
        return
    if not may_administer(by.standing, group.organisation_id, "user_permissions_manage"):
        check_right(by, group, Rights.PEOPLE_MANAGE, "group_users_manage")
    check_holds_in(by, group, role.flags)


def _take_default(membership: Membership) -> None:
    root = membership.organisation.root_group
    GroupGrant.objects.filter(group=root, user=membership.user, by_default=True).delete()


def _give_default(membership: Membership) -> None:
    role = membership.role
    if role is not None and role.default_root_group_role is not None:
        GroupGrant.objects.get_or_create(
            group=membership.organisation.root_group,
            user=membership.user,
            defaults={"role": role.default_root_group_role, "by_default": True},
        )
