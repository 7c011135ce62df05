"""pydoover's ControlClient, synchronous and asynchronous, over organisations, people and groups (`control-api §9`)."""

import json

import pytest

from tests.clients.conftest import Raised, Remote, environment_of

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]
# The organisation and the names that the library's own live test looks for.
LIVE = 160537971806708483
SEED = f"""
from doover_web.control.models import DeviceType
from doover_web.identity.actions.member import add_member
from doover_web.identity.models import Group, Organisation, OrganisationRole, User
live = Organisation.objects.found("Live", id={LIVE})
root = live.root_group
for name in ("A.1", "B", "C"):
    Group.objects.create(organisation=live, parent=root, name="Group " + name + " (DO NOT TOUCH)")
DeviceType.objects.create(organisation=live, name="Doovit")
alice = User.objects.get(email="alice@example.com")
add_member(organisation=live, user=alice, role=OrganisationRole.objects.built_in("Admin"), by=None)
"""


LEAVE = f"""
from doover_web.identity.models import Membership
Membership.objects.filter(organisation_id={LIVE}).delete()
"""


@pytest.fixture(scope="module")
def live(portal, cast):
    """That organisation, with Alice in it for as long as these tests last: others know her in one only."""
    done = portal.manage("shell", "--verbosity=0", "--command", SEED)
    assert done.returncode == 0, done.stderr
    yield LIVE
    portal.manage("shell", "--verbosity=0", "--command", LEAVE)


@pytest.fixture(scope="module", params=["ControlClient", "AsyncControlClient"])
def control(request, portal, home, live):
    """`control("groups.create", …)`: a call of Alice's client in the organisation of the live test."""
    remote = Remote(environment_of("pydoover-1.18.3"), request.param, {"profile": "alice"}, home)

    def call(method, *args, **kwargs):
        return remote.ask({"method": method, "args": args, "kwargs": {"organisation_id": live, **kwargs}})

    yield call
    remote.close()


@pytest.fixture
def group_b(control):
    [found] = control("groups.list", search="Group B (DO NOT TOUCH)", per_page=100)["results"]
    return found


def test_the_live_tests_way_with_groups(control, group_b):
    [root] = control("groups.list", root_group=True)["results"]
    made = control("groups.create", {"name": "Livetest", "parent_id": str(group_b["id"])})
    assert (made["name"], made["parent"]["name"], made["archived"]) == ("Livetest", group_b["name"], False)

    renamed = control("groups.partial", str(made["id"]), {"name": "Livetest 2"})
    assert renamed["name"] == "Livetest 2"
    [group_c] = control("groups.list", search="Group C (DO NOT TOUCH)", per_page=100)["results"]
    moved = control("groups.partial", str(made["id"]), {"parent_id": str(group_c["id"])})
    assert moved["parent"]["name"] == group_c["name"]

    fleet = control("agents.retrieve")
    assert {"agents", "groups", "organisation_users", "superusers"} <= set(fleet)
    tree = json.dumps(fleet["groups"])
    assert "Livetest 2" in tree
    assert root["name"] in tree
    archived = control("groups.archive", str(made["id"]))
    assert archived["archived"] is True
    assert "Livetest 2" not in json.dumps(control("agents.retrieve")["groups"])
    assert control("groups.unarchive", str(made["id"]))["archived"] is False
    control("groups.delete", str(made["id"]))
    with pytest.raises(Raised) as refused:
        control("groups.retrieve", str(made["id"]))
    assert refused.value.status == 404


def test_the_live_tests_way_with_devices(control, group_b):
    [doovit] = control("devices.types_list", search="Doovit", per_page=50)["results"]
    [group_c] = control("groups.list", search="Group C (DO NOT TOUCH)", per_page=100)["results"]
    body = {
        "name": "livetest",
        "display_name": "Livetest",
        "type_id": str(doovit["id"]),
        "group_id": str(group_b["id"]),
    }
    first = control("devices.create", body)
    # The second is made from an object of the library, which holds ids as numbers.
    names = {"name": "livetest-2", "display_name": "Livetest 2"}
    model = {"$": "pydoover.models.control.Device", **names, "type": doovit["id"], "group": group_b["id"]}
    second = control("devices.create", model)
    assert (second["type"]["name"], second["group"]["name"]) == ("Doovit", group_b["name"])

    changed = control(
        "devices.partial", str(first["id"]), {"name": "renamed", "display_name": "New", "fa_icon": "tank"}
    )
    assert (changed["name"], changed["display_name"], changed["fa_icon"]) == ("renamed", "New", "tank")
    moved = control("devices.partial", str(first["id"]), {"group_id": str(group_c["id"])})
    assert (moved["group"]["id"], moved["group"]["name"]) == (group_c["id"], group_c["name"])
    shown = {one["id"]: one for one in control("agents.retrieve")["agents"]}
    assert shown[first["id"]]["group"] in (group_c["id"], str(group_c["id"]))
    for one in (first, second):
        assert control("devices.archive", str(one["id"]))["archived"] is True


def test_roles_and_grants(control, cast, group_b):
    role = control("groups.roles_create", {"name": "Diver", "device_view": True})
    assert control("groups.roles_retrieve", str(role["id"]))["device_view"] is True
    assert control("groups.roles_partial", str(role["id"]), {"device_history": True})["device_history"] is True
    grant = {"user_id": str(cast["alice"]), "role_id": str(role["id"])}
    made = control("groups.users_create", str(group_b["id"]), grant)
    assert (made["user"]["id"], made["role"]["name"]) == (cast["alice"], "Diver")
    assert len(control("groups.users_list", str(group_b["id"]))["results"]) == 1
    groups = control("organisations.users.groups_list", str(cast["alice"]))["results"]
    assert {one["group"]["name"] for one in groups} >= {group_b["name"]}
    with pytest.raises(Raised) as refused:
        control("groups.roles_delete", str(role["id"]))
    assert refused.value.status == 409
    control("groups.users_delete", str(group_b["id"]), str(cast["alice"]))
    control("groups.roles_delete", str(role["id"]))


def test_members_and_invitations(control, live):
    roles = control("organisations.roles.list", name="Member")["results"]
    new = {"user_email": "olga@example.com", "role_id": str(roles[0]["id"]), "add_to_group": []}
    olga = control("organisations.users.create", new)["user"]["id"]
    changed = control("organisations.users.partial", str(olga), {"role_id": None})
    assert changed["role"]["access_site"] is False
    control("organisations.users.delete", str(olga))
    invited = {"email": "nina@example.com", "organisation_id": str(live), "message": "Join"}
    pending = control("organisations.pending_users.create", invited)
    assert pending["organisation"]["id"] == live
    assert control("organisations.pending_users.reject", str(pending["id"]), pending)["email"] == "nina@example.com"


def test_the_organisation_and_its_people(control, live, cast):
    names = {one["id"]: one["name"] for one in control("organisations.list", archived=False)["results"]}
    assert names[live] == "Live"
    changed = control("organisations.partial", str(live), {"extra_config": {"a": 1}})
    assert changed["extra_config"] == {"a": 1}
    assert "llm_api_key" not in changed
    assert control("users.retrieve", str(cast["alice"]))["email"] == "alice@example.com"
    kept = control("users.partial", str(cast["alice"]), {"custom_data": {"dark": True}})
    assert kept["custom_data"] == {"dark": True}
    assert control("organisations.domains.list")["results"] == []


def test_what_the_caller_may_not(control, cast):
    with pytest.raises(Raised) as refused:
        control("organisations.create", {"name": "Mine"})
    assert refused.value.status == 403
    with pytest.raises(Raised) as refused:
        control("groups.list", organisation_id=5)
    assert refused.value.status == 403
