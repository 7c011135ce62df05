"""Who may use the site of an organisation (`access_site`)."""

import re

import pytest

from doover_web.identity.actions.member import add_member, change_role, grant_group_role
from doover_web.identity.models import GroupRole, Organisation, OrganisationRole, User

CLOSED = "This site is closed to you"


@pytest.fixture
def carol(creek, alice):
    """A member of Tallow Creek Water without a role."""
    user = User.objects.create_user("carol@example.com", "correct horse battery staple", name="Carol Ng")
    add_member(organisation=creek, user=user, role=None, by=None)
    return user


def test_without_the_right_the_site_is_closed_and_says_whom_to_ask(browse, carol, pump):
    for address in ("/", f"/device/{pump.id}/"):
        response = browse(carol).get(address)
        assert response.status_code == 403
        page = response.content.decode()
        assert CLOSED in page
        assert "Tallow Creek Water" in page
        assert "“Use the site”" in page
        assert "access_site" not in page
        assert "Alice Moreau" in page


def test_a_role_opens_it(browse, carol, creek):
    role = OrganisationRole.objects.create(organisation=creek, name="Visitor", flags=["access_site"])
    change_role(membership=carol.memberships.get(), role=role, by=None)

    assert browse(carol).get("/").status_code == 200


@pytest.mark.parametrize("name", ["Admin", "Developer", "Billing", "Member"])
def test_every_built_in_role_opens_it(browse, carol, name):
    role = OrganisationRole.objects.built_in(name)
    change_role(membership=carol.memberships.get(), role=role, by=None)

    assert browse(carol).get("/").status_code == 200


def test_a_superuser_passes(browse, creek):
    assert browse(User.objects.create_superuser("root@example.com")).get("/").status_code == 200


def test_the_account_the_viewer_and_the_apis_are_no_part_of_it(browse, api, carol, pump, creek):
    browser = browse(carol)
    for address in ("/me/", "/me/sessions/", "/channels/"):
        assert browser.get(address).status_code == 200
    assert browser.post("/theme/").status_code == 302
    assert api(carol).get("/api/agents/me/permissions").status_code == 200


def test_another_organisation_is_a_way_out(browse, carol):
    elsewhere = Organisation.objects.found("Elsewhere")
    add_member(organisation=elsewhere, user=carol, role=OrganisationRole.objects.built_in("Member"), by=None)
    browser = browse(carol)

    assert CLOSED in browser.get("/").content.decode()
    browser.post("/organisation/", {"organisation": str(elsewhere.id)})
    assert browser.get("/").status_code == 200


def test_the_frame_says_whose_devices_lists_hold(browse, alice, creek):
    assert "All organisations" not in browse(alice).get("/").content.decode()
    elsewhere = Organisation.objects.found("Elsewhere")
    add_member(organisation=elsewhere, user=alice, role=OrganisationRole.objects.built_in("Member"), by=None)
    browser = browse(alice)

    all_of_them = browser.get("/").content.decode()
    assert "All organisations" in all_of_them
    assert f"You act for {creek.name}" in all_of_them
    browser.post("/organisation/", {"organisation": str(creek.id)})
    assert "All organisations" not in browser.get("/").content.decode()


def test_the_menu_of_organisations_marks_where_one_is(browse, alice, creek):
    def marked():
        page = browser.get("/").content.decode()
        return re.findall(r'name="organisation" value="(\d*)" aria-current="true".*?#i-check', page)

    elsewhere = Organisation.objects.found("Elsewhere")
    add_member(organisation=elsewhere, user=alice, role=OrganisationRole.objects.built_in("Member"), by=None)
    browser = browse(alice)

    assert marked() == [""]  # all of them
    browser.post("/organisation/", {"organisation": str(elsewhere.id)})
    assert marked() == [str(elsewhere.id)]


def held(user, creek):
    return [grant.role.name for grant in user.grants.filter(group=creek.root_group)]


def test_what_a_role_gave_on_the_root_group_goes_with_it(carol, creek):
    membership = carol.memberships.get()
    change_role(membership=membership, role=OrganisationRole.objects.built_in("Admin"), by=None)
    assert held(carol, creek) == ["Admin"]

    looks = OrganisationRole.objects.create(
        organisation=creek,
        name="Looks",
        flags=["access_site"],
        default_root_group_role=GroupRole.objects.built_in("Viewer"),
    )
    change_role(membership=membership, role=looks, by=None)
    assert held(carol, creek) == ["Viewer"]
    change_role(membership=membership, role=None, by=None)
    assert held(carol, creek) == []


def test_what_somebody_gave_by_hand_stays(carol, creek):
    membership = carol.memberships.get()
    change_role(membership=membership, role=OrganisationRole.objects.built_in("Admin"), by=None)
    operator = GroupRole.objects.built_in("Operator")
    grant_group_role(group=creek.root_group, user=carol, role=operator, by=None)

    change_role(membership=membership, role=OrganisationRole.objects.built_in("Member"), by=None)
    assert held(carol, creek) == ["Operator"]
