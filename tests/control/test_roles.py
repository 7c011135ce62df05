"""Roles of organisations and groups (`control-api §3.3, §3.4, §4`)."""

import pytest

from doover_web.identity.models import GroupRole, OrganisationRole


@pytest.fixture(params=["/organisations/roles/", "/groups/roles/"])
def here(request):
    return request.param


def test_a_role_lives(api, alice, here, ok):
    flag = "users_view" if here.startswith("/org") else "device_view"
    made = ok(api(alice).post(here, {"name": "Night shift", flag: True, "organisation": {"id": "5"}}), 201)

    assert (made["name"], made[flag], made["billing_manager"], made["archived"]) == ("Night shift", True, False, False)
    assert made["organisation"]["name"] == "Tallow Creek Water"
    own = f"{here}{made['id']}/"
    assert ok(api(alice).patch(own, {"description": "At night"}))[flag] is True
    assert ok(api(alice).put(own, {"name": "Night", flag: False}))[flag] is False
    for _ in range(2):
        assert ok(api(alice).post(own + "archive/"))["archived"] is True
    assert ok(api(alice).get(here + "?archived=true"))["count"] == 1
    assert ok(api(alice).post(own + "unarchive/"))["archived"] is False
    assert api(alice).post(here, {"name": "Night"}).status_code == 409
    assert api(alice).delete(own).status_code == 204


def test_the_filters(api, alice, creek, here, ok):
    ok(api(alice).post(here, {"name": "Own"}), 201)

    assert [one["name"] for one in ok(api(alice).get(here + "?organisation__isnull=false"))["results"]] == ["Own"]
    assert ok(api(alice).get(f"{here}?organisation={creek.id}&name=Own"))["count"] == 1
    built_in = ok(api(alice).get(here + "?organisation__isnull=TRUE&name=Admin"))["results"]
    assert [one["organisation"] for one in built_in] == [None]


def test_built_in_ones_are_for_superusers(api, alice, mallory, here):
    model = OrganisationRole if here.startswith("/org") else GroupRole
    built_in, theirs = model.objects.built_in("Admin"), model.objects.create(
        organisation=mallory.memberships.get().organisation, name="Theirs"
    )  # fmt: skip

    assert api(alice).patch(f"{here}{built_in.id}/", {"name": "x"}).status_code == 403
    assert api(alice).delete(f"{here}{built_in.id}/").status_code == 403
    assert api(alice).get(f"{here}{theirs.id}/").status_code == 404


def test_a_role_in_use_stays(api, alice, bob, creek):
    role = OrganisationRole.objects.create(organisation=creek, name="Used")
    bob.memberships.update(role=role)

    assert api(alice).delete(f"/organisations/roles/{role.id}/").status_code == 409


def test_the_default_on_the_root_group(api, alice, mallory, ok):
    viewer = GroupRole.objects.built_in("Viewer")
    made = ok(api(alice).post("/organisations/roles/", {"name": "x", "default_root_group_role_id": viewer.id}), 201)
    own = f"/organisations/roles/{made['id']}/"

    assert made["default_root_group_role"] == {"id": str(viewer.id), "name": "Viewer"}
    assert ok(api(alice).patch(own, {"name": "y"}))["default_root_group_role"]["name"] == "Viewer"
    assert ok(api(alice).patch(own, {"default_root_group_role_id": None}))["default_root_group_role"] is None
    theirs = GroupRole.objects.create(organisation=mallory.memberships.get().organisation, name="Theirs")
    told = api(alice).patch(own, {"default_root_group_role_id": theirs.id})
    assert (told.status_code, list(told.json()["errors"])) == (400, ["default_root_group_role_id"])


def test_nobody_hands_out_what_they_lack(api, bob, creek, here):
    role = OrganisationRole.objects.create(organisation=creek, name="Half", flags=["user_permissions_manage"])
    bob.memberships.update(role=role)
    flag = "users_manage" if here.startswith("/org") else "device_control"

    assert api(bob).post(here, {"name": "Mine", flag: True}).json()["code"] == "beyond_own"


def test_all_that_are_built_in_are_there_from_the_start(api, alice, ok):
    told = {path: {one["name"] for one in ok(api(alice).get(path))["results"]} for path in
            ("/organisations/roles/", "/groups/roles/")}  # fmt: skip

    assert told["/organisations/roles/"] >= {"Admin", "Developer", "Billing", "Member"}
    assert told["/groups/roles/"] >= {"Admin", "Technician", "Operator", "Viewer"}
