"""The whole fleet in one call (`control-api §3.1`)."""

from doover_web.data.publish import update_aggregate
from doover_web.identity.actions.sharing import create_sharing_profile
from doover_web.identity.models import Agent, GroupRole


def test_the_tree_and_what_hangs_in_it(api, alice, bob, creek, weir, pump, reach, ok):
    pump.group = weir
    pump.save()
    update_aggregate(reach=reach(pump, pump), name="doover_connection", data={
        "status": {"status": "ContinuousOnline", "last_online": 32_503_680_000_000}, "determination": "Online",
    })  # fmt: skip

    told = ok(api(alice).get("/agents/"))

    [root] = told["groups"]
    assert (root["name"], root["organisation"], root["shared"]) == (creek.name, str(creek.id), False)
    assert [(one["id"], one["children"]) for one in root["children"]] == [(str(weir.id), [])]
    [agent] = told["agents"]
    assert agent == {
        "id": str(pump.id), "organisation": str(creek.id), "group": str(weir.id), "name": "pump-7",
        "display_name": "Pump 7", "fa_icon": None, "fixed_location": None, "archived": False,
        "connection_determination": "Online", "type": "device",
    }  # fmt: skip
    assert {one["user"]["id"] for one in told["organisation_users"]} == {str(alice.id), str(bob.id)}
    assert (told["superusers"], told["sharing"]) == ([], "none")


def test_who_may_not_see_people_is_told_of_none(api, alice, bob, ok):
    bob.memberships.update(role=None)

    told = ok(api(bob).get("/agents/?include-organisations=true&include-users=true"))
    assert told["organisation_users"] == []
    assert [one["name"] for one in told["organisations"]] == ["Tallow Creek Water"]
    assert [one["id"] for one in told["users"]] == [str(bob.id)]


def test_what_is_archived_drops_out_with_all_below(api, alice, weir, pump, ok):
    pump.group = weir
    pump.save()
    ok(api(alice).post(f"/groups/{weir.id}/archive/"))

    told = ok(api(alice).get("/agents/?include-archived=false"))
    assert (told["groups"][0]["children"], told["agents"]) == ([], [])
    told = ok(api(alice).get("/agents/?include-archived=True"))
    assert [one["archived"] for one in told["groups"][0]["children"]] == [True]
    assert [one["connection_determination"] for one in told["agents"]] == ["Offline"]


def test_trees_begin_at_the_highest_group_that_is_seen(api, alice, bob, weir, ok):
    bob.grants.update(group=weir)

    assert [one["name"] for one in ok(api(bob).get("/agents/"))["groups"]] == ["Upper Weir"]


def test_what_is_lent_is_there(api, alice, mallory, creek, weir, pump, ok):
    other = Agent.objects.create(kind="device", organisation=creek, name="other", group=weir)
    theirs, role = mallory.memberships.get().organisation, GroupRole.objects.built_in("Viewer")
    create_sharing_profile(organisation=creek, taker=theirs, name="Loan", role=role, devices=[pump], groups=[weir],
                           by=None)  # fmt: skip

    told = ok(api(mallory).get("/agents/"))

    assert {(one["name"], one["shared"]) for one in told["groups"]} == {("Elsewhere", False), ("Upper Weir", True)}
    assert {one["id"]: one["group"] for one in told["agents"]} == {str(pump.id): "", str(other.id): str(weir.id)}
    assert told["sharing"] == "internal"
    assert ok(api(alice).get("/agents/"))["sharing"] == "none"


def test_it_asks_as_often_for_many(api, alice, creek, weir, statements):
    client = api(alice)
    Agent.objects.create(kind="device", organisation=creek, name="one", group=weir)
    client.get("/agents/")
    few = statements(lambda: client.get("/agents/"))
    for number in range(5):
        Agent.objects.create(kind="device", organisation=creek, name=f"d{number}", group=weir)

    assert statements(lambda: client.get("/agents/")) == few
