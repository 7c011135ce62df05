"""People and sharing: who may see a device or a group and why, roles given, taken and offered by mail."""

import re

import pytest

from doover_web.identity.actions.invitation import approve_invitation
from doover_web.identity.actions.member import add_member
from doover_web.identity.models import (
    AuditEntry,
    Group,
    GroupGrant,
    GroupRole,
    Invitation,
    Membership,
    OrganisationRole,
    User,
)


@pytest.fixture
def north(creek):
    return Group.objects.create(organisation=creek, parent=creek.root_group, name="North")


@pytest.fixture
def there(north):
    return f"/group/{north.id}/people"


@pytest.fixture
def viewer(db):
    return GroupRole.objects.built_in("Viewer")


def test_who_may_see_a_device_and_why(browse, alice, bob, pump):
    page = browse(alice).get(f"/device/{pump.id}/people").content.decode()

    assert bob.get_full_name() in page
    assert bob.email in page
    assert "Role Viewer in group" in page
    assert f"/group/{pump.group_id}/people" in page
    assert "Give, take, invite" in page
    assert "Give, take, invite" not in browse(bob).get(f"/device/{pump.id}/people").content.decode()


def test_who_may_see_a_group_and_why(browse, alice, bob, there):
    page = browse(alice).get(there).content.decode()

    assert bob.get_full_name() in page
    assert "above it" in page
    german = browse(alice).get(there, headers={"accept-language": "de"}).content.decode()
    assert "Rolle Viewer in Gruppe" in german


def test_who_may_look_changes_nothing(browse, bob, there, viewer):
    assert "Share this group" not in browse(bob).get(there).content.decode()
    assert browse(bob).post(there, {"do": "invite", "email": bob.email, "role": viewer.id}).status_code == 403


def test_who_may_not_ask(browse, bob, mallory, pump, there):
    Membership.objects.filter(user=bob).update(role=None)
    assert browse(bob).get(f"/device/{pump.id}/people").status_code == 403
    assert browse(bob).get(there).status_code == 403
    assert browse(mallory).get(f"/device/{pump.id}/people").status_code == 404
    assert browse(mallory).get(there).status_code == 404
    assert "/people" not in browse(bob).get(there.removesuffix("/people")).content.decode()


def test_a_member_gets_the_role_at_once(browse, alice, bob, north, there, viewer, mailoutbox):
    operator = GroupRole.objects.built_in("Operator")
    for role in (viewer, operator):
        browse(alice).post(there, {"do": "invite", "email": bob.email.upper(), "role": role.id})

    grant = GroupGrant.objects.get(group=north, user=bob)
    assert grant.role == operator
    assert not mailoutbox
    page = browse(alice).post(there, {"do": "remove", "grant": grant.id}, follow=True).content.decode()
    assert "is no longer Operator here" in page
    assert not GroupGrant.objects.filter(group=north).exists()
    changes = AuditEntry.objects.filter(action__startswith="group.role").order_by("id").values_list("action", flat=True)
    assert list(changes)[-3:] == ["group.role_granted", "group.role_changed", "group.role_revoked"]


def test_whoever_joins_finds_the_site_open(browse, alice, there, viewer, creek):
    browse(alice).post(there, {"do": "invite", "email": "dana@example.com", "role": viewer.id})
    approve_invitation(invitation=Invitation.objects.get(), by=None)
    dana = User.objects.get(email="dana@example.com")

    assert browse(dana).get("/").status_code == 200


def test_a_member_to_whom_the_site_is_closed(browse, alice, there, viewer, creek):
    dana = User.objects.create_user("dana@example.com", None, name="Dana Ito")
    add_member(organisation=creek, user=dana, role=None, by=None)

    page = browse(alice).post(there, {"do": "invite", "email": dana.email, "role": viewer.id}, follow=True)

    assert "Dana Ito is Viewer here now. This site stays closed to them" in page.content.decode()


def test_anybody_else_is_asked_by_mail(
    browse, alice, north, there, viewer, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        browse(alice).post(there, {"do": "invite", "email": "dana@example.com", "role": viewer.id, "message": "Hello"})
    one = Invitation.objects.get()
    page = browse(alice).get(there).content.decode()

    assert [mail.to for mail in mailoutbox] == [["dana@example.com"]]
    assert [(given.group, given.role) for given in one.groups.all()] == [(north, viewer)]
    assert one.role.flags == ["access_site"]
    assert "dana@example.com" in page
    with django_capture_on_commit_callbacks(execute=True):
        browse(alice).post(there, {"do": "resend", "invitation": one.id})
    assert len(mailoutbox) == 2
    browse(alice).post(there, {"do": "withdraw", "invitation": one.id})
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("address", ["/group/{}/people/", "/admin-portal/users/invitations/"])
def test_without_mail_who_runs_the_server_hands_the_link_over(browse, alice, creek, viewer, settings, address):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    there, form = address.format(creek.root_group.id), {"do": "invite", "email": "dana@example.com"}
    form["role"] = viewer.id if "group" in address else ""
    assert "/invitation/" not in browse(alice).post(there, form, follow=True).content.decode()
    User.objects.filter(pk=alice.pk).update(is_superuser=True)

    page = browse(alice).post(there, form).content.decode()

    link = re.search(r'data-copy="http[^"]*(/invitation/[^"]+)"', page)
    assert link
    assert "dana@example.com" in browse(None).get(link[1]).content.decode()
    assert link[1] not in browse(alice).get(there).content.decode()


def test_an_invitation_elsewhere_is_not_in_reach(browse, alice, creek, north, there, viewer):
    browse(alice).post(there, {"do": "invite", "email": "dana@example.com", "role": viewer.id})
    south = Group.objects.create(organisation=creek, parent=creek.root_group, name="South")
    one = Invitation.objects.get()

    answer = browse(alice).post(f"/group/{south.id}/people", {"do": "withdraw", "invitation": one.id})

    assert answer.status_code == 400
    assert Invitation.objects.get() == one


def test_a_second_invitation_adds_to_the_first(browse, alice, creek, north, there, viewer):
    """Whoever waits for two groups joins with both, and as what they were asked to be."""
    south = Group.objects.create(organisation=creek, parent=creek.root_group, name="South")
    form = {"do": "invite", "email": "dana@example.com", "role": viewer.id}
    member = OrganisationRole.objects.built_in("Member")
    browse(alice).post("/admin-portal/users/invitations/", {**form, "role": member.id})
    browse(alice).post(there, form)
    browse(alice).post(f"/group/{south.id}/people", form)

    one = Invitation.objects.get()
    assert one.role == member
    assert {(given.group, given.role) for given in one.groups.all()} == {(north, viewer), (south, viewer)}
    manager = GroupRole.objects.built_in("Admin")
    browse(alice).post(there, {**form, "role": manager.id})
    assert Invitation.objects.get().groups.get(group=north).role == manager


def test_who_waits_is_shown_with_the_role_in_this_group(browse, alice, creek, north, there, viewer):
    south = Group.objects.create(organisation=creek, parent=creek.root_group, name="South")
    operator = GroupRole.objects.built_in("Operator")
    for page, role in ((there, viewer), (f"/group/{south.id}/people", operator)):
        browse(alice).post(page, {"do": "invite", "email": "dana@example.com", "role": role.id})

    for page, role in ((there, "Viewer"), (f"/group/{south.id}/people", "Operator")):
        text = browse(alice).get(page).content.decode().split('id="pending"')[1].split("</section>")[0]
        assert text.count("dana@example.com</span>") == 3
        assert f"{role} · Sent" in text


def test_who_runs_the_server_is_of_no_other_organisation(browse, alice, there):
    User.objects.create_superuser("root@example.com", None, name="Root")

    page = browse(alice).get(there).content.decode()

    assert "runs this server" in page
    assert "from another organisation" not in page


def test_an_invitation_without_a_role_gets_one_with_a_group(browse, alice, creek, there, viewer):
    form = {"do": "invite", "email": "dana@example.com", "role": viewer.id}
    browse(alice).post("/admin-portal/users/invitations/", {**form, "role": ""})

    browse(alice).post(there, form)

    assert Invitation.objects.get().role == OrganisationRole.objects.built_in("Guest")


def test_a_role_that_does_not_open_the_site_is_kept_and_said(browse, alice, creek, there, viewer):
    form = {"do": "invite", "email": "dana@example.com", "role": viewer.id}
    clerk = OrganisationRole.objects.create(organisation=creek, name="Clerk", flags=["users_view"])
    browse(alice).post("/admin-portal/users/invitations/", {**form, "role": clerk.id})

    page = browse(alice).post(there, form, follow=True).content.decode()

    assert Invitation.objects.get().role == clerk
    assert "is on its way to dana@example.com. This site stays closed to them" in page


def test_what_is_taken_back_in_a_group_leaves_the_rest(browse, alice, creek, north, there, viewer):
    """One that gives nothing else is withdrawn."""
    south = Group.objects.create(organisation=creek, parent=creek.root_group, name="South")
    elsewhere, form = f"/group/{south.id}/people", {"do": "invite", "email": "dana@example.com", "role": viewer.id}
    for page in (there, elsewhere):
        browse(alice).post(page, form)
    back = {"do": "withdraw", "invitation": Invitation.objects.get().id}

    page = browse(alice).post(there, back, follow=True).content.decode()
    assert "dana@example.com is no longer invited to this group" in page
    assert [one.group for one in Invitation.objects.get().groups.all()] == [south]
    browse(alice).post(elsewhere, back)
    assert not Invitation.objects.exists()

    browse(alice).post(
        "/admin-portal/users/invitations/", {**form, "role": OrganisationRole.objects.built_in("Member").id}
    )
    browse(alice).post(there, form)
    browse(alice).post(there, {**back, "invitation": Invitation.objects.get().id})
    assert Invitation.objects.get().role.name == "Member"


def test_an_invitation_to_more_than_one_may_give_stays_as_it_is(browse, alice, creek, north, there, viewer):
    form = {"do": "invite", "email": "dana@example.com", "role": viewer.id}
    admin = OrganisationRole.objects.built_in("Admin")
    browse(alice).post("/admin-portal/users/invitations/", {**form, "role": admin.id})
    lead = User.objects.create_user("lead@example.com", "correct horse battery", name="Lea")
    inviting = OrganisationRole.objects.create(organisation=creek, name="Lead", flags=["access_site", "users_invite"])
    Membership.objects.create(organisation=creek, user=lead, role=inviting)
    GroupGrant.objects.create(group=north, user=lead, role=GroupRole.objects.built_in("Admin"))
    before = Invitation.objects.get()

    answer = browse(lead).post(there, form)

    assert answer.status_code == 400
    assert f"invited already, by {alice.get_full_name()}" in answer.content.decode()
    assert Invitation.objects.get().secret_hash == before.secret_hash


def test_what_is_typed_wrongly_is_kept_and_said(browse, alice, there, viewer):
    wrong = [
        {"do": "invite", "email": "no address", "role": viewer.id},
        {"do": "invite", "email": "x@example.com", "role": "17"},
        {"do": "remove", "grant": "99"},
        {"do": "withdraw", "invitation": "x\x00"},
        {"do": "nothing", "invitation": "7"},
    ]
    for form in wrong:
        page = browse(alice).post(there, form)
        assert page.status_code == 400
        assert 'role="alert"' in page.content.decode()
    assert "no address" in browse(alice).post(there, wrong[0]).content.decode()


def test_nobody_gives_more_than_they_have(browse, creek, north, there):
    lead = User.objects.create_user("lead@example.com", "correct horse battery", name="Lea")
    Membership.objects.create(organisation=creek, user=lead, role=OrganisationRole.objects.built_in("Member"))
    role = GroupRole.objects.create(
        organisation=creek, name="Lead", flags=["group_view", "device_view", "group_users_view", "group_users_manage"]
    )
    GroupGrant.objects.create(group=north, user=lead, role=role)
    admin = GroupRole.objects.built_in("Admin")

    assert browse(lead).get(there).status_code == 200
    assert browse(lead).post(there, {"do": "invite", "email": lead.email, "role": admin.id}).status_code == 403
    assert browse(lead).post(there, {"do": "invite", "email": "x@example.com", "role": role.id}).status_code == 403
    assert not Invitation.objects.exists()


def test_its_queries_stay_level(browse, alice, creek, north, there, viewer, statements):
    client = browse(alice)
    client.get(there)
    few = statements(lambda: client.get(there))
    for number in range(8):
        person = User.objects.create_user(f"p{number}@example.com", "correct horse battery", name=f"P{number}")
        Membership.objects.create(organisation=creek, user=person)
        GroupGrant.objects.create(group=north, user=person, role=viewer)

    assert statements(lambda: client.get(there)) == few
