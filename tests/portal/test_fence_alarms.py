"""The alarms of fences on pages: in words, seen to like others, and changed at their fence."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doover_web.data.access import GEOFENCES
from doover_web.data.models import Alarm
from doover_web.data.publish import update_aggregate
from doover_web.fences import watch
from doover_web.fences.actions.fence import change_fence, create_fence
from doover_web.fences.models import Fence
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, Group, GroupGrant
from doover_web.notifications import rules

YARD = {"type": "circle", "lat": -27.5, "long": 151.9, "radius": 200}
GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def says(reach):
    """`says(pump, -27.5)`: a device says how far north it is, and is judged."""

    def say(device, lat):
        data = {"lat": lat, "long": 151.9}
        update_aggregate(reach=reach(device, device), name="location", data=data, replace_all=True)
        watch.judge_all()

    return say


@pytest.fixture
def yard(alice, creek, pump, says):
    """Pump 7 left it."""
    says(pump, -27.5)
    fields = {"name": "Yard: north & south", "shape": YARD, "alarm_while": "outside"}
    fence = create_fence(place=creek, fields=fields, by=caller_of_user(alice))
    watch.judge_all()
    says(pump, -27.503)
    return fence


def text_of(response) -> str:
    return response.content.decode()


def test_it_is_open_in_words_wherever_alarms_are(browse, alice, pump, yard):
    client, told = browse(alice), "Device is outside Yard: north &amp; south"

    assert told in text_of(client.get("/alarms/?state=Alarm"))
    assert told in text_of(client.get("/home/beside/"))
    assert told in text_of(client.get(f"/device/{pump.id}/"))
    assert told in text_of(client.get(f"/device/{pump.id}/alarms/"))
    assert ".inside" not in text_of(client.get("/alarms/")) + text_of(client.get(f"/device/{pump.id}/alarms/"))
    assert "Gerät ist außerhalb von Yard" in text_of(client.get("/alarms/", headers=GERMAN))


def test_one_that_waits_says_on_which_side_it_is(browse, alice, creek, pump, yard, says):
    says(pump, -27.5)
    change_fence(fence=yard, fields={"alarm_after": 90}, by=caller_of_user(alice))
    watch.judge_all()
    says(pump, -27.503)
    client = browse(alice)

    assert "Device is outside Yard: north &amp; south" in text_of(client.get("/alarms/?state=AlarmPending"))
    activity = text_of(client.get(f"/device/{pump.id}/activity/"))
    assert "Yard: north &amp; south — device is outside, not for long enough yet" in activity
    assert 'entry and exit<span class="dv-sub">alarm while a device is outside, after 1 h 30 min' in text_of(
        client.get("/map/fences/")
    )
    assert "No device is in alarm." in text_of(client.get(f"/map/fences/{yard.id}/"))


def test_a_crossing_is_one_line_of_activity(browse, alice, pump, yard):
    rules.drain_all()

    lines = re.findall(r"[^<>]*Yard: north &amp; south[^<>]*", text_of(browse(alice).get("/activity/")))
    assert [line.strip() for line in lines] == ["Yard: north &amp; south — device is outside"]
    assert "device is outside" in text_of(browse(alice).get("/activity/?severity=6"))
    assert "device is outside" not in text_of(browse(alice).get("/activity/?severity=7"))


def test_one_that_is_back_says_so(browse, alice, pump, yard, says):
    says(pump, -27.5)

    assert "Device is inside Yard" in text_of(browse(alice).get("/alarms/?state=OK"))
    page = text_of(browse(alice).get(f"/device/{pump.id}/alarms/?of={yard.id}"))
    moves = re.findall(r'<li class="is-\w+"><span class="dv-dot".*?<span class="dv-grow">(.*?)</span>', page)
    assert moves[0] == "Yard: north &amp; south — back to normal, device is inside"
    assert moves[1] == "Yard: north &amp; south — device is outside"
    assert "wieder normal, das Gerät ist innerhalb" in text_of(
        browse(alice).get(f"/device/{pump.id}/activity/", headers=GERMAN)
    )


def test_a_crossing_is_told_in_the_order_of_the_language(browse, alice, pump, yard):
    client, device = browse(alice), f'<a href="/device/{pump.id}/location">Pump 7</a>'

    assert f'{device} <span class="is-out">left</span> Yard: north &amp; south' in text_of(client.get("/map/fences/"))
    german = f'{device} hat Yard: north &amp; south <span class="is-out">verlassen</span>'
    assert german in text_of(client.get("/map/fences/", headers=GERMAN))
    here = text_of(client.get(f"/device/{pump.id}/location/", headers=GERMAN))
    assert 'Yard: north &amp; south <span class="is-out">verlassen</span>' in here


def test_it_is_acknowledged_like_others(browse, alice, pump, yard):
    form = {"action": "alarm_ack", "agent": pump.id, "channel": GEOFENCES, "id": yard.id, "note": "It is on a truck"}

    assert browse(alice).post("/alarms/", form).status_code == 302

    assert "It is on a truck" in text_of(browse(alice).get("/alarms/"))


def test_it_is_changed_at_its_fence(browse, alice, pump, yard):
    client, base = browse(alice), f"/device/{pump.id}/alarms/"
    page = text_of(client.get(base))
    assert f'href="/map/fences/{yard.id}">' in page
    for offered in ("alarm_switch", "alarm_test", f"?alarm={yard.id}", f"?drop={yard.id}"):
        assert offered not in page

    asked = text_of(client.get(f"{base}?alarm={yard.id}"))
    assert "Change the fence" in asked
    assert 'name="key_0"' not in asked
    assert "Delete alarm" not in text_of(client.get(f"{base}?drop={yard.id}"))
    form = {"channel": GEOFENCES, "id": yard.id}
    for action in ("alarm_switch", "alarm_delete"):
        assert client.post(base, {**form, "action": action}).status_code == 403
    panel = text_of(client.get(f"/channels/{pump.id}/{GEOFENCES}/?panel=alarms"))
    assert "These are the alarms of fences" in panel
    assert "alarm_switch" not in panel
    assert Alarm.objects.get().state == "Alarm"


def test_who_may_not_see_the_fence_sees_the_alarm_without_a_way_to_it(browse, bob, creek, pump, yard):
    weir = Group.objects.create(organisation=creek, parent=creek.root_group, name="Weir")
    Agent.objects.filter(pk=pump.pk).update(group=weir)
    GroupGrant.objects.filter(user=bob).update(group=weir)
    assert browse(bob).get(f"/map/fences/{yard.id}/").status_code == 404

    for page in (browse(bob).get("/alarms/"), browse(bob).get(f"/device/{pump.id}/alarms/")):
        assert "Device is outside Yard" in text_of(page)
        assert "/map/fences/" not in text_of(page).split("<main")[1]


def test_a_fence_says_how_many_are_in_alarm(browse, alice, creek, pump, yard, says):
    client, there = browse(alice), f"/map/fences/{yard.id}/"
    assert "1 device is in alarm" in text_of(client.get(there))
    assert 'search=Yard%3A%20north%20%26%20south">1</a>' in text_of(client.get("/map/fences/"))
    assert client.get(f"/alarms/?state=Alarm&search={yard.name.replace('&', '%26')}").context["rows"]

    says(pump, -27.5)
    assert "No device is in alarm." in text_of(client.get(there))
    assert ">1</a>" not in text_of(client.get("/map/fences/"))


def test_each_device_of_a_fence_counts_once(browse, alice, creek, pump, says):
    for name in ("East", "West"):
        Group.objects.create(organisation=creek, parent=creek.root_group, name=name)
    Agent.objects.filter(pk=pump.pk).update(group=creek.root_group)
    pump.refresh_from_db()
    create_fence(place=pump, fields={"name": "Own", "shape": YARD, "alarm_while": "inside"}, by=caller_of_user(alice))
    says(pump, -27.5)

    [row] = browse(alice).get("/map/fences/").context["page"]
    assert (row.inside, row.alarmed) == (1, 1)


def test_when_it_raises_an_alarm_is_chosen_in_its_form(browse, alice, creek, pump):
    client, there = browse(alice), f"/map/fences/new/?device={pump.id}"
    form = {"name": "Yard", "kind": "circle", "lat": "-27.5", "long": "151.9", "radius": "200", "is_enabled": "1"}
    assert '<option value="outside" selected>' in text_of(client.get(there))
    assert '<option value="" selected>Never' in text_of(client.get("/map/fences/new/"))

    refused = client.post(there, {**form, "alarm_while": "near"})
    assert "Choose when it raises an alarm" in text_of(refused)
    made = client.post(there, {**form, "alarm_while": "inside"})
    assert '<option value="inside" selected>' in text_of(client.get(made["Location"]))
    assert Fence.objects.get().alarm_while == "inside"
    for late in ("1441", "2.5", "soon"):
        assert "alarm_after" in client.post(made["Location"], {**form, "alarm_after": late}).context["problems"]
    client.post(made["Location"], {**form, "alarm_while": "inside", "alarm_after": "15"})
    assert 'name="alarm_after" inputmode="numeric" maxlength="10" value="15"' in text_of(client.get(made["Location"]))


def test_questions_stay_level(browse, alice, creek, pump, yard, says):
    client = browse(alice)
    addresses = ("/alarms/", "/map/fences/", f"/map/fences/{yard.id}/", f"/device/{pump.id}/alarms/", "/home/beside/")

    def asked(address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    few = [asked(address) for address in addresses]
    for number in range(3):
        says(Agent.objects.create(kind="device", organisation=creek, name=f"tank-{number}"), -27.503)
        fields = {"name": f"Dam {number}", "shape": YARD, "alarm_while": "outside"}
        create_fence(place=creek, fields=fields, by=caller_of_user(alice))
    watch.judge_all()
    assert Alarm.objects.count() == 16

    assert [asked(address) for address in addresses] == few


def test_a_fence_says_anew_who_is_where(browse, alice, mallory, pump, yard, says):
    client, there = browse(alice), f"/map/fences/{yard.id}/?part=now"

    part = text_of(client.get(there))
    assert "<html" not in part
    assert "1 device is in alarm" in part
    assert 'src="?part=now"' in text_of(client.get(f"/map/fences/{yard.id}/"))
    says(pump, -27.5)
    assert "No device is in alarm." in text_of(client.get(there))
    assert browse(mallory).get(there).status_code == 404
