"""Tunnels by the Control API (`control-api §3.9`)."""

import pytest

from doover_web.control.models import Tunnel
from doover_web.data.publish import update_aggregate
from doover_web.identity.models import Agent

pytestmark = pytest.mark.django_db
SSH = {"name": "SSH", "hostname": "127.0.0.1", "port": 22, "protocol": "tcp"}


@pytest.fixture
def made(api, alice, pump, ok):
    return ok(api(alice).post("/tunnels/", {**SSH, "device_id": str(pump.id), "password": "s3cret-words"}), 201)


def test_an_address_of_version_6_is_kept_without_brackets_for_the_device(api, alice, pump, ok):
    body = {**SSH, "hostname": "[fe80::1%eth0]", "device_id": str(pump.id)}
    assert ok(api(alice).post("/tunnels/", body), 201)["hostname"] == "fe80::1%eth0"
    assert api(alice).post("/tunnels/", {**body, "hostname": "[fe80::1"}).status_code == 400


def test_it_is_described_and_closed(made, pump):
    assert made["device"] == {"id": str(pump.id), "name": "pump-7", "display_name": "Pump 7"}
    assert (made["is_active"], made["endpoint"], made["timeout"]) == (False, "", 1800)


def test_its_password_is_told_nobody(made, api, alice, ok, reach, pump):
    tunnel = Tunnel.objects.get()
    assert (made["password"], tunnel.password) == (None, "s3cret-words")
    assert "s3cret" not in tunnel.sealed_password
    ok(api(alice).patch(f"/tunnels/{made['id']}/", {"password": "", "username": "pi"}))
    tunnel.refresh_from_db()
    assert (tunnel.password, tunnel.username) == ("s3cret-words", "pi")
    said = api(alice).get(f"/api/agents/{pump.id}/channels/tunnels/aggregate").content
    assert b"SSH" in said
    assert b"s3cret" not in said


def test_nobody_opens_it_until_the_device_does(made, api, alice, pump, reach, ok, django_capture_on_commit_callbacks):
    path = f"/tunnels/{made['id']}/"
    assert api(alice).post(f"{path}activate/").status_code == 409
    here = reach(pump, pump)
    update_aggregate(reach=here, name="tunnels", data={"status": {made["id"]: {"state": "closed"}}})
    assert ok(api(alice).post(f"{path}activate/", {}))["is_active"] is False

    said = {"status": {made["id"]: {"state": "open", "endpoint": "tunnel.example:4022"}}}
    with django_capture_on_commit_callbacks(execute=True):
        update_aggregate(reach=here, name="tunnels", data=said)

    assert ok(api(alice).get(path))["endpoint"] == "tunnel.example:4022"
    ok(api(alice).post(f"{path}deactivate/"))


def test_of_an_archived_device_none_is_open(made, api, alice, pump, reach, ok, django_capture_on_commit_callbacks):
    path = f"/tunnels/{made['id']}/"
    update_aggregate(reach=reach(pump, pump), name="tunnels", data={"status": {}})
    ok(api(alice).post(f"{path}activate/", {}))
    said = {"status": {made["id"]: {"state": "open", "endpoint": "tunnel.example:4022"}}}
    with django_capture_on_commit_callbacks(execute=True):
        update_aggregate(reach=reach(pump, pump), name="tunnels", data=said)
    assert ok(api(alice).get(path))["is_active"] is True

    with django_capture_on_commit_callbacks(execute=True):
        ok(api(alice).post(f"/devices/{pump.id}/archive/"))

    assert (ok(api(alice).get(path))["is_active"], ok(api(alice).get(path))["endpoint"]) == (False, "")
    told = ok(api(alice).get(f"/api/agents/{pump.id}/channels/tunnels/aggregate"))["data"]
    assert "wanted_until" not in told["tunnels"][made["id"]]
    assert told["status"] == {}
    assert api(alice).post(f"{path}activate/").status_code == 409


def test_a_device_is_told_which_addresses_may_use_it(made, api, alice, pump, ok):
    def told():
        found = ok(api(alice).get(f"/api/agents/{pump.id}/channels/tunnels/aggregate"))
        return found["data"]["tunnels"][made["id"]]

    assert "allow_cidr" not in told()
    ok(api(alice).patch(f"/tunnels/{made['id']}/", {"ip_restricted": True, "ip_whitelist": ["203.0.113.9"]}))
    assert told()["allow_cidr"] == ["203.0.113.9/32"]
    ok(api(alice).patch(f"/tunnels/{made['id']}/", {"ip_whitelist": []}))
    assert told()["allow_cidr"] == []
    ok(api(alice).patch(f"/tunnels/{made['id']}/", {"ip_restricted": False}))
    assert "allow_cidr" not in told()


def test_below_a_device(made, api, alice, pump, creek, ok):
    other = Agent.objects.create(kind="device", organisation=creek, name="pump-8")
    assert [one["id"] for one in ok(api(alice).get(f"/devices/{pump.id}/tunnels/"))["results"]] == [made["id"]]
    assert ok(api(alice).get(f"/devices/{other.id}/tunnels/"))["count"] == 0
    assert api(alice).get(f"/devices/{other.id}/tunnels/{made['id']}/").status_code == 404
    there = ok(api(alice).post(f"/devices/{other.id}/tunnels/", SSH), 201)
    assert there["device"]["id"] == str(other.id)
    crossed = api(alice).post(f"/devices/{other.id}/tunnels/", {**SSH, "device_id": str(pump.id)})
    assert (crossed.status_code, list(crossed.json()["errors"])) == (400, ["device_id"])


def test_it_stays_with_its_device_and_protocol(made, api, alice, wrong, creek):
    other = Agent.objects.create(kind="device", organisation=creek, name="pump-8")
    path = f"/tunnels/{made['id']}/"
    assert wrong(api(alice).patch(path, {"device_id": other.id})) == ["device_id"]
    assert api(alice).patch(path, {"protocol": "http"}).status_code == 400


def test_who_may(made, api, bob, mallory, pump, wrong):
    for who in (bob, mallory):
        assert api(who).get("/tunnels/").json()["count"] == 0
        assert api(who).get(f"/tunnels/{made['id']}/").status_code == 404
    assert api(bob).post("/tunnels/", {**SSH, "device_id": pump.id}).status_code == 403
    assert wrong(api(mallory).post("/tunnels/", {**SSH, "device_id": pump.id})) == ["device_id"]
    assert Tunnel.objects.count() == 1


def test_the_list_asks_as_much_for_one_as_for_many(made, api, alice, creek, statements):
    one = statements(lambda: api(alice).get("/tunnels/"))
    for number in range(4):
        device = Agent.objects.create(kind="device", organisation=creek, name=f"more-{number}")
        Tunnel.objects.create(device=device, name="SSH", hostname="127.0.0.1", port=22)
    assert statements(lambda: api(alice).get("/tunnels/")) == one


def test_a_new_device_has_the_channel_that_clients_look_into(api, alice, creek, skid, ok):
    body = {"display_name": "Mill", "type_id": skid.id, "group_id": creek.root_group.id}
    device = ok(api(alice).post("/devices/", body), 201)["id"]

    shown = ok(api(alice).get(f"/api/agents/{device}/channels/tunnels/aggregate"))

    assert shown["data"] == {}
