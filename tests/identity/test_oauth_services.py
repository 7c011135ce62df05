"""Services and devices sign in with a client id and secret; what a token is; keys."""

import jwt
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from doover_web.identity.actions.token import create_client_secret, revoke_token
from doover_web.identity.auth import caller_of_token, issue_access_token
from doover_web.identity.models import Agent, AuditEntry, SigningKey, Token
from tests.identity.oauth import in_form, refused, site

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(pump):
    token, secret = create_client_secret(agent=pump, name="Gateway box", by=None)
    return str(token.key), secret


def sign_in(pair, path="/api/oauth2/token", **more):
    return in_form(path, basic=pair, grant_type="client_credentials", scope="", **more)


@pytest.mark.parametrize("path", ["/api/oauth2/token", "/oauth2/token"])
def test_a_device_signs_in(pump, pair, path):
    answer = sign_in(pair, path)

    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert caller_of_token(body["access_token"]).agent_id == pump.id
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == pytest.approx(body["expires_in"], abs=2)


def test_a_person_signs_in_the_same_way(alice):
    token, secret = create_client_secret(agent=alice.agent, name="Nightly export", by=None)

    answer = in_form(
        "/oauth2/token", grant_type="client_credentials", client_id=str(token.key), client_secret=secret
    ).json()

    assert caller_of_token(answer["access_token"]).organisations == [alice.memberships.get().organisation_id]


def test_a_wrong_pair(pump, pair, alice):
    key, secret = pair
    other, others_secret = create_client_secret(agent=alice.agent, name="", by=None)

    for wrong in ((key, "x"), (key, ""), ("nobody", secret), (str(other.key), secret), (key, others_secret), ("", "")):
        assert refused(sign_in(wrong), "invalid_client", 401)
    for header in ("Basic", "Basic !!!", "Basic YWJj", "Bearer x", ""):
        path = "/api/oauth2/token?grant_type=client_credentials"
        response = Client().generic("POST", path, headers={"authorization": header})
        assert refused(response, "invalid_client", 401)
    assert AuditEntry.objects.filter(action="token.refused", subject_id=pump.id).exists()


def test_a_revoked_secret_takes_its_tokens_along(pump, pair):
    text = sign_in(pair).json()["access_token"]
    token = Token.objects.get(kind="client")

    assert revoke_token(token=token, by=None)
    assert not revoke_token(token=token, by=None)

    assert refused(sign_in(pair), "invalid_client", 401)
    answer = Client().get("/api/agents/me/channels", headers={"authorization": f"Bearer {text}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "revoked_token")


def test_an_archived_device(pump, pair):
    Agent.objects.filter(pk=pump.pk).update(archived_at=timezone.now())

    assert refused(sign_in(pair), "invalid_client", 401)


def test_secrets_are_kept_as_hashes(pair):
    assert pair[1] not in str(list(Token.objects.values()))
    assert pair[1] not in str(list(AuditEntry.objects.values()))


def test_a_service_asks_about_its_token(pair, alice):
    text = sign_in(pair).json()["access_token"]

    told = in_form("/oauth2/introspect", basic=pair, token=text).json()
    assert told["active"] is True
    assert in_form("/oauth2/introspect", basic=pair, token=issue_access_token(alice)[0]).json() == {"active": False}
    assert in_form("/oauth2/introspect", basic=pair, token="garbage").json() == {"active": False}
    assert refused(in_form("/oauth2/introspect", token=text), "invalid_client", 401)
    assert refused(in_form("/oauth2/introspect", client_id=site().id, token=text), "invalid_client", 401)
    assert refused(in_form("/oauth2/introspect", basic=pair), "invalid_request")
    assert in_form("/oauth2/revoke", basic=pair, token=text).json() == {}
    assert in_form("/oauth2/introspect", basic=pair, token=text).json() == {"active": False}


def test_nobody_revokes_the_token_of_another(pair, alice):
    text = issue_access_token(alice)[0]

    assert in_form("/oauth2/revoke", basic=pair, token=text).status_code == 200
    assert in_form("/oauth2/revoke", client_id=site().id, token=text).status_code == 200
    assert caller_of_token(text).agent_id == alice.id


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5"])
def test_who_am_i_without_a_token(header):
    response = Client().get("/oauth2/userinfo", headers={"authorization": header})

    assert response.status_code == 401
    assert "invalid_token" in response["WWW-Authenticate"]


def test_who_am_i_without_the_scope(alice, pump, api):
    assert api(alice).get("/oauth2/userinfo").status_code == 403
    assert api(pump).get("/oauth2/userinfo").status_code == 401
    assert api(alice).delete("/oauth2/userinfo").status_code == 405


def test_the_discovery_document_names_addresses_that_answer(settings):
    told = Client().get("/.well-known/openid-configuration").json()

    assert told["issuer"] == settings.PUBLIC_URL
    for name, address in told.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert address.startswith(settings.PUBLIC_URL)
            assert Client().get(address.removeprefix(settings.PUBLIC_URL)).status_code != 404


def test_keys_are_replaced_and_older_ones_still_count(alice, monkeypatch):
    older = issue_access_token(alice)[0]
    monkeypatch.undo()

    call_command("rotate_signing_key", verbosity=0)

    newer = issue_access_token(alice)[0]
    published = [key["kid"] for key in Client().get("/.well-known/jwks.json").json()["keys"]]
    assert published == [jwt.get_unverified_header(text)["kid"] for text in (newer, older)]
    assert "d" not in Client().get("/.well-known/jwks.json").json()["keys"][0]
    assert caller_of_token(older).agent_id == caller_of_token(newer).agent_id == alice.id

    call_command("rotate_signing_key", "--forget-older", verbosity=0)
    state = {"authorization": f"Bearer {newer}"}
    assert Client().get("/api/agents/me/channels", headers=state).status_code == 401
    assert SigningKey.objects.count() == 1
