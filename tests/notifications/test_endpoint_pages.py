"""Where one is told, and when not: addresses and quiet hours."""

from datetime import time

import pytest

from doover_web.identity.models import User
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Endpoint, Preference

from .conftest import ENDPOINTS, endpoint_of, words
from .test_transports import Browser


def test_adding_testing_changing_and_removing(alice, browse, settings):
    page = browse(alice)
    page.post(ENDPOINTS, {"do": "add", "type": "Email", "address": "alice@example.com", "name": "", "default": "on"})
    one = Endpoint.objects.get()
    assert (one.name, one.extra_data, one.is_default) == ("alice@example.com", {"email": "alice@example.com"}, True)

    assert "A test is on its way" in words(page.post(ENDPOINTS, {"do": "test", "endpoint": one.id}, follow=True))
    page.post(ENDPOINTS, {"do": "edit", "endpoint": one.id, "name": "Work", "priority": "3"})
    one.refresh_from_db()
    assert (one.name, one.priority, one.is_default) == ("Work", 3, False)
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "This server sends no mail<" in words(page.get(ENDPOINTS))
    assert "DOOVER_" not in words(page.get(ENDPOINTS))
    alice.language = "de"
    alice.save()
    wrong = words(page.post(ENDPOINTS, {"do": "test", "endpoint": one.id}, follow=True))
    assert "Dieser Server verschickt keine E-Mails." in wrong
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    assert "DOOVER_EMAIL_URL ist nicht gesetzt" in words(page.get(ENDPOINTS))
    page.post(ENDPOINTS, {"do": "delete", "endpoint": one.id})
    assert not Endpoint.objects.exists()


def test_the_secret_of_a_webhook_is_shown_once(alice, browse):
    page = browse(alice)
    made = page.post(ENDPOINTS, {"do": "add", "type": "Http", "address": "https://example.com/", "name": "Hook"})

    assert "whsec_" in words(made)
    assert "whsec_" not in words(page.get(ENDPOINTS))


@pytest.mark.parametrize(
    "form",
    [
        {"do": "add", "type": "Email", "address": "nobody"},
        {"do": "add", "type": "Email", "address": ""},
        {"do": "add", "type": "Placeholder", "address": "x"},
        {"do": "add", "type": "Http", "address": "x\x00y"},
        {"do": "add"},
        {"do": "quiet", "from": "25:00", "until": "06:00"},
        {"do": "quiet", "from": "22:00+02:00", "until": "06:00"},
        {"do": "quiet", "from": "22:00", "until": ""},
        {"do": "quiet", "from": "22:00", "until": "22:00"},
        {"do": "test", "endpoint": "x"},
        {"do": "edit", "endpoint": "99999999999999999999"},
    ],
    ids=str,
)
def test_a_form_that_does_not_fit(alice, browse, form):
    response = browse(alice).post(ENDPOINTS, form)

    assert response.status_code == 400
    assert 'role="alert"' in words(response)
    assert not Endpoint.objects.exists()
    assert not Preference.objects.exists()


def test_nobody_touches_an_endpoint_of_somebody_else(alice, bob, browse):
    theirs = endpoint_of(bob)

    for deed in ("test", "edit", "delete"):
        assert browse(alice).post(ENDPOINTS, {"do": deed, "endpoint": theirs.id, "name": "x"}).status_code == 400
    assert Endpoint.objects.get().name == "Work"


def test_quiet_hours_are_on_the_clock_of_the_person(alice, browse):
    alice.zone = "Australia/Brisbane"
    alice.save()
    page = browse(alice)
    page.post(ENDPOINTS, {"do": "quiet", "from": "22:00", "until": "06:00"})

    kept = Preference.objects.get()
    assert (kept.quiet_from, kept.quiet_until, kept.quiet_zone) == (time(22), time(6), "Australia/Brisbane")
    assert 'value="22:00"' in words(page.get(ENDPOINTS))
    page.post(ENDPOINTS, {"do": "quiet", "from": "", "until": ""})
    kept.refresh_from_db()
    assert kept.quiet_hours is None


def test_a_server_without_mail_says_so_before_and_after_an_address_is_added(alice, browse, settings):
    page, form = browse(alice), {"do": "add", "type": "Email", "address": "alice@example.com", "default": "on"}
    none, test = "This server sends no mail: nothing arrives at an e-mail address.", "Added. Send a test"
    assert none not in words(page.get(ENDPOINTS))
    assert test in words(page.post(ENDPOINTS, form, follow=True))

    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert none in words(page.get(ENDPOINTS))
    added = words(page.post(ENDPOINTS, form | {"address": "a@example.com"}, follow=True))
    assert "Added, but nothing arrives there now: This server sends no mail" in added
    assert test not in added
    assert "nobody is told there" in words(page.get("/report/new/"))


def test_the_service_worker(client, db):
    answer = client.get("/me/notifications/worker.js")

    assert answer["Content-Type"].startswith("text/javascript")
    assert b"showNotification" in answer.content


def test_an_endpoint_of_a_browser_shows_whose_it_is(alice, browse):
    endpoint_of(alice, Kind.WebPush, Browser("https://push.example.com/a").subscription)
    assert "push.example.com" in words(browse(alice).get(ENDPOINTS))


def test_quiet_hours_follow_the_zone_of_the_account_unless_they_have_their_own(alice, browse):
    alice.zone = "Australia/Brisbane"
    alice.save()
    page = browse(alice)
    night = {"do": "quiet", "from": "22:00", "until": "06:00"}
    account = {"name": "Alice", "language": ""}

    page.post(ENDPOINTS, night)
    page.post("/me/", {**account, "zone": "Europe/Berlin"})
    assert Preference.objects.get(agent=alice.agent).quiet_zone == "Europe/Berlin"
    assert "<option selected>Europe/Berlin</option>" in page.get(ENDPOINTS).content.decode()

    page.post(ENDPOINTS, {**night, "zone": "Asia/Tokyo"})
    page.post("/me/", {**account, "zone": "Australia/Perth"})
    assert Preference.objects.get(agent=alice.agent).quiet_zone == "Asia/Tokyo"
    assert page.post(ENDPOINTS, {**night, "zone": "Mars/Olympus"}).status_code == 400
