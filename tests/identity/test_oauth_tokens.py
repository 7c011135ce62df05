"""Personal tokens, device tokens that replace themselves, and what a token's scope allows."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from doover_web.common.wire import BadRequest, NotFound, Unauthorized
from doover_web.identity.actions.token import create_personal_token, personal_tokens, revoke_all, revoke_token
from doover_web.identity.auth import caller_of_token, caller_of_user, issue_access_token, issue_device_token
from doover_web.identity.models import Agent, Token, User
from doover_web.identity.permissions import Rights, may_administer, rights_over
from doover_web.identity.tasks import forget_tokens

pytestmark = pytest.mark.django_db


def calls(token, path="/api/agents/me/channels", scheme="Bearer", method="get", **headers):
    client = Client(headers={"authorization": f"{scheme} {token}", **headers})
    return getattr(client, method)(path, **({"content_type": "application/json"} if method != "get" else {}))


@pytest.fixture
def rights_told(monkeypatch):
    """Whose rights were said to have changed."""
    told = []
    monkeypatch.setattr("doover_web.identity.actions.token.rights_changed", lambda *ids: told.extend(ids))
    return told


@pytest.fixture
def turning(pump):
    """Pump 7, which may replace its own token."""
    Agent.objects.filter(pk=pump.pk).update(token_self_rotation=True)
    return pump


def test_a_personal_token(alice):
    token, secret = create_personal_token(user=alice, name="Laptop", scope="full", days=30, by=None)

    assert caller_of_token(secret).agent_id == alice.id
    assert secret not in str(list(Token.objects.values()))
    assert list(personal_tokens(alice)) == [token]
    assert token.expires_at - timezone.now() == pytest.approx(timedelta(days=30), abs=timedelta(minutes=1))


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "token"])
def test_the_first_generations_spelling(alice, pump, scheme):
    _, secret = create_personal_token(user=alice, name="Old script", scope="read", days=1, by=None)

    for token in (secret, issue_device_token(pump), issue_access_token(alice)[0]):
        assert calls(token, scheme=scheme).status_code == 200


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("read", {"get": 200, "patch": 403}), ("control", {"get": 200, "patch": 200}), ("full", {"patch": 200})],
)
def test_a_scope_limits_its_owner(alice, pump, reach, scope, allowed):
    from doover_web.data.publish import update_aggregate

    update_aggregate(reach=reach(alice, pump), name="level", data={"metres": 1})
    _, secret = create_personal_token(user=alice, name="x", scope=scope, days=1, by=None)
    path = f"/api/agents/{pump.id}/channels/level/aggregate"

    for method, status in allowed.items():
        body = {} if method == "get" else {"data": b"{}"}
        client = Client(headers={"authorization": f"Bearer {secret}"})
        kind = {} if method == "get" else {"content_type": "application/json"}
        assert getattr(client, method)(path, **body, **kind).status_code == status


def test_a_narrow_token_administers_nothing(alice, creek, pump):
    for scope, manages in (("read", False), ("control", False), ("full", True)):
        _, secret = create_personal_token(user=alice, name="x", scope=scope, days=1, by=None)
        caller = caller_of_token(secret)
        assert may_administer(caller.standing, creek.id, "users_view")
        assert may_administer(caller.standing, creek.id, "users_manage") is manages
        assert bool(rights_over(caller, pump) & Rights.CONFIGURE) is manages


def test_a_superusers_narrow_token_stays_narrow_for_others(alice, pump):
    root = User.objects.create_superuser("root@example.com")
    _, secret = create_personal_token(user=root, name="x", scope="read", days=1, by=None)
    path, as_alice = f"/api/agents/{pump.id}/channels/level/messages", {"x-doover-assume": str(alice.id)}

    for headers in ({}, as_alice):
        client = Client(headers={"authorization": f"Bearer {secret}", **headers})
        assert client.post(path, b'{"data": 1}', content_type="application/json").status_code == 403
    assert not may_administer(caller_of_token(secret).standing, pump.organisation_id, "users_manage")


@pytest.mark.parametrize(
    ("name", "scope", "days"),
    [
        ("", "read", 1),
        ("x" * 101, "read", 1),
        ("x", "none", 1),
        ("x", "", 1),
        ("x", "full", 0),
        ("x", "full", 400),
        ("a\x00", "full", 1),
    ],
)
def test_a_personal_token_that_cannot_be(alice, name, scope, days):
    with pytest.raises(BadRequest):
        create_personal_token(user=alice, name=name, scope=scope, days=days, by=None)


def test_revoking(alice, mallory, rights_told):
    token, secret = create_personal_token(user=alice, name="x", scope="full", days=1, by=None)

    with pytest.raises(NotFound):
        revoke_token(token=token, by=caller_of_user(mallory))
    assert revoke_token(token=token, by=caller_of_user(alice))

    assert rights_told == [alice.id]
    assert calls(secret).status_code == 401
    with pytest.raises(Unauthorized):
        caller_of_token(secret)


def test_revoking_everything(alice, rights_told):
    access = issue_access_token(alice)[0]
    _, personal = create_personal_token(user=alice, name="x", scope="full", days=1, by=None)

    assert revoke_all(agent=alice.agent, by=None) == 2

    assert {calls(access).status_code, calls(personal).status_code} == {401}
    assert rights_told == [alice.id]


def test_an_expired_personal_token(alice):
    token, secret = create_personal_token(user=alice, name="x", scope="full", days=1, by=None)
    Token.objects.filter(pk=token.pk).update(expires_at=timezone.now())

    assert calls(secret).status_code == 401


def test_the_last_use_is_noted_once_a_minute(alice):
    token, secret = create_personal_token(user=alice, name="x", scope="full", days=1, by=None)

    calls(secret)
    token.refresh_from_db()
    first = token.last_used_at
    assert token.last_used_address == "127.0.0.1"
    calls(secret)
    token.refresh_from_db()
    assert token.last_used_at == first

    Token.objects.filter(pk=token.pk).update(last_used_at=first - timedelta(minutes=2))
    caller_of_token(secret)
    token.refresh_from_db()
    assert token.last_used_at >= first
    assert token.last_used_address == "127.0.0.1"


def test_a_device_replaces_its_token(turning, rights_told):
    old = issue_device_token(turning)
    path = f"/api/agents/{turning.id}/token"

    answer = calls(old, f"{path}/rotate", method="post").json()
    assert isinstance(answer["issued_at_ms"], int)
    new = answer["token"]
    assert new.count(".") == 0
    assert {calls(old).status_code, calls(new).status_code} == {200}

    confirmed = calls(new, f"{path}/confirm", method="post").json()
    assert confirmed == {"tokens_valid_from": answer["issued_at_ms"]}
    assert calls(new, "/api/agents/me/token/confirm", method="post").json() == confirmed
    assert (calls(old).status_code, calls(new).status_code) == (401, 200)
    assert calls(old, f"{path}/confirm", method="post").status_code == 401
    assert rights_told == [turning.id]


def test_a_device_that_never_confirms_does_not_fill_the_table(turning, monkeypatch, fresh_cache):
    monkeypatch.setattr("doover_web.identity.actions.token.MOST_DEVICE", 3)
    own = issue_device_token(turning)
    path = f"/api/agents/{turning.id}/token/rotate"
    made = [calls(own, path, method="post").json()["token"] for _ in range(6)]

    working = [token for token in made if calls(token).status_code == 200]
    assert working == made[-2:]
    assert calls(own).status_code == 200
    assert Token.objects.valid().filter(agent=turning, kind="device").count() == 3


def test_only_where_it_is_switched_on(pump):
    token = issue_device_token(pump)

    assert calls(token, f"/api/agents/{pump.id}/token/rotate", method="post").status_code == 403
    assert calls(token, f"/api/agents/{pump.id}/token/confirm", method="post").status_code == 200


def test_only_with_its_own_device_token(turning, alice, creek):
    other = Agent.objects.create(kind="device", organisation=creek, name="pump-8", token_self_rotation=True)

    for token in (issue_device_token(other), issue_access_token(alice)[0], issue_access_token(turning)[0]):
        for verb in ("rotate", "confirm"):
            assert calls(token, f"/api/agents/{turning.id}/token/{verb}", method="post").status_code == 403
    assert calls("dvd_x", f"/api/agents/{turning.id}/token/rotate", method="post").status_code == 401


def test_old_tokens_are_forgotten(alice):
    issue_access_token(alice)
    gone = Token.objects.get(kind="access")
    issue_access_token(alice)
    Token.objects.filter(pk=gone.pk).update(expires_at=timezone.now() - timedelta(days=31))

    assert forget_tokens() == 1
    assert Token.objects.filter(kind="access").count() == 1


def test_ones_own_permissions(alice, bob, pump, api):
    for who, mask in ((alice, None), (bob, None), (pump, str((1 << 40) - 2))):
        told = api(who).get(f"/api/agents/{who.id}/permissions").json()
        assert (told["agent_id"], told["is_superuser"]) == (str(who.id), False)
        held = {one["permission_id"]: one["permission"] for one in told["resources"]}
        caller = caller_of_user(who) if isinstance(who, User) else None
        assert held[f"ag:{pump.id}"] == (mask or str(int(rights_over(caller, pump))))
        debug = api(who).get("/api/agents/me/permissions/debug").json()
        assert debug["db"]["resources"] == told["resources"]


def test_permissions_are_for_oneself(alice, bob, pump, mallory, api):
    root = User.objects.create_superuser("root@example.com")

    assert api(mallory).get(f"/api/agents/{pump.id}/permissions").status_code == 404
    assert api(bob).get(f"/api/agents/{pump.id}/permissions").status_code == 403
    assert api(alice).get("/api/agents/abc/permissions").status_code == 400
    assert api(root).get(f"/api/agents/{bob.id}/permissions").json()["agent_id"] == str(bob.id)


def test_permissions_cost_the_same_with_more_devices(alice, creek, pump, api, statements):
    client = api(alice)
    path = "/api/agents/me/permissions"
    client.get(path)
    few = statements(lambda: client.get(path))

    for n in range(10):
        Agent.objects.create(kind="device", organisation=creek, name=f"p{n}")

    assert statements(lambda: client.get(path)) == few


def test_sync(alice, pump, api, monkeypatch):
    told = []
    monkeypatch.setattr("doover_web.identity.api.permissions.rights_changed", lambda *ids: told.extend(ids))
    root = User.objects.create_superuser("root@example.com")
    body = {"agent_permissions": [{"agent_id": str(pump.id), "is_superuser": False}, {"agent_id": "5"}]}

    assert api(alice).post("/api/permissions/sync", body).status_code == 403
    assert api(root).post("/api/permissions/sync", body).json() == {"success": [str(pump.id)]}
    assert told == [pump.id]
    for wrong in ({"agent_permissions": ["x"]}, {"agent_permissions": [{}]}, {"agent_permissions": 5}):
        assert api(root).post("/api/permissions/sync", wrong).status_code == 400
