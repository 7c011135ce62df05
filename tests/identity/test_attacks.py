"""What people try who should not come in, beside what the tests of each door hold already."""

import re
from urllib.parse import urlsplit

import jwt
import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from doover_web.common.secrets import hash_secret
from doover_web.identity import keys
from doover_web.identity.actions.invitation import invite
from doover_web.identity.auth import caller_of_user, issue_access_token
from doover_web.identity.models import AuditEntry, Invitation, Membership, OrganisationRole, User
from tests.conftest import PASSWORD, Api
from tests.identity.oauth import VERIFIER, authorize_url, browser_of, consent, in_form, site

pytestmark = pytest.mark.django_db
EVIL = ["https://evil.example/", "//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"]
OWN = "/api/agents/me/channels"


def leaves(response) -> bool:
    """Whether an answer sends a browser somewhere else."""
    return response.status_code == 302 and (
        urlsplit(response["Location"]).netloc not in ("", "testserver") or not response["Location"].startswith("/")
    )


@pytest.mark.parametrize("there", EVIL)
def test_nobody_is_sent_elsewhere(alice, browse, there):
    client = Client()
    asked = {"login": alice.email, "password": PASSWORD, "next": there}
    answer = client.post("/accounts/login/", asked)
    assert answer.status_code == 302
    assert not leaves(answer)

    for path, form in (
        ("/theme/", {"next": there}),
        ("/organisation/", {"next": there, "organisation": str(alice.memberships.get().organisation_id)}),
        (f"/accounts/reauthenticate/?next={there}", {"password": PASSWORD, "next": there}),
        (f"/accounts/logout/?next={there}", {"next": there}),
    ):
        answer = client.post(path, form)
        assert answer.status_code == 302, path
        assert not leaves(answer), (path, answer["Location"])


@pytest.mark.parametrize("there", ["http://[", "//[", "http://\u2100", "\x00"])
def test_what_is_no_address_leads_nowhere(alice, browse, there):
    for client in (Client(), browse(alice)):
        for path in ("login", "signup", "logout", "password/reset", "2fa/authenticate", "inactive", "reauthenticate"):
            answer = client.get(f"/accounts/{path}/", {"next": there})
            assert answer.status_code in (200, 302), path
            assert not leaves(answer), (path, answer["Location"])


def test_a_session_planted_before_signing_in_is_worth_nothing(alice):
    thief, victim = Client(), Client()
    thief.get("/accounts/login/")
    session = thief.session
    session["planted"] = True
    session.save()
    victim.cookies["doover_session"] = session.session_key
    victim.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    assert victim.get("/").status_code == 200
    assert victim.session.session_key != session.session_key
    thief.cookies["doover_session"] = session.session_key
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize(
    "said", ["1", "[]", '"x"', '{"id": 1}', '{"id": {}}', "[" * 30_000, '{"id":' * 5000, "\x00", ""]
)
def test_what_no_passkey_says(db, said):
    client = Client()
    client.get("/accounts/2fa/webauthn/login/", headers={"x-requested-with": "XMLHttpRequest"})
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": said})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")


def test_the_same_for_an_account_by_invitation(creek):
    invite(organisation=creek, email="carol@example.com", role=None, by=None)

    secret = "dvi_" + "A" * 32
    Invitation.objects.update(secret_hash=hash_secret(secret))
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["doover_session"] = session.session_key
    words = {"name": "Carol", "password1": "a long enough sentence", "password2": "a long enough sentence"}
    client.post(f"/invitation/{secret}/", words)

    assert client.get("/me/").status_code == 200
    assert client.session.session_key != session.session_key


@pytest.fixture
def hashed(monkeypatch):
    """How often a password was hashed, which is what takes the time."""
    count, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *a, **kw: [count.append(1), encode(*a, **kw)][1])
    return count


def shown(response, *emails) -> tuple[int, str]:
    """An answer without the address that was written, and without what differs from page to page."""
    text = re.sub(r'(csrfmiddlewaretoken" value|data-now)="[^"]*"', "", response.content.decode())
    for email in emails:
        text = text.replace(email, "…")
    return response.status_code, text


@pytest.mark.parametrize("state", ["known", "closed"])
def test_signing_in_does_not_tell_who_has_an_account(alice, hashed, state):
    User.objects.filter(pk=alice.pk).update(is_active=state == "known")
    answers, work = [], []
    for email in (alice.email, "nobody@example.com"):
        hashed.clear()
        answers.append(shown(Client().post("/accounts/login/", {"login": email, "password": "wrong"}), email))
        work.append(len(hashed))

    assert answers[0] == answers[1]
    assert work[0] == work[1] > 0


def test_nor_does_asking_for_a_new_password(alice, mailoutbox):
    answers = []
    for email in (alice.email, "nobody@example.com"):
        client = Client()
        first = client.post("/accounts/password/reset/", {"email": email})
        answers.append((first.status_code, first["Location"], shown(client.get(first["Location"]), email)))

    assert answers[0] == answers[1]
    assert [mail.to for mail in mailoutbox] in ([[alice.email]], [[alice.email], ["nobody@example.com"]])


def test_nor_does_signing_up(alice, settings, mailoutbox):
    settings.SIGN_UP_OPEN, settings.ACCOUNT_EMAIL_VERIFICATION = True, "mandatory"
    answers = []
    for email in (alice.email, "nobody@example.com"):
        client = Client()
        words = {"email": email, "password1": "a long enough sentence", "password2": "a long enough sentence"}
        first = client.post("/accounts/signup/", words)
        answers.append((first.status_code, first["Location"], shown(client.get(first["Location"]), email)))

    assert answers[0] == answers[1]
    assert client.get("/").status_code == 302  # nobody is in before the address is proven


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "evil.example"},
        {"x-forwarded-proto": "https"},
        {"x-forwarded-for": "127.0.0.1"},
        {"forwarded": "host=evil.example;proto=https"},
        {"x-original-url": "/admin-portal/"},
        {"x-rewrite-url": "/admin-portal/"},
        {"x-http-method-override": "DELETE"},
    ],
)
def test_what_a_client_says_about_itself_changes_nothing(alice, mailoutbox, headers):
    response = Client().post("/accounts/password/reset/", {"email": alice.email}, headers=headers)

    assert not leaves(response)
    assert "evil.example" not in mailoutbox[0].body
    assert "https://" not in mailoutbox[0].body
    assert Client().get("/healthz", headers=headers).json() == {"status": "ok"}
    assert {one.address for one in AuditEntry.objects.filter(source="sign-in")} <= {"127.0.0.1"}


def test_a_host_that_is_not_ours(alice, mailoutbox):
    response = Client().post("/accounts/password/reset/", {"email": alice.email}, headers={"host": "evil.example"})

    assert response.status_code == 400
    assert mailoutbox == []


MORE = {"is_superuser": "true", "is_staff": "1", "is_active": "1", "id": "1", "user": "1", "email": "root@example.com"}


def test_forms_take_what_they_ask_for_and_nothing_else(browse, alice, bob, mallory, creek, settings):
    before = {one.pk: (one.email, one.is_superuser) for one in User.objects.all()}
    client, elsewhere = browse(bob), mallory.memberships.get().organisation_id
    more = {**MORE, "organisation": str(elsewhere), "agent": str(mallory.id), "role": "1", "flags": "users_manage"}

    client.post("/me/", {"name": "Bob", "zone": "", **more})
    client.post("/me/tokens/", {"name": "x", "scope": "read", "days": "30", **more})
    client.post("/accounts/email/", {"action_add": "", **more, "email": "bob2@example.com"})

    assert {one.pk: (one.email, one.is_superuser) for one in User.objects.all()} == before
    assert [one.organisation_id for one in bob.memberships.all()] == [creek.id]


def test_an_account_by_sign_up_or_invitation_is_an_ordinary_one(creek, settings):
    settings.SIGN_UP_OPEN = True
    words = {"password1": "a long enough sentence", "password2": "a long enough sentence", "name": "N"}
    Client().post("/accounts/signup/", {**MORE, **words, "email": "new@example.com"})

    made = User.objects.get(email="new@example.com")
    assert (made.is_superuser, made.memberships.count()) == (False, 0)


def test_a_role_of_another_organisation_cannot_be_given(browse, alice, bob, mallory):
    theirs = mallory.memberships.get().organisation
    role = OrganisationRole.objects.create(organisation=theirs, name="Theirs", flags=["access_site"])

    browse(alice).post(f"/admin-portal/user/{bob.id}/access/", {"do": "role", "role": role.id})

    assert bob.memberships.get().role.name == "Member"
    assert not Membership.objects.filter(role=role).exists()


def test_a_json_body_names_nobody_else(api, pump, alice, mallory):
    body = {"data": 1, "author_id": str(mallory.id), "agent_id": str(mallory.id), "id": "5", "organisation_id": "1"}

    said = api(alice).post(f"/api/agents/{pump.id}/channels/level/messages", body).json()

    assert said["author_id"] == str(alice.id)
    assert said["channel"]["agent_id"] == str(pump.id)
    assert said["id"] != "5"


def claims(text):
    return jwt.decode(text, options={"verify_signature": False})


def test_an_identity_token_opens_no_door(alice):
    """It is signed with the same key, and meant for the application alone."""
    application = site()
    code = consent(browser_of(alice), authorize_url(application))["code"]
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://site.example/callback"}
    told = in_form("/oauth2/token", client_id=application.id, code_verifier=VERIFIER, **given).json()
    assert claims(told["id_token"])["aud"]

    assert Api(told["id_token"]).get(OWN).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": None},
        {"jti": None},
        {"jti": "1"},
        {"jti": "0 or 1=1"},
        {"aud": "https://elsewhere.example"},
        {"sub": "1"},
        {"nbf": 9999999999},
    ],
    ids=str,
)
def test_a_well_signed_token_that_says_something_else(alice, changes):
    said = {**claims(issue_access_token(alice)[0]), **changes}
    forged = keys.sign({name: value for name, value in said.items() if value is not None})

    answer = Api(forged).get(OWN)

    if changes == {"sub": "1"}:  # who it is stands in the row behind `jti`, not in the token
        assert caller_of_user(alice).agent_id == alice.id
        assert Api(forged).get(f"/api/agents/{alice.id}/channels").status_code == 200
    else:
        assert answer.status_code == 401


def test_nobody_raises_a_token_by_acting_as_somebody(api, alice, bob):
    for header in ("x-doover-assume", "X-Doover-Assume"):
        assert api(alice).get(OWN, **{header: str(bob.id)}).status_code == 403


def test_a_password_that_was_reset_ends_other_sessions(alice, mailoutbox):
    thief = Client()
    thief.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    owner = Client()
    owner.post("/accounts/password/reset/", {"email": alice.email})
    link = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", mailoutbox[0].body)[1]
    form = owner.get(link)["Location"]
    words = {"password1": "a quite different sentence", "password2": "a quite different sentence"}
    assert owner.post(form, words).status_code == 302

    assert thief.get("/").status_code == 302
    assert "token" in owner.get(link).content.decode().lower() or Client().get(link).status_code == 200
    assert not User.objects.get(pk=alice.pk).check_password(PASSWORD)
    again = Client().get(link, follow=True)
    assert 'name="password1"' not in again.content.decode()  # it works once
