"""Credentials with rights of their own: what they see is what they may, and nothing more."""

import pytest

from doover_web.identity.actions.processor import create_trigger_token, create_working_token
from doover_web.identity.actions.sharing import create_sharing_profile
from doover_web.identity.actions.token import revoke_token
from doover_web.identity.auth import caller_of_token
from doover_web.identity.flags import EVERYTHING, Rights
from doover_web.identity.models import Agent, Group, GroupRole, Organisation
from doover_web.identity.permissions import rights_over
from doover_web.identity.standing import visible_groups


@pytest.fixture
def fleet(creek):
    """Devices and dashboards here, elsewhere, and lent by elsewhere; with every agent there is."""
    elsewhere = Organisation.objects.found("Elsewhere")
    north = Group.objects.create(organisation=creek, parent=creek.root_group, name="North")
    lent_group = Group.objects.create(organisation=elsewhere, parent=elsewhere.root_group, name="Lent")
    for kind in ("device", "dashboard"):
        Agent.objects.create(kind=kind, organisation=creek, name="here")
        Agent.objects.create(kind=kind, organisation=creek, group=north, name="north")
        Agent.objects.create(kind=kind, organisation=elsewhere, name="theirs")
        Agent.objects.create(kind=kind, organisation=elsewhere, group=lent_group, name="lent")
    role = GroupRole.objects.built_in("Operator")
    loan = {"name": "Loan", "role": role, "devices": [], "groups": [lent_group], "by": None}
    create_sharing_profile(organisation=elsewhere, taker=creek, **loan)
    return list(Agent.objects.select_related("group"))


def holder(creek, permissions):
    agent = Agent.objects.create(kind="app", organisation=creek, name="function")
    parent, _ = create_trigger_token(agent=agent, name="schedule 7", by=None)
    return create_working_token(parent=parent, permissions=permissions, seconds=60)


def entries(things, mask=EVERYTHING, kind="ag"):
    return [{"permission_id": f"{kind}:{one.id}", "permission": str(int(mask))} for one in things]


@pytest.mark.parametrize("mask", [EVERYTHING, Rights.VIEW, Rights.CONTROL, Rights.NONE])
def test_what_is_listed_is_what_may_be_seen(creek, fleet, mask):
    _, secret = holder(creek, entries(fleet, mask))
    caller = caller_of_token(secret)

    seen = set(Agent.objects.visible_to(caller).exclude(pk=caller.agent_id))

    assert seen == {one for one in fleet if rights_over(caller, one) & Rights.VIEW}
    if mask & Rights.VIEW:
        assert {one.name for one in seen} >= {"here", "north", "lent"}
    assert not any(one.name == "theirs" for one in seen)


def test_a_group_and_everything_below(creek, fleet):
    north = Group.objects.get(name="North")
    foreign = Group.objects.get(name="Lent")
    _, secret = holder(creek, entries([north, foreign], kind="gr"))
    caller = caller_of_token(secret)

    seen = set(Agent.objects.visible_to(caller).exclude(pk=caller.agent_id))
    assert seen == {one for one in fleet if rights_over(caller, one) & Rights.VIEW}
    assert {one.name for one in seen} == {"north", "lent"}
    assert set(Group.objects.filter(visible_groups(caller.standing))) == {north}
    assert rights_over(caller, foreign) == Rights.NONE


def test_an_organisation_of_somebody_elses_is_never_reached(creek, fleet):
    elsewhere = Organisation.objects.get(name="Elsewhere")
    _, secret = holder(creek, entries([elsewhere.agent, creek.agent]))
    caller = caller_of_token(secret)

    assert rights_over(caller, elsewhere.agent) == Rights.NONE
    assert rights_over(caller, creek.agent) == EVERYTHING


def test_it_ends_with_what_it_came_from(creek, fleet):
    token, secret = holder(creek, [])
    assert caller_of_token(secret).kind == "app"

    revoke_token(token=token.parent, by=None)

    with pytest.raises(Exception, match="revoked"):
        caller_of_token(secret)
