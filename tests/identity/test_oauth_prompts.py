"""How fresh and how quiet: prompt, max_age, auth_time, and what the pages say that an application asks for."""

import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from django.http import HttpRequest
from django.test import Client

from doover_web.identity.models import Token
from tests.conftest import PASSWORD
from tests.identity.oauth import (
    CALLBACK,
    VERIFIER,
    authorize_url,
    browser_of,
    consent,
    device_codes,
    in_form,
    site,
)

LASTING = ("authorization_code", "refresh_token")


def answered(browser, url):
    """What the application hears when the browser comes back without having shown anything."""
    response = browser.get(url)
    assert response.status_code == 302, response.content
    assert response["Location"].startswith(CALLBACK), response["Location"]
    return {key: values[0] for key, values in parse_qs(urlsplit(response["Location"]).query).items()}


def exchanged(application, code):
    given = {"code": code, "client_id": application.id, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return in_form("/oauth2/token", grant_type="authorization_code", **given).json()


@pytest.fixture
def signed_in_ago():
    """`signed_in_ago(alice, 3600)`: a browser in which somebody wrote the password an hour ago."""

    def browser(user, seconds):
        client, request = browser_of(user), HttpRequest()
        request.session = client.session
        record_authentication(request, user, "password")
        request.session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] = time.time() - seconds
        request.session.save()
        return client

    return browser


def test_quietly_once_it_was_let_in(alice):
    application, browser = site(grants=LASTING), browser_of(alice)
    quiet = authorize_url(application, prompt="none")
    assert answered(browser, quiet)["error"] == "consent_required"
    exchanged(application, consent(browser, authorize_url(application))["code"])

    heard = answered(browser, quiet)

    assert heard["state"] == "xyz"
    assert "access_token" in exchanged(application, heard["code"])


def test_not_for_more_than_was_let_in(alice):
    application, browser = site(grants=LASTING), browser_of(alice)
    exchanged(application, consent(browser, authorize_url(application))["code"])

    more = authorize_url(application, prompt="none", scope="openid read email")

    assert answered(browser, more)["error"] == "consent_required"


def test_not_for_another_application_or_person_or_after_it_was_revoked(alice, bob):
    application, browser = site(grants=LASTING), browser_of(alice)
    exchanged(application, consent(browser, authorize_url(application))["code"])
    other = site(grants=LASTING)

    assert answered(browser, authorize_url(other, prompt="none"))["error"] == "consent_required"
    assert answered(browser_of(bob), authorize_url(application, prompt="none"))["error"] == "consent_required"
    for token in Token.objects.filter(client=application):
        token.revoke()
    assert answered(browser, authorize_url(application, prompt="none"))["error"] == "consent_required"


def test_nobody_signed_in_is_told_quietly(db):
    assert answered(Client(), authorize_url(site(), prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("prompt", ["none", "none login"])
def test_quietly_to_nowhere_else(alice, prompt):
    for address in ("https://evil.example/callback", "https://site.example.evil.example/callback", CALLBACK + "/x"):
        for browser in (Client(), browser_of(alice)):
            answer = browser.get(authorize_url(site(), prompt=prompt, redirect_uri=address))
            assert (answer.status_code, "Location" in answer) == (400, False)


def test_not_where_any_program_may_listen(alice):
    application, browser = site(grants=LASTING), browser_of(alice)
    application.set_redirect_uris([CALLBACK, "http://localhost/cb"])
    application.save()
    exchanged(application, consent(browser, authorize_url(application))["code"])

    told = browser.get(authorize_url(application, prompt="none", redirect_uri="http://localhost/cb"))["Location"]

    assert told.startswith("http://localhost/cb?error=consent_required")


def test_quietly_takes_a_challenge_too(alice):
    application, browser = site(grants=LASTING), browser_of(alice)
    exchanged(application, consent(browser, authorize_url(application))["code"])
    bare = authorize_url(application, prompt="none", code_challenge=None, code_challenge_method=None)

    assert answered(browser, bare)["error"] == "invalid_request"


def test_the_password_again(alice, signed_in_ago):
    browser = signed_in_ago(alice, 10)
    there = browser.get(authorize_url(site(), prompt="login"))["Location"]
    assert there.startswith("/accounts/reauthenticate/")

    back = browser.post(there, {"password": PASSWORD})

    assert back["Location"].startswith("/oauth2/authorize?")
    assert "Rain Charts" in browser.get(back["Location"]).content.decode()


def test_signing_in_when_nobody_is(db):
    for more in ({"prompt": "login"}, {"max_age": "60"}, {}):
        assert Client().get(authorize_url(site(), **more))["Location"].startswith("/accounts/login/")


def test_too_long_ago(alice, signed_in_ago):
    application, browser = site(), signed_in_ago(alice, 3600)
    assert browser.get(authorize_url(application, max_age="7200")).status_code == 200
    assert answered(browser, authorize_url(application, max_age="60", prompt="none"))["error"] == "login_required"

    there = browser.get(authorize_url(application, max_age="60"))["Location"]
    assert there.startswith("/accounts/reauthenticate/")
    back = browser.post(there, {"password": PASSWORD})["Location"]

    assert browser.get(back).status_code == 200
    assert browser.get(authorize_url(application, max_age="0")).status_code == 200


def test_a_session_that_does_not_know_when_is_too_old(alice):
    assert "reauthenticate" in browser_of(alice).get(authorize_url(site(), max_age="99999"))["Location"]


def test_the_identity_token_says_when(alice, signed_in_ago):
    application, browser = site(), signed_in_ago(alice, 1000)
    tokens = exchanged(application, consent(browser, authorize_url(application))["code"])

    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})

    assert abs(time.time() - 1000 - claims["auth_time"]) < 120


@pytest.mark.parametrize(
    ("scope", "said", "unsaid"),
    [
        ("openid read", ["See who you are", "Look at your devices and what they say"], ["control", "everything"]),
        ("openid read control", ["Look at your devices and control them"], ["what they say", "everything"]),
        ("openid email", ["See your e-mail address"], ["devices"]),
    ],
)
def test_what_the_page_says(alice, scope, said, unsaid):
    application = site(scopes="openid email read control full")
    page = browser_of(alice).get(authorize_url(application, scope=scope)).content.decode()
    asks = page[page.index("<ul") : page.index("</ul>")]

    assert [one for one in said if one not in asks] == []
    assert [one for one in unsaid if one in asks] == []


def test_what_the_page_for_codes_says(alice):
    grants = ("urn:ietf:params:oauth:grant-type:device_code", "refresh_token")
    looks = site(grants=grants, scopes="offline_access read")
    codes = device_codes(client_id=looks.id, scope="read").json()
    page = browser_of(alice).get(f"/oauth2/device?user_code={codes['user_code']}").content.decode()
    assert "Look at your devices and what they say" in page
    assert "everything" not in page
    assert "Doover CLI - Python" in page

    codes = device_codes().json()
    page = browser_of(alice).get(f"/oauth2/device?user_code={codes['user_code']}").content.decode()
    assert "Do everything that you may do" in page
    assert "Stay signed in" in page
