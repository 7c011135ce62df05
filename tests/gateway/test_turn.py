"""Credentials for TURN servers (`data-api §14.2`)."""

import base64
import hashlib
import hmac
import time

import pytest

from doover_web.identity.models import User

pytestmark = pytest.mark.django_db
URIS = ["turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:5349"]


@pytest.fixture
def coturn(settings):
    settings.TURN_URIS, settings.TURN_SECRET, settings.TURN_SECONDS = URIS, "a secret of both", 7200


def ask(caller, **body):
    return caller.post("/api/turn/token", {"role": "client", "camera_name": "yard", **body})


def test_credentials_that_coturn_accepts(api, alice, pump, coturn):
    given = ask(api(alice), device_id=str(pump.id)).json()

    expires, _, agent = given["username"].partition(":")
    assert (int(expires), int(agent)) == (given["expires_at"], alice.id)
    assert 7190 < given["expires_at"] - time.time() <= 7200
    assert (given["ttl"], given["uris"]) == (7200, URIS)
    signature = hmac.new(b"a secret of both", given["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(given["credential"]) == signature


def test_a_device_asks_for_itself(api, pump, coturn):
    assert ask(api(pump), role="device").json()["username"].endswith(f":{pump.id}")
    assert ask(api(pump), role="device", device_id=pump.id).status_code == 200


def test_who_may_not(api, alice, bob, mallory, pump, coturn):
    assert ask(api(bob), device_id=str(pump.id)).status_code == 403
    assert ask(api(mallory), device_id=str(pump.id)).status_code == 404
    assert ask(api(alice), device_id=str(pump.id), role="device").status_code == 403
    # A person is no device: without one there would be no permission to ask about.
    assert ask(api(alice)).json()["code"] == "no_device"
    assert ask(api(alice), device_id=str(alice.id)).json()["code"] == "no_device"


@pytest.mark.parametrize(
    "body",
    [
        {"role": "king"},
        {"role": None},
        {"camera_name": ""},
        {"camera_name": "x" * 256},
        {"camera_name": 5},
        {"device_id": True},
        {"device_id": [1]},
    ],
)
def test_what_cannot_be_understood(api, pump, coturn, body):
    assert ask(api(pump), **body).status_code == 400


def test_without_a_server_it_says_so(api, alice, bob, pump):
    refused = ask(api(alice), device_id=str(pump.id))

    assert refused.status_code == 404
    assert refused.json()["message"] == "TURN is not set up on this server"
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    assert "DOOVER_TURN_URIS" in ask(api(alice), device_id=str(pump.id)).json()["message"]
    assert ask(api(bob), device_id=str(pump.id)).status_code == 403


def test_a_body_that_is_none(api, pump, coturn):
    assert api(pump).post("/api/turn/token", raw=b"[]").status_code == 400
    assert api(pump).post("/api/turn/token").status_code == 400
