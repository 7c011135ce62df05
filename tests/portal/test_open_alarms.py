"""How many alarms are open: beside the section of every page, with the bell as it is read again, and at the filter."""

import re

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.models import Alarm
from doover_web.data.publish import open_channel, update_aggregate
from doover_web.identity.models import GroupGrant, GroupRole
from portal.ui.happenings import marks_of

BODY = {"name": "Too hot", "key": "t", "operator": "gt", "value": 30}


@pytest.fixture
def hot(alice, pump, reach):
    """Another alarm that is on."""

    def make(channel="tag_values", **settings):
        at = reach(alice, pump)
        open_channel(reach=at, name=channel, settings=settings)
        update_aggregate(reach=at, name=channel, data={"t": 31})
        return create_alarm(reach=at, name=channel, body=BODY)

    return make


def counted(page: str) -> str:
    """The words of the number at the side."""
    [told] = re.findall(r"<span[^>]*data-open-alarms>(.*?)</span>", page, re.DOTALL)
    return "".join(re.findall(r'aria-label="([^"]*)"', told))


def test_every_page_says_how_many_are_open(browse, alice, hot):
    assert counted(browse(alice).get("/help/").content.decode()) == ""
    hot()
    hot()
    assert counted(browse(alice).get("/help/").content.decode()) == "2 open alarms"
    assert counted(browse(alice).get("/me/notifications/bell/").content.decode()) == "2 open alarms"

    Alarm.objects.update(enabled=False)
    assert counted(browse(alice).get("/help/").content.decode()) == ""


def test_it_counts_what_one_may_see(browse, alice, bob, mallory, hot):
    hot("secret", is_private=True)
    assert counted(browse(alice).get("/help/").content.decode()) == "1 open alarm"
    assert counted(browse(bob).get("/help/").content.decode()) == ""
    hot()
    assert counted(browse(bob).get("/help/").content.decode()) == "1 open alarm"
    assert counted(browse(mallory).get("/help/").content.decode()) == ""

    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.create(name="Now", flags=["device_view"]))
    assert counted(browse(bob).get("/help/").content.decode()) == ""


def test_of_a_large_fleet_it_is_remembered_for_a_moment(browse, alice, bob, hot, monkeypatch):
    monkeypatch.setattr("portal.fleet.LARGE", 1)
    monkeypatch.setattr("portal.fleet._LATELY", {})
    hot()
    assert counted(browse(alice).get("/help/").content.decode()) == "1 open alarm"
    hot()
    assert counted(browse(alice).get("/help/").content.decode()) == "1 open alarm"
    monkeypatch.setattr("portal.fleet._LATELY", {})
    assert counted(browse(alice).get("/help/").content.decode()) == "2 open alarms"


def test_what_is_remembered_is_gone_with_the_right_to_see_it(browse, bob, hot, monkeypatch):
    monkeypatch.setattr("portal.fleet.LARGE", 1)
    monkeypatch.setattr("portal.fleet._LATELY", {})
    hot()
    assert counted(browse(bob).get("/help/").content.decode()) == "1 open alarm"

    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.create(name="Now", flags=["device_view"]))
    page = browse(bob).get("/help/")
    assert (counted(page.content.decode()), page.context["side"].fleet.total) == ("", 1)

    GroupGrant.objects.filter(user=bob).delete()
    assert browse(bob).get("/help/").context["side"].fleet.total == 0


def test_the_filter_says_how_many_devices_it_leaves(browse, alice, bob, hot, pump):
    def chip(client, address="/"):
        return client.get(address).content.decode().split("With alarms")[1].split("</a>")[0]

    assert "<b>" not in chip(browse(alice))
    hot()
    hot()
    assert "<b>1</b>" in chip(browse(alice))
    assert "<b>1</b>" in chip(browse(alice), f"/group/{pump.group_id}/")
    assert "<b>1</b>" in chip(browse(alice), "/?alarms=1&state=online")
    assert "<b>" not in chip(browse(alice), "/?search=nothing")
    assert browse(alice).get("/?part=alarmed").content.decode().strip() == "<b>1</b>"
    assert f"part=alarmed&amp;group={pump.group_id}" in chip(browse(alice), f"/group/{pump.group_id}/")


def test_the_connection_is_told_in_words_wherever_its_alarm_stands(browse, alice, pump, reach):
    at, page = reach(alice, pump), browse(alice)
    update_aggregate(reach=at, name="doover_connection", data={"status": {"status": "x"}, "determination": "Offline"})
    body = {"name": "Away", "key": "determination", "operator": "eq", "value": "Offline"}
    create_alarm(reach=at, name="doover_connection", body=body)

    for address in ("/alarms/", "/activity/", f"/device/{pump.id}/", f"/device/{pump.id}/alarms/"):
        shown = page.get(address).content.decode()
        assert "Away" in shown, address
        assert "onnection is offline" in shown, address
        assert "determination" not in shown, address


def test_what_another_channel_calls_so_is_no_connection(browse, alice, pump, reach):
    """Somebody's own channel may hold the same words, and mean soil by them."""
    at, page = reach(alice, pump), browse(alice)
    body = {"name": "Soil", "key": "determination", "operator": "eq", "value": "Offline"}
    update_aggregate(reach=at, name="probe", data={"determination": "Online"})
    alarm = create_alarm(reach=at, name="probe", body=body)
    update_aggregate(reach=at, name="probe", data={"determination": "Offline"})

    history = f"/device/{pump.id}/alarms/?of={alarm['id']}"
    for address in ("/alarms/", "/activity/", f"/device/{pump.id}/", f"/device/{pump.id}/alarms/", history):
        shown = page.get(address).content.decode()
        assert "Soil" in shown, address
        assert "onnection is offline" not in shown, address
    assert "Soil — determination Offline" in page.get("/activity/").content.decode()
    assert "Soil — determination Offline" in page.get(history).content.decode()
    assert [mark.words for mark in marks_of(at, now_ms() - 60_000, now_ms() + 1000)] == ["Soil — determination Offline"]
