"""What the first generation keeps, on the pages and to alarms."""

import pytest
from django.test import Client

from doover_web.data.models import Alarm, Channel
from doover_web.processors.triggers import queue_runs

pytestmark = pytest.mark.django_db
PACKAGE = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="


@pytest.fixture
def browser(alice):
    client = Client()
    client.force_login(alice)
    return client


@pytest.mark.parametrize("message", ["plain words", 7, [1, 2], True])
def test_a_state_that_is_no_object(old, browser, at_pump, pump, message):
    old.post(at_pump("level"), {"msg": message, "record_log": True})
    page = browser.get(f"/channels/{pump.id}/level/")

    assert page.status_code == 200
    assert "value" in page.content.decode()


def test_a_package_is_not_shown(old, browser, at_pump, pump):
    old.post(at_pump("%23sums"), {"msg": PACKAGE, "record_log": False})

    assert PACKAGE not in browser.get(f"/channels/{pump.id}/%23sums/").content.decode()


def test_runs_are_seen(old, browser, at_pump, pump):
    processor = old.post(at_pump("%23sums")).content.decode()
    key = old.get(at_pump("%23sums")).json()["channel"]
    old.post(at_pump("%23sums"), {"msg": PACKAGE, "record_log": False})
    old.post(at_pump("!sums"), {"msg": {}, "processor_id": key})
    address = f"/channels/{pump.id}/!sums/?panel=runs"
    assert processor == key
    assert "No runs yet" in browser.get(address).content.decode()

    old.post(at_pump("!sums"), {"msg": {"limit": 40}})
    queue_runs()
    page = browser.get(address).content.decode()
    assert "Queued" in page
    assert "limit" in page
    assert "panel=runs" not in browser.get(f"/channels/{pump.id}/%23sums/").content.decode()


def test_runs_hide_what_their_reader_may_not_see(old, bob, api, alice, at_pump, pump):
    settings = {"applications": {"pump": {"password": "hush-1", "depth": 3}}}
    api(alice).patch(f"/api/agents/{pump.id}/channels/deployment_config/aggregate", settings)
    old.post(at_pump("%23sums"), {"msg": PACKAGE})
    processor = old.get(at_pump("%23sums")).json()["channel"]
    task = old.post(at_pump("!sums"), {"msg": {}, "processor_id": processor}).content.decode()
    for name in ("deployment_config", "hidden"):
        key = old.post(at_pump(name)).content.decode()
        assert old.post(f"/ch/v1/channel/{task}/subscribe/", {"channel_id": key, "subscribe": True}).json() is True
    api(alice).patch(f"/api/agents/{pump.id}/channels/deployment_config/aggregate", settings)
    old.post(at_pump("hidden"), {"msg": {"secret": "hush-2"}})
    Channel.objects.filter(agent_id=pump.id, name="hidden").update(is_private=True)
    queue_runs()

    client = Client()
    client.force_login(bob)
    page = client.get(f"/channels/{pump.id}/!sums/?panel=runs").content.decode()
    assert "depth" in page
    assert "hush" not in page


def test_keys_stand_on_the_pages(browser, old, at_pump, pump):
    key = old.post(at_pump("level")).content.decode()

    assert key in browser.get(f"/channels/{pump.id}/level").content.decode()
    for path in (f"/channels/{pump.id}", f"/device/{pump.id}/details/"):
        assert str(pump.key) in browser.get(path).content.decode()


@pytest.mark.parametrize("panel", ["", "?panel=chart", "?panel=calls"])
def test_pages_of_a_channel_whose_messages_are_large(browser, old, at_pump, pump, monkeypatch, panel):
    for number in range(4):
        old.post(at_pump("log"), {"msg": f"{number} " + "x" * 900, "record_log": True})
    monkeypatch.setattr("doover_web.data.history.LARGEST_PAGE", 1500)

    assert browser.get(f"/channels/{pump.id}/log{panel}").status_code == 200


def test_alarms_find_nothing_in_text(old, api, alice, at_pump, pump):
    old.post(at_pump("level"), {"msg": {"metres": 1}})
    made = {"name": "Low", "key": "metres", "operator": "lt", "value": 5}
    assert api(alice).post(f"/api/agents/{pump.id}/channels/level/alarms", made).status_code == 200
    assert Alarm.objects.get().state == "Alarm"

    assert old.post(at_pump("level"), {"msg": "metres"}).status_code == 200
    assert Alarm.objects.get().state == "NoData"
    old.post(at_pump("level"), {"msg": {"metres": 9}})
    assert Alarm.objects.get().state == "OK"


def test_secrets_of_the_settings_stay_with_those_who_may_configure(old, old_of, bob, api, alice, at_pump, pump):
    settings = {"applications": {"pump": {"password": "hush-1", "depth": 3}}}
    assert api(alice).patch(f"/api/agents/{pump.id}/channels/deployment_config/aggregate", settings).status_code == 200

    assert "hush-1" in old.get(at_pump("deployment_config")).content.decode()
    seen = old_of(bob).get(at_pump("deployment_config")).content.decode()
    assert "hush-1" not in seen
    assert "depth" in seen
