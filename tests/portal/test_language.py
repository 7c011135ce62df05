"""The language of the pages: the account's, else the browser's; clients of the APIs are told the same words always."""

import pytest
from django.test import Client

from doover_web.identity.actions.account import edit_account

pytestmark = pytest.mark.django_db


def test_the_browser_asks(browse, alice):
    assert '<html lang="en-au"' in browse(alice).get("/me/").content.decode()
    page = browse(alice).get("/me/", headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"}).content.decode()

    assert '<html lang="de"' in page
    assert "Sprache" in page
    assert "/words/de.js?v=" in page


def test_the_account_decides(browse, alice):
    client = browse(alice)
    assert client.post("/me/", {"name": "Alice", "zone": "", "language": "de"}).status_code == 302

    page = client.get("/me/", headers={"accept-language": "en"}).content.decode()
    assert '<html lang="de"' in page
    assert "Gespeichert." in page


def test_no_other_language(browse, alice):
    assert browse(alice).post("/me/", {"name": "Alice", "zone": "", "language": "tlh"}).status_code == 400


def test_an_api_says_the_same_to_all(api, alice):
    edit_account(user=alice, name="Alice", zone="", language="de", by=None)
    answers = [api(alice).get("/api/agents/1/channels", **{"accept-language": one}).json() for one in ("de", "en")]
    assert answers[0] == answers[1]


def test_words_for_scripts(db):
    german = Client().get("/words/de.js?v=1")

    assert "vor %(time)s" in german.content.decode()
    assert "max-age=31536000" in german["Cache-Control"]
    assert "vor %(time)s" not in Client().get("/words/en-au.js", headers={"accept-language": "de"}).content.decode()


def test_somebody_who_is_not_signed_in_chooses(db):
    client = Client()
    assert 'aria-label="Language"' in client.get("/accounts/login/?next=/map/").content.decode()

    answer = client.post("/language/", {"language": "de", "next": "/accounts/login/?next=/map/"})

    assert answer["Location"] == "/accounts/login/?next=/map/"
    page = client.get("/accounts/login/", headers={"accept-language": "en"}).content.decode()
    assert '<html lang="de"' in page
    assert "Anmelden" in page


def test_an_unknown_choice_changes_nothing(db):
    client = Client()
    assert client.post("/language/", {"language": "tlh", "next": "https://evil.example/"})["Location"] == "/"
    assert "language" not in client.cookies
