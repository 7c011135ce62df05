"""The course of the last day beside the devices of a list: read after it, for the devices on the page."""

import re

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.control.models import Device, DeviceType
from doover_web.data.models import Channel, Series
from doover_web.data.publish import post_message, update_aggregate
from doover_web.data.pyramid import roll_up
from doover_web.identity.models import GroupRole

from .test_home import make_devices

HOUR = 3_600_000
LEVEL = {"type": "uiVariable", "varType": "float", "displayString": "Level", "units": "%", "decPrecision": 0}
VOLTS = {"type": "uiVariable", "varType": "float", "displayString": "Battery", "units": "V", "decPrecision": 1}
CHILDREN = {
    "level": {**LEVEL, "currentValue": "$tag.app().level:number:null"},
    "volts": {**VOLTS, "currentValue": "$tag.app().volts:number:null"},
}
PAGE = {"state": {"children": {"tank": {"type": "uiApplication", "children": CHILDREN}}}}


@pytest.fixture
def fills(reach, alice):
    """A device whose level was so, hours ago, and is so now."""

    def make(agent, levels, now=50.0):
        at = reach(alice, agent)
        update_aggregate(reach=at, name="ui_state", data=PAGE)
        for hours, level in levels.items():
            said = {"tank": {"level": level, "volts": 12 + hours}}
            post_message(reach=at, name="tag_values", data=said, ts=now_ms() - int(hours * HOUR))
        update_aggregate(reach=at, name="tag_values", data={"tank": {"level": now, "volts": 12.5}})
        return agent

    return make


def rolled_up():
    Series.objects.update(opened_at="2025-01-01T00:00:00Z")
    roll_up(seconds=10)


def sparks(client, *agents) -> dict[str, str]:
    """What is drawn, by agent id."""
    response = client.get("/home/sparks/", {"of": [agent.id for agent in agents]})
    assert response.status_code == 200
    return dict(re.findall(r'data-of="(-?\d+)">(.*?)</span>', response.content.decode(), re.DOTALL))


def test_the_list_holds_room_and_asks_afterwards(browse, alice, pump, fills):
    fills(pump, {20: 41, 10: 63})

    for view in ("list", "cards"):
        page = browse(alice).get(f"/?view={view}").content.decode()

        assert '<fresh-sparks src="/home/sparks/">' in page
        assert page.count("data-spark></") == 1
        assert "dv-spark-s" not in page


def test_it_is_the_course_of_the_first_key_value_in_words_too(browse, alice, pump, fills):
    fills(pump, {30: 99, 20: 41, 10: 63, 2: 52})

    drawn = sparks(browse(alice), pump)[str(pump.id)]

    assert "<title>Level, last 24 hours: 41 to 63 %</title>" in drawn
    assert 'role="img"' in drawn
    assert 'class="now"' in drawn


def test_what_was_sampled_is_rolled_up_and_the_same(browse, alice, pump, fills):
    fills(pump, {30: 99, 20: 41, 10: 63, 2: 52})
    first = sparks(browse(alice), pump)

    rolled_up()

    assert list(Series.objects.values_list("path", flat=True)) == ["tank.level"]
    assert re.sub(r"[\d.]+", "", str(sparks(browse(alice), pump))) == re.sub(r"[\d.]+", "", str(first))


def test_where_nothing_was_said_the_line_is_dotted(browse, alice, pump, fills):
    fills(pump, {20: 41, 19.5: 42, 10: 63, 9.5: 64})

    drawn = sparks(browse(alice), pump)[str(pump.id)]

    line, gap = re.findall(r'class="(?:line|gap)" d="([^"]+)"', drawn)
    assert line.count("M") == 2
    assert gap.count("M") == 2  # between both, and from the last to now


def test_the_type_of_a_device_says_which_value(browse, alice, creek, pump, fills):
    kind = DeviceType.objects.create(organisation=creek, name="Tank", key_values="volts")
    Device.objects.create(agent=pump, type=kind)
    fills(pump, {20: 41, 10: 63})

    assert "Battery, last 24 hours: 12.5 to 32.0 V" in sparks(browse(alice), pump)[str(pump.id)]


@pytest.mark.parametrize("value", [None, "empty", {"deep": 1}, [1], 1e300])
def test_a_value_that_is_no_number_leaves_what_was(browse, alice, pump, fills, value):
    fills(pump, {20: 41, 10: 63, 5: value}, now=value)

    assert "Level, last 24 hours: 41 to 63 %" in sparks(browse(alice), pump)[str(pump.id)]


def test_too_little_is_no_course(browse, alice, creek, pump, fills):
    [bare] = make_devices(creek, 1)
    fills(pump, {20: 41})

    assert sparks(browse(alice), pump, bare) == {}


def test_nobody_sees_one_without_the_right_to_history(browse, alice, bob, mallory, pump, fills):
    fills(pump, {20: 41, 10: 63})

    assert sparks(browse(bob), pump)
    assert sparks(browse(mallory), pump) == {}
    GroupRole.objects.filter(name="Viewer").update(flags=["device_view"])
    assert sparks(browse(bob), pump) == {}


def test_nobody_sees_what_is_private_or_no_longer_shown(browse, alice, pump, fills):
    fills(pump, {20: 41, 10: 63, 4: 55, 3: 52})
    channel = Channel.objects.filter(agent_id=pump.id, name="tag_values")

    channel.update(history_since=now_ms() - 5 * HOUR)
    assert "50 to 55 %" in sparks(browse(alice), pump)[str(pump.id)]
    rolled_up()
    assert "50 to 55 %" in sparks(browse(alice), pump)[str(pump.id)]

    channel.update(is_private=True)
    assert sparks(browse(alice), pump) == {}


def test_a_page_of_devices_and_no_more(browse, alice, pump):
    address = "/home/sparks/?" + "&".join(f"of={number}" for number in range(51))

    assert browse(alice).get(address).status_code == 400
    assert browse(alice).get(address.rpartition("&")[0]).status_code == 200
    assert browse(alice).get("/home/sparks/").status_code == 200
    assert browse(alice).get("/home/sparks/?of=x").status_code == 404


def test_its_queries_stay_level(browse, alice, creek, pump, fills, statements):
    client = browse(alice)
    tanks = [fills(tank, {20: 41, 10: 63}) for tank in make_devices(creek, 12)]
    fills(pump, {20: 41, 10: 63})
    sparks(client, pump, *tanks)  # pages are read once, then remembered
    few = statements(lambda: sparks(client, pump))

    assert statements(lambda: sparks(client, pump, *tanks)) <= few + 1  # eight of twelve were opened at first

    rolled_up()
    sparks(client, pump, *tanks)
    rolled_up()
    assert statements(lambda: sparks(client, pump, *tanks)) <= few
    assert len(sparks(client, pump, *tanks)) == 13


def test_what_is_told_on_change_alone_holds_while_the_device_speaks(browse, alice, pump, reach, fills):
    fills(pump, {20.5: 41, 10.5: 63}, now=63)
    for hours in (15.5, 14.5):
        said = {"tank": {"volts": hours}}
        post_message(reach=reach(alice, pump), name="tag_values", data=said, ts=now_ms() - int(hours * HOUR))
    sparks(browse(alice), pump)
    rolled_up()

    drawn = sparks(browse(alice), pump)[str(pump.id)]

    line = re.findall(r'class="line" d="([^"]+)"', drawn)[0]
    held = [run.split(" ")[1] for run in line.strip("M").split("M")]
    assert held[0] == held[1] != held[-1]
