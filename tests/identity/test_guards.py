"""An organisation keeps an administrator, whoever tries to take the last one; and verbs check by themselves."""

import threading

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from doover_web.common.wire import Conflict, Forbidden, NotFound
from doover_web.identity.actions.account import close_account, edit_account
from doover_web.identity.actions.member import add_member, change_role, grant_group_role, remove_member
from doover_web.identity.actions.role import edit_role
from doover_web.identity.actions.token import create_personal_token
from doover_web.identity.auth import caller_of_user, issue_access_token
from doover_web.identity.flags import ORGANISATION_FLAGS
from doover_web.identity.models import GroupGrant, GroupRole, Membership, OrganisationRole, User
from doover_web.identity.permissions import Rights, rights_over

APPS = [config.name for config in apps.get_app_configs()]


def caller(user):
    return caller_of_user(User.objects.select_related("agent").get(pk=user.pk))


@pytest.fixture
def carol(creek):
    """Another administrator of Tallow Creek Water."""
    user = User.objects.create_user("carol@example.com", name="Carol Ng")
    add_member(organisation=creek, user=user, role=OrganisationRole.objects.built_in("Admin"), by=None)
    return user


def ways_to_lose(user):
    """Everything that takes an administrator away."""
    membership, role = user.memberships.get(), OrganisationRole.objects.built_in("Admin")
    own = [flag for flag in ORGANISATION_FLAGS if flag != "users_manage"]
    return {
        "removed": lambda by: remove_member(membership=membership, by=by),
        "another role": lambda by: change_role(
            membership=membership, role=OrganisationRole.objects.built_in("Member"), by=by
        ),
        "no role": lambda by: change_role(membership=membership, role=None, by=by),
        "the role loses a permission": lambda by: edit_role(role=role, name="Admin", flags=own, by=None),
        "the account is closed": lambda by: close_account(user=user, by=None),
    }


@pytest.mark.parametrize(
    "way", ["removed", "another role", "no role", "the role loses a permission", "the account is closed"]
)
@pytest.mark.parametrize("by", ["herself", "the server", "a superuser"])
def test_the_last_administrator_stays(alice, bob, creek, way, by):
    root = User.objects.create_superuser("root@example.com")
    who = {"herself": caller(alice), "the server": None, "a superuser": caller(root)}[by]

    with pytest.raises(Conflict) as refusal:
        ways_to_lose(alice)[way](who)

    assert refusal.value.code == "last_administrator"
    assert Membership.objects.get(user=alice).role.name == "Admin"
    assert "users_manage" in Membership.objects.get(user=alice).role.flags
    assert User.objects.get(pk=alice.pk).is_active


def test_one_of_two_may_go(alice, carol, creek):
    remove_member(membership=alice.memberships.get(), by=caller(carol))

    with pytest.raises(Conflict):
        remove_member(membership=carol.memberships.get(), by=caller(carol))


def test_a_closed_account_administers_nothing(alice, carol):
    close_account(user=carol, by=None)

    with pytest.raises(Conflict):
        remove_member(membership=alice.memberships.get(), by=caller(alice))


def test_the_page_says_so(browse, alice):
    page = browse(alice).post(f"/admin-portal/user/{alice.id}/access/", {"do": "remove"}, follow=True)

    assert "without an administrator" in page.content.decode()
    assert alice.memberships.exists()


@pytest.mark.django_db(transaction=True, available_apps=APPS)
def test_two_administrators_remove_each_other(alice, carol, creek):
    start, outcomes = threading.Barrier(2), []
    pairs = [(caller(one), other.memberships.get()) for one, other in ((alice, carol), (carol, alice))]

    def remove(by, membership):
        try:
            start.wait(10)
            remove_member(membership=membership, by=by)
            outcomes.append("removed")
        except Conflict as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    [thread.start() for thread in threads]
    [thread.join(30) for thread in threads]

    assert sorted(outcomes) == ["last_administrator", "removed"]
    assert creek.memberships.filter(role__name="Admin").count() == 1


def test_a_role_without_a_membership_gives_nothing(api, alice, mallory, pump, creek):
    GroupGrant.objects.create(group=creek.root_group, user=mallory, role=GroupRole.objects.built_in("Admin"))

    assert rights_over(caller(mallory), pump) == Rights.NONE
    assert api(mallory).get(f"/api/agents/{pump.id}/channels").status_code == 404
    with pytest.raises((Forbidden, NotFound)):
        grant_group_role(
            group=creek.root_group, user=alice, role=GroupRole.objects.built_in("Viewer"), by=caller(mallory)
        )


@pytest.mark.parametrize("flags", [[], ["users_view", "users_invite"], ["users_manage"], ["user_permissions_manage"]])
def test_the_verbs_ask_for_the_flags_that_name_them(alice, bob, mallory, creek, flags):
    role = OrganisationRole.objects.create(organisation=creek, name="Some", flags=flags)
    bob.memberships.update(role=role)
    carol = User.objects.create_user("carol@example.com")
    membership = add_member(organisation=creek, user=carol, role=None, by=None)
    by, manages = caller(bob), "users_manage" in flags

    def allowed(verb, **given):
        try:
            verb(by=by, **given)
        except Forbidden:
            return False
        return True

    changes = manages or "user_permissions_manage" in flags
    assert allowed(change_role, membership=membership, role=None) is changes
    assert allowed(add_member, organisation=creek, user=mallory, role=None) is (manages or "users_invite" in flags)
    assert allowed(remove_member, membership=membership) is manages


def test_an_account_is_ones_own(alice, bob):
    root = User.objects.create_superuser("root@example.com")
    for verb, given in (
        (edit_account, {"user": alice, "name": "Mine", "zone": ""}),
        (create_personal_token, {"user": alice, "name": "x", "scope": "full", "days": 1}),
    ):
        with pytest.raises(NotFound):
            verb(by=caller(bob), **given)
        verb(by=caller(root), **given)
    with pytest.raises(Forbidden):
        close_account(user=bob, by=caller(alice))


def test_closing_ends_everything_at_once(alice, bob, rights_told):
    client, token = Client(), issue_access_token(bob)[0]
    client.post("/accounts/login/", {"login": bob.email, "password": "correct horse battery staple"})
    bearer = {"authorization": f"Bearer {token}"}
    assert client.get("/").status_code == 200

    call_command("close_account", bob.email)

    assert client.get("/").status_code == 302
    assert Client().get("/api/agents/me/channels", headers=bearer).status_code == 401
    assert bob.agent_id in rights_told
    call_command("close_account", bob.email, "--reopen")
    assert Client().get("/api/agents/me/channels", headers=bearer).status_code == 401
    assert User.objects.get(pk=bob.pk).is_active
    with pytest.raises(CommandError, match="administrator"):
        call_command("close_account", alice.email)


@pytest.fixture
def rights_told(monkeypatch):
    """Whose rights were said to have changed."""
    told = []
    for module in ("token", "account"):
        monkeypatch.setattr(f"doover_web.identity.actions.{module}.rights_changed", lambda *ids: told.extend(ids))
    return told
