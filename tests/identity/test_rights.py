"""What follows from memberships: who sees which agents, with which rights."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, GroupRole, Membership, Organisation, OrganisationRole, User
from doover_web.identity.permissions import EVERYTHING, Rights, rights_over


def rights(who, agent):
    return rights_over(caller_of_user(who), agent)


def test_roles(alice, bob, mallory, pump):
    technician = Rights.CONFIGURE | Rights.TUNNELS | Rights.PRIVATE | Rights.CONTROL | Rights.VIEW | Rights.HISTORY
    assert rights(alice, pump) & technician == technician
    assert rights(bob, pump) & (Rights.VIEW | Rights.HISTORY | Rights.CONTROL) == Rights.VIEW | Rights.HISTORY
    assert rights(mallory, pump) == Rights.NONE

    bob.grants.update(role=GroupRole.objects.built_in("Operator"))
    assert rights(bob, pump) & (Rights.CONTROL | Rights.CONFIGURE | Rights.PRIVATE) == Rights.CONTROL


def test_to_guests_the_organisation_itself_is_closed(alice, bob, creek, pump):
    assert rights(bob, creek.agent) & (Rights.VIEW | Rights.HISTORY) == Rights.VIEW | Rights.HISTORY

    bob.memberships.update(role=OrganisationRole.objects.built_in("Guest"))
    assert rights(bob, creek.agent) == Rights.NONE
    assert set(Agent.objects.visible_to(caller_of_user(bob))) == {bob.agent, pump}


def test_everybody_is_at_home_with_oneself(bob):
    assert rights(bob, bob.agent) == EVERYTHING


def test_nobody_has_no_rights(pump):
    assert rights_over(None, pump) == Rights.NONE
    assert not Agent.objects.visible_to(None).exists()


def test_who_sees_whom(alice, mallory, pump, creek):
    assert set(Agent.objects.visible_to(caller_of_user(alice))) == {alice.agent, pump, creek.agent}
    assert pump not in Agent.objects.visible_to(caller_of_user(mallory))


def test_everything_is_bits_1_to_39():
    assert int(EVERYTHING) == 1099511627774


def test_an_organisation_is_an_agent_with_its_id(creek):
    assert creek.id == creek.agent_id
    assert (creek.agent.kind, creek.agent.organisation_id) == ("organisation", creek.id)


def test_a_device_belongs_to_somebody(db):
    with pytest.raises(IntegrityError, match="agent_has_organisation"), transaction.atomic():
        Agent.objects.create(kind="device", name="stray")


def test_a_kind_is_one_of_the_known(creek):
    with pytest.raises(IntegrityError, match="agent_kind_known"), transaction.atomic():
        Agent.objects.create(kind="ghost", name="ghost", organisation=creek)


def test_one_address_one_account(db):
    User.objects.create_user("Sam@Example.com")

    assert User.objects.get_by_natural_key("SAM@example.COM").email == "sam@example.com"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("sam@EXAMPLE.com")


def test_one_membership_each(alice, creek):
    with pytest.raises(IntegrityError, match="one_membership_each"), transaction.atomic():
        Membership.objects.create(user=alice, organisation=creek)


def test_a_zone_is_a_zone(alice):
    alice.zone = "Mars/Olympus"

    with pytest.raises(ValidationError, match="not a time zone"):
        alice.full_clean()


def test_an_organisation_is_found_whole(db):
    organisation = Organisation.objects.found("New")

    assert organisation.agent.title == "New"
