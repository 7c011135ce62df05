"""The sign-in ended while somebody filled in a form: what they sent is kept, and sent once they are in again."""

import pytest

from doover_web.identity.models import User
from doover_web.pages import kept
from tests.conftest import PASSWORD

NEWS = {"name": "Alice M.", "zone": "Australia/Perth"}


@pytest.fixture
def ended(browse):
    """`ended(alice)`: a browser in which somebody was signed in until a moment ago."""

    def browser_of(who):
        client = browse(who)
        client.get("/me/")
        del client.cookies["doover_session"]
        return client

    return browser_of


def sign_in(client, who, there):
    return client.post(there.split("?")[0], {"login": who.email, "password": PASSWORD, "next": "/me/again/"})


def name_of(who):
    return User.objects.get(pk=who.pk).get_full_name()


def test_what_was_sent_is_kept_and_sent_again(ended, alice):
    client = ended(alice)

    door = client.post("/me/", NEWS)
    assert door["Location"] == "/accounts/login/?next=/me/again/"
    assert sign_in(client, alice, door["Location"])["Location"] == "/me/again/"

    page = client.get("/me/again/").content.decode()
    assert "nothing was changed" in page
    assert '<form method="post" action="/me/"' in page
    assert '<input type="hidden" name="name" value="Alice M.">' in page
    assert name_of(alice) == "Alice Moreau"
    client.post("/me/", NEWS)
    assert name_of(alice) == "Alice M."


def test_somebody_else_who_signs_in_there_sees_nothing_of_it(ended, alice, bob):
    client = ended(alice)
    door = client.post("/me/", NEWS)
    sign_in(client, bob, door["Location"])

    assert client.get("/me/again/")["Location"] == "/"
    assert kept.KEPT not in client.session


def test_secrets_are_not_kept(ended, alice):
    client = ended(alice)
    door = client.post("/admin-portal/registries/0/", {"name": "Ours", "secret": "hunter2", "csrfmiddlewaretoken": "x"})
    sign_in(client, alice, door["Location"])

    page = client.get("/me/again/").content.decode()

    assert "hunter2" not in page
    assert "were not kept" in page
    assert 'value="Ours"' in page


@pytest.mark.parametrize("form", [{"name": "x" * 40_000}, {}])
def test_too_much_and_nothing_are_not_kept(ended, alice, form):
    assert ended(alice).post("/me/", form)["Location"] == "/accounts/login/?next=/me/"


def test_who_was_never_here_leaves_nothing(browse, db):
    client = browse(None)

    assert client.post("/me/", NEWS)["Location"] == "/accounts/login/?next=/me/"
    assert "doover_session" not in client.cookies


def test_after_an_hour_it_is_gone(ended, alice, monkeypatch):
    client = ended(alice)
    door = client.post("/me/", NEWS)
    sign_in(client, alice, door["Location"])
    later = kept.now_ms() + kept.HOUR_MS + 1
    monkeypatch.setattr("doover_web.pages.kept.now_ms", lambda: later)

    assert client.get("/me/again/")["Location"] == "/"
