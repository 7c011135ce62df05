"""Lending devices and groups, and taking them into one's own tree (`control-api §3.13`)."""

import pytest
from django.conf import settings

from doover_web.identity.models import Agent, Group, GroupRole

GIVEN, TAKEN = "/organisations/sharing_profiles/", "/organisations/shared_profiles/"


@pytest.fixture
def elsewhere(mallory):
    return mallory.memberships.get().organisation


@pytest.fixture
def body(elsewhere, pump, weir):
    role = GroupRole.objects.built_in("Viewer")
    return {"name": "Loan", "description": "", "dd_permission_id": 0, "role_id": str(role.id),
            "shared_organisation_id": str(elsewhere.id), "device_ids": [str(pump.id)],
            "group_ids": [weir.id]}  # fmt: skip


@pytest.fixture
def lent(api, alice, body, ok):
    return ok(api(alice).post(GIVEN, body), 201)


@pytest.fixture
def taken(api, mallory, creek, lent, ok):
    noted = {"name": "Theirs", "description": "", "sharing_organisation_id": str(creek.id),
             "sharing_base_url": settings.PUBLIC_URL, "sharing_profile_id": lent["id"]}  # fmt: skip
    return ok(api(mallory).post(TAKEN, noted), 201)


def test_a_profile_lends_devices_and_what_is_below_groups(api, alice, creek, weir, pump, lent, ok):
    below = Agent.objects.create(kind="device", organisation=creek, name="below", group=weir)

    told = ok(api(alice).get(f"{GIVEN}{lent['id']}/"))

    assert [one["id"] for one in told["devices"]] == [str(pump.id)]
    assert [one["id"] for one in told["all_devices"]] == [str(pump.id), str(below.id)]
    assert (told["groups"][0]["name"], told["role"]["name"]) == ("Upper Weir", "Viewer")
    assert ok(api(alice).patch(f"{GIVEN}{lent['id']}/", {"device_ids": []}))["devices"] == []
    assert ok(api(alice).get(GIVEN))["results"][0]["groups"][0]["name"] == "Upper Weir"
    assert api(alice).delete(f"{GIVEN}{lent['id']}/").status_code == 204


def test_only_ones_own_is_lent(api, alice, bob, mallory, elsewhere, body, lent):
    theirs = Agent.objects.create(kind="device", organisation=elsewhere, name="theirs")
    for field, wrong in (("device_ids", [theirs.id]), ("group_ids", [elsewhere.root_group.id]), ("role_id", 5),
                         ("role_id", None), ("shared_organisation_id", 5), ("device_ids", ["x"])):  # fmt: skip
        told = api(alice).post(GIVEN, {**body, field: wrong})
        assert (told.status_code, field in str(told.json()["errors"])) == (400, True), field
    assert api(bob).post(GIVEN, body).status_code in (400, 403)
    for who in (bob, mallory):
        assert api(who).get(f"{GIVEN}{lent['id']}/").status_code == 404


def test_a_lent_device_hangs_in_ones_own_tree(api, alice, mallory, elsewhere, pump, weir, taken, ok):
    here = {"group_id": str(elsewhere.root_group.id), "shared_profile_id": taken["id"]}
    device = ok(api(mallory).post("/shared_devices/", {"device_id": str(pump.id), **here}), 201)
    group = ok(api(mallory).post("/shared_groups/", {"shared_group_id": weir.id, **here}), 201)

    assert (device["device"]["name"], device["group"]["name"]) == ("pump-7", "Elsewhere")
    assert (group["shared_group"]["name"], group["shared_profile"]["id"]) == ("Upper Weir", taken["id"])
    fleet = ok(api(mallory).get("/agents/"))
    assert [one["group"] for one in fleet["agents"]] == [str(elsewhere.root_group.id)]
    assert [one["name"] for one in fleet["groups"][0]["children"]] == ["Upper Weir"]
    assert api(mallory).post("/shared_devices/", {"device_id": str(pump.id), **here}).status_code == 409
    below = Group.objects.create(organisation=elsewhere, parent=elsewhere.root_group, name="Below")
    moved = ok(api(mallory).patch(f"/shared_devices/{device['id']}/", {"group_id": below.id}))
    assert moved["group"]["name"] == "Below"
    for address in (f"/shared_devices/{device['id']}/", f"/shared_groups/{group['id']}/"):
        assert api(alice).get(address).status_code == 404
        assert api(mallory).delete(address).status_code == 204


def test_nothing_hangs_that_is_not_lent(api, mallory, creek, elsewhere, weir, taken):
    other = Agent.objects.create(kind="device", organisation=creek, name="other")
    here = {"group_id": str(elsewhere.root_group.id), "shared_profile_id": taken["id"]}

    for wrong in ({"device_id": other.id}, {"device_id": 5}, {"device_id": weir.id, "group_id": creek.root_group.id}):
        assert api(mallory).post("/shared_devices/", {**here, **wrong}).status_code == 400
    assert api(mallory).post("/shared_groups/", {**here, "shared_group_id": creek.root_group.id}).status_code == 400


def test_the_profile_is_read_from_the_giver(api, alice, mallory, lent, taken, ok):
    own = f"{TAKEN}{taken['id']}/"

    assert ok(api(mallory).get(own + "sharing_profile/"))["name"] == "Loan"
    assert ok(api(mallory).patch(own, {"sharing_base_url": "https://other.example.com"}))["name"] == "Theirs"
    assert api(mallory).get(own + "sharing_profile/").status_code == 502
    assert api(alice).get(own).status_code == 404
    assert api(mallory).patch(own, {"sharing_base_url": "javascript:x"}).status_code == 400
    assert api(mallory).delete(own).status_code == 204
