"""Invitations: the mail, the link, and everyone who might open it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from doover_web.common.wire import NotFound
from doover_web.identity.actions.invitation import accept_invitation, create_account
from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import AuditEntry, Group, GroupRole, Invitation, OrganisationRole, User

PAGE = "/admin-portal/users/invitations/"
WORDS = "a long enough sentence"
ACCOUNT = {"name": "Carol Ng", "password1": WORDS, "password2": WORDS}

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(browse, alice, creek, mailoutbox, django_capture_on_commit_callbacks):
    """`invited("carol@example.com")`: Alice invites; the path of the link in the mail."""

    def invite(email, **form):
        member = OrganisationRole.objects.built_in("Member")
        with django_capture_on_commit_callbacks(execute=True):
            answer = browse(alice).post(PAGE, {"do": "invite", "email": email, "role": member.id, **form})
        assert answer.status_code == 302, answer.content
        return re.search(r"https?://[^/\s]+(/invitation/\S+)", mailoutbox[-1].body)[1]

    return invite


def test_carol_makes_an_account_and_is_in(invited, browse, alice, creek, pump):
    viewer = GroupRole.objects.built_in("Viewer")
    link = invited("Carol@Example.com", group=creek.root_group.id, group_role=viewer.id, message="Hello Carol")
    client = Client()
    text = client.get(link).content.decode()
    assert "carol@example.com" in text
    assert "Hello Carol" in text
    assert f"In {creek.root_group.name}: Viewer." in text
    assert f"In {creek.root_group.name}: Viewer." in browse(alice).get(PAGE).content.decode()

    assert client.post(link, ACCOUNT)["Location"] == "/"
    assert "Pump 7" in client.get("/").content.decode()
    carol = User.objects.get(email="carol@example.com")
    assert carol.memberships.get().role.name == "Member"
    assert AuditEntry.objects.filter(action="user.invitation_accepted", actor_id=carol.id).exists()
    assert Client().get(link).status_code == 404  # it works once


def test_bad_passwords_are_refused(invited):
    link = invited("carol@example.com")
    for wrong in ({"password1": "short", "password2": "short"}, {"password2": "other"}, {"name": ""}):
        page = Client().post(link, {**ACCOUNT, **wrong})
        assert page.status_code == 200
        assert 'aria-invalid="true"' in page.content.decode()
    assert not User.objects.filter(email="carol@example.com").exists()


def test_mallory_joins_with_her_account(invited, browse, mallory, creek):
    link = invited(mallory.email)
    assert "Sign in to join" in Client().get(link).content.decode()
    assert Client().post(link, ACCOUNT).status_code == 200
    assert not creek.memberships.filter(user=mallory).exists()

    browse(mallory).post(link)
    assert creek.memberships.filter(user=mallory).exists()


def test_what_she_is_invited_to_lowers_nothing(invited, browse, alice, mallory, creek):
    """Of an invitation with less than her role in the organisation gives, and of one that she takes up as a member."""
    viewer = GroupRole.objects.built_in("Viewer")
    north = Group.objects.create(organisation=creek, parent=creek.root_group, name="North")
    admin = OrganisationRole.objects.built_in("Admin")
    link = invited(mallory.email, role=admin.id, group=creek.root_group.id, group_role=viewer.id)
    browse(mallory).post(link)
    assert [(one.group, one.role.name) for one in mallory.grants.filter(group__organisation=creek)] == [
        (creek.root_group, "Admin")
    ]

    creek.memberships.filter(user=mallory).delete()
    link = invited(mallory.email, group=north.id, group_role=viewer.id)
    add_member(organisation=creek, user=mallory, role=None, by=None)
    browse(mallory).post(link)
    assert mallory.grants.get(group=north).role == viewer


def test_somebody_else_signed_in_cannot_take_it(invited, browse, mallory, creek):
    link = invited("carol@example.com")
    client = browse(mallory)
    assert "for another address" in client.get(link).content.decode()
    client.post(link)
    assert not creek.memberships.filter(user=mallory).exists()

    client.post(link, {"sign_out": "1"})
    assert "Create account and join" in client.get(link).content.decode()


def test_the_answer_is_the_same_for_known_and_unknown(browse, alice, mallory):
    client = browse(alice)
    pages = []
    for email in (mallory.email, "nobody@example.com"):
        page = client.post(PAGE, {"do": "invite", "email": email, "role": ""}, follow=True).content.decode()
        client.post(PAGE, {"do": "withdraw", "invitation": Invitation.objects.get(email=email).id})
        client.get(PAGE)
        pages.append(re.sub(r'(value|title|datetime|data-now)="[^"]*"|\d\d:\d\d', "", page).replace(email, "…"))

    assert pages[0] == pages[1]


def test_an_expired_link_says_so_and_is_sent_again(
    invited, browse, alice, mailoutbox, django_capture_on_commit_callbacks
):
    link = invited("carol@example.com")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert Client().get(link).status_code == 410
    assert Client().post(link, ACCOUNT).status_code == 410

    with django_capture_on_commit_callbacks(execute=True):
        browse(alice).post(PAGE, {"do": "resend", "invitation": Invitation.objects.get().id})
    fresh = re.search(r"https?://[^/\s]+(/invitation/\S+)", mailoutbox[-1].body)[1]
    assert Client().get(link).status_code == 404
    assert Client().get(fresh).status_code == 200


def test_a_withdrawn_link_is_dead(invited, browse, alice):
    link = invited("carol@example.com")
    browse(alice).post(PAGE, {"do": "withdraw", "invitation": Invitation.objects.get().id})

    assert Client().post(link, ACCOUNT).status_code == 404


def test_a_link_that_is_taken_back_while_somebody_writes_a_name(invited, mallory):
    invited("carol@example.com")
    opened = Invitation.objects.get()
    Invitation.objects.all().delete()

    with pytest.raises(NotFound):
        create_account(invitation=opened, name="Carol Ng", password=WORDS)
    with pytest.raises(NotFound):
        accept_invitation(invitation=opened, user=mallory)
    assert not User.objects.filter(email="carol@example.com").exists()


def test_a_role_that_is_merely_different_stays(invited, mallory, alice, creek):
    """Neither has all that the other has: what was given by hand counts, not the older invitation."""
    north = Group.objects.create(organisation=creek, parent=creek.root_group, name="North")
    invited(mallory.email, group=north.id, group_role=GroupRole.objects.built_in("Technician").id)
    keeper = GroupRole.objects.create(organisation=creek, name="Keeper", flags=["group_view", "group_edit"])
    add_member(organisation=creek, user=mallory, role=None, by=None)
    grant_group_role(group=north, user=mallory, role=keeper, by=None)

    accept_invitation(invitation=Invitation.objects.get(), user=mallory)

    assert mallory.grants.get(group=north).role == keeper


def test_a_second_invitation_replaces_the_first(invited):
    first, second = invited("carol@example.com"), invited("CAROL@example.com")

    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    assert Invitation.objects.count() == 1


def test_members_and_nonsense_are_not_invited(browse, alice, bob):
    for email in (bob.email.upper(), "no address", ""):
        assert browse(alice).post(PAGE, {"do": "invite", "email": email}).status_code == 400
    assert not Invitation.objects.exists()


def test_bob_may_look_but_not_invite(browse, bob):
    assert browse(bob).get(PAGE).status_code == 200
    assert browse(bob).post(PAGE, {"do": "invite", "email": "x@example.com"}).status_code == 400
    assert not Invitation.objects.exists()


def test_nobody_invites_above_themselves(browse, alice, creek):
    inviter = OrganisationRole.objects.create(organisation=creek, name="Inviter", flags=["users_view", "users_invite"])
    alice.memberships.update(role=inviter)
    admin = OrganisationRole.objects.built_in("Admin")

    assert browse(alice).post(PAGE, {"do": "invite", "email": "x@example.com", "role": admin.id}).status_code == 400
    assert caller_of_user(alice).standing.members[creek.id].role == "Inviter"
    assert not Invitation.objects.exists()
