"""Home: the devices one may see, whether they are there, and no more queries when they are many."""

import pytest
from django.db import connection
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.control.models import Device, DeviceType
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.publish import update_aggregate
from doover_web.identity.models import Agent, Group, Organisation
from portal.roster import in_order, read_wanted


def connected(reach, who, agent, seconds_ago=5, **config):
    status = {"status": "ContinuousOnline", "last_online": now_ms() - seconds_ago * 1000}
    data = {"status": status, "determination": "Online", "config": {"connection_type": "Continuous", **config}}
    update_aggregate(reach=reach(who, agent), name="doover_connection", data=data, replace_all=True)


def make_devices(creek, count):
    return [
        Agent.objects.create(
            kind="device", organisation=creek, name=f"tank-{number}", display_name=f"Tank {number:03d}"
        )
        for number in range(count)
    ]


def test_nobody_is_sent_to_sign_in(browse, db):
    response = browse(None).get("/")

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"


def test_it_lists_a_device_with_its_badge(browse, alice, pump, reach):
    connected(reach, alice, pump)

    page = browse(alice).get("/").content.decode()

    assert "Pump 7" in page
    assert "Online" in page
    assert f'href="/device/{pump.id}"' in page


def test_the_badge_of_a_device_that_is_away_says_how_long_and_the_list_since_when(browse, alice, pump, reach):
    connected(reach, alice, pump, seconds_ago=900)

    [row] = browse(alice).get("/").content.decode().split("<tr data-agent")[1:]

    assert "Offline 15 min" in row
    assert "data-seen><time datetime" in row
    assert "ago" not in row


def test_a_stranger_sees_none_of_it(browse, mallory, pump):
    page = browse(mallory).get("/").content.decode()

    assert "Pump 7" not in page
    assert "No devices yet" in page


def test_archived_devices_are_not_listed(browse, alice, pump):
    Agent.objects.filter(pk=pump.pk).update(archived_at=timezone.now())

    assert "Pump 7" not in browse(alice).get("/").content.decode()


def test_search_state_and_sort_come_from_the_address(browse, alice, creek, pump, reach):
    tanks = make_devices(creek, 3)
    connected(reach, alice, tanks[0])
    connected(reach, alice, tanks[1], seconds_ago=900)

    def names(query):
        return [row.agent.title for row in browse(alice).get(f"/{query}").context["rows"]]

    assert names("?search=TANK 00") == ["Tank 000", "Tank 001", "Tank 002"]
    assert names("?state=online") == ["Tank 000"]
    assert names("?state=offline") == ["Tank 001"]
    assert names("?sort=seen")[:2] == ["Tank 000", "Tank 001"]
    assert names("?sort=nonsense&page=99&state=nonsense") == ["Pump 7", "Tank 000", "Tank 001", "Tank 002"]
    assert names("?search=%00%25_'") == []


def test_counts_are_of_all_devices_and_pages_hold_fifty(browse, alice, creek):
    make_devices(creek, 60)

    page = browse(alice).get("/?page=2")

    assert page.context["total"] == 60
    assert len(page.context["rows"]) == 10
    assert "51–60 of 60" in page.content.decode()


@pytest.mark.parametrize("view", ["list", "cards"])
def test_one_page_of_devices_needs_no_way_to_another(browse, alice, creek, view):
    make_devices(creek, 3)

    assert 'aria-label="Pages"' not in browse(alice).get(f"/?view={view}").content.decode()


def test_the_tally_can_be_read_again_by_itself(browse, alice, mallory, creek, pump, reach):
    connected(reach, alice, pump)
    make_devices(creek, 2)

    page = browse(alice).get("/?search=tank").content.decode()
    part = browse(alice).get("/?part=counts").content.decode()

    assert 'src="?search=tank&amp;part=counts"' in page
    assert "<html" not in part
    assert "part=counts" not in part  # its links lead to the page
    assert '1 online, 0 overdue, 0 offline, 2 never seen"' in part
    assert browse(mallory).get("/?part=counts").content.decode().strip() == ""


def test_its_queries_stay_level(browse, alice, creek, pump, reach, statements):
    client = browse(alice)
    connected(reach, alice, pump)
    client.get("/")  # the first look fills what is remembered
    few = statements(lambda: client.get("/"))
    for device in make_devices(creek, 20):
        connected(reach, alice, device)

    assert statements(lambda: client.get("/")) == few


def test_the_numbers_of_a_large_fleet_are_remembered_for_a_moment(browse, alice, mallory, creek, pump, monkeypatch):
    monkeypatch.setattr("portal.fleet.LARGE", 2)
    monkeypatch.setattr("portal.fleet._LATELY", {})
    make_devices(creek, 3)
    assert browse(alice).get("/help/").context["side"].fleet.total == 4

    Agent.objects.create(kind="device", organisation=creek, name="fresh")

    assert browse(alice).get("/help/").context["side"].fleet.total == 4
    assert browse(mallory).get("/help/").context["side"].fleet.total == 0
    monkeypatch.setattr("portal.fleet.time.monotonic", lambda: 10**9)
    assert browse(alice).get("/help/").context["side"].fleet.total == 5


def test_the_filters_of_the_whole_of_a_large_fleet_are_remembered_too(browse, alice, mallory, pump, monkeypatch):
    monkeypatch.setattr("portal.fleet.LARGE", 1)
    monkeypatch.setattr("portal.fleet._LATELY", {})
    device = Device.objects.create(agent=pump, tags=["north"])
    assert browse(alice).get("/").context["tags"] == ["north"]

    device.tags = ["south"]
    device.save()

    assert browse(alice).get("/").context["tags"] == ["north"]
    assert browse(alice).get("/?search=pump").context["tags"] == ["south"]
    assert browse(mallory).get("/").context["tags"] == []
    monkeypatch.setattr("portal.fleet.time.monotonic", lambda: 10**9)
    assert browse(alice).get("/").context["tags"] == ["south"]


def test_a_page_by_name_walks_an_index(creek):
    make_devices(creek, 3)
    devices = in_order(Agent.objects.devices().filter(archived_at__isnull=True), read_wanted({}).listing)[:50]

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = devices.explain()

    assert "device_by_title" in plan


def test_a_device_is_added_by_whom_may(browse, alice, bob, pump):
    assert 'href="/admin-portal/devices/new/"' in browse(alice).get("/").content.decode()
    assert "/devices/new/" not in browse(bob).get("/").content.decode()


def test_hostile_names_are_text(browse, alice, creek):
    Organisation.objects.filter(pk=creek.pk).update(name="<b>Creek</b>")
    Agent.objects.create(
        kind="device", organisation=creek, name="x", display_name="<script>alert(1)</script>" + "y" * 200
    )

    page = browse(alice).get("/").content.decode()

    assert "<script>alert" not in page
    assert "<b>Creek" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def titles(browse, who, query=""):
    return [row.agent.title for row in browse(who).get(f"/{query}").context["rows"]]


def put_on_page(reach, who, agent, *numbers):
    children = {
        name: {
            "type": "uiVariable",
            "varType": "float",
            "displayString": name.title(),
            "units": "kPa",
            "decPrecision": 1,
            "position": position,
            "currentValue": f"$tag.app().{name}:number:null",
        }
        for position, (name, _) in enumerate(numbers)
    }
    page = {"state": {"children": {"pump_1": {"type": "uiApplication", "children": children}}}}
    update_aggregate(reach=reach(who, agent), name="ui_state", data=page, replace_all=True)
    update_aggregate(reach=reach(who, agent), name="tag_values", data={"pump_1": dict(numbers)})


def test_a_row_shows_the_first_numbers_of_the_device(browse, alice, pump, reach):
    put_on_page(reach, alice, pump, ("suction", -71.04), ("flow", 2), ("level", None), ("fourth", 4))

    page = browse(alice).get("/").content.decode()

    assert "−71.0" in page
    assert 'data-tag="pump_1/flow"' in page
    assert "Level" in page
    assert "Fourth" not in page
    put_on_page(reach, alice, pump, ("rpm", 1460))
    assert "1,460.0" in browse(alice).get("/?view=cards").content.decode()


def test_warnings_that_a_device_shows_are_counted(browse, alice, pump, reach):
    warning = {"type": "uiWarningIndicator", "hidden": "$tag.app().calm:boolean:true"}
    always, never = {"type": "uiWarningIndicator"}, {"type": "uiWarningIndicator", "hidden": True}
    folded = {"type": "uiSubmodule", "hidden": "$tag.app().closed", "children": {"inner": always}}
    children = {"low": warning, "always": always, "never": never, "folded": folded}
    page = {"state": {"children": {"tank_1": {"children": children}}}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data=page)

    def counted(**tags):
        update_aggregate(reach=reach(alice, pump), name="tag_values", data={"tank_1": tags})
        response = browse(alice).get("/")
        return response.context["rows"][0].warnings, response.content.decode()

    assert counted(closed=True)[0] == 1
    number, page = counted(closed=False, calm=False)
    assert number == 3
    assert 'title="3 warnings"' in page


def decided_elsewhere(at, *, silenced=False, hidden=False):
    """A device whose warnings a control and its settings decide over."""
    warnings = {
        "low": {"type": "uiWarningIndicator", "hidden": "$cmds.app().silence:boolean:false"},
        "set": {"type": "uiWarningIndicator", "hidden": "!$config.app().alarms.on:boolean:true"},
    }
    app = {"hidden": "$config.app().interpreter_hidden:boolean:false", "children": warnings}
    update_aggregate(reach=at, name="ui_state", data={"state": {"children": {"tank_1": app}}})
    config = {"tank_1": {"alarms": {"on": False}, "interpreter_hidden": hidden}}
    update_aggregate(reach=at, name="deployment_config", data={"applications": config})
    update_aggregate(reach=at, name="ui_cmds", data={"tank_1": {"silence": silenced}})


def test_warnings_that_settings_and_controls_decide_over(browse, alice, pump, reach):
    def counted(**said):
        decided_elsewhere(reach(alice, pump), **said)
        return browse(alice).get("/").context["rows"][0].warnings

    assert counted() == 1
    assert counted(silenced=True) == 0
    assert counted(hidden=True) == 0
    assert counted() == 1


def test_they_cost_as_much_for_one_device_as_for_many(browse, alice, creek, pump, reach, statements):
    client = browse(alice)
    decided_elsewhere(reach(alice, pump))
    client.get("/")
    few = statements(lambda: client.get("/"))
    for one in make_devices(creek, 12):
        decided_elsewhere(reach(alice, one))
    client.get("/")

    assert statements(lambda: client.get("/")) <= few


def test_the_type_of_a_device_says_which_numbers_stand_for_it(browse, alice, creek, pump, reach):
    put_on_page(reach, alice, pump, ("suction", -71.04), ("flow", 2), ("level", 5), ("fourth", 4))
    kind = DeviceType.objects.create(organisation=creek, name="Pump set", key_values="Fourth, pump_1.flow, x.hours")
    Device.objects.create(agent=pump, type=kind)

    def shown():
        [row] = browse(alice).get("/").context["rows"]
        return [(one.label, one.text) for one in row.values]

    assert shown() == [("Fourth", "4.0"), ("Flow", "2.0"), ("hours", "")]
    DeviceType.objects.update(key_values="nothing of this")
    assert shown() == [("Suction", "−71.0"), ("Flow", "2.0"), ("Level", "5.0")]


def test_the_way_it_is_shown_is_remembered(browse, alice, pump):
    client = browse(alice)
    assert "dv-fleet" in client.get("/").content.decode()

    client.get("/?view=cards")

    assert "dv-device-card" in client.get("/").content.decode()
    assert "dv-fleet" in client.get("/?view=nonsense").content.decode()


def test_filters_by_group_type_serial_and_archive(browse, alice, creek, pump):
    weir = Group.objects.create(organisation=creek, parent=creek.root_group, name="Weir")
    gauge = DeviceType.objects.create(organisation=creek, name="Level gauge")
    low, _, gone = make_devices(creek, 3)
    Agent.objects.filter(pk=low.pk).update(group=weir)
    Agent.objects.filter(pk=gone.pk).update(archived_at=timezone.now())
    Device.objects.create(agent=low, type=gauge, extra_config={"serial_number": "SN-881"}, tags=["Deep well", "wet"])

    assert titles(browse, alice, f"?group={weir.id}") == ["Tank 000"]
    assert titles(browse, alice, f"?type={gauge.id}") == ["Tank 000"]
    assert titles(browse, alice, "?search=sn-88") == ["Tank 000"]
    assert titles(browse, alice, "?search=weir") == ["Tank 000"]
    assert titles(browse, alice, "?search=deep") == ["Tank 000"]
    assert titles(browse, alice, "?tag=wet") == ["Tank 000"]
    assert titles(browse, alice, "?tag=we") == []
    assert browse(alice).get("/").context["tags"] == ["Deep well", "wet"]
    assert titles(browse, alice, "?archived=1") == ["Tank 002"]
    assert titles(browse, alice, "?group=99&type=x") == []


def test_favourites_are_ones_own(browse, alice, bob, mallory, creek, pump):
    make_devices(creek, 1)
    client = browse(alice)

    client.post("/favourite/", {"mark": pump.id, "next": "/?favourites=1"})

    assert titles(browse, alice, "?favourites=1") == ["Pump 7"]
    assert titles(browse, bob, "?favourites=1") == []
    assert browse(mallory).post("/favourite/", {"mark": pump.id}).status_code == 404
    client.post("/favourite/", {"unmark": pump.id})
    assert titles(browse, alice, "?favourites=1") == []
    assert client.post("/favourite/", {"mark": "x"}).status_code == 404


def test_open_alarms_are_counted_for_whom_may_see_them(browse, alice, bob, creek, pump, reach):
    make_devices(creek, 1)
    update_aggregate(reach=reach(alice, pump), name="level", data={"metres": 9})
    body = {"name": "High", "key": "metres", "operator": "gt", "value": 5}
    create_alarm(reach=reach(alice, pump), name="level", body=body)

    assert titles(browse, alice, "?alarms=1") == ["Pump 7"]
    assert "1 open alarm" in browse(alice).get("/").content.decode()


def test_the_file_holds_what_the_list_does(browse, alice, creek, pump, reach):
    make_devices(creek, 60)
    connected(reach, alice, pump)
    Agent.objects.filter(pk=pump.pk).update(display_name="=Pump")

    def lines(query):
        response = browse(alice).get(f"/home/devices.csv{query}")
        return b"".join(response.streaming_content).decode().splitlines()

    assert len(lines("")) == 62
    assert lines("?state=online")[1].startswith(f"'=Pump,{pump.id},")
    assert ",Online," in lines("?state=online")[1]


def test_a_value_that_is_cut_is_told_in_full(browse, alice, pump, reach):
    """With a unit that nobody could draw, in the list and where it stands."""
    level = {"type": "uiVariable", "varType": "float", "units": "m" * 60, "currentValue": "$tag.app().level"}
    tank = {"displayString": "Tank", "children": {"level": {**level, "displayString": "Level"}}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data={"state": {"children": {"tank": tank}}})
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"tank": {"level": 63.2}})

    page = browse(alice).get("/").content.decode()
    assert f'<b title="63.2 {"m" * 60}" data-tag="tank/level">' in page
