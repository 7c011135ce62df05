"""Every address that takes a credential, or hands one out, turns away who tries too often."""

import pytest
from django.test import Client

from doover_web.identity.auth import issue_device_token
from doover_web.identity.clients import COMMAND_LINE
from doover_web.identity.models import Agent
from tests.identity.oauth import browser_of, device_codes, in_form, in_query, poll

pytestmark = pytest.mark.django_db
WRONG = {"password1": "x", "password2": "y"}


def post(path, **form):
    return lambda n: Client().post(path.format(n=n), {key: value.format(n=n) for key, value in form.items()})


# What is tried, how often it goes well or simply fails, and what the next attempt is answered.
TRIES = {
    "sign-in": (post("/accounts/login/", login="{n}@example.com", password="x"), 30, 429),
    "sign-up": (post("/accounts/signup/", email="{n}@example.com", **WRONG), 20, 429),
    "reset": (post("/accounts/password/reset/", email="{n}@example.com"), 20, 429),
    "reset of one address": (post("/accounts/password/reset/", email="a@example.com"), 5, 429),
    "a reset link": (post("/accounts/password/reset/key/{n}-x/"), 20, 429),
    "an invitation": (lambda n: Client().get("/invitation/dvi_" + "A" * 30 + f"{n:03}/"), 30, 429),
    "a passkey": (post("/accounts/2fa/webauthn/login/", credential="{{}}"), 10, 429),
    "a device code": (lambda n: device_codes(), 30, 429),
    "polling": (lambda n: poll(f"guess{n}"), 60, 429),
    "a refresh": (
        lambda n: in_query(
            "/oauth2/token", grant_type="refresh_token", refresh_token=f"dvr_{n}", client_id=COMMAND_LINE
        ),
        60,
        503,
    ),
    "an authorization code": (
        lambda n: in_form("/oauth2/token", grant_type="authorization_code", code=f"{n}", client_id="x"),
        60,
        429,
    ),
    "a client's secret": (
        lambda n: in_query("/api/oauth2/token", grant_type="client_credentials", client_id="x", client_secret=f"{n}"),
        60,
        429,
    ),
    "a revocation": (lambda n: in_query("/oauth2/revoke", token=f"{n}", client_id="x"), 60, 429),
    "an introspection": (lambda n: in_query("/oauth2/introspect", token=f"{n}", client_id="x"), 60, 429),
    "a proof": (
        lambda n: Client().post("/publishers/mint-token/", {"provider": "GH", "token": f"{n}"}, "application/json"),
        30,
        429,
    ),
}


@pytest.mark.parametrize("what", TRIES)
def test_trying_too_often(what, settings):
    settings.SIGN_UP_OPEN = True
    attempt, most, answered = TRIES[what]

    for n in range(most):
        assert attempt(n).status_code not in (429, 503), f"already at attempt {n + 1}"

    refused = attempt(most)
    assert refused.status_code == answered
    if refused["Content-Type"].startswith("text/html"):
        page = refused.content.decode()
        assert "Too many attempts" in page
        assert 'class="dv-' in page  # it looks like the rest of the site
    else:
        assert refused["Retry-After"] == "60"
        assert "wait a minute" in str(refused.json())


def test_one_account_from_many_places(alice, settings):
    settings.BEHIND_PROXY, settings.ALLAUTH_TRUSTED_PROXY_COUNT = True, 1
    for n in range(5):
        wrong = {"login": alice.email, "password": "wrong"}
        Client().post("/accounts/login/", wrong, headers={"x-forwarded-for": f"203.0.113.{n}"})

    right = {"login": alice.email, "password": "correct horse battery staple"}
    page = Client().post("/accounts/login/", right, headers={"x-forwarded-for": "203.0.113.99"})
    assert "Too many" in page.content.decode()


def test_what_the_client_claims_about_its_address_counts_for_nothing():
    for n in range(31):
        response = Client().post(
            "/accounts/login/", {"login": f"{n}@example.com"}, headers={"x-forwarded-for": f"203.0.113.{n}"}
        )
    assert response.status_code == 429


def test_a_proxys_word_is_the_last_one(settings):
    settings.BEHIND_PROXY, settings.ALLAUTH_TRUSTED_PROXY_COUNT = True, 1
    for n in range(61):
        claimed = {"x-forwarded-for": f"198.51.100.{n}, 203.0.113.7"}
        response = Client().post("/oauth2/token?grant_type=refresh_token&refresh_token=x&client_id=x", headers=claimed)
    assert response.status_code == 503


def test_a_device_replaces_its_token_now_and_then(pump):
    Agent.objects.filter(pk=pump.pk).update(token_self_rotation=True)
    bearer = {"authorization": f"Bearer {issue_device_token(pump)}"}

    answers = [
        Client().post("/api/agents/me/token/rotate", {}, "application/json", headers=bearer).status_code
        for _ in range(11)
    ]

    assert answers == [200] * 10 + [429]


def test_writing_the_password_again_is_limited(alice):
    browser = browser_of(alice)

    answers = [browser.post("/accounts/reauthenticate/", {"password": "wrong"}) for _ in range(12)]

    assert "Too many" in answers[-1].content.decode()
    right = browser.post("/accounts/reauthenticate/", {"password": "correct horse battery staple"})
    assert right.status_code != 302
