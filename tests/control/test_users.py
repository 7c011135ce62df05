"""Accounts (`control-api §3.2`)."""

from doover_web.identity.models import AuditEntry


def test_oneself(api, alice, ok):
    told = ok(api(alice).get("/users/me"))

    assert (told["id"], told["email"], told["name"]) == (str(alice.id), alice.email, "Alice Moreau")
    assert (told["first_name"], told["last_name"], told["is_superuser"]) == ("Alice", "Moreau", False)
    assert told["organisation_info"]["role"]["name"] == "Admin"
    assert {"fusionauth_id", "username", "custom_data", "last_synced", "last_login"} <= set(told)


def test_who_sees_whom(api, alice, bob, mallory, ok):
    assert {one["id"] for one in ok(api(bob).get("/users/"))["results"]} == {str(alice.id), str(bob.id)}
    assert ok(api(alice).get(f"/users/?search={bob.email}"))["count"] == 1
    assert api(mallory).get(f"/users/{bob.id}/").status_code == 404
    bob.memberships.update(role=None)
    assert {one["id"] for one in ok(api(bob).get("/users/"))["results"]} == {str(bob.id)}


def test_front_ends_keep_their_data(api, alice, bob, ok):
    kept = ok(api(bob).patch(f"/users/{bob.id}/", {"custom_data": {"theme": "dark"}, "is_superuser": True}))

    assert (kept["custom_data"], kept["is_superuser"]) == ({"theme": "dark"}, False)
    assert ok(api(bob).put(f"/users/{bob.id}/", {}))["custom_data"] == {"theme": "dark"}
    assert ok(api(bob).patch(f"/users/{bob.id}/", {"custom_data": None}))["custom_data"] is None
    assert api(alice).patch(f"/users/{bob.id}/", {"custom_data": 1}).status_code == 403
    assert AuditEntry.objects.filter(subject_id=bob.id, action="user.edited").count() == 2
    assert api(bob).patch(f"/users/{bob.id}/", {"custom_data": "x" * 300_000}).status_code == 413


def test_rights_are_looked_at_again(api, alice, bob, ok):
    assert ok(api(bob).post(f"/users/{bob.id}/sync/", {}))["id"] == str(bob.id)
    assert api(alice).post(f"/users/{bob.id}/sync/").status_code == 403
    assert api(alice).delete(f"/users/{bob.id}/").status_code == 405
