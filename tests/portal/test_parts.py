"""A form is answered with a whole page, whatever part the address asks for: nothing is left undone or unsaid."""

import pytest

from doover_web.data.models import Alarm, Channel, Message
from doover_web.data.publish import update_aggregate

from .test_problems import ALARM


@pytest.mark.parametrize("part", ["number", "list"])
def test_alarms_of_a_device(browse, alice, pump, reach, part):
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"t": 3})
    client, there = browse(alice), f"/device/{pump.id}/alarms/?part={part}"

    refused = client.post(there, {**ALARM, "value_0": ""})
    assert refused.status_code == 400
    assert "Enter a value" in refused.content.decode()

    made = client.post(there, ALARM)
    assert (made.status_code, made["Location"]) == (302, f"/device/{pump.id}/alarms")
    assert Alarm.objects.count() == 1
    assert "<main" not in client.get(there).content.decode()


def test_alarms_of_all(browse, alice, pump):
    refused = browse(alice).post("/alarms/?part=list&state=Alarm", {"action": "alarm_ack", "agent": "7"})

    assert refused.status_code == 400
    assert 'role="alert"' in refused.content.decode().split("<main")[1]


def test_what_is_done_to_an_alarm_leads_back_to_the_whole_list(browse, alice, pump, reach):
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"t": 31})
    client = browse(alice)
    client.post(f"/device/{pump.id}/alarms/", ALARM)
    deed = {"action": "alarm_ack", "agent": pump.id, "channel": "tag_values", "id": Alarm.objects.get().id}

    done = client.post("/alarms/?state=Alarm&part=list", deed)

    assert (done.status_code, done["Location"]) == (302, "/alarms/?state=Alarm")


def test_channels(browse, alice, pump):
    client, there = browse(alice), f"/channels/{pump.id}/?part=list"

    refused = client.post(there, {"name": "a b/"})
    assert refused.status_code == 400
    assert 'value="a b/"' in refused.content.decode()

    assert client.post(there, {"name": "events"}).status_code == 302
    assert Channel.objects.filter(name="events").exists()
    assert "<main" not in client.get(there).content.decode()


@pytest.mark.parametrize("part", ["messages", "panel&panel=alarms"])
def test_a_channel(browse, alice, level, part):
    client, there = browse(alice), f"{level}?part={part}"
    before = Message.objects.count()

    refused = client.post(there, {"action": "message", "data": "{"})
    assert refused.status_code == 400
    assert "<main" in refused.content.decode()

    assert client.post(there, {"action": "message", "data": '{"x": 1}'}).status_code == 302
    assert Message.objects.count() == before + 1


def test_a_tunnel(browse, alice, pump):
    refused = browse(alice).post(f"/device/{pump.id}/remote/?part=tunnels", {"do": "create", "port": "x"})

    assert refused.status_code == 400
    assert "A whole number from 1 to 65535" in refused.content.decode()
