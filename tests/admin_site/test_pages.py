"""Every page of the admin portal: who gets in, and that it holds to the house's policy."""

import re

import pytest

from doover_web.identity.actions.sharing import create_sharing_profile
from doover_web.identity.models import AuditEntry, GroupRole, OrganisationRole

LISTS = ["", "users/", "users/invitations/", "roles/", "roles/?kind=group", "groups/", "sharing/", "audit/"]
FOR_ALICE = ["sharing/", "sharing/new/", "audit/", "audit/download/", "roles/organisation/new/"]


@pytest.mark.parametrize("address", LISTS)
def test_an_administrator_sees_every_list(browse, alice, pump, north, address):
    page = browse(alice).get(f"/admin-portal/{address}")

    assert page.status_code == 200
    text = page.content.decode()
    assert text.count("<h1") == 1
    assert not re.search(r"\sstyle\s*=", text)
    assert "Two-Factor" not in text


def test_pages_of_one_thing(browse, alice, bob, creek, pump, north, mallory):
    role = GroupRole.objects.built_in("Viewer")
    taker = mallory.memberships.get().organisation
    loan = {"name": "Pumps", "role": role, "devices": [pump], "groups": [north], "by": None}
    profile = create_sharing_profile(organisation=creek, taker=taker, **loan)
    member = OrganisationRole.objects.built_in("Member")
    entry = AuditEntry.objects.filter(organisation_id=creek.id).first()
    addresses = [
        *(
            f"user/{bob.id}/access/",
            f"device/{pump.id}/access/",
            f"groups/{north.id}/",
            f"groups/{north.id}/?tab=devices",
        ),
        *(
            f"roles/organisation/{member.id}/",
            f"roles/group/{role.id}/",
            f"sharing/{profile.id}/",
            f"audit/{entry.id}/",
        ),
    ]

    for address in addresses:
        assert browse(alice).get(f"/admin-portal/{address}").status_code == 200, address
        # The built-in roles are everybody's; the device is lent, its people are not.
        stranger = 200 if "roles/" in address else 403 if "device/" in address else 404
        assert browse(mallory).get(f"/admin-portal/{address}").status_code == stranger, address
        assert browse(None).get(f"/admin-portal/{address}").status_code == 302


@pytest.mark.parametrize("address", FOR_ALICE)
def test_what_takes_a_permission_names_it(browse, bob, address):
    page = browse(bob).get(f"/admin-portal/{address}")

    assert page.status_code == 403
    assert "permission" in page.content.decode()


@pytest.mark.parametrize(
    "address", ["user/99/access/", "device/99/access/", "groups/99/", "roles/group/99/", "audit/9/"]
)
def test_what_is_not_there(browse, alice, address):
    assert browse(alice).get(f"/admin-portal/{address}").status_code == 404


def test_the_device_page_says_who_and_why(browse, alice, bob, pump):
    page = browse(alice).get(f"/admin-portal/device/{pump.id}/access/").content.decode()

    assert "Bob Tran" in page
    assert "Role Viewer in group Tallow Creek Water" in page
    assert "Mallory" not in page


def test_the_person_page_says_what_and_why(browse, alice, bob, pump):
    page = browse(alice).get(f"/admin-portal/user/{bob.id}/access/").content.decode()

    assert "Pump 7" in page
    assert "see, look back, see alarms" in page


def test_csv_of_members_and_log(browse, alice, bob):
    bob.agent.display_name = "=HYPERLINK(1)"
    bob.agent.save()
    rows = b"".join(browse(alice).get("/admin-portal/users/download/")).decode()
    log = b"".join(browse(alice).get("/admin-portal/audit/download/?action=user.joined")).decode()

    assert bob.email in rows
    assert "'=HYPERLINK" in rows
    assert log.count("user.joined") == 2


@pytest.mark.parametrize("address", ["users/", "groups/", "audit/", "device/{}/access/", "users/invitations/"])
def test_queries_stay_level(browse, alice, pump, creek, north, statements, people, address):
    client, address = browse(alice), f"/admin-portal/{address.format(pump.id)}"
    people(1)
    client.get(address)
    few = statements(lambda: client.get(address))
    people(6)

    assert statements(lambda: client.get(address)) == few


@pytest.fixture
def people(creek, north, as_caller, alice):
    """`people(3)`: three more members with a group role, as many groups and invitations."""
    from doover_web.identity.actions.group import create_group
    from doover_web.identity.actions.invitation import invite
    from doover_web.identity.actions.member import add_member, grant_group_role
    from doover_web.identity.models import User

    def join(count):
        for _ in range(count):
            number = User.objects.count()
            user = User.objects.create_user(f"more{number}@example.com", None, name=f"More {number}")
            add_member(organisation=creek, user=user, role=None, by=None)
            viewer = GroupRole.objects.built_in("Viewer")
            grant_group_role(group=creek.root_group, user=user, role=viewer, by=None)
            create_group(parent=north, name=f"Group {number}", by=None)
            invite(organisation=creek, email=f"new{number}@example.com", role=None, by=as_caller(alice))

    return join
