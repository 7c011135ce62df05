"""Somebody else's site signs a person in: Authlib, a client of nobody here, goes through the code flow."""

import base64
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.account.models import EmailAddress
from authlib.integrations.httpx_client import OAuth2Client
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from doover_web.identity.models import AuditEntry, Token
from tests.identity.oauth import (
    CALLBACK,
    VERIFIER,
    authorize_url,
    browser_of,
    challenge_of,
    consent,
    in_form,
    refused,
    site,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
HERE = "http://127.0.0.1:8000"


@pytest.fixture
def wire():
    """HTTP into this very process."""

    def answer(request):
        kind = request.headers.get("Content-Type", "")
        asked = Client().generic(
            request.method,
            request.url.raw_path.decode(),
            request.content,
            content_type=kind,
            headers=dict(request.headers),
        )
        return httpx.Response(asked.status_code, headers=dict(asked.items()), content=asked.content)

    return httpx.MockTransport(answer)


def exchange(application, code, **changes):
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": application.id,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    return in_form("/oauth2/token", **{key: value for key, value in given.items() if value is not None})


def may_call(token):
    return Client().get("/api/agents/me/channels", headers={"authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_authlib_signs_a_person_in(alice, wire, settings, method):
    settings.PUBLIC_URL = HERE
    EmailAddress.objects.update_or_create(user=alice, email=alice.email, defaults={"verified": True, "primary": True})
    kind = "public" if method == "none" else "confidential"
    application = site(kind=kind, grants=("authorization_code", "refresh_token"), scopes="openid profile email read")
    with httpx.Client(transport=wire, base_url=HERE) as anybody:
        told = anybody.get("/.well-known/openid-configuration").json()
        keys = KeySet.import_key_set(anybody.get(told["jwks_uri"]).json())
    client = OAuth2Client(
        application.id,
        None if method == "none" else "hush",
        token_endpoint_auth_method=method,
        scope="openid profile email read",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        transport=wire,
    )

    url, state = client.create_authorization_url(told["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-1")
    back = consent(browser_of(alice), url.removeprefix(HERE))
    assert back["state"] == state
    token = client.fetch_token(told["token_endpoint"], code=back["code"], code_verifier=VERIFIER)

    identity = jwt.decode(token["id_token"], keys).claims
    assert (identity["iss"], identity["aud"], identity["sub"]) == (told["issuer"], application.id, str(alice.id))
    assert identity["nonce"] == "n-1"
    assert jwt.decode(token["access_token"], keys).claims["sub"] == str(alice.id)
    person = client.get(told["userinfo_endpoint"]).json()
    assert person == {"sub": str(alice.id), "name": "Alice Moreau", "email": alice.email, "email_verified": True}
    renewed = client.refresh_token(told["token_endpoint"])
    assert renewed["refresh_token"] == token["refresh_token"]
    assert client.revoke_token(told["revocation_endpoint"], token["refresh_token"]).status_code == 200
    assert client.get(told["userinfo_endpoint"]).status_code == 401


def test_the_page_says_who_asks_for_what(alice):
    page = browser_of(alice).get(authorize_url(site()))

    words = page.content.decode()
    assert "Let Rain Charts in?" in words
    assert "Look at your devices and what they say" in words
    assert "https://site.example" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"


def test_saying_no(alice):
    assert consent(browser_of(alice), authorize_url(site()), "cancel") == {"error": "access_denied", "state": "xyz"}


def test_one_signs_in_first():
    answer = Client().get(authorize_url(site()))

    assert answer["Location"].startswith("/accounts/login/?next=/oauth2/authorize%3F")


def test_a_narrow_application_stays_narrow(alice, pump):
    application = site()
    code = consent(browser_of(alice), authorize_url(application))["code"]
    headers = {"authorization": f"Bearer {exchange(application, code).json()['access_token']}"}
    path = f"/api/agents/{pump.id}/channels/level/aggregate"

    assert Client().get(f"/api/agents/{pump.id}/channels", headers=headers).status_code == 200
    assert Client().patch(path, b"{}", content_type="application/json", headers=headers).status_code == 403


def test_an_application_that_only_wants_a_name_sees_no_device(alice, pump):
    application = site()
    code = consent(browser_of(alice), authorize_url(application, scope="openid profile"))["code"]
    token = exchange(application, code).json()["access_token"]

    headers = {"authorization": f"Bearer {token}"}
    assert Client().get("/oauth2/userinfo", headers=headers).json()["name"] == "Alice Moreau"
    assert Client().get(f"/api/agents/{pump.id}/channels", headers=headers).status_code == 404


def test_a_code_used_twice_ends_what_came_of_it(alice):
    application = site(grants=("authorization_code", "refresh_token"))
    code = consent(browser_of(alice), authorize_url(application))["code"]
    first = exchange(application, code).json()
    assert may_call(first["access_token"])

    assert refused(exchange(application, code), "invalid_grant")

    assert not may_call(first["access_token"])
    assert not Token.objects.valid().filter(client=application).exists()
    assert AuditEntry.objects.filter(action="token.revoked").exists()


def test_a_code_used_twice_without_a_refresh_token(alice):
    application = site()
    code = consent(browser_of(alice), authorize_url(application))["code"]
    first = exchange(application, code).json()
    assert "refresh_token" not in first

    assert refused(exchange(application, code), "invalid_grant")
    assert not may_call(first["access_token"])


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "another-verifier-0123456789-0123456789-0123456789"},
        {"code_verifier": None},
        {"code_verifier": challenge_of(VERIFIER)},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": None},
        {"code": "guessed"},
        {"client_id": "nobody"},
    ],
)
def test_a_code_in_the_wrong_hands(alice, changes):
    application = site()
    code = consent(browser_of(alice), authorize_url(application))["code"]

    answer = exchange(application, **{"code": code, **changes})

    assert answer.status_code in (400, 401), answer.content
    assert answer.json()["error"] in ("invalid_grant", "invalid_request", "invalid_client")
    assert not Token.objects.filter(client=application).exists()


def test_a_code_of_another_application(alice):
    mine, other = site(), site()
    code = consent(browser_of(alice), authorize_url(mine))["code"]

    assert refused(exchange(other, code), "invalid_grant")


def test_a_confidential_application_needs_its_secret(alice):
    application = site(kind="confidential")
    code = consent(browser_of(alice), authorize_url(application))["code"]

    assert refused(exchange(application, code), "invalid_client", 401)
    assert refused(exchange(application, code, client_secret="wrong"), "invalid_client", 401)
    assert exchange(application, code, client_secret="hush").status_code == 200


@pytest.mark.parametrize("kind", ["public", "confidential"])
@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain", "code_challenge": VERIFIER},
        {"code_challenge_method": None},
        {"code_challenge": ""},
    ],
)
def test_a_challenge_is_required(alice, kind, changes):
    answer = browser_of(alice).get(authorize_url(site(kind=kind), **changes))

    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{CALLBACK}?")
    assert parse_qs(urlsplit(answer["Location"]).query)["error"] == ["invalid_request"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/callback",
        "https://site.example.evil.example/callback",
        "https://site.example/callback/../evil",
        "https://site.example@evil.example/callback",
        "https://site.example/callback?next=//evil.example",
        "//evil.example",
        "javascript:alert(1)",
        "http://[",
        "",
        None,
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(alice, address):
    answer = browser_of(alice).get(authorize_url(site(), redirect_uri=address))

    assert answer.status_code == 400
    assert "Location" not in answer
    assert "cannot be allowed" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "openid root"}, "invalid_scope"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"prompt": "none"}, "consent_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
    ],
)
def test_errors_go_back_to_the_application(alice, changes, error):
    answer = browser_of(alice).get(authorize_url(site(), **changes))

    assert answer.status_code == 302
    told = urlsplit(answer["Location"])
    assert told.netloc == "site.example"
    assert error in (told.query + told.fragment) or "error=" in (told.query + told.fragment)


def test_an_unknown_application(alice):
    application = site()
    url = authorize_url(application)
    application.delete()

    assert browser_of(alice).get(url).status_code == 400


def test_another_site_cannot_press_allow(alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get(authorize_url(site()))
    signed = page.context["form"]["request"].value()

    answer = browser.post("/oauth2/authorize", {"request": signed, "scopes": ["openid"], "action": "grant"})

    assert answer.status_code == 403


def test_a_consent_that_was_tampered_with(alice):
    answer = browser_of(alice).post("/oauth2/authorize", {"request": "forged", "scopes": ["full"], "action": "grant"})

    assert answer.status_code == 403


def test_leaving(alice):
    application = site(grants=("authorization_code", "refresh_token"))
    application.set_post_logout_redirect_uris(["https://site.example/bye"])
    application.save()
    browser = browser_of(alice)
    token = exchange(application, consent(browser, authorize_url(application))["code"]).json()
    asked = {"client_id": application.id, "post_logout_redirect_uri": "https://site.example/bye", "state": "s"}

    page = browser.get("/oauth2/logout", asked)
    assert "Sign out?" in page.content.decode()
    fields = {name: page.context["form"].data.get(name, "") for name in asked}
    answer = browser.post("/oauth2/logout", {**fields, "action": "logout", "csrfmiddlewaretoken": "x"})

    assert answer["Location"] == "https://site.example/bye?state=s"
    assert not may_call(token["access_token"])
    assert "_auth_user_id" not in browser.session


def test_leaving_with_a_hint_that_is_none(alice):
    deep = base64.urlsafe_b64encode(b'{"kid":' + b"[" * 5000).rstrip(b"=").decode() + ".e30.AAAA"
    browser = browser_of(alice)

    for hint in ("x", "a.b.c", deep):
        assert browser.get("/oauth2/logout", {"id_token_hint": hint}).status_code in (200, 400)
        answer = browser.get(authorize_url(site()) + f"&prompt=none&id_token_hint={hint}")
        assert answer.status_code in (302, 400)


def test_leaving_to_an_address_that_is_not_registered(alice):
    browser = browser_of(alice)

    answer = browser.get("/oauth2/logout", {"client_id": site().id, "post_logout_redirect_uri": "https://evil.example"})

    assert "evil.example" not in answer.get("Location", "")
    assert "evil.example" not in answer["Content-Security-Policy"]
