"""The part of the frame that leads to the admin portal is there for whoever has something to change."""

import pytest

from doover_web.identity.models import GroupGrant, GroupRole, OrganisationRole

HEADING = "<h2>Manage</h2>"


def menu(browse, person, pump):
    page = browse(person).get(f"/device/{pump.id}/").content.decode()
    return HEADING in page


def test_who_may_only_look_has_none(browse, alice, bob, pump):
    assert menu(browse, alice, pump)
    assert not menu(browse, bob, pump)


@pytest.mark.parametrize(
    ("role", "manages"), [("Viewer", False), ("Operator", False), ("Technician", True), ("Admin", True)]
)
def test_a_role_in_a_group_that_sets_devices_up_has_one(browse, bob, pump, role, manages):
    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.built_in(role))

    assert menu(browse, bob, pump) is manages


@pytest.mark.parametrize(
    ("role", "manages"), [("Member", False), ("Guest", False), ("Developer", True), ("Billing", True)]
)
def test_a_role_in_the_organisation_that_changes_something_has_one(browse, bob, pump, role, manages):
    bob.memberships.update(role=OrganisationRole.objects.built_in(role))

    assert menu(browse, bob, pump) is manages


@pytest.mark.parametrize(("role", "at_least"), [("Member", 8), ("Guest", 2)])
def test_what_it_leads_to_may_be_opened(browse, bob, pump, creek, role, at_least):
    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.built_in("Technician"))
    bob.memberships.update(role=OrganisationRole.objects.built_in(role))
    client = browse(bob)
    part = client.get(f"/device/{pump.id}/").content.decode().split(HEADING)[1].split("</ul>")[0]

    addresses = [piece.split('"')[0] for piece in part.split('href="')[1:] if piece.startswith("/")]

    assert len(addresses) >= at_least
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
