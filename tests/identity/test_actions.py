"""What the verbs of people and groups refuse, whoever calls them."""

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.wire import BadRequest, Forbidden, NotFound
from doover_web.identity.actions import group as groups
from doover_web.identity.actions import role as roles
from doover_web.identity.actions.member import change_role, grant_group_role
from doover_web.identity.auth import Caller, caller_of_user
from doover_web.identity.flags import GROUP_FLAGS
from doover_web.identity.guard import check_holds_in
from doover_web.identity.models import AuditEntry, Group, GroupRole, OrganisationRole, User
from doover_web.identity.standing import Grant, Member, Standing


def caller(user):
    return caller_of_user(User.objects.select_related("agent").get(pk=user.pk))


def test_a_stranger_finds_neither_group_nor_organisation(creek, mallory):
    with pytest.raises(NotFound):
        groups.create_group(parent=creek.root_group, name="Mine", by=caller(mallory))
    with pytest.raises(NotFound):
        roles.create_group_role(organisation=creek, name="Mine", flags=[], by=caller(mallory))


def test_a_role_from_above_cannot_be_given_or_taken(creek, alice, bob):
    manager = roles.create_group_role(
        organisation=creek, name="People", flags=["group_view", "group_users_manage"], by=None
    )
    grant_group_role(group=creek.root_group, user=bob, role=manager, by=None)
    admin, by = GroupRole.objects.built_in("Admin"), caller(bob)

    for who, role in ((bob, admin), (alice, manager)):
        with pytest.raises(Forbidden):
            grant_group_role(group=creek.root_group, user=who, role=role, by=by)


def test_a_default_role_on_the_root_counts(creek, alice, bob):
    hidden = OrganisationRole.objects.create(
        organisation=creek, name="Harmless", flags=[], default_root_group_role=GroupRole.objects.built_in("Admin")
    )
    with pytest.raises(Forbidden):
        change_role(membership=bob.memberships.get(), role=hidden, by=caller(bob))
    change_role(membership=bob.memberships.get(), role=hidden, by=caller(alice))


def test_a_device_stays_in_its_organisation(pump, alice, mallory):
    elsewhere = mallory.memberships.get().organisation
    with pytest.raises(BadRequest):
        groups.move_device(device=pump, group=elsewhere.root_group, by=None)
    with pytest.raises(NotFound):
        groups.move_device(device=pump, group=elsewhere.root_group, by=caller(alice))


@pytest.mark.parametrize("name", ["", "  ", "\x00", "x" * 256])
def test_names_of_groups(creek, name):
    with pytest.raises(BadRequest):
        groups.create_group(parent=creek.root_group, name=name, by=None)


def test_what_fails_leaves_no_entry(creek, bob):
    before = AuditEntry.objects.count()
    with pytest.raises(Forbidden):
        groups.rename_group(group=creek.root_group, name="Bob's", by=caller(bob))
    assert AuditEntry.objects.count() == before


def test_the_log_cannot_be_rewritten(creek, alice):
    for change in (lambda: AuditEntry.objects.update(action="x"), lambda: AuditEntry.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@given(held=st.sets(st.sampled_from(GROUP_FLAGS)), given_out=st.sets(st.sampled_from(GROUP_FLAGS)))
def test_nobody_gives_more_than_they_hold(held, given_out):
    place = Group(id=1, organisation_id=9, name="G", lineage=[1])
    member, grant = Member(9, "Creek", "R", frozenset()), Grant(1, 9, "G", "R", frozenset(held))
    by = Caller(5, "user", "Somebody", Standing(5, members={9: member}, grants=(grant,)), 9)
    if given_out <= held:
        check_holds_in(by, place, given_out)
    else:
        with pytest.raises(Forbidden):
            check_holds_in(by, place, given_out)
