"""Why somebody may: the explanation and the enforcement are one, on random organisations."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from doover_web.identity.flags import DEVICE_FLAGS, EVERYTHING, GROUP_FLAGS, ORGANISATION_FLAGS, Rights
from doover_web.identity.given import Given
from doover_web.identity.standing import (
    Grant,
    Loan,
    Member,
    Standing,
    Subject,
    reasons,
    rights_of,
    visible_agents,
    visible_groups,
)

ids = st.integers(1, 6)
flags = st.frozensets(st.sampled_from(GROUP_FLAGS))
grants = st.builds(Grant, ids, ids, st.just("North"), st.just("Role"), flags)
loans = st.builds(Loan, st.none() | ids, st.none() | ids, st.just("Profile"), st.just("Giver"), flags)
members = st.builds(Member, ids, st.just("Creek"), st.just("Role"), st.frozensets(st.sampled_from(ORGANISATION_FLAGS)))
masks = st.dictionaries(ids, st.sampled_from([EVERYTHING, Rights.NONE, Rights.VIEW, Rights.VIEW | Rights.CONTROL]))
holdings = st.none() | st.builds(Given, st.none() | ids, masks, masks)
standings = st.builds(
    lambda superuser, limit, members, grants, loans, holding: Standing(
        99,
        superuser,
        limit,
        {member.organisation_id: member for member in members},
        tuple(grants),
        tuple(loans),
        holding,
    ),
    st.booleans(),
    st.just(EVERYTHING) | st.just(Rights.VIEW | Rights.HISTORY),
    st.lists(members, max_size=2),
    st.lists(grants, max_size=3),
    st.lists(loans, max_size=2),
    holdings,
)
subjects = st.builds(
    Subject,
    ids | st.just(99),
    st.sampled_from(["device", "dashboard", "organisation", "group", "app", "user"]),
    ids,
    st.lists(ids, unique=True, max_size=3).map(tuple),
)


@settings(max_examples=300)
@given(standings, subjects)
def test_rights_are_exactly_what_the_reasons_give(standing, subject):
    given_by_reasons = Rights.NONE
    for reason in reasons(standing, subject):
        assert reason.rights
        assert reason.text
        given_by_reasons |= reason.rights

    assert rights_of(standing, subject) == given_by_reasons
    assert given_by_reasons | standing.limit == standing.limit


@given(standings, subjects)
def test_a_credential_with_rights_of_its_own_has_no_others(standing, subject):
    if standing.given is None or standing.is_superuser or subject.id == standing.agent_id:
        return
    rights = rights_of(standing, subject)

    assert rights | standing.given.mask(subject.id, subject.lineage) == standing.given.mask(subject.id, subject.lineage)
    if not any(subject.id == loan.agent_id or loan.group_id in subject.lineage for loan in standing.loans):
        assert not rights or subject.organisation_id == standing.given.organisation_id


@given(flags, st.lists(ids, unique=True, min_size=1, max_size=3))
def test_a_role_holds_for_everything_below(flags, lineage):
    member = Member(1, "Creek", "Role", frozenset())
    standing = Standing(99, members={1: member}, grants=(Grant(lineage[0], 1, "Top", "Role", flags),))

    rights = rights_of(standing, Subject(50, "device", 1, tuple(lineage)))

    assert rights == rights_of(standing, Subject(51, "device", 1, (lineage[0],)))
    assert bool(rights & Rights.CONTROL) == ("device_control" in flags)
    assert rights | sum(DEVICE_FLAGS.values(), Rights.NONE) == sum(DEVICE_FLAGS.values(), Rights.NONE)


@given(standings, subjects)
def test_a_role_in_a_group_counts_for_members_only(standing, subject):
    outside = replace(standing, is_superuser=False, members={})
    nothing_granted = replace(outside, grants=())

    assert reasons(outside, subject) == reasons(nothing_granted, subject)
    assert str(visible_agents(outside)) == str(visible_agents(nothing_granted))
    assert str(visible_groups(outside)) == str(visible_groups(nothing_granted))


def test_nobody_has_no_reason():
    assert reasons(None, Subject(1, "device", 1)) == []
