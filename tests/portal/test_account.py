"""A person's own account: name, browsers, tokens, profile, the second step."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.test import Client

from doover_web.identity.models import Agent, AuditEntry, Token

PASSWORD = "correct horse battery staple"
PAGES = ["", "sessions/", "tokens/", "tokens/?kind=applications", "profile/"]
FACTORS = ["2fa/", "2fa/totp/activate/", "2fa/webauthn/add/", "2fa/webauthn/", "email/", "password/change/"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def signs_in():
    """`signs_in(alice)`: a browser in which somebody has just written their password, twice."""

    def sign_in(user, **headers):
        client = Client(headers=headers)
        assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
        assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
        return client

    return sign_in


@pytest.mark.parametrize("address", [*(f"/me/{one}" for one in PAGES), *(f"/accounts/{one}" for one in FACTORS)])
def test_every_page_in_the_house_style(signs_in, alice, address):
    page = signs_in(alice).get(address)

    assert page.status_code == 200
    text = page.content.decode()
    assert text.count("<h1") == 1
    assert 'class="dv-app"' in text
    assert "Two-Factor" not in text
    assert not re.search(r"\sstyle\s*=", text)


def test_the_door_asks_for_no_second_step_by_its_old_name(signs_in, alice):
    assert "Two-Factor" not in Client().get("/accounts/login/").content.decode()
    assert "Two-Factor" not in signs_in(alice).get("/").content.decode()


def test_name_and_zone(signs_in, alice):
    client = signs_in(alice)
    assert client.post("/me/", {"name": "Al", "zone": "Australia/Perth"}).status_code == 302
    assert client.post("/me/", {"name": "Al", "zone": "Mars/Base"}).status_code == 400

    alice.refresh_from_db()
    alice.agent.refresh_from_db()
    assert (alice.agent.title, alice.zone) == ("Al", "Australia/Perth")


def test_a_browser_is_signed_out_from_another(signs_in, alice, bob):
    here, there, strange = signs_in(alice), signs_in(alice, user_agent="Lost phone"), signs_in(bob)
    page = here.get("/me/sessions/").content.decode()
    assert "Lost phone" in page
    [lost] = re.findall(r'name="session" value="(\d+)"', page)

    strange.post("/me/sessions/", {"session": lost})
    assert there.get("/").status_code == 200
    here.post("/me/sessions/", {"session": lost})
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


@pytest.mark.parametrize("asked", ["9" * 5000, "9" * 19, "-1", "²", "x", ""])
def test_a_session_that_is_none(signs_in, alice, asked):
    here = signs_in(alice)

    assert here.post("/me/sessions/", {"session": asked}).status_code == 302
    assert here.get("/").status_code == 200


def test_all_others_go_but_not_this_one(signs_in, alice):
    here, others = signs_in(alice), [signs_in(alice) for _ in range(2)]
    here.post("/me/sessions/", {"session": "others"})

    assert [one.get("/").status_code for one in (here, *others)] == [200, 302, 302]


def test_a_new_password_ends_other_sessions(signs_in, alice):
    here, there = signs_in(alice), signs_in(alice)
    new = "a quite different sentence"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert [one.get("/").status_code for one in (here, there)] == [200, 302]
    assert AuditEntry.objects.filter(action="user.password_changed", subject_id=alice.id).exists()


def test_a_token_is_shown_once_and_works_until_revoked(signs_in, alice):
    client = signs_in(alice)
    page = client.post("/me/tokens/", {"do": "create", "name": "My script", "scope": "read", "days": "30"})
    secret = re.search(r'dv-secret" tabindex="0">([^<]+)<', page.content.decode())[1]
    bearer = {"authorization": f"Bearer {secret}"}
    assert Client().get("/api/agents/me/channels", headers=bearer).status_code < 400
    assert secret not in client.get("/me/tokens/").content.decode()

    client.post("/me/tokens/", {"do": "revoke", "token": Token.objects.get(kind="personal").id})
    assert Client().get("/api/agents/me/channels", headers=bearer).status_code == 401


def test_a_token_needs_the_password_again(browse, alice):
    assert "/reauthenticate/" in browse(alice).get("/me/tokens/")["Location"]
    assert "/reauthenticate/" in browse(alice).post("/me/profile/", {"name": "x", "days": "30"})["Location"]


def test_bad_tokens_and_profiles_are_refused(signs_in, alice):
    client = signs_in(alice)
    for form in (
        {"name": "", "scope": "read", "days": "30"},
        {"name": "x", "scope": "root", "days": "30"},
        {"name": "x"},
    ):
        assert client.post("/me/tokens/", form).status_code == 400
    assert client.post("/me/profile/", {"name": "a b\nTOKEN=x", "days": "30"}).status_code == 400


def test_a_profile_for_the_command_line(signs_in, alice):
    page = signs_in(alice).post("/me/profile/", {"name": "field", "days": "30"}).content.decode()

    assert "[profile=field]" in page
    assert f"AGENT_ID={alice.agent_id}" in page


def test_the_second_step_is_asked_for(signs_in, alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    client = Client()
    response = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD}, follow=True)
    page = response.content.decode()
    assert "One more step" in page
    assert "Two-Factor" in page  # the first generation's client looks for these words before it asks for the code
    assert "Two-Factor" in client.get("/accounts/2fa/authenticate/", headers={"accept-language": "de"}).content.decode()
    assert "Two-Factor" not in Client().get("/accounts/login/").content.decode()
    assert client.get("/").status_code == 302

    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert AuditEntry.objects.filter(action="user.factor_refused", subject_id=alice.id).exists()
    counter = next(iter(yield_hotp_counters_from_time()))
    code = str(hotp_value(secret, counter)).zfill(6)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    home = client.get("/")
    assert home.status_code == 200
    assert "Two-Factor" not in home.content.decode()
    assert Authenticator.objects.filter(user=alice, type="totp").exists()


def test_sign_ins_are_in_the_log(signs_in, alice):
    Client().post("/accounts/login/", {"login": alice.email, "password": "hunter2hunter2"})
    Client().post("/accounts/login/", {"login": "Nobody@Example.com", "password": "hunter2hunter2"})
    signs_in(alice).post("/accounts/logout/")

    told = [(one.action, one.subject_id) for one in AuditEntry.objects.filter(source="sign-in").order_by("id")]
    assert ("user.logged_in", alice.id) in told
    assert ("user.logged_out", alice.id) in told
    failed = AuditEntry.objects.filter(action="user.login_failed")
    assert {one.metadata["email"] for one in failed} == {alice.email, "nobody@example.com"}
    assert {one.address for one in failed} == {"127.0.0.1"}
    assert "hunter2" not in str([one.metadata for one in AuditEntry.objects.all()])


def test_guessing_is_slowed_down(alice):
    client = Client()
    answers = [client.post("/accounts/login/", {"login": alice.email, "password": f"guess {n}"}) for n in range(7)]

    assert "Too many" in answers[-1].content.decode()
    assert client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD}).status_code != 302


def test_an_address_changes_once_it_is_confirmed(signs_in, alice, mailoutbox):
    client, old = signs_in(alice), alice.email
    client.post("/accounts/email/", {"action_add": "", "email": "alice.new@example.com"})
    alice.refresh_from_db()
    assert alice.email == old

    [mail] = [one for one in mailoutbox if one.to == ["alice.new@example.com"]]
    link = re.search(r"https?://[^/\s]+(/accounts/confirm-email/\S+)", mail.body)[1]
    client.post(link)
    alice.refresh_from_db()
    assert alice.email == "alice.new@example.com"
    assert EmailAddress.objects.get(user=alice, primary=True).email == alice.email
    assert Agent.objects.get(pk=alice.agent_id).name == alice.email  # what others see of who gave no name


def test_a_proxy_is_believed_only_when_there_is_one(alice, settings):
    wrong = {"login": alice.email, "password": "wrong"}
    Client().post("/accounts/login/", wrong, headers={"x-forwarded-for": "6.6.6.6"})
    assert AuditEntry.objects.latest("id").address == "127.0.0.1"

    settings.BEHIND_PROXY = True
    Client().post("/accounts/login/", wrong, headers={"x-forwarded-for": "6.6.6.6, 9.9.9.9"})
    assert AuditEntry.objects.latest("id").address == "9.9.9.9"


def test_a_session_says_when_and_from_where_it_was_last_used(signs_in, alice, fresh_cache):
    client = signs_in(alice)
    UserSession.objects.update(last_seen_at="2026-01-01T00:00Z", ip="10.9.9.9")
    fresh_cache()

    page = client.get("/me/sessions/", headers={"user-agent": "Kestrel/7"})

    one = UserSession.objects.get()
    assert (one.ip, one.user_agent, one.last_seen_at.year > 2025) == ("127.0.0.1", "Kestrel/7", True)
    assert "Last used" in page.content.decode()
    UserSession.objects.update(last_seen_at="2026-01-01T00:00Z")
    client.get("/me/")
    assert UserSession.objects.get().last_seen_at.month == 1  # at most once a minute
