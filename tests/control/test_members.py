"""People in organisations and in groups (`control-api §3.3, §3.4`)."""

import pytest
from django.core import mail

from doover_web.identity.actions.invitation import invite
from doover_web.identity.models import AuditEntry, GroupGrant, GroupRole, Membership, OrganisationRole, User


@pytest.fixture
def viewer(db):
    return GroupRole.objects.built_in("Viewer")


@pytest.fixture
def plain(db):
    return OrganisationRole.objects.built_in("Member")


def test_somebody_new_is_added_at_once(api, alice, weir, viewer, plain, ok, django_capture_on_commit_callbacks):
    body = {"user_email": "Olga@Example.com", "role_id": plain.id,
            "add_to_group": [{"group_id": weir.id, "role_id": str(viewer.id)}]}  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        made = ok(api(alice).post("/organisations/users/", body), 201)

    olga = User.objects.get(email="olga@example.com")
    assert (made["user"]["id"], made["role"]["name"]) == (str(olga.id), "Member")
    assert GroupGrant.objects.get(user=olga).group == weir
    [letter] = mail.outbox
    assert letter.to == ["olga@example.com"]
    assert "/accounts/password/reset/key/" in letter.body
    assert {"user.created", "user.joined", "user.invited"} <= set(AuditEntry.objects.values_list("action", flat=True))


def test_her_link_lets_her_choose_a_password(api, alice, plain, ok, client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ok(api(alice).post("/organisations/users/", {"user_email": "o@example.com", "role_id": plain.id}), 201)

    link = next(word for word in mail.outbox[0].body.split() if "/reset/key/" in word)
    page = client.get(link.partition("8000")[2], follow=True)
    assert page.status_code == 200
    assert b'name="password1"' in page.content


def test_a_known_person_gets_no_mail_and_twice_is_a_conflict(api, alice, mallory, plain, ok):
    body = {"user_email": mallory.email.upper(), "role_id": str(plain.id)}

    ok(api(alice).post("/organisations/users/", body), 201)
    assert api(alice).post("/organisations/users/", body).status_code == 409
    assert mail.outbox == []


def test_a_member_without_a_role(api, alice, bob, ok):
    told = ok(api(alice).patch(f"/organisations/users/{bob.id}/", {"role_id": None}))

    assert (told["role"]["id"], told["role"]["access_site"]) == ("0", False)


def test_by_id_or_by_address(api, alice, bob, ok):
    by_id = ok(api(alice).get(f"/organisations/users/{bob.id}/"))

    assert ok(api(alice).get(f"/organisations/users/{bob.email}/")) == by_id
    for unknown in ("5", "99999999999999999999999", "nobody@example.com", "%00"):
        assert api(alice).get(f"/organisations/users/{unknown}/").status_code == 404


def test_a_member_leaves_with_every_role(api, alice, bob, ok):
    assert api(alice).delete(f"/organisations/users/{bob.id}/").status_code == 204
    assert not GroupGrant.objects.filter(user=bob).exists()
    assert User.objects.filter(pk=bob.id).exists()
    assert api(alice).delete(f"/organisations/users/{alice.id}/").status_code == 409  # the last administrator


def test_who_may_not(api, alice, bob, mallory, creek, plain):
    for who, status in ((bob, 403), (mallory, 404)):
        assert api(who).patch(f"/organisations/users/{alice.id}/", {"role_id": plain.id}).status_code == status
        assert api(who).delete(f"/organisations/users/{alice.id}/").status_code == status
    body = {"user_email": "x@example.com", "role_id": plain.id}
    assert api(bob).post("/organisations/users/", body).status_code == 403
    assert (
        api(mallory).post("/organisations/users/", body, **{"X-Doover-Organisation": str(creek.id)}).status_code == 403
    )
    assert not User.objects.filter(email="x@example.com").exists()


@pytest.mark.parametrize("field", ["role_id", "group", "group_role"])
def test_links_of_others_are_refused_at_the_field(api, alice, mallory, weir, viewer, plain, field):
    elsewhere = mallory.memberships.get().organisation
    ids = {
        "role_id": OrganisationRole.objects.create(organisation=elsewhere, name="Theirs").id,
        "group": elsewhere.root_group.id,
        "group_role": GroupRole.objects.create(organisation=elsewhere, name="Theirs").id,
    }
    grant = {"group_id": ids["group"] if field == "group" else weir.id,
             "role_id": ids["group_role"] if field == "group_role" else viewer.id}  # fmt: skip
    body = {"user_email": "x@example.com", "role_id": ids[field] if field == "role_id" else plain.id,
            "add_to_group": [grant]}  # fmt: skip

    told = api(alice).post("/organisations/users/", body)

    assert (told.status_code, list(told.json()["errors"])) == (400, [field if field == "role_id" else "add_to_group"])
    assert not User.objects.filter(email="x@example.com").exists()


def test_the_groups_of_a_member(api, alice, bob, mallory, ok):
    told = ok(api(alice).get(f"/organisations/users/{bob.id}/groups/"))

    assert [(one["user"]["email"], one["role"]["name"]) for one in told["results"]] == [(bob.email, "Viewer")]
    assert api(mallory).get(f"/organisations/users/{bob.id}/groups/").status_code == 404


def test_roles_in_a_group(api, alice, bob, weir, viewer, ok):
    here, operator = f"/groups/{weir.id}/users/", GroupRole.objects.built_in("Operator")

    made = ok(api(alice).post(here, {"user_id": bob.id, "role_id": viewer.id}), 201)
    assert (made["group"]["name"], made["user"]["id"], made["role"]["device_view"]) == ("Upper Weir", str(bob.id), True)
    ok(api(alice).post(here, {"user_id": bob.id, "role_id": viewer.id}), 201)  # a repeat does no harm
    assert api(alice).post(here, {"user_id": bob.id, "role_id": operator.id}).status_code == 409
    changed = ok(api(alice).patch(f"{here}{bob.id}/", {"role_id": operator.id}))
    assert changed["role"]["name"] == "Operator"
    assert ok(api(alice).get(here))["count"] == 1
    assert api(alice).delete(f"{here}{bob.id}/").status_code == 204
    assert ok(api(alice).get(here))["results"] == []


def test_only_members_and_only_who_may_see_them(api, alice, bob, mallory, weir, viewer):
    here = f"/groups/{weir.id}/users/"

    told = api(alice).post(here, {"user_id": mallory.id, "role_id": viewer.id})
    assert (told.status_code, list(told.json()["errors"])) == (400, ["user_id"])
    assert api(alice).post(here, {"user_id": bob.id, "role_id": None}).status_code == 400
    assert api(bob).get(here).status_code == 403
    assert api(mallory).get(here).status_code == 404
    assert api(mallory).post(here, {"user_id": bob.id, "role_id": viewer.id}).status_code == 404


def test_an_invitation_from_the_first_mail_to_the_last(api, alice, creek, ok, django_capture_on_commit_callbacks):
    body = {"email": "Nina@example.com", "organisation_id": creek.id, "message": "Join us"}
    with django_capture_on_commit_callbacks(execute=True):
        made = ok(api(alice).post("/organisations/pending_users/", body), 201)
        again = ok(api(alice).post("/organisations/pending_users/", body), 201)

    assert (made["email"], made["message"], made["organisation"]["name"]) == ("nina@example.com", "Join us", creek.name)
    assert made["organisation"]["llm_api_key"] is None
    assert (again["id"], len(mail.outbox)) == (made["id"], 2)
    assert again["last_invited"] > made["last_invited"]
    here = f"/organisations/pending_users/{made['id']}/"
    assert ok(api(alice).patch(here, {"message": "Do"}))["message"] == "Do"
    assert ok(api(alice).get("/organisations/pending_users/?search=nina"))["count"] == 1
    assert ok(api(alice).post(here + "approve/", {}))["email"] == "nina@example.com"
    assert Membership.objects.get(user__email="nina@example.com").role.name == "Member"
    assert api(alice).get(here).status_code == 404
    assert api(alice).post("/organisations/pending_users/", body).status_code == 409


def test_a_second_invitation_takes_nothing_away(api, alice, creek, weir, viewer, ok):
    """Who waits for a group as a guest becomes a member with it; an administrator stays one."""
    guest, admin = (OrganisationRole.objects.built_in(name) for name in ("Guest", "Admin"))
    invite(organisation=creek, email="nina@example.com", role=guest, groups=[(weir, viewer)], by=None)
    invite(organisation=creek, email="otto@example.com", role=admin, by=None)
    for email, role in (("nina@example.com", "Member"), ("otto@example.com", "Admin")):
        ok(api(alice).post("/organisations/pending_users/", {"email": email, "organisation_id": str(creek.id)}), 201)
        assert creek.invitations.get(email=email).role.name == role
    assert creek.invitations.get(email="nina@example.com").groups.get().group == weir


def test_who_is_added_keeps_what_they_were_invited_to(api, alice, creek, weir, viewer, ok):
    guest = OrganisationRole.objects.built_in("Guest")
    invite(organisation=creek, email="nina@example.com", role=guest, groups=[(weir, viewer)], by=None)

    ok(api(alice).post("/organisations/users/", {"user_email": "nina@example.com", "role_id": None}), 201)

    assert GroupGrant.objects.get(user__email="nina@example.com", group=weir).role == viewer
    assert not creek.invitations.exists()


def test_an_invitation_goes_to_another_address_only_as_one_could_invite_there(api, alice, bob, creek, weir, viewer, ok):
    guest = OrganisationRole.objects.built_in("Guest")
    made = invite(organisation=creek, email="nina@example.com", role=guest, groups=[(weir, viewer)], by=None)
    lead = OrganisationRole.objects.create(
        organisation=creek, name="Lead", flags=["access_site", "users_view", "users_invite"]
    )
    bob.memberships.update(role=lead)
    bob.grants.all().delete()
    here, moved = f"/organisations/pending_users/{made.id}/", {"email": "bobs-other@example.com"}

    assert api(bob).patch(here, moved).status_code in (403, 404)
    assert creek.invitations.get().email == "nina@example.com"
    assert ok(api(alice).patch(here, moved))["email"] == "bobs-other@example.com"


def test_an_invitation_is_rejected_or_deleted(api, alice, bob, mallory, creek, ok):
    for end in ("reject/", ""):
        body = {"email": "n@example.com", "organisation_id": str(creek.id)}
        here = f"/organisations/pending_users/{ok(api(alice).post('/organisations/pending_users/', body), 201)['id']}/"
        for who, status in ((bob, 403), (mallory, 404)):
            assert (api(who).post(here + end) if end else api(who).delete(here)).status_code == status
        told = api(alice).post(here + end) if end else api(alice).delete(here)
        assert told.status_code == (200 if end else 204)
        assert api(alice).get(here).status_code == 404


@pytest.mark.parametrize("body", [{"email": "x"}, {"email": "x@example.com", "organisation_id": 5}, {"email": ""}])
def test_what_cannot_be_invited(api, alice, creek, body):
    told = api(alice).post("/organisations/pending_users/", {"organisation_id": str(creek.id), **body})

    assert told.status_code == 400
