"""Whoever manages a group as a guest has the pages of groups, for that group and below."""

import pytest

from doover_web.identity.actions.member import grant_group_role
from doover_web.identity.models import Group, GroupGrant, GroupRole, OrganisationRole

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(bob, north):
    """Bob, a guest who manages North."""
    bob.memberships.update(role=OrganisationRole.objects.built_in("Guest"))
    bob.grants.all().delete()
    grant_group_role(group=north, user=bob, role=GroupRole.objects.built_in("Admin"), by=None)
    return bob


def test_they_change_their_groups(browse, guest, north, creek):
    page, client = f"/admin-portal/groups/{north.id}/", browse(guest)
    assert page in client.get(f"/group/{north.id}/").content.decode()

    client.post(page, {"do": "create", "name": "Wells"})

    assert Group.objects.get(name="Wells").parent == north
    listed = client.get("/admin-portal/groups/").content.decode()
    assert "Wells" in listed
    assert f"/admin-portal/groups/{creek.root_group.id}/" not in listed
    assert client.get(f"/admin-portal/groups/{creek.root_group.id}/").status_code == 404


def test_they_give_roles_to_whom_they_can_name(browse, guest, alice, mallory, north):
    """The members of the organisation are not theirs to look through."""
    page, client = f"/admin-portal/groups/{north.id}/", browse(guest)
    viewer = GroupRole.objects.built_in("Viewer")
    suggested = f'<option value="{alice.email}">'
    assert suggested in browse(alice).get(page).content.decode()
    assert suggested not in client.get(page).content.decode()

    client.post(page, {"do": "grant", "person": alice.email, "group_role": viewer.id})

    assert GroupGrant.objects.get(group=north, user=alice).role == viewer
