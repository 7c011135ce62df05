"""Tunnels by way of the device's channel, in both generations' words."""

import orjson
import pytest
from django.utils import timezone

from doover_web.control import tunnel_state
from doover_web.control.actions.tunnel import change_tunnel
from doover_web.control.models import Tunnel
from doover_web.control.tasks import close_tunnels
from doover_web.control.tunnel_reports import heard
from doover_web.data.access import reach_agent
from doover_web.data.publish import update_aggregate
from doover_web.identity.auth import caller_of_token, caller_of_user, issue_device_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(pump, monkeypatch):
    """`device({…})`: Pump 7 writes its `tunnels` channel."""
    monkeypatch.setattr("doover_web.data.publish.announce", heard)
    reach = reach_agent(caller_of_token(issue_device_token(pump)), pump.id)

    def write(patch, django_capture):
        with django_capture(execute=True):
            return orjson.loads(update_aggregate(reach=reach, name="tunnels", data=patch).data)

    return write


@pytest.fixture
def ssh(old, pump):
    made = old.post(f"/ch/v1/agent/{pump.key}/dd_tunnels/", {"hostname": "127.0.0.1", "port": 22, "timeout": 15})
    return Tunnel.objects.get(key=made.json()["key"])


def state_of(old, at_pump):
    return old.get(at_pump("tunnels")).json()["aggregate"]["payload"]


def test_minutes_there_are_seconds_here(ssh):
    assert ssh.timeout == 900
    assert ssh.name == "127.0.0.1:22"


def test_nothing_there_opens_tunnels(old, ssh):
    assert old.post(f"/ch/v1/tunnels/{ssh.key}/activate/").status_code == 409


def test_a_device_of_the_newer_kind(old, ssh, device, at_pump, django_capture_on_commit_callbacks):
    device({"status": {}}, django_capture_on_commit_callbacks)
    assert old.post(f"/ch/v1/tunnels/{ssh.key}/activate/").json()["is_active"] is False
    assert state_of(old, at_pump)["tunnels"][str(ssh.id)]["wanted_until"]

    status = {str(ssh.id): {"state": "open", "endpoint": "relay.example:20022"}}
    device({"status": status}, django_capture_on_commit_callbacks)
    assert old.get(f"/ch/v1/tunnels/{ssh.key}/").json()["endpoint"] == "relay.example:20022"
    assert state_of(old, at_pump)["open"] == [{"address": "127.0.0.1:22", "url": "tcp://relay.example:20022"}]

    device({"status": {str(ssh.id): {"state": "closed"}}}, django_capture_on_commit_callbacks)
    assert old.get(f"/ch/v1/tunnels/{ssh.key}/").json()["is_active"] is False


def test_its_time_is_over(ssh):
    Tunnel.objects.filter(pk=ssh.pk).update(wanted_until=timezone.now())

    assert close_tunnels() == 1
    assert close_tunnels() == 0


def test_only_the_device_itself_reports(ssh, at, django_capture_on_commit_callbacks, monkeypatch):
    monkeypatch.setattr("doover_web.data.publish.announce", heard)
    with django_capture_on_commit_callbacks(execute=True):
        status = {str(ssh.id): {"state": "open", "endpoint": "evil.example:1"}}
        update_aggregate(reach=at, name="tunnels", data={"status": status})
    ssh.refresh_from_db()

    assert ssh.endpoint == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"port": 0},
        {"port": "22"},
        {"port": 22, "protocol": "ftp"},
        {"port": 22, "ip_whitelist": ["x"]},
        {},
        {"port": True},
    ],
)
def test_bad_tunnels(old, pump, fields):
    assert old.post(f"/ch/v1/agent/{pump.key}/dd_tunnels/", fields).status_code == 400


@pytest.mark.parametrize("state", [{"open": 3}, {"status": []}, {"open": [3, None, {}]}, {"status": {"1": 3}}])
def test_odd_reports_open_nothing(state):
    wish = tunnel_state.Wish(1, "ssh", "127.0.0.1", 22, "tcp", 900)

    assert tunnel_state.endpoints(state, [wish]) == {1: ""}


def test_a_change_leaves_what_the_device_reported_meanwhile(ssh, alice):
    Tunnel.objects.filter(pk=ssh.pk).update(endpoint="relay.example:20022")
    change_tunnel(tunnel=ssh, fields={"name": "ssh"}, by=caller_of_user(alice))
    ssh.refresh_from_db()

    assert (ssh.name, ssh.endpoint) == ("ssh", "relay.example:20022")
