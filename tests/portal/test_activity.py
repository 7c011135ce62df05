"""What happened at a device and everywhere: which lines there are, for whom, in pages and as a file."""

import re

import pytest

from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.publish import post_message, update_aggregate, update_message
from doover_web.identity.models import Agent, GroupGrant, GroupRole
from portal.ui.activity import entry_of, tidy

SECOND, MINUTE = 1000, 60_000
NOW = 1_790_000_000_000


def rpc(method, value, **more):
    return {"type": "rpc", "app_key": "pump_1", "method": method, "request": value, "actor": {"name": "Ada"}, **more}


@pytest.fixture
def day(alice, pump, reach):
    """A command that was done, its log, a notification, a connection that was lost, an alarm."""
    at, now = reach(alice, pump), now_ms()
    sent = post_message(
        reach=at, name="ui_cmds", data=rpc("speed", 35, old_value=20, reason="shift"), ts=now - 9 * MINUTE
    )
    update_message(reach=at, name="ui_cmds", message_id=sent.id, data={"status": {"code": "success"}})
    log = {"type": "log", "app_key": "pump_1", "key": "speed", "value": 35}
    post_message(reach=at, name="ui_cmds", data=log, ts=now - 9 * MINUTE + 2 * SECOND)
    post_message(
        reach=at, name="notifications", data={"message": "<i>Low</i> oil", "severity": "Warn"}, ts=now - 8 * MINUTE
    )
    for minutes, state in ((7, "Online"), (6, "Online"), (5, "Offline")):
        post_message(reach=at, name="doover_connection", data={"determination": state}, ts=now - minutes * MINUTE)
    update_aggregate(reach=at, name="tag_values", data={"t": 31})
    create_alarm(reach=at, name="tag_values", body={"name": "Too hot", "key": "t", "operator": "gt", "value": 30})
    return f"/device/{pump.id}/activity/"


def text(response):
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_the_day_in_lines(browse, bob, day):
    page = text(browse(bob).get(day))

    assert "<b>Ada</b> · Set speed 20 → 35" in page
    assert "Reason: shift" in page
    assert ">Done</span>" in page
    assert "Device set speed" not in page
    assert "&lt;i&gt;Low&lt;/i&gt; oil" in page
    assert page.count(">Online<") + page.count("Online\n") <= 3
    assert "Too hot — t 31, above 30" in page
    assert page.index("Too hot") < page.index("Offline") < page.index("oil") < page.index("Set speed")


def test_signs_of_life_are_no_events(browse, alice, pump, reach):
    """A station that reports every quarter of an hour came once, on whatever page and at whatever moment one looks."""
    at, start = reach(alice, pump), now_ms() - 150 * 15 * MINUTE
    for quarter in range(130):
        message_id = first_id_of(start + quarter * 15 * MINUTE)
        post_message(reach=at, name="doover_connection", data={"determination": "Online"}, message_id=message_id)

    def told(address):
        return [line.entry.ms for line in browse(alice).get(address).context["lines"]]

    middle = first_id_of(start + 70 * 15 * MINUTE)
    for place in ("/activity/", f"/device/{pump.id}/activity/"):
        assert told(place) == [start]
        assert told(f"{place}?before={middle}") == [start]
        assert told(f"{place}?kind=connection") == [start]
        rows = b"".join(browse(alice).get(f"{place}export.csv").streaming_content).decode().splitlines()
        assert [row for row in rows if "Online" in row] == rows[1:2]
        assert len(rows) == 2
    assert told(f"/activity/?before={first_id_of(start)}") == []


@pytest.mark.parametrize(
    ("query", "there", "missing"),
    [
        ("kind=notification", "oil", "Set speed"),
        ("kind=alarm", "Too hot — t", "oil"),
        ("who=ada", "Set speed", "oil"),
        ("app=pump_1", "Set speed", "oil"),
        ("severity=6", "oil", "Set speed"),
        ("to=2026-01-01T00:00", "Nothing in this period", "oil"),
    ],
)
def test_filters(browse, bob, day, query, there, missing):
    page = text(browse(bob).get(f"{day}?{query}"))

    assert there in page
    assert missing not in page


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "from=soon",
        "kind=odd",
        "severity=9",
        "who=%00",
        "before=-99999999999999999999",
        "from=1900-01-01T00:00",
    ],
)
def test_odd_questions_are_answered(browse, bob, day, query):
    assert browse(bob).get(f"{day}?{query}").status_code == 200
    assert browse(bob).get(f"/activity/?{query}").status_code == 200


def test_everything_is_paged_without_gaps(browse, bob, alice, pump, reach, day):
    start = now_ms() - 400 * MINUTE
    for n in range(120):
        post_message(
            reach=reach(alice, pump), name="notifications", data={"message": f"note-{n};"}, ts=start + n * MINUTE
        )
    page, seen, address = browse(bob), [], day

    for _turn in range(6):
        html = text(page.get(address))
        seen += [n for n in range(120) if f"note-{n};" in html]
        if "Older" not in html:
            break
        address = day + html.split('href="?before=')[1].split('"')[0].join(("?before=", ""))

    assert sorted(seen) == list(range(120))


def test_what_is_new_is_counted(browse, bob, alice, pump, reach, day):
    newest = first_id_of(now_ms())
    address = f"{day}?part=new&newest={newest}"
    assert browse(bob).get(address).json() == {"new": 0}
    for n in range(2):
        post_message(reach=reach(alice, pump), name="notifications", data={"message": f"{n}"}, ts=now_ms() + MINUTE)

    assert browse(bob).get(address).json() == {"new": 2}
    assert browse(bob).get(f"/activity/?part=new&newest={newest}").json() == {"new": 2}


def test_the_file_holds_the_same(browse, bob, day):
    rows = b"".join(browse(bob).get(day + "export.csv").streaming_content).decode().splitlines()

    assert rows[0].startswith("time,device,kind,what")
    assert any("command,Set speed 20 → 35,Ada,pump_1,Done,shift" in row for row in rows)
    rows = b"".join(browse(bob).get("/activity/export.csv?kind=notification").streaming_content).decode().splitlines()
    assert len(rows) == 2


def test_everywhere_shows_only_what_one_may_read(browse, bob, mallory, day):
    assert "oil" in text(browse(bob).get("/activity/"))
    assert "oil" not in text(browse(mallory).get("/activity/"))
    assert browse(mallory).get(day).status_code == 404
    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.create(name="Now", flags=["device_view"]))
    assert "oil" not in text(browse(bob).get("/activity/"))
    assert browse(bob).get(day).status_code == 403
    assert browse(bob).get(day + "export.csv").status_code == 403


def test_without_the_right_to_alarms_theirs_are_left_out(browse, bob, day):
    role = GroupRole.objects.create(name="Half", flags=["device_view", "device_history"])
    GroupGrant.objects.filter(user=bob).update(role=role)

    page = text(browse(bob).get(day))
    assert "Too hot" not in page
    assert "oil" in page


def test_what_an_element_hides_is_not_told(browse, bob, alice, pump, reach, day):
    speed = {"type": "uiSlider", "showActivity": False}
    tree = {"state": {"children": {"pump_1": {"type": "uiApplication", "children": {"speed": speed}}}}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data=tree)

    assert "Set speed" not in text(browse(bob).get(day))


def test_a_button_is_pressed_and_not_set(browse, alice, pump, reach, day):
    start = {"type": "uiButton", "displayString": "Start pump", "currentValue": "$cmds.app().start"}
    app = {"type": "uiApplication", "displayString": "Pump control", "children": {"start": start}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data={"state": {"children": {"pump_1": app}}})
    at = now_ms() - MINUTE
    post_message(reach=reach(alice, pump), name="ui_cmds", data=rpc("start", at, old_value=at - MINUTE), ts=at)

    page = text(browse(alice).get(day))
    assert "<b>Ada</b> · Pump control · Start pump pressed" in page
    assert "Set Pump control" not in page
    chart = text(browse(alice).get(f"/device/{pump.id}/chart/?s=t&range=1h"))
    assert "Pump control · Start pump pressed, Ada" in chart
    assert "Start pump:" not in chart


def test_more_devices_and_lines_ask_no_more(browse, alice, creek, pump, reach, statements, day):
    page = browse(alice)
    page.get("/activity/")
    before = statements(lambda: page.get("/activity/"))
    for n in range(4):
        device = Agent.objects.create(kind="device", organisation=creek, name=f"p{n}", group=pump.group)
        for m in range(5):
            post_message(reach=reach(alice, device), name="notifications", data={"message": f"{m}"})

    assert statements(lambda: page.get("/activity/")) == before


@pytest.mark.parametrize(
    ("channel", "data", "words"),
    [
        ("activity_log", {"action_string": "Gate opened"}, "Gate opened"),
        ("activity_logs", {"activity_log": {"action_string": "Gate shut"}}, "Gate shut"),
        ("activity_logs", {"subject": "Gate", "action": "opened", "actor": "Ben"}, "Gate: opened"),
        ("activity_log", [1], None),
        ("activity_log", {"action_string": 7}, None),
        ("doover_connection", {"status": "ContinuousOnline"}, None),
        ("notifications", {"what": 1}, '{"what":1}'),
        ("notifications", {"message": "x", "topic": "dev/alarms/default/hot/triggered"}, None),
        ("ui_cmds", {"type": "rpc", "method": "go"}, None),
        ("ui_cmds", "text", None),
        ("ui_cmds", {"type": "log", "key": "on", "value": True, "app_key": 7}, "Device set on to On"),
    ],
)
def test_whatever_a_message_holds(channel, data, words):
    found = entry_of(channel, 1, first_id_of(NOW), 2, data, NOW)

    assert (found and found.words) == words


def test_a_value_of_another_time_or_application_stays():
    def entry(ms, data):
        return entry_of("ui_cmds", 1, first_id_of(NOW + ms), 2, data, NOW)

    command = entry(0, rpc("speed", 35))
    late = entry(60_000, {"type": "log", "app_key": "pump_1", "key": "speed", "value": 35})
    other = entry(1000, {"type": "log", "app_key": "pump_2", "key": "speed", "value": 35})

    assert tidy([command, late, other]) == [late, other, command]


def test_the_link_to_the_file_leads_to_it(browse, alice, pump, day):
    for address in (f"/device/{pump.id}/activity/", f"/device/{pump.id}/activity", "/activity/"):
        page = browse(alice).get(address).content.decode()
        link = re.search(r'href="([^"]*export\.csv[^"]*)"', page)[1]
        assert browse(alice).get(link.replace("&amp;", "&")).status_code == 200


def test_that_all_is_well_from_the_beginning_is_no_news(browse, alice, pump, reach):
    """An alarm of a tank that never had a level, which then has a good one; later it goes low, and is well again."""
    at, page = reach(alice, pump), browse(alice)
    body = {"name": "Tank low", "key": "level", "operator": "lt", "value": 20}
    update_aggregate(reach=at, name="tag_values", data={"pressure": 3})
    create_alarm(reach=at, name="tag_values", body=body)
    create_alarm(reach=at, name="tag_values", body={"name": "Burst", "key": "pressure", "operator": "gt", "value": 9})
    update_aggregate(reach=at, name="tag_values", data={"level": 47})

    for address in (f"/device/{pump.id}/activity/", "/activity/", "/"):
        shown = text(page.get(address))
        assert "Tank low —" not in shown
        assert "Burst:" not in shown

    for level in (12, 47):
        update_aggregate(reach=at, name="tag_values", data={"level": level})
    shown = text(page.get("/activity/"))
    assert "Tank low — level 12, below 20" in shown
    assert shown.count("Tank low — back to normal, level 47") == 1


def test_a_crossing_names_its_fence_once_and_in_the_language_of_the_page(browse, alice, pump, reach):
    data = {"title": "Yard", "message": "Pump 7 left Yard", "topic": "dev/geofence/default/1/left", "severity": 6}
    post_message(reach=reach(alice, pump), name="notifications", data=data)
    page = browse(alice)

    told = text(page.get("/activity/"))
    assert "Pump 7 left Yard" in told
    assert "Yard: " not in told
    assert "Pump 7 hat Yard verlassen" in text(page.get("/activity/", headers={"accept-language": "de"}))


def test_a_name_turns_no_sentence(browse, alice, pump, reach):
    """A mark that turns what follows it is left out; a name that runs from the right stands apart."""
    data = {"title": "Ya\u202erd", "message": "Pump 7 left Ya\u202erd", "topic": "dev/geofence/default/1/left"}
    post_message(reach=reach(alice, pump), name="notifications", data=data)
    data = {"title": "משאבה", "message": "Pump 7 left משאבה", "topic": "dev/geofence/default/2/left"}
    post_message(reach=reach(alice, pump), name="notifications", data=data)

    told = text(browse(alice).get("/activity/"))
    assert "Pump 7 left Yard" in told
    assert "Pump 7 left \u2068משאבה\u2069" in told
    assert "\u202e" not in told
