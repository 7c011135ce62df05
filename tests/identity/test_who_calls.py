"""Who is calling: tokens, cookies, origins, and acting for others."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from doover_web.identity import keys
from doover_web.identity.actions.member import add_member
from doover_web.identity.actions.sharing import create_sharing_profile
from doover_web.identity.auth import caller_of_user, in_organisation, issue_access_token, issue_device_token
from doover_web.identity.middleware import TOKEN_COOKIE
from doover_web.identity.models import (
    Agent,
    AuditEntry,
    GroupRole,
    Organisation,
    OrganisationRole,
    SigningKey,
    Token,
    User,
)
from tests.conftest import Api

HOST = "testserver"


@pytest.fixture
def state(api, pump):
    """The address of a state of Pump 7."""
    address = f"/api/agents/{pump.id}/channels/level/aggregate"
    api(pump).put(address, {"metres": 1})
    return address


@pytest.fixture
def browser(alice):
    """Alice's browser, signed in."""
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root@example.com", "correct horse battery staple")


def turned_away(response, code=None):
    body = response.json()
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer"), body
    assert code in (None, body["code"])
    return True


def segments(*parts):
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)


def deep(levels):
    """A token whose header is brackets in brackets."""
    head = b'{"kid":' + b"[" * levels
    return base64.urlsafe_b64encode(head).rstrip(b"=").decode() + ".e30.AAAA"


def test_an_access_token_is_a_jwt_with_an_end(alice):
    token, expires_at = issue_access_token(alice)

    claims = jwt.decode(token, options={"verify_signature": False})

    assert claims["exp"] == int(expires_at.timestamp())
    assert claims["sub"] == str(alice.id)
    assert 3500 < claims["exp"] - claims["iat"] <= 3600


def test_a_device_token_tells_nothing_and_is_kept_as_a_hash(pump):
    token = issue_device_token(pump)

    assert token.count(".") == 0
    assert token not in str(Token.objects.values_list("secret_hash", flat=True))


def test_nobody(state):
    assert turned_away(Client().get(state), "no_credential")
    assert turned_away(Client().patch(state, b"{}", content_type="application/json"), "no_credential")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "...",
        "dvd_",
        "dvd_unknown",
        "dvd_" + "x" * 5000,
        "é",
        "\x01",
        segments({"alg": "none", "kid": ""}, {"sub": "1"}) + ".",
        segments({"alg": "none", "kid": 5}, {"sub": "1"}) + ".",
        segments({"alg": "RS256", "kid": {"a": 1}}, {"sub": "1"}) + ".AAAA",
        segments({"alg": "RS256", "kid": "a\x00b"}, {"sub": "1"}) + ".AAAA",
        segments([], []) + ".AAAA",
        deep(5000),
    ],
)
def test_garbage(state, token):
    for method in ("get", "patch"):
        assert turned_away(getattr(Api(token), method)(state), "bad_token")


@pytest.mark.parametrize("header", ["Bearer", "Basic abc", "Token abc", "bearer", "Bearer\tabc"])
def test_other_schemes_are_no_credential(state, header):
    assert turned_away(Client().get(state, headers={"authorization": header}))


def test_the_scheme_is_read_in_any_case(state, pump):
    token = issue_device_token(pump)

    for scheme in ("bearer", "BEARER", "Bearer"):
        assert Client().get(state, headers={"authorization": f"{scheme} {token}"}).status_code == 200


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def test_a_token_without_a_signature(state, alice):
    token, _ = issue_access_token(alice)
    kid = jwt.get_unverified_header(token)["kid"]
    forged = jwt.encode(claims_of(token), None, algorithm="none", headers={"kid": kid})

    assert turned_away(Api(forged).get(state), "bad_token")


def test_a_token_signed_with_the_public_key_as_a_secret(state, alice):
    token, _ = issue_access_token(alice)
    head = {"alg": "HS256", "kid": jwt.get_unverified_header(token)["kid"]}

    assert turned_away(Api(segments(head, claims_of(token)) + ".AAAA").get(state), "bad_token")


def test_a_token_with_a_broken_signature(state, alice):
    token, _ = issue_access_token(alice)
    body, signature = token.rsplit(".", 1)
    broken = signature[:-8] + ("A" * 8 if not signature.endswith("A" * 8) else "B" * 8)

    assert turned_away(Api(f"{body}.{broken}").get(state), "bad_token")


def test_a_changed_token(state, alice, mallory):
    token, _ = issue_access_token(mallory)
    head, _, signature = token.split(".")

    changed = ".".join([head, segments({**claims_of(token), "sub": str(alice.id)}), signature])

    assert turned_away(Api(changed).get(state), "bad_token")


def test_a_foreign_issuer(state, alice, settings):
    settings.PUBLIC_URL = "https://elsewhere.example"
    token, _ = issue_access_token(alice)
    settings.PUBLIC_URL = "https://here.example"

    assert turned_away(Api(token).get(state), "bad_token")


def test_an_unknown_key(state, alice):
    token, _ = issue_access_token(alice)
    SigningKey.objects.all().delete()
    keys.public_keys.forget()

    assert turned_away(Api(token).get(state), "bad_token")


def test_an_expired_token(state, alice):
    token, _ = issue_access_token(alice, seconds=-5)

    assert turned_away(Api(token).get(state), "expired_token")


def test_a_revoked_token(api, state, alice, pump):
    for who, code in ((alice, "revoked_token"), (pump, "bad_token")):
        client = api(who)
        assert client.get(state).status_code == 200

        token = Token.objects.filter(agent_id=who.id, revoked_at=None).latest("created_at")
        assert (token.revoke(), token.revoke()) == (True, False)

        assert turned_away(client.get(state), code)


def test_a_device_token_past_its_end(api, state, pump):
    client = api(pump)
    Token.objects.filter(agent=pump).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert turned_away(client.get(state), "bad_token")


def test_a_closed_account_and_an_archived_device(api, state, alice, pump):
    alices, pumps = api(alice), api(pump)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    Agent.objects.filter(pk=pump.pk).update(archived_at=timezone.now())

    assert turned_away(alices.get(state), "closed_account")
    assert turned_away(pumps.get(state), "bad_token")


def test_a_cookie_reads(browser, state):
    assert browser.get(state).json()["data"] == {"metres": 1}


@pytest.mark.parametrize(
    "headers",
    [{"origin": f"http://{HOST}"}, {"sec-fetch-site": "same-origin"}, {"origin": "https://app.example.com"}],
)
def test_a_cookie_changes_things_from_our_own_pages(browser, state, headers, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]

    response = browser.patch(state, b'{"a": 1}', content_type="application/json", headers=headers)

    assert response.json()["data"] == {"metres": 1, "a": 1}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": f"http://{HOST}.evil.example"},
        {"origin": f"http://{HOST}:8080"},
        {"origin": f"http://{HOST}@evil.example"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    ],
)
def test_a_cookie_changes_nothing_from_elsewhere(browser, state, headers):
    for method in ("post", "put", "patch", "delete"):
        address = state.replace("aggregate", "messages/5") if method in ("post", "delete") else state
        response = getattr(browser, method)(address, b'{"data": 1}', content_type="application/json", headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "bad_origin")
    assert browser.get(state).json()["data"] == {"metres": 1}


def test_an_access_token_in_a_cookie(state, alice):
    client = Client(headers={"origin": f"http://{HOST}"})
    client.cookies[TOKEN_COOKIE] = issue_access_token(alice)[0]

    assert client.get(state).status_code == 200
    assert client.patch(state, b"{}", content_type="application/json").status_code == 200
    foreign = client.patch(state, b"{}", content_type="application/json", headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_a_bearer_wins_over_a_cookie(browser, state, mallory):
    bearer = {"authorization": f"Bearer {issue_access_token(mallory)[0]}"}

    assert browser.get(state, headers=bearer).status_code == 404
    assert turned_away(browser.get(state, headers={"authorization": "Bearer nonsense"}))


def test_a_bearer_needs_no_origin(state, pump):
    headers = {"authorization": f"Bearer {issue_device_token(pump)}", "origin": "https://evil.example"}

    assert Client().patch(state, b"{}", content_type="application/json", headers=headers).status_code == 200


def test_a_browser_asks_before_it_calls(state, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    asked = "authorization,content-encoding,content-type,x-doover-assume,x-doover-organisation,x-doover-sharing"
    headers = {
        "origin": "https://app.example.com",
        "access-control-request-method": "PATCH",
        "access-control-request-headers": asked,
    }

    response = Client().options(state, headers=headers)

    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert response["Access-Control-Allow-Credentials"] == "true"
    allowed = {name.strip() for name in response["Access-Control-Allow-Headers"].lower().split(",")}
    assert allowed >= set(asked.split(","))
    methods = {name.strip() for name in response["Access-Control-Allow-Methods"].split(",")}
    assert methods >= {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

    stranger = Client().options(state, headers={**headers, "origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger


def test_answers_and_errors_name_the_origin(api, state, pump, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]

    for address in (state, state.replace("level", "missing")):
        response = api(pump).get(address, origin="https://app.example.com")
        assert response["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "Access-Control-Allow-Origin" not in api(pump).get(state, origin="https://evil.example")


def test_the_organisation_named_must_be_ones_own(api, state, alice, pump, mallory, root, creek):
    elsewhere = mallory.memberships.get().organisation_id

    for who in (alice, pump, root):
        assert api(who).get(state, **{"x-doover-organisation": str(creek.id)}).status_code == 200
        assert api(who).get(state).status_code == 200
    for who in (alice, pump):
        response = api(who).get(state, **{"x-doover-organisation": str(elsewhere)})
        assert (response.status_code, response.json()["code"]) == (403, "not_a_member")
    assert api(root).get(state, **{"x-doover-organisation": str(elsewhere)}).status_code == 200


def test_an_organisation_that_lends_something_may_be_named(api, state, mallory, creek, pump):
    elsewhere, there = mallory.memberships.get().organisation, {"x-doover-organisation": str(creek.id)}
    assert api(mallory).get("/api/agents/me/channels", **there).status_code == 403

    lent = {"name": "Loan", "role": GroupRole.objects.built_in("Viewer"), "devices": [pump], "groups": [], "by": None}
    create_sharing_profile(organisation=creek, taker=elsewhere, **lent)
    assert api(mallory).get(state, **there).status_code == 200
    assert api(mallory).get("/api/agents/me/channels", **there).status_code == 200
    caller = in_organisation(caller_of_user(mallory), str(creek.id))
    assert (caller.organisation_id, caller.organisations) == (elsewhere.id, [elsewhere.id])


@pytest.mark.parametrize("header", ["abc", "1.5", "9223372036854775808", "99999999999999999999", "+5", "1,2", "--1"])
@pytest.mark.parametrize("name", ["x-doover-organisation", "x-doover-assume"])
def test_a_header_that_is_no_id(api, state, root, name, header):
    response = api(root).get(state, **{name: header})

    assert (response.status_code, response.json()["code"]) == (400, "bad_header")


@pytest.mark.parametrize("sharing", ["internal", "external", "none", "nonsense", ""])
def test_sharing_does_no_harm(api, state, pump, sharing):
    assert api(pump).get(state, **{"x-doover-sharing": sharing}).status_code == 200


def test_a_superuser_sees_everything_and_acts_for_others(api, state, root, bob, alice, pump):
    as_bob, as_alice = {"x-doover-assume": str(bob.id)}, {"x-doover-assume": str(alice.id)}
    messages = state.replace("aggregate", "messages")

    assert api(root).post(messages, {"data": 1}).json()["author_id"] == str(root.id)
    assert api(root).post(messages, {"data": 1}, **as_alice).json()["author_id"] == str(alice.id)
    assert api(root).get(state, **as_bob).status_code == 200
    assert api(root).post(messages, {"data": 1}, **as_bob).status_code == 403


def test_acting_by_header_is_in_the_log(api, state, root, bob, fresh_cache):
    """Once an hour, not with every request; it names both."""
    client = api(root)
    for _ in range(2):
        client.get(state, **{"x-doover-assume": str(bob.id)})

    told = AuditEntry.objects.get(action="user.assumed", subject_id=bob.id)
    assert (told.actor_id, told.assumed_by_id, told.address) == (bob.id, root.id, "127.0.0.1")
    fresh_cache()
    client.get(state, **{"x-doover-assume": str(bob.id)})
    assert AuditEntry.objects.filter(action="user.assumed").count() == 2


def test_nobody_acts_for_a_superuser(api, state, root):
    other = User.objects.create_superuser("other@example.com")
    response = api(root).get(state, **{"x-doover-assume": str(other.id)})

    assert (response.status_code, response.json()["code"]) == (403, "superuser")


def test_one_who_acts_for_a_stranger_finds_nothing(api, state, root, mallory):
    assert api(root).get(state, **{"x-doover-assume": str(mallory.id)}).status_code == 404


def test_nobody_else_acts_for_others(api, state, alice, bob, pump):
    for who in (alice, pump):
        response = api(who).get(state, **{"x-doover-assume": str(bob.id)})
        assert (response.status_code, response.json()["code"]) == (403, "not_superuser")


def test_acting_for_nobody(api, state, root, pump):
    for id_ in ("5", str(pump.id)):
        assert api(root).get(state, **{"x-doover-assume": id_}).status_code == 404


def test_who_is_asking_costs_the_same_with_more_memberships(api, state, alice, statements):
    client = api(alice)
    client.get(state)
    few = statements(lambda: client.get(state))

    for n in range(8):
        home = Organisation.objects.found(f"Another {n}")
        add_member(organisation=home, user=alice, role=OrganisationRole.objects.built_in("Admin"), by=None)

    assert statements(lambda: client.get(state)) == few
