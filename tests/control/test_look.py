"""Pages wear the colours of the organisation whose address they are at, else of the one that somebody is in."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doover_web.control.actions.domain import add_domain, edit_domain
from doover_web.control.actions.theme import edit_theme

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
SIGN_IN = "/accounts/login/"


@pytest.fixture
def dressed(creek, settings, django_capture_on_commit_callbacks):
    """Tallow Creek in its colours, at a name of its own."""
    settings.ALLOWED_HOSTS = ["testserver", "creek.example", "water.example"]
    with django_capture_on_commit_callbacks(execute=True):
        logo = SimpleUploadedFile("logo.png", PNG)
        edit_theme(organisation=creek, fields={"accent_colour": "#2f7d4f", "site_logo": logo}, by=None)
        return add_domain(organisation=creek, hostname="creek.example", is_default=True, by=None)


def sheet_of(page):
    found = re.search(r'href="(/look/[^"]+)"', page)
    return found and found[1].replace("&amp;", "&")


def test_the_page_to_sign_in_at_its_name(dressed, creek):
    page = Client().get(SIGN_IN, headers={"host": "creek.example"}).content.decode()

    assert str(creek.name) in page
    assert f'src="/themes/{creek.id}/site_logo/?v=' in page
    told = Client().get(sheet_of(page))
    assert told["Content-Type"] == "text/css; charset=utf-8"
    assert "--dv-org-accent: oklch(" in told.content.decode()
    assert "max-age=31536000" in told["Cache-Control"]
    assert "style=" not in page


def test_elsewhere_it_is_the_houses(dressed, creek):
    page = Client().get(SIGN_IN).content.decode()
    assert sheet_of(page) is None
    assert creek.name not in page


def test_where_somebody_is(dressed, browse, alice, mallory):
    assert sheet_of(browse(alice).get("/me/").content.decode())
    assert sheet_of(browse(mallory).get("/me/").content.decode()) is None


def test_a_change_shows_at_once(dressed, creek, django_capture_on_commit_callbacks):
    def seen(host="creek.example"):
        return sheet_of(Client().get(SIGN_IN, headers={"host": host}).content.decode())

    before = seen()
    with django_capture_on_commit_callbacks(execute=True):
        edit_theme(organisation=creek, fields={"accent_colour": "#802020"}, by=None)
    assert seen() not in (None, before)
    assert "max-age=60" in Client().get(before)["Cache-Control"]

    assert seen("water.example") is None
    with django_capture_on_commit_callbacks(execute=True):
        edit_domain(domain=dressed, hostname="water.example", is_default=True, by=None)
    assert seen("water.example")
    assert seen() is None


def test_it_is_remembered(dressed):
    def page():
        return Client().get(SIGN_IN, headers={"host": "creek.example"})

    page()
    with CaptureQueriesContext(connection) as found:
        assert page().status_code == 200
    assert not [one["sql"] for one in found if "control_" in one["sql"]]


def test_no_theme_no_sheet(db, creek):
    assert Client().get(f"/look/{creek.id}.css").status_code == 404
