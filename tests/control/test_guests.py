"""A guest looks after one group: of the rest of the organisation the Control API tells them nothing."""

import pytest

from doover_web.control import fleet_report
from doover_web.control.models import (
    Application,
    ApplicationAccess,
    ConfigProfile,
    DeviceType,
    DeviceTypeAccess,
    Solution,
    SolutionAccess,
)
from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.models import Agent, GroupRole, Organisation, OrganisationRole, User

pytestmark = pytest.mark.django_db
CATALOGUE = ("/applications/", "/solutions/", "/devices/types/")


@pytest.fixture
def gate(creek, weir):
    """Gate 2, a device at Upper Weir."""
    return Agent.objects.create(kind="device", organisation=creek, group=weir, name="gate2", display_name="Gate 2")


@pytest.fixture
def guest(creek, weir, gate):
    """`guest("Viewer")`: Gus, a guest of Tallow Creek Water with this role at Upper Weir."""
    user = User.objects.create_user("gus@example.com", None, name="Gus Hale")
    add_member(organisation=creek, user=user, role=OrganisationRole.objects.built_in("Guest"), by=None)

    def made(role):
        grant_group_role(group=weir, user=user, role=GroupRole.objects.built_in(role), by=None)
        return user

    return made


@pytest.fixture
def catalogue(creek, skid, level):
    """What Tallow Creek Water can install, of its own and lent by Westfield: the ids by their lists."""
    westfield = Organisation.objects.found("Westfield")
    own = Solution.objects.create(organisation=creek, display_name="Tanks")
    lent = {
        "/applications/": (
            ApplicationAccess,
            "application",
            Application.objects.create(organisation=westfield, name="weather", display_name="Weather", type="DEV"),
        ),
        "/solutions/": (
            SolutionAccess,
            "solution",
            Solution.objects.create(organisation=westfield, display_name="Fields"),
        ),
        "/devices/types/": (
            DeviceTypeAccess,
            "device_type",
            DeviceType.objects.create(organisation=westfield, name="Mast"),
        ),
    }
    for access, link, thing in lent.values():
        access.objects.create(organisation=creek, access="WHL", **{link: thing})
    mine = {"/applications/": level, "/solutions/": own, "/devices/types/": skid}
    return {path: {str(mine[path].id), str(lent[path][2].id)} for path in CATALOGUE}


def ids(told) -> set[str]:
    return {one["id"] for one in told["results"]}


def test_who_looks_at_a_group_finds_nothing_to_install(api, alice, guest, gate, catalogue, creek, ok):
    """Not of what others lend to the organisation either; what is open to all stays open."""
    gus = guest("Viewer")
    public = fleet_report.generator()
    profile = ConfigProfile.objects.create(application=public, organisation=creek, display_name="Winter")

    assert ids(ok(api(gus).get("/devices/"))) == {str(gate.id)}
    for path, own in catalogue.items():
        assert own <= ids(ok(api(alice).get(path)))
        assert not own & ids(ok(api(gus).get(path)))
        assert {api(gus).get(f"{path}{one}/").status_code for one in own} == {404}
    assert ids(ok(api(gus).get("/applications/"))) == {str(public.id)}
    assert ids(ok(api(alice).get(f"/applications/{public.id}/config_profiles/"))) == {str(profile.id)}
    assert ids(ok(api(gus).get(f"/applications/{public.id}/config_profiles/"))) == set()
    assert ok(api(gus).get(f"/applications/{public.id}/"))["config_profiles"] == []


def test_who_sets_up_devices_in_a_group_chooses_from_all_of_it(api, guest, gate, catalogue, level, ok):
    gus = guest("Technician")

    for path, own in catalogue.items():
        assert own <= ids(ok(api(gus).get(path)))
    install = {"display_name": "Level", "application_id": str(level.id), "device_id": str(gate.id)}
    assert ok(api(gus).post("/app_installs/", install), 201)["application"]["id"] == str(level.id)


def test_roles_are_for_who_looks_after_people(api, alice, guest, creek, weir, ok):
    """The built-in ones are everybody's; a guest who lets others into their group chooses from all group roles."""
    night = OrganisationRole.objects.create(organisation=creek, name="Night shift")
    diver = GroupRole.objects.create(organisation=creek, name="Diver", flags=["device_view"])
    gus = guest("Viewer")

    for path, role in (("/organisations/roles/", night), ("/groups/roles/", diver)):
        assert str(role.id) in ids(ok(api(alice).get(path)))
        assert {one["organisation"] for one in ok(api(gus).get(path))["results"]} == {None}
        assert api(gus).get(f"{path}{role.id}/").status_code == 404
    gus = guest("Admin")
    assert str(diver.id) in ids(ok(api(gus).get("/groups/roles/")))
    assert str(night.id) not in ids(ok(api(gus).get("/organisations/roles/")))


def test_of_people_a_guest_finds_themselves(api, alice, guest, creek, ok):
    gus = guest("Viewer")

    for path in ("/users/", "/organisations/users/", "/organisations/pending_users/", "/agents/?include-users=true"):
        assert "alice@" not in str(ok(api(gus).get(path)))
    assert api(gus).get(f"/organisations/users/{alice.id}/").status_code == 404
