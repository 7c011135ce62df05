"""The frame of every page: policy, theme, sign-in, errors, vendored files."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"
PUBLIC = ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/signup/"]


@pytest.mark.parametrize("address", PUBLIC)
def test_pages_before_sign_in(browse, db, address):
    response = browse(None).get(address)

    assert response.status_code == 200
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert_strict(response.content.decode())


@pytest.mark.parametrize("address", ["/", "/channels", "/accounts/password/change/", "/accounts/logout/", "/nothing"])
def test_no_inline_script_or_style_anywhere(browse, alice, pump, address):
    assert_strict(browse(alice).get(address).content.decode())


def test_a_channel_page_is_strict_too(browse, alice, level):
    assert_strict(browse(alice).get(f"{level}?edit=1&publish=1").content.decode())


def assert_strict(page):
    assert not re.search(r"\sstyle\s*=", page)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", page)
    assert "<style" not in page
    inline = [tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag and "application/json" not in tag]
    assert inline == []
    assert page.count("<h1") == 1


def test_the_theme_is_remembered(browse, alice):
    client = browse(alice)
    assert "data-bs-theme" not in client.get("/").content.decode().split(">")[1]

    response = client.post("/theme/", {"next": "/channels"})
    assert response["Location"] == "/channels"
    assert 'data-bs-theme="dark"' in client.get("/").content.decode()

    assert client.post("/theme/", {"next": "https://elsewhere.example/"})["Location"] == "/"
    assert 'data-bs-theme="light"' in client.get("/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert "<script>" not in client.get("/").content.decode()


def test_signing_in_and_out(browse, alice):
    client = browse(None)
    wrong = client.post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    assert wrong.status_code == 200
    assert "do not belong together" in wrong.content.decode()

    right = {"login": alice.email.upper(), "password": "correct horse battery staple", "next": "/channels"}
    assert client.post("/accounts/login/", right)["Location"] == "/channels"
    assert client.get("/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/").status_code == 302


def test_a_forgotten_password(browse, alice, mailoutbox):
    client = browse(None)
    client.post("/accounts/password/reset/", {"email": alice.email})
    known = client.get("/accounts/password/reset/done/").content
    client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert len(client.get("/accounts/password/reset/done/").content) == len(known)

    link = re.search(r"https?://\S+?(/accounts/password/reset/key/\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    assert "Set a new password" in form.content.decode()
    new = {"password1": "a new long password", "password2": "a new long password"}
    assert client.post(address, new, follow=True).status_code == 200
    assert client.login(username=alice.email, password="a new long password")
    assert "no longer works" in browse(None).get(link, follow=True).content.decode()


def test_error_pages_say_what_to_do(browse, alice):
    assert "Nothing here that you may see" in browse(alice).get("/nothing").content.decode()


def test_a_form_from_elsewhere_is_refused_with_advice(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")

    response = client.post("/theme/", {"next": "/"})

    assert response.status_code == 403
    assert "This form is out of date" in response.content.decode()


def test_a_fault_of_ours_names_its_reference(browse, alice, monkeypatch):
    monkeypatch.setattr("portal.views.home.availability", lambda counts: 1 / 0)
    client = browse(alice)
    client.raise_request_exception = False

    response = client.get("/", headers={"x-request-id": "abc-123"})

    assert response.status_code == 500
    assert "abc-123" in response.content.decode()
    assert response.content.decode().count('rel="stylesheet"') == 5


def test_a_fault_of_ours_is_told_in_the_viewers_language_and_without_stylesheets_too(browse, alice, monkeypatch):
    monkeypatch.setattr("portal.views.home.availability", lambda counts: 1 / 0)

    def lost(name):
        raise ValueError(name)

    monkeypatch.setattr("doover_web.pages.errors.static", lost)
    client = browse(alice)
    client.raise_request_exception = False

    page = client.get("/", headers={"accept-language": "de"}).content.decode()

    assert '<html lang="de">' in page
    assert "Noch einmal versuchen" in page
    assert "stylesheet" not in page


def test_pages_travel_compressed(browse, alice, pump):
    response = browse(alice).get("/", headers={"accept-encoding": "gzip, br"})

    assert response["Content-Encoding"] == "br"
    assert int(response["Content-Length"]) == len(response.content) < 6000


def test_vendored_files_are_the_ones_in_the_manifest():
    listed = json.loads((VENDOR / "manifest.json").read_text())["files"]

    for entry in listed:
        digest = base64.b64encode(hashlib.sha512((VENDOR / entry["path"]).read_bytes()).digest()).decode()
        assert entry["sha512"] == f"sha512-{digest}", entry["path"]
        assert entry["package"]
        assert entry["version"]
        assert entry["licence"]
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert there == {entry["path"] for entry in listed} | {"manifest.json"}


def test_without_mail_the_administrator_has_the_link(browse, db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert "bin/manage changepassword" in browse(None).get("/accounts/password/reset/").content.decode()


def test_pages_of_a_person_are_not_kept_by_others(browse, alice):
    assert browse(alice).get("/")["Cache-Control"] == "private, no-cache"


def test_a_missing_page_keeps_the_menu(browse, alice):
    assert 'aria-label="Sections"' in browse(alice).get("/nothing").content.decode()
    assert 'aria-label="Sections"' not in browse(None).get("/nothing").content.decode()
