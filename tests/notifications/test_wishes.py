"""What one hears of."""

import pytest

from doover_web.notifications.models import Subscription

from .conftest import ENDPOINTS, WISHES, words


def test_notify_me(alice, pump, mail, browse):
    page = browse(alice)
    assert f'<option value="{pump.id}" selected>' in words(page.get(f"{WISHES}?to={pump.id}"))
    form = {"to": pump.id, "severity": "6", "endpoint": "", "topics": "dev/.*\r\n\r\n legacy/.* ", "mode": "regex"}
    page.post(WISHES, {"do": "add", **form, "excluded": "dev/alarms/.*"})

    assert "You will hear of it at Work." in words(page.get(WISHES))
    one = Subscription.objects.get()
    assert (one.endpoint, one.severity, one.topic_filter_mode) == (mail, 6, "regex")
    assert (one.topic_filter, one.topic_filter_exclude) == (["dev/.*", "legacy/.*"], ["dev/alarms/.*"])
    assert "legacy/.*" in words(page.get(WISHES))
    page.post(WISHES, {"do": "edit", "subscription": one.id, "severity": "7", "topics": "", "mode": "exact"})
    one.refresh_from_db()
    assert (one.severity, one.topic_filter, one.topic_filter_exclude) == (7, [], [])
    page.post(WISHES, {"do": "end", "subscription": one.id})
    assert not Subscription.objects.exists()


def test_a_wish_says_that_one_hears_of_the_whole_organisation_already(alice, bob, creek, pump, mail, wants, browse):
    page, already = browse(alice), "You hear already of all devices of Tallow Creek Water, from Warning up"
    assert already not in words(page.get(f"{WISHES}?to={pump.id}"))

    wants(alice, creek.agent, severity=6)

    assert already in words(page.get(f"{WISHES}?to={pump.id}"))
    assert already not in words(page.get(f"{WISHES}?to={creek.id}"))
    assert already not in words(browse(bob).get(f"{WISHES}?to={pump.id}"))
    for junk in ("x", "²", "9" * 40):
        assert page.get(WISHES, {"to": junk}).status_code == 200


def test_a_wish_without_an_address_says_what_is_missing(alice, pump, browse, settings):
    page, form = browse(alice), {"do": "add", "to": pump.id, "severity": "6", "endpoint": ""}

    assert "You have no address yet." in words(page.get(WISHES))
    kept = words(page.post(WISHES, form, follow=True))

    assert "You will hear of it" not in kept
    assert f'nobody can tell you yet: there is no address. <a href="{ENDPOINTS}">Add an address</a>' in kept
    page.post(ENDPOINTS, {"do": "add", "type": "Email", "address": "alice@example.com", "default": "on"})
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    kept = words(page.post(WISHES, form, follow=True))
    assert "Nothing arrives at alice@example.com now: This server sends no mail" in kept
    assert "You will hear of it" not in kept


@pytest.mark.parametrize(
    "form",
    [
        {"do": "add", "to": "", "severity": "6"},
        {"do": "add", "to": "5", "severity": "6"},
        {"do": "add", "to": "{pump}", "severity": "9"},
        {"do": "add", "to": "{pump}", "severity": "6", "topics": "(", "mode": "regex"},
        {"do": "add", "to": "{pump}", "severity": "6", "excluded": "("},
        {"do": "add", "to": "{pump}", "severity": "6", "endpoint": "7"},
        {"do": "edit", "subscription": "7", "severity": "6"},
        {"do": "end", "subscription": ""},
    ],
    ids=str,
)
def test_a_wish_that_does_not_fit(alice, pump, browse, form):
    response = browse(alice).post(WISHES, {key: text.replace("{pump}", str(pump.id)) for key, text in form.items()})

    assert response.status_code == 400
    assert 'role="alert"' in words(response)
    assert not Subscription.objects.exists()


def test_a_stranger_cannot_wish_for_it(mallory, pump, browse):
    page = browse(mallory)

    assert "Pump 7" not in words(page.get(f"{WISHES}?to={pump.id}"))
    assert page.post(WISHES, {"do": "add", "to": pump.id, "severity": "6"}).status_code == 400
    assert not Subscription.objects.exists()
