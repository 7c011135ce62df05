"""What stands beside the list on home: open alarms and what happened last, read after the page."""

import pytest

from doover_web.data.actions.alarm import create_alarm
from doover_web.data.models import Alarm
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.models import Agent, Group

from .test_home import make_devices

LEVEL = {"type": "uiVariable", "name": "depth", "displayString": "Depth of water", "currentValue": "$tag.app().level"}
TANK = {"type": "uiApplication", "displayString": "Tank", "children": {"depth": LEVEL}}
PAGE = {"state": {"children": {"tank": TANK}}}


@pytest.fixture
def low(reach, alice):
    """A device whose tank is low, and that said something."""

    def make(agent, said="hello"):
        at = reach(alice, agent)
        update_aggregate(reach=at, name="ui_state", data=PAGE)
        update_aggregate(reach=at, name="tag_values", data={"tank": {"level": 2}})
        body = {"name": f"{agent.title} low", "key": "tank.level", "operator": "lt", "value": 5}
        create_alarm(reach=at, name="tag_values", body=body)
        Alarm.objects.filter(agent_id=agent.id).update(state="Alarm")
        post_message(reach=at, name="notifications", data={"message": f"{agent.title} says {said}"})

    return make


def beside(client, group=None) -> str:
    response = client.get(f"/home/beside/{f'?group={group.id}' if group else ''}")
    assert response.status_code == 200
    return response.content.decode()


def test_home_holds_its_cards_before_they_are_read(browse, alice, low, pump):
    low(pump)

    page = browse(alice).get("/").content.decode()

    assert 'src="/home/beside/"' in page
    assert 'id="h-alarms"' in page
    assert 'href="/alarms/"' in page
    assert 'href="/activity/"' in page
    assert "Pump 7 low" not in page
    assert "No alarm is open." not in page


def test_it_tells_open_alarms_by_names_and_what_happened(browse, alice, low, pump):
    low(pump)

    alarms, happened = beside(browse(alice)).split('id="h-happened"')

    assert "Pump 7 low" in alarms
    assert "<bdi>Pump 7</bdi> · <bdi>Tank · Depth of water &lt; 5</bdi>" in alarms
    assert "tank.level" not in alarms
    assert "Pump 7 says hello" in happened


def test_five_of_each_and_how_many_more(browse, alice, low, creek):
    for tank in make_devices(creek, 7):
        low(tank)

    part = beside(browse(alice))

    assert part.count("?of=") == 5
    assert "2 more" in part
    assert part.count("data-id=") == 5


def test_a_stranger_reads_that_there_is_nothing(browse, mallory, low, pump):
    low(pump)

    part = beside(browse(mallory))

    assert "Pump 7" not in part
    assert "No alarm is open." in part
    assert "Nothing has happened yet." in part


def test_a_group_narrows_it(browse, alice, mallory, low, creek, pump):
    weir = Group.objects.create(organisation=creek, parent=creek.root_group, name="Weir")
    [tank] = make_devices(creek, 1)
    Agent.objects.filter(pk=tank.pk).update(group=weir)
    low(tank)
    low(pump)

    part = beside(browse(alice), weir)

    assert "Tank 000 low" in part
    assert "Pump 7" not in part
    assert f"/alarms/?group={weir.id}" in part
    assert f'src="/home/beside/?group={weir.id}"' in browse(alice).get(f"/?group={weir.id}").content.decode()
    assert browse(mallory).get(f"/home/beside/?group={weir.id}").status_code == 404


def test_the_map_keeps_the_width(browse, alice, pump):
    assert "/home/beside/" not in browse(alice).get("/?view=map").content.decode()


def test_its_queries_stay_level(browse, alice, low, creek, pump, statements):
    client = browse(alice)
    low(pump)
    beside(client)
    few = statements(lambda: beside(client))
    for tank in make_devices(creek, 8):
        low(tank)
    beside(client)  # pages are read once, then remembered

    assert statements(lambda: beside(client)) == few
