"""An archived device is given nothing to do and nothing to watch over, on pages or by an API."""

import pytest
from django.utils import timezone

from doover_web.control.actions.tunnel import create_tunnel
from doover_web.data.models import Alarm
from doover_web.data.publish import update_aggregate
from doover_web.fences.actions.fence import create_fence
from doover_web.fences.models import Fence
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent

WORDS = "This device is archived, so it hears nothing. Bring it back first"
CIRCLE = {"type": "circle", "lat": -27.5, "long": 151.9, "radius": 200}
FENCE = {"name": "Yard", "kind": "circle", "lat": "-27.5", "long": "151.9", "radius": "200"}
TUNNEL = {"do": "create", "hostname": "127.0.0.1", "port": "22", "minutes": "30"}
HOT = {"name": "Hot", "key": "celsius", "operator": "gt", "value": 80}


@pytest.fixture
def archived(pump, alice, reach):
    """Pump 7 with a value, an alarm, a fence and a tunnel, archived since."""

    def archive(api):
        by = caller_of_user(alice)
        update_aggregate(reach=reach(alice, pump), name="tag_values", data={"celsius": 90})
        alarm = api(alice).post(f"/api/agents/{pump.id}/channels/tag_values/alarms", HOT).json()["id"]
        fence = create_fence(place=pump, fields={"name": "Yard", "shape": CIRCLE}, by=by)
        tunnel = create_tunnel(device=pump, fields={"hostname": "127.0.0.1", "port": 22}, by=by)
        Agent.objects.filter(pk=pump.pk).update(archived_at=timezone.now())
        return alarm, fence, tunnel

    return archive


def test_forms_refuse_with_words(archived, browse, api, alice, pump):
    alarm, fence, tunnel = archived(api)
    client, alarms = browse(alice), f"/device/{pump.id}/alarms/"
    refused = [
        client.get(f"/map/fences/new/?device={pump.id}"),
        client.post(f"/map/fences/new/?device={pump.id}", FENCE),
        client.post(f"/map/fences/{fence.id}/", FENCE),
        client.post(f"/map/fences/{fence.id}/", {"do": "delete"}),
        client.post(f"/device/{pump.id}/remote/", TUNNEL),
        client.post(f"/device/{pump.id}/remote/", {**TUNNEL, "do": "edit", "tunnel": tunnel.id}),
        client.post(f"/device/{pump.id}/remote/", {"do": "open", "tunnel": tunnel.id}),
    ]
    for deed in ("alarm_switch", "alarm_test", "alarm_delete", "alarm_ack"):
        refused.append(client.post(alarms, {"action": deed, "id": alarm, "channel": "tag_values", "on": "false"}))

    assert {one.status_code for one in refused} <= {400, 409}
    assert [one for one in refused if WORDS not in one.content.decode()] == []
    assert (Fence.objects.get().name, Alarm.objects.get().enabled) == ("Yard", True)


def test_pages_offer_nothing_that_is_refused(archived, browse, api, alice, pump):
    _alarm, fence, _tunnel = archived(api)
    client = browse(alice)
    offered = {
        f"/device/{pump.id}/location/": "Draw a fence for this device",
        f"/device/{pump.id}/alarms/": 'name="action"',
        f"/device/{pump.id}/alarms/?alarm=new": 'name="key_0"',
        f"/device/{pump.id}/remote/": 'name="do"',
        f"/map/fences/{fence.id}/": 'name="do"',
    }

    pages = {address: client.get(address).content.decode() for address in offered}
    assert {address: offer in pages[address] for address, offer in offered.items()} == dict.fromkeys(offered, False)
    Agent.objects.filter(pk=pump.pk).update(archived_at=None)
    again = {address: offer in client.get(address).content.decode() for address, offer in offered.items()}
    assert again == dict.fromkeys(offered, True)
    assert "It is shut out, and takes no commands, alarms, fences or tunnels" in pages[f"/device/{pump.id}/location/"]


def test_so_do_the_apis(archived, api, alice, pump):
    alarm, _fence, tunnel = archived(api)
    by, channels = api(alice), f"/api/agents/{pump.id}/channels"
    command = {"data": {"type": "rpc", "method": "start", "request": {}}}

    refused = [
        by.post(f"{channels}/tag_values/alarms", HOT),
        by.patch(f"{channels}/tag_values/alarms/{alarm}", {"value": 1}),
        by.delete(f"{channels}/tag_values/alarms/{alarm}"),
        by.post(f"{channels}/ui_cmds/messages", command),
        by.patch(f"{channels}/ui_cmds/aggregate", {"pump_1": {"speed": 1}}),
        by.post(f"{channels}/dv-rpc/messages", command),
        by.patch(f"/tunnels/{tunnel.id}/", {"port": 23}),
        by.post(f"/tunnels/{tunnel.id}/activate/", {}),
    ]
    assert [(one.status_code, one.json().get("code")) for one in refused] == [(409, "archived")] * len(refused)
    tunnel_here = {"device_id": str(pump.id), "name": "SSH", "hostname": "127.0.0.1", "port": 22, "protocol": "tcp"}
    assert by.post("/tunnels/", tunnel_here).json()["errors"] == {
        "device_id": ["does not exist, or you may not use it"]
    }


def test_what_is_said_of_it_still_counts(archived, api, alice, pump):
    archived(api)
    channel = f"/api/agents/{pump.id}/channels/tag_values"

    assert api(alice).patch(f"{channel}/aggregate", {"celsius": 20}).status_code == 200
    assert api(alice).post(f"{channel}/messages", {"data": {"celsius": 20}}).status_code == 200
    assert api(alice).get(f"{channel}/aggregate").json()["data"] == {"celsius": 20}
    assert Alarm.objects.get().state == "OK"
