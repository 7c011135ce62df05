"""The command line signs in with a code, and stays signed in."""

import jwt
import pytest
from django.core.cache import cache
from django.test import Client

from doover_web.identity.auth import caller_of_token, issue_access_token
from doover_web.identity.clients import COMMAND_LINE
from doover_web.identity.models import AuditEntry, Token, User
from tests.identity.oauth import browser_of, device_codes, in_form, in_query, poll, refused, site

pytestmark = pytest.mark.django_db


def decide(user, user_code, action="allow", **more):
    return browser_of(user).post("/oauth2/device", {"user_code": user_code, "action": action, **more})


def signed_in(user):
    codes = device_codes().json()
    decide(user, codes["user_code"])
    return poll(codes["device_code"]).json()


def refresh(token, client_id=COMMAND_LINE, **more):
    return in_query("/oauth2/token", grant_type="refresh_token", refresh_token=token, client_id=client_id, **more)


def test_from_code_to_call(alice):
    codes = device_codes().json()
    assert codes["interval"] > 0
    assert refused(poll(codes["device_code"]), "authorization_pending")

    page = browser_of(alice).get(f"/oauth2/device?user_code={codes['user_code']}&client_id={COMMAND_LINE}")
    assert codes["user_code"] in page.content.decode()
    assert alice.email in page.content.decode()
    assert "is signed in" in decide(alice, codes["user_code"], client_id=COMMAND_LINE).content.decode()
    _soon(codes)

    answer = poll(codes["device_code"]).json()
    assert {"access_token", "expires_in", "refresh_token", "refresh_token_id"} <= set(answer)
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["sub"] == str(alice.id)
    assert {"exp", "iss", "jti"} <= set(claims)
    assert claims["exp"] - claims["iat"] == pytest.approx(answer["expires_in"], abs=2)
    assert caller_of_token(answer["access_token"]).agent_id == alice.id
    assert AuditEntry.objects.filter(action="application.allowed", actor_id=alice.id).count() == 1


def _soon(codes):
    """Let the time between two questions pass."""
    key = f"allauth.idp.oidc.device_code[{codes['device_code']}]"
    cache.set(key, {**cache.get(key), "last_poll_at": 0}, 60)


def test_parameters_may_come_in_a_form(alice):
    asked = in_form("/oauth2/device_authorize", client_id=COMMAND_LINE, scope="offline_access")

    assert asked.status_code == 200
    code = asked.json()["device_code"]
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    polled = in_form("/oauth2/token", grant_type=grant, device_code=code, client_id=COMMAND_LINE)
    assert refused(polled, "authorization_pending")


def test_asking_too_fast():
    codes = device_codes().json()
    poll(codes["device_code"])

    assert refused(poll(codes["device_code"]), "slow_down")


def test_saying_no(alice):
    codes = device_codes().json()

    assert "was not let in" in decide(alice, codes["user_code"], action="deny").content.decode()
    assert refused(poll(codes["device_code"]), "access_denied")
    assert not Token.objects.filter(kind="refresh").exists()


def test_a_code_opens_once(alice):
    codes = device_codes().json()
    decide(alice, codes["user_code"])

    assert poll(codes["device_code"]).status_code == 200
    assert refused(poll(codes["device_code"]), "expired_token")
    assert decide(alice, codes["user_code"]).status_code == 404


def test_a_code_that_ended(alice, fresh_cache):
    codes = device_codes().json()
    fresh_cache()

    assert refused(poll(codes["device_code"]), "expired_token")
    page = browser_of(alice).get(f"/oauth2/device?user_code={codes['user_code']}")
    assert page.status_code == 404
    assert "wrong or has expired" in page.content.decode()


def test_another_client_gets_nothing(alice):
    other = site(grants=("urn:ietf:params:oauth:grant-type:device_code", "refresh_token"))
    codes = device_codes().json()
    decide(alice, codes["user_code"])

    assert refused(poll(codes["device_code"], other.id), "expired_token")
    assert decide(alice, codes["user_code"], client_id=other.id).status_code == 404
    assert refused(poll(codes["device_code"], "nobody"), "invalid_client", 401)


def test_one_signs_in_first():
    response = Client().get(f"/oauth2/device?user_code=ABCD-EFGH&client_id={COMMAND_LINE}")

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/oauth2/device%3Fuser_code")


def test_another_site_cannot_say_yes(alice):
    codes = device_codes().json()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")

    assert browser.post("/oauth2/device", {"user_code": codes["user_code"], "action": "allow"}).status_code == 403
    assert browser.get(f"/oauth2/device?user_code={codes['user_code']}&action=allow").status_code == 200
    assert refused(poll(codes["device_code"]), "authorization_pending")


def test_guessing_codes_is_slowed_down(alice):
    browser = browser_of(alice)
    for n in range(10):
        assert browser.get(f"/oauth2/device?user_code=GUES-{n:04}").status_code == 404

    assert browser.get(f"/oauth2/device?user_code={device_codes().json()['user_code']}").status_code == 429


def test_asking_for_codes_is_limited():
    answers = {device_codes().status_code for _ in range(31)}

    assert answers == {200, 429}


@pytest.mark.parametrize("given", [{"client_id": "nobody"}, {"client_id": ""}, {"client_id": "\x00"}])
def test_an_unknown_client_asks(given):
    assert device_codes(**given).status_code in (400, 401)


def test_a_scope_that_is_not_its_own():
    assert refused(device_codes(scope="offline_access root"), "invalid_scope")


def test_a_refresh_token_stays(alice):
    first = signed_in(alice)

    for garbage in ({}, {"access_token": first["access_token"]}, {"access_token": "not.a-jwt"}, {"access_token": ""}):
        answer = refresh(first["refresh_token"], **garbage).json()
        assert answer["refresh_token"] == first["refresh_token"]
        assert answer["refresh_token_id"] == first["refresh_token_id"]
        assert caller_of_token(answer["access_token"]).agent_id == alice.id


def test_a_refresh_token_in_a_form(alice):
    token = signed_in(alice)["refresh_token"]

    answer = in_form("/oauth2/token", grant_type="refresh_token", refresh_token=token, client_id=COMMAND_LINE)

    assert answer.json()["refresh_token"] == token


def test_a_refresh_token_that_opens_nothing(alice):
    mine = signed_in(alice)
    other = site(grants=("refresh_token",))
    access = mine["access_token"]

    for token, client in (
        (mine["refresh_token"], other.id),
        (mine["refresh_token"], "nobody"),
        (mine["refresh_token"], ""),
        (access, COMMAND_LINE),
        ("garbage", COMMAND_LINE),
        ("é" * 3000, COMMAND_LINE),
    ):
        assert refused(refresh(token, client), "invalid_grant")
    assert refused(in_query("/oauth2/token", grant_type="refresh_token", client_id=COMMAND_LINE), "invalid_request")
    assert (
        Client()
        .get("/api/agents/me/channels", headers={"authorization": f"Bearer {mine['refresh_token']}"})
        .status_code
        == 401
    )


def test_a_client_with_a_secret_must_send_it(alice):
    made = site(kind="confidential", grants=("refresh_token",))
    from doover_web.identity.actions.token import create_refresh_token

    _, secret = create_refresh_token(agent=alice.agent, client=made)

    assert refused(refresh(secret, made.id), "invalid_client", 401)
    assert refused(refresh(secret, made.id, client_secret="wrong"), "invalid_client", 401)
    assert refresh(secret, made.id, client_secret="hush").status_code == 200


def test_what_was_revoked_is_gone_at_once(alice):
    mine = signed_in(alice)
    assert in_form("/oauth2/revoke", token=mine["refresh_token"], client_id=COMMAND_LINE).status_code == 200

    assert refused(refresh(mine["refresh_token"]), "invalid_grant")
    answer = Client().get("/api/agents/me/channels", headers={"authorization": f"Bearer {mine['access_token']}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "revoked_token")


def test_a_closed_account(alice):
    mine = signed_in(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert refused(refresh(mine["refresh_token"]), "invalid_grant")


@pytest.mark.parametrize("grant", ["password", "implicit", "", "\x00", None])
def test_other_grants(grant):
    given = {} if grant is None else {"grant_type": grant}

    assert in_query("/oauth2/token", **given).json()["error"] in ("unsupported_grant_type", "invalid_request")


def test_requests_that_make_no_sense():
    path = "/oauth2/token"

    assert refused(Client().get(path), "invalid_request", 405)
    assert refused(Client().post(f"{path}?grant_type=a&grant_type=b"), "invalid_request")
    assert refused(in_query(path, grant_type="refresh_token", refresh_token="x" * 9000), "invalid_request")
    for kind in ("application/x-www-form-urlencoded; charset=nonsense", "multipart/form-data", "application/json"):
        assert Client().generic("POST", path, b"\xff\x00{", content_type=kind).status_code == 400


def test_guessing_is_limited(alice):
    mine = signed_in(alice)
    for _ in range(60):
        refresh("guess")

    # A 4xx on a refresh would sign the published browser client out.
    slow = refresh(mine["refresh_token"])
    assert refused(slow, "temporarily_unavailable", 503)
    assert slow["Retry-After"] == "60"
    assert refused(poll("guess"), "temporarily_unavailable", 429)


def test_waiting_is_no_guessing():
    codes = device_codes().json()
    for _ in range(70):
        assert poll(codes["device_code"]).status_code == 400

    assert refused(refresh("guess"), "invalid_grant")


def test_a_person_without_applications_costs_the_same(alice, statements):
    token = issue_access_token(alice)[0]
    client = Client(headers={"authorization": f"Bearer {token}"})
    client.get("/api/agents/me/permissions")
    few = statements(lambda: client.get("/api/agents/me/permissions"))

    for _ in range(5):
        issue_access_token(alice)

    assert statements(lambda: client.get("/api/agents/me/permissions")) == few
