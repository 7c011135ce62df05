"""What the pages promise of an address is what happens: which are used, which cannot be reached, and why."""

from datetime import UTC, datetime, timedelta

import pytest

from doover_web.notifications.actions.endpoint import create_endpoint, edit_endpoint
from doover_web.notifications.actions.preference import set_quiet_hours
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Delivery, Endpoint, Subscription

from .conftest import endpoint_of
from .test_pages import ENDPOINTS, TOLD, WISHES, words

NO_MAIL = "django.core.mail.backends.console.EmailBackend"
HOOK = {"url": "https://hooks.example.com/"}


@pytest.fixture
def silent(settings):
    """This server sends no mail."""
    settings.EMAIL_BACKEND = NO_MAIL


@pytest.fixture
def night(alice):
    """It is quiet for Alice, an hour around now."""
    now = datetime.now(UTC)
    begins, ends = ((now + timedelta(hours=hours)).time().replace(microsecond=0) for hours in (-1, 1))
    set_quiet_hours(agent=alice.agent, begins=begins, ends=ends, zone="UTC")


def heard_at(alice):
    return sorted((one.endpoint.name, one.severity) for one in Subscription.objects.select_related("endpoint"))


def hook_of(alice, name, *, is_default=True):
    return create_endpoint(agent=alice.agent, name=name, kind=Kind.Http, extra_data=HOOK, is_default=is_default)[0]


def test_a_new_default_address_hears_what_the_default_ones_hear(alice, pump, creek, mail, wants):
    wants(alice, pump, severity=6)
    hook_of(alice, "Hook")
    hook_of(alice, "Aside", is_default=False)

    assert heard_at(alice) == [("Hook", 6), ("Work", 6)]
    edit_endpoint(endpoint=Endpoint.objects.get(name="Aside"), is_default=True)
    assert heard_at(alice) == [("Aside", 6), ("Hook", 6), ("Work", 6)]


def test_an_address_that_is_no_default_any_more_hears_only_what_no_other_does(alice, pump, creek, mail, wants):
    hook = hook_of(alice, "Hook")
    wants(alice, pump)
    wants(alice, creek.agent, hook, severity=7)

    edit_endpoint(endpoint=hook, is_default=False)
    assert heard_at(alice) == [("Hook", 7), ("Work", 5)]
    edit_endpoint(endpoint=mail, is_default=False)  # the last one keeps what nobody else hears
    assert heard_at(alice) == [("Hook", 7), ("Work", 5)]


def test_an_address_at_which_nothing_arrives_is_called_so(alice, pump, mail, wants, silent, browse):
    wants(alice, pump)

    wishes = words(browse(alice).get(WISHES))

    assert "Nothing arrives there: This server sends no mail" in wishes
    assert "Work (nothing arrives there)" in wishes


def test_the_night_hides_no_missing_address(alice, pump, mail, wants, says, deliver, night, silent, browse):
    wants(alice, pump)
    says(pump, "Suction too low", severity=6)
    deliver()

    shown = words(browse(alice).get(TOLD))

    assert "waits for the quiet hours" not in shown
    assert "This server sends no mail" in shown


def test_what_waits_for_an_address_without_service_says_so(alice, pump, mail, wants, says, night, settings, browse):
    wants(alice, pump)
    says(pump, "Suction too low", severity=6)
    page = browse(alice)
    assert "waits for the quiet hours" in words(page.get(TOLD))

    settings.EMAIL_BACKEND = NO_MAIL

    shown = words(page.get(TOLD))
    assert "Work: nothing arrives there" in shown
    assert "waits for the quiet hours" not in shown


def test_what_can_be_sent_is_offered_first(alice, browse, settings):
    page = browse(alice)
    kinds = lambda: [part.split('"')[1] for part in words(page.get(ENDPOINTS)).split("<option value=")[1:4]]  # noqa: E731

    assert kinds() == ["Email", "Http", "Sms"]
    assert f'value="{alice.email}"' in words(page.get(ENDPOINTS))
    page.post(ENDPOINTS, {"do": "add", "type": "Email", "address": alice.email})
    assert f'value="{alice.email}"' not in words(page.get(ENDPOINTS)).split('id="address"')[1][:200]

    settings.EMAIL_BACKEND = NO_MAIL
    Endpoint.objects.all().delete()
    assert kinds() == ["Http", "Email", "Sms"]
    assert f'value="{alice.email}"' not in words(page.get(ENDPOINTS))


def test_the_address_of_a_subscription_can_be_changed(alice, pump, mail, wants, browse):
    hook = hook_of(alice, "Hook", is_default=False)
    [mine] = wants(alice, pump)
    wants(alice, pump, hook, severity=7)
    page = browse(alice)
    asked = words(page.get(WISHES))
    assert "What you hear of Pump 7</h2>" in asked
    assert ">Cancel<" in asked

    page.post(WISHES, {"do": "edit", "subscription": mine.id, "severity": "6", "endpoint": hook.id})

    assert heard_at(alice) == [("Hook", 6)]


def test_the_address_of_somebody_else_is_none_to_choose(alice, bob, pump, mail, wants, browse):
    his = endpoint_of(bob)
    [mine] = wants(alice, pump)

    form = {"do": "edit", "subscription": mine.id, "severity": "7", "endpoint": his.id}
    assert browse(alice).post(WISHES, form).status_code == 400
    assert heard_at(alice) == [("Work", 5)]


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost", "hook.localhost", "[::1]:9", "10.0.0.1", "0x7f.1"])
def test_a_webhook_that_is_never_called_is_refused(alice, browse, host):
    page, form = browse(alice), {"do": "add", "type": "Http", "address": f"http://{host}/hook"}

    refused = page.post(ENDPOINTS, form)

    assert refused.status_code == 400
    assert "This server does not call addresses of a private network" in words(refused)
    assert not Endpoint.objects.exists()


def test_a_webhook_of_a_network_that_is_allowed(alice, browse, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    browse(alice).post(ENDPOINTS, {"do": "add", "type": "Http", "address": "http://10.1.2.3/hook"})
    assert Endpoint.objects.exists()


def test_an_address_that_the_last_one_did_not_reach_is_not_called_ready(alice, mail, browse):
    ended = {"endpoint": mail, "endpoint_name": "Work", "endpoint_type": mail.type, "subscriber": alice.agent}
    Delivery.objects.create(**ended, status="sent", ended_at=datetime.now(UTC))
    page = browse(alice)
    assert "did not arrive" not in words(page.get(ENDPOINTS))

    Delivery.objects.create(**ended, status="failed", problem="The address is gone", ended_at=datetime.now(UTC))

    shown = words(page.get(ENDPOINTS))
    assert "The last one did not arrive" in shown
    assert "The address is gone" in shown
    assert ">Ready<" not in shown


def test_what_came_before_there_was_an_address_does_not_ask_for_one(alice, pump, wants, says, deliver, browse):
    wants(alice, pump)
    says(pump, "Battery low")
    deliver()
    page = browse(alice)
    assert "There is no address to send it to yet." in words(page.get(TOLD))

    endpoint_of(alice)

    shown = words(page.get(TOLD))
    assert "There was no address to send it to." in shown
    assert "Add an address" not in shown


def test_that_scripts_are_needed_is_said_to_those_without(alice, browse):
    assert "<noscript>Notifications of the browser need scripts" in words(browse(alice).get(ENDPOINTS))
