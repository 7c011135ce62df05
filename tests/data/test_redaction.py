"""Who may look at a device and not configure it sees its settings without secrets, wherever they are shown."""

import orjson
import pytest

from doover_web.common.secrets import looks_secret
from doover_web.data.publish import post_message, update_aggregate
from doover_web.data.redaction import without_secrets
from doover_web.gateway.frames import row_of

CONFIG = {
    "applications": {
        "modem": {"apn": "iot", "sim_password": "amber", "APP_ID": "7", "accounts": [{"name": "a", "apiKey": "amber"}]},
        "dv-llm-api-key": "amber",
        "DEVICE_MAP": {"9": {"name": "Pump 9"}},
    },
    "refresh_token": {"value": "amber"},
}
SHOWN = {
    "applications": {
        "modem": {"apn": "iot", "APP_ID": "7", "accounts": [{"name": "a"}]},
        "DEVICE_MAP": {"9": {"name": "Pump 9"}},
    }
}


@pytest.fixture
def configured(reach, alice, pump):
    """Pump 7 with settings, and a message of them."""
    update_aggregate(reach=reach(alice, pump), name="deployment_config", data=CONFIG)
    return post_message(reach=reach(alice, pump), name="deployment_config", data=CONFIG)


def test_secrets_are_left_out_at_every_depth_and_the_order_stays():
    assert orjson.loads(without_secrets(orjson.dumps(CONFIG))) == SHOWN
    assert without_secrets(b'{"b":1,"a":2,"Password":3}') == b'{"b":1,"a":2}'
    assert without_secrets(b"[1]") == b"[1]"


@pytest.mark.parametrize(
    "name", ["password", "WIFI_PASSWORD", "client-secret", "Token", "signing_key", "api key", "APIKey"]
)
def test_names_that_look_secret(name):
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["key", "keyboard", "pass", "api", "sign"])
def test_names_that_do_not(name):
    assert not looks_secret(name)


def test_everywhere_in_the_api(api, bob, alice, pump, at, configured):
    config = {"name": "deployment_config"}
    addresses = [
        at(pump, "aggregate", **config),
        at(pump, **config),
        at(pump, "messages", **config),
        at(pump, "messages", configured.id, **config),
        f"/api/agents/{pump.id}/channels?include_aggregate=true",
        f"/api/agents/channels/deployment_config/messages?agent_id={pump.id}",
        f"/api/agents/channels/deployment_config/aggregates?agent_id={pump.id}",
    ]
    for address in addresses:
        seen = {who: api(person).get(address) for who, person in (("bob", bob), ("alice", alice))}
        assert seen["bob"].status_code == seen["alice"].status_code == 200, address
        assert b"Pump 9" in seen["bob"].content, address
        assert b"amber" not in seen["bob"].content, address
        assert b"amber" in seen["alice"].content, address


def test_the_device_itself_sees_all(api, pump, at, configured):
    assert api(pump).get(at(pump, "aggregate", name="deployment_config")).json()["data"] == CONFIG


def test_single_values_are_not_handed_out(api, bob, alice, pump, at, configured):
    address = at(pump, "messages", "timeseries", name="deployment_config") + "?field_name=refresh_token"

    assert api(bob).get(address).json()["code"] == "no_configure"
    assert api(alice).get(address).json()["count"] == 1
    series = f"/api/agents/{pump.id}/data_series?field_name=refresh_token.value"
    assert (api(bob).get(series).json()["count"], api(alice).get(series).json()["count"]) == (0, 1)


def test_on_a_page(browse, bob, alice, pump, configured):
    for path in ("", "?text=Pump"):
        assert b"amber" not in browse(bob).get(f"/channels/{pump.id}/deployment_config/{path}").content
    assert b"amber" in browse(alice).get(f"/channels/{pump.id}/deployment_config/").content


def test_events_have_two_renderings(reach, alice, pump, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        update_aggregate(reach=reach(alice, pump), name="deployment_config", data=CONFIG, log=True)
        update_aggregate(reach=reach(alice, pump), name="level", data=CONFIG)

    state, message, other = map(row_of, heard)
    for row in (state, message):
        assert b"amber" in row.frame
        assert b"amber" not in row.plain
        assert b"Pump 9" in row.plain
    assert other.plain is None
