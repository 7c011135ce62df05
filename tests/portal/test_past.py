"""The time machine: the device as it was, who wrote each value, and what is not known."""

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.data import rebuild as rebuilding
from doover_web.data.access import channel_to_read, ref_of
from doover_web.data.publish import delete_message, open_channel, post_message, update_aggregate
from doover_web.data.rebuild import beside, rebuild
from doover_web.identity.models import GroupGrant, GroupRole
from portal.views.past import _day

MINUTE, HOUR = 60_000, 3_600_000
UI = {
    "state": {
        "children": {
            "tank": {
                "type": "uiApplication",
                "displayString": "Main tank",
                "children": {
                    "level": {
                        "type": "uiVariable",
                        "displayString": "Level",
                        "currentValue": "$tag.app().level:number",
                    },
                    "stop": {"type": "uiButton", "displayString": "Stop", "currentValue": "$cmds.app().stop"},
                },
            }
        }
    }
}


@pytest.fixture
def hour(alice, pump, reach):
    """Three messages of an hour, by the device and by Alice, and a state that knows more."""
    now = now_ms()
    at, own = reach(alice, pump), reach(pump, pump)
    post_message(reach=own, name="tag_values", data={"tank": {"level": 10, "mode": "<auto>"}}, ts=now - HOUR)
    post_message(reach=at, name="tag_values", data={"tank": {"level": 20}}, ts=now - 30 * MINUTE)
    post_message(reach=own, name="tag_values", data={"tank": {"mode": None, "late": 1}}, ts=now - 10 * MINUTE)
    update_aggregate(reach=own, name="tag_values", data={"tank": {"level": 20, "late": 1, "quiet": 5}})
    update_aggregate(reach=own, name="ui_state", data=UI)
    return now


@pytest.fixture
def channel(alice, pump, reach, hour):
    found = channel_to_read(reach(alice, pump), "tag_values")
    return found, ref_of(reach(alice, pump), found)


def text(response):
    return response.content.decode()


def test_it_is_what_the_messages_led_to(channel, hour, alice, pump):
    then = rebuild(*channel, hour - 20 * MINUTE)
    assert then.document == {"tank": {"level": 20, "mode": "<auto>"}}
    assert then.origins["tank", "level"].author_id == alice.agent_id
    assert then.origins["tank", "mode"].author_id == pump.id

    later = rebuild(*channel, hour)
    assert later.document == {"tank": {"level": 20, "late": 1}}
    assert set(later.origins) == {("tank", "level"), ("tank", "late")}
    assert rebuild(*channel, hour - 2 * HOUR).document is None


def test_nothing_is_told_from_now(browse, bob, pump, hour, reach):
    children = {
        "full": {"type": "uiTimestamp", "displayString": "Full at", "currentValue": "$tag.app().full"},
        "level": {"type": "uiVariable", "form": "linearGauge", "currentValue": "$tag.app().level:number"},
    }
    state = {"state": {"children": {"tank": {"type": "uiApplication", "children": children}}}}
    own = reach(pump, pump)
    update_aggregate(reach=own, name="ui_state", data=state)
    post_message(reach=own, name="tag_values", data={"tank": {"full": hour - 5 * MINUTE}}, ts=hour - 25 * MINUTE)

    board = text(browse(bob).get(f"/device/{pump.id}/past/?at={hour - 20 * MINUTE}")).split('id="values"')[0]

    assert "Full at" in board
    assert "min ago" not in board.split("dv-past-board")[1]
    assert "Above scale" not in board


def test_what_was_not_looked_at_is_said(channel, hour, monkeypatch):
    monkeypatch.setattr(rebuilding, "MOST_MESSAGES", 1)

    then = rebuild(*channel, hour - 20 * MINUTE)

    assert then.document == {"tank": {"level": 20}}
    assert then.reached == hour - 30 * MINUTE


def test_steps_go_from_change_to_change(channel, hour):
    assert beside(channel[0], hour - 20 * MINUTE) == (hour - 30 * MINUTE, hour - 10 * MINUTE)
    assert beside(channel[0], hour - 30 * MINUTE) == (hour - HOUR, hour - 10 * MINUTE)
    assert beside(channel[0], hour - 2 * HOUR) == (None, hour - HOUR)


def test_a_deleted_message_is_not_remembered(channel, hour, alice, pump, reach):
    made = post_message(reach=reach(alice, pump), name="tag_values", data={"tank": {"level": 99}}, ts=hour - 5 * MINUTE)
    delete_message(reach=reach(alice, pump), name="tag_values", message_id=made.id)

    assert rebuild(*channel, hour).document["tank"]["level"] == 20


def test_the_page_of_then(browse, bob, pump, hour):
    page = text(browse(bob).get(f"/device/{pump.id}/past/?at={hour - 20 * MINUTE}"))

    assert "As it was on" in page
    assert "nothing can be changed" in page
    assert "&lt;auto&gt;" in page
    assert "Alice Moreau" in page
    assert "not known at this moment" in page
    assert "The layout is today" in page
    assert "Main tank" in page
    assert 'data-control="' not in page
    assert f"?at={hour - 30 * MINUTE}" in page
    assert f"?at={hour - 10 * MINUTE}" in page


def test_now_says_who_wrote_what(browse, bob, pump, hour):
    page = text(browse(bob).get(f"/device/{pump.id}/past/"))

    assert "As it is now" in page
    assert "Alice Moreau" in page
    assert "no message says when" in page


def test_what_was_set_is_rebuilt_from_records(browse, bob, alice, pump, reach, hour):
    for minutes, value in ((50, 20), (5, 35)):
        said = {"type": "log", "app_key": "tank", "key": "speed", "value": value}
        post_message(reach=reach(pump, pump), name="ui_cmds", data=said, ts=hour - minutes * MINUTE)

    page = text(browse(bob).get(f"/device/{pump.id}/past/?at={hour - 20 * MINUTE}"))
    assert "What was set" in page
    assert ">20<" in page
    assert ">35<" not in page


@pytest.mark.parametrize(
    "query", ["at=soon", "at=99999999999999", "at=2999-01-01T00:00", "at=0001-01-01T00:00", "slide=x", "at=000000000"]
)
def test_odd_moments_are_told(browse, bob, pump, hour, query):
    assert browse(bob).get(f"/device/{pump.id}/past/?{query}").status_code == 200


def test_it_takes_the_right_to_history(browse, bob, mallory, pump, hour):
    assert browse(mallory).get(f"/device/{pump.id}/past/").status_code == 404
    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.create(name="Now", flags=["device_view"]))
    assert browse(bob).get(f"/device/{pump.id}/past/").status_code == 403


def test_values_of_a_private_channel_stay_so(browse, bob, alice, pump, reach, hour):
    open_channel(reach=reach(alice, pump), name="tag_values", settings={"is_private": True}, update=True)

    assert "&lt;auto&gt;" not in text(browse(bob).get(f"/device/{pump.id}/past/?at={hour - 20 * MINUTE}"))


def test_more_history_asks_no_more(browse, bob, alice, pump, reach, hour, statements):
    address = f"/device/{pump.id}/past/?at={hour - 20 * MINUTE}"
    client = browse(bob)
    client.get(address)
    before = statements(lambda: client.get(address))
    for n in range(30):
        post_message(reach=reach(alice, pump), name="tag_values", data={"tank": {f"k{n}": n}}, ts=hour - 40 * MINUTE)

    assert statements(lambda: client.get(address)) == before


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-10-04T12:00", 23), ("2026-04-05T12:00", 25), ("2026-06-01T12:00", 24)]
)
def test_the_slider_is_as_long_as_the_day(day, hours):
    with timezone.override(ZoneInfo("Australia/Sydney")):
        moment = timezone.make_aware(timezone.datetime.fromisoformat(day))
        shown = _day(int(moment.timestamp() * 1000))

    assert shown["day_ends"] - shown["day_starts"] == hours * HOUR


def test_values_have_the_names_and_units_of_the_page(browse, bob, pump, reach, hour):
    tank = UI["state"]["children"]["tank"]
    told = {
        "displayString": "Water <level>",
        "units": "%",
        "decPrecision": 1,
        "currentValue": "$tag.app().level:number",
    }
    known = {"auto": {"displayString": "By itself"}}
    children = {
        "level": {"type": "uiVariable", **told},
        "mode": {"type": "uiSelect", "options": known, "currentValue": "$cmds.app().mode"},
    }
    page = {"state": {"children": {"tank": {**tank, "children": children}}}}
    update_aggregate(reach=reach(pump, pump), name="ui_state", data=page)
    said = {"type": "log", "app_key": "tank", "key": "mode", "value": "auto"}
    post_message(reach=reach(pump, pump), name="ui_cmds", data=said, ts=hour - 50 * MINUTE)

    shown = browse(bob).get(f"/device/{pump.id}/past/?at={hour - 20 * MINUTE}")

    values = {one.name: (one.app, one.words) for one in shown.context["values"]}
    assert values["Water <level>"] == ("Main tank", "20.0 %")
    assert values["mode"] == ("Main tank", "<auto>")
    assert [(one.app, one.words) for one in shown.context["settings"]] == [("Main tank", "By itself")]
    assert "The newest value here was written on" in text(shown)


def test_a_button_was_pressed_then(browse, bob, pump, reach, hour):
    said = {"type": "log", "app_key": "tank", "key": "stop", "value": hour - 50 * MINUTE}
    post_message(reach=reach(pump, pump), name="ui_cmds", data=said, ts=hour - 50 * MINUTE)

    settings = browse(bob).get(f"/device/{pump.id}/past/?at={hour - 20 * MINUTE}").context["settings"]
    assert [(one.name, one.words) for one in settings] == [("Stop", "Pressed")]


def test_a_value_is_since_it_changed_and_not_since_it_was_repeated(browse, bob, alice, pump, reach):
    now, own = now_ms(), reach(pump, pump)
    post_message(reach=own, name="tag_values", data={"tank": {"level": 5}}, ts=now - HOUR)
    post_message(reach=reach(alice, pump), name="tag_values", data={"tank": {"level": 6}}, ts=now - 30 * MINUTE)
    post_message(reach=own, name="tag_values", data={"tank": {"level": 6, "mode": "on"}}, ts=now - 10 * MINUTE)

    values = {one.name: one for one in browse(bob).get(f"/device/{pump.id}/past/?at={now}").context["values"]}

    assert (values["level"].at.timestamp() * 1000, values["level"].who) == (now - 30 * MINUTE, "Alice Moreau")
    assert values["mode"].at.timestamp() * 1000 == now - 10 * MINUTE


def test_the_oldest_that_was_looked_at_may_be_older(browse, bob, pump, hour, monkeypatch):
    monkeypatch.setattr(rebuilding, "MOST_MESSAGES", 1)

    page = text(browse(bob).get(f"/device/{pump.id}/past/?at={hour - 20 * MINUTE}"))

    assert "or earlier" in page[page.index("<td>Level") :].split("</tr>")[0]


def _asks(method, request, status="success"):
    return {"type": "rpc", "app_key": "tank", "method": method, "request": request, "status": {"code": status}}


def test_what_was_set_names_who_asked_and_when(browse, bob, alice, pump, reach, hour):
    at, own = reach(alice, pump), reach(pump, pump)
    for minutes in (50, 40):
        post_message(reach=at, name="ui_cmds", data=_asks("stop", True), ts=hour - minutes * MINUTE - 5000)
        record = {"type": "log", "app_key": "tank", "key": "stop", "value": True}
        post_message(reach=own, name="ui_cmds", data=record, ts=hour - minutes * MINUTE)
    post_message(reach=at, name="ui_cmds", data=_asks("stop", True, "error"), ts=hour - 35 * MINUTE)
    by_itself = {"type": "log", "app_key": "tank", "key": "speed", "value": 7}
    post_message(reach=own, name="ui_cmds", data=by_itself, ts=hour - 30 * MINUTE)

    shown = browse(bob).get(f"/device/{pump.id}/past/")

    stop, speed = shown.context["settings"]
    times = [moment.timestamp() * 1000 - hour for moment in (stop.at, stop.asked)]
    assert (stop.words, times, stop.who) == ("Pressed", [-40 * MINUTE, -40 * MINUTE - 5000], "Alice Moreau")
    assert (speed.words, speed.asked, speed.who) == ("7", None, "")
    assert '<th scope="col">Was</th>' not in text(shown)


def test_what_a_gauge_is_drawn_with_is_no_value(browse, bob, alice, pump, reach):
    ranges = [{"min": 0, "max": 10}, {"min": 10, "max": 20}]
    update_aggregate(
        reach=reach(alice, pump), name="tag_values", data={"tank": {"gauge_ranges": ranges, "stages": [1, 2]}}
    )

    shown = browse(bob).get(f"/device/{pump.id}/past/").content.decode()

    assert "gauge ranges" not in shown
    assert "stages" in shown


def test_a_gauge_without_the_ranges_of_then_is_no_gauge(browse, bob, pump, reach, hour):
    volume = {"type": "uiVariable", "form": "linearGauge", "units": "L", "displayString": "Volume"}
    volume |= {"currentValue": "$tag.app().volume:number", "ranges": "$tag.app().spans:array:[]"}
    children = {"tank": {"type": "uiApplication", "children": {"volume": volume}}}
    own = reach(pump, pump)
    update_aggregate(reach=own, name="ui_state", data={"state": {"children": children}}, log=True)
    post_message(reach=own, name="tag_values", data={"tank": {"volume": 19650}}, ts=hour - 5 * MINUTE)
    there = f"/device/{pump.id}/past/?at={hour - 4 * MINUTE}"

    page = text(browse(bob).get(there))
    assert "19,650" in page
    assert 'role="meter"' not in page

    spans = [{"min": 0, "max": 50000, "colour": "blue"}]
    post_message(reach=own, name="tag_values", data={"tank": {"spans": spans}}, ts=hour - 5 * MINUTE)
    assert 'role="meter"' in text(browse(bob).get(there))


def test_a_value_without_a_message_names_who_wrote_the_state(browse, bob, pump, reach, hour):
    update_aggregate(reach=reach(pump, pump), name="tag_values", data={"tank": {"level": 21}})

    page = text(browse(bob).get(f"/device/{pump.id}/past/"))
    row = page[page.index("<td>Level") :].split("</tr>")[0]
    assert "21" in row
    assert "some time after <time" in row  # Alice wrote 20 half an hour ago, in a message
    assert "Pump 7" in row
    assert "wrote last" in row
    assert '<th scope="col">Is</th>' in page
