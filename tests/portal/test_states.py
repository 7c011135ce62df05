"""The pages in the states that any of them meets: nothing there, much there, names meant to harm, rights that are
missing in part, what is archived, a night on which the clocks change. The other states: `docs/states.md`."""

import pytest
from django.utils import timezone

from doover_web.data.actions.alarm import create_alarm
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.actions.group import create_group
from doover_web.identity.actions.member import grant_group_role
from doover_web.identity.models import Agent, GroupGrant, GroupRole, Organisation, User
from tests.portal.test_frame import assert_strict

LISTS = {
    "devices": "/",
    "cards": "/?view=cards",
    "on-a-map": "/?view=map",
    "map": "/map/",
    "fences": "/map/fences/",
    "alarms": "/alarms/",
    "activity": "/activity/",
    "reports": "/report/",
    "cameras": "/cameras/",
    "remote": "/remote/",
    "dashboards": "/dashboard/",
    "search": "/search/?q=nothing+like+it",
    "notifications": "/me/notifications/",
    "subscriptions": "/me/notifications/subscriptions/",
    "endpoints": "/me/notifications/endpoints/",
    "agents": "/channels/?search=nothing+like+it",
}
DEVICE = {
    "overview": "/device/{pump}/",
    "activity": "/device/{pump}/activity/",
    "alarms": "/device/{pump}/alarms/",
    "location": "/device/{pump}/location/",
    "past": "/device/{pump}/past/",
    "details": "/device/{pump}/details/",
    "chart": "/device/{pump}/chart/?s=tank.level",
    "remote": "/device/{pump}/remote/",
    "people": "/device/{pump}/people/",
    "channels": "/channels/{pump}/",
    "channel": "/channels/{pump}/tag_values/",
}
EVIL = "<script>alert(1)</script>\"'&{{ 7|add:7 }}\u202e" + "x" * 150
READS = {"tank": {"level": 4.2, "mode": "auto", "on": True}}
UI = {
    "type": "uiApplication",
    "displayString": "Main tank",
    "children": {
        "level": {"type": "uiVariable", "displayString": "Level", "currentValue": "$tag.app().level:number"},
        "stop": {"type": "uiButton", "displayString": "Stop", "currentValue": "$cmds.app().stop"},
    },
}


@pytest.fixture
def speaks(alice, pump, reach):
    """`speaks(READS)`: Pump 7 has an application with a value and a button, and says this."""

    def say(tags, app=UI):
        update_aggregate(reach=reach(alice, pump), name="ui_state", data={"state": {"children": {"tank": app}}})
        update_aggregate(reach=reach(alice, pump), name="tag_values", data=tags)
        post_message(reach=reach(alice, pump), name="tag_values", data=tags)

    return say


def show(browse, who, address, status=200):
    response = browse(who).get(address)
    assert response.status_code == status, address
    return response.content.decode()


@pytest.mark.parametrize("address", LISTS.values(), ids=LISTS.keys())
def test_where_nothing_is_it_says_what_belongs_there(browse, alice, address):
    page = show(browse, alice, address)

    words = page.split("<main")[1]
    assert "dv-empty" in words or "dv-nothing" in words, "an empty page says nothing"
    assert_strict(page)


@pytest.mark.parametrize("address", DEVICE.values(), ids=DEVICE.keys())
def test_a_device_that_has_said_nothing(browse, alice, pump, address):
    update = address.replace("/tag_values/", "/")  # a channel that is not there is none
    assert_strict(show(browse, alice, update.format(pump=pump.id)))


@pytest.mark.parametrize("address", [*LISTS.values(), *DEVICE.values()])
def test_names_that_are_meant_to_harm_are_text(browse, alice, creek, pump, reach, speaks, address):
    Organisation.objects.filter(pk=creek.pk).update(name=EVIL)
    group = create_group(parent=creek.root_group, name=EVIL, by=None)
    Agent.objects.filter(pk=pump.pk).update(display_name=EVIL, name=EVIL[:100], group=group)
    Agent.objects.filter(pk=alice.agent_id).update(name=EVIL[:150], display_name=EVIL[:150])
    named = {**UI["children"]["level"], "displayString": EVIL, "units": EVIL}
    speaks({"tank": {**READS["tank"], EVIL: EVIL}}, {**UI, "displayString": EVIL, "children": {"level": named}})
    rule = {"name": EVIL[:100], "key": "tank.level", "operator": "gt", "value": 1}
    create_alarm(reach=reach(alice, pump), name="tag_values", body=rule)
    post_message(reach=reach(alice, pump), name="notifications", data={"message": EVIL, "title": EVIL, "severity": 4})

    page = show(browse, alice, address.format(pump=pump.id))

    assert_strict(page)
    assert "<script>alert" not in page
    assert ">alert(1)</script>" not in page
    assert "{{ 7" in page or "14\u202e" not in page


@pytest.mark.parametrize(
    ("part", "missing"),
    [
        ("chart", "Look back in time"),
        ("past", "Look back in time"),
        ("activity", "Look back in time"),
        ("alarms", "See alarms"),
    ],
)
def test_a_part_that_one_may_not_see_names_the_right(browse, bob, creek, pump, speaks, part, missing):
    speaks(READS)
    only_looks(bob, creek)

    page = browse(bob).get(DEVICE[part].format(pump=pump.id)).content.decode()

    assert f"“{missing}”" in page


@pytest.mark.parametrize("address", [*LISTS.values(), *DEVICE.values()])
def test_with_some_of_the_rights_no_page_breaks(browse, bob, creek, pump, speaks, address):
    speaks(READS)
    only_looks(bob, creek)

    response = browse(bob).get(address.format(pump=pump.id))

    assert response.status_code in (200, 403), address
    assert_strict(response.content.decode())


def only_looks(person, organisation):
    """Nothing but the right to see devices as they are now."""
    GroupGrant.objects.filter(user=person).delete()
    role = GroupRole.objects.create(organisation=organisation, name="Glance", flags=["group_view", "device_view"])
    grant_group_role(group=organisation.root_group, user=person, role=role, by=None)


@pytest.mark.parametrize("part", [key for key in DEVICE if not key.startswith("channel")])
def test_an_archived_device_is_read_and_not_changed(browse, alice, pump, speaks, part):
    speaks(READS)
    Agent.objects.filter(pk=pump.pk).update(archived_at=timezone.now())

    page = show(browse, alice, DEVICE[part].format(pump=pump.id))

    assert "This device is archived" in page
    assert "<fieldset>" not in page.split("<main")[1], "a control can be used"


@pytest.mark.parametrize(
    "address",
    [
        "/device/{pump}/chart/?s=tank.level&from=2026-10-04T02:30&to=2026-10-04T05:30",
        "/device/{pump}/chart/?s=tank.level&from=2026-04-05T02:30&to=2026-04-05T02:45",
        "/device/{pump}/past/?at=2026-10-04T02:30",
        "/device/{pump}/past/?at=2026-04-05T02:30",
        "/device/{pump}/activity/?from=2026-10-04T02:30&to=2026-10-04T05:30",
        "/activity/?from=2026-04-05T02:00&to=2026-04-05T03:00",
        "/channels/{pump}/tag_values/?from=2026-10-04T02:30&to=2026-10-04T05:30",
    ],
)
def test_an_hour_that_was_left_out_or_came_twice_is_understood(browse, alice, pump, speaks, address):
    User.objects.filter(pk=alice.pk).update(zone="Australia/Sydney")
    speaks(READS)

    page = show(browse, alice, address.format(pump=pump.id))

    assert "A time looks like" not in page
    assert "Swap them" not in page


def test_many_devices_are_shown_by_the_page(browse, alice, creek):
    made = [Agent(kind="device", organisation=creek, name=f"tank-{n}", group=creek.root_group) for n in range(130)]
    Agent.objects.bulk_create(made)

    for address in ("/", "/?view=cards", "/channels/", f"/group/{creek.root_group.id}/"):
        page = show(browse, alice, address)
        assert 20 <= page.count("/channels/" if address == "/channels/" else "data-agent=") < 130, address
        assert 'rel="next"' in page, address
