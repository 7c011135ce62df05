"""A device page drawn from its channels."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from doover_web.common.snowflake import now_ms
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.models import GroupRole
from doover_web.pages.words import from_ms
from portal.ui import kinds
from portal.ui.tree import read_tree

from .fixtures import SCHEMAS, WITH_TREE, documents, load

CHANNELS = ("ui_state", "ui_overrides", "tag_values", "ui_cmds", "deployment_config", "doover_connection")


@pytest.fixture
def says(alice, pump, reach):
    """`says(channels)`: Pump 7 has these states."""

    def say(channels):
        for name in CHANNELS:
            if name in channels:
                update_aggregate(reach=reach(alice, pump), name=name, data=channels[name])

    return say


@pytest.fixture
def page_of(browse, pump):
    """`page_of(alice)`: the page of Pump 7 as somebody sees it."""

    def page(person, query=""):
        response = browse(person).get(f"/device/{pump.id}/{query}")
        assert response.status_code == 200
        return response.content.decode()

    return page


@pytest.mark.parametrize("name", WITH_TREE)
def test_a_real_device_is_drawn(page_of, alice, pump, says, name):
    channels = load(name)["channels"]
    says(channels)
    tree = read_tree(documents(channels), title=pump.title)

    page = page_of(alice)

    for raw in ("$tag.", "$cmds.", "$config."):
        assert raw not in page.replace("x $tag.app().b", "").replace("costs $tag money", "")
    for element in tree.shown():
        assert escape(element.label) in page or element.label == "placeholder"
        if element.type not in ("uiApplication", "uiTabs", "uiContainer", "uiSubmodule", "uiWarningIndicator"):
            assert f'id="{element.id}"' in page or element.is_control
    for element in tree.walk():
        if element.hidden:
            assert f'id="{element.id}"' not in page


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_exported_application_is_drawn(page_of, alice, says, name):
    says({"ui_state": {"state": {"children": {"app_1": load(name)["ui_schema"]}}}})

    assert "$" not in page_of(alice).split("<main")[1].split("</main>")[0]


def test_values_have_their_units_ranges_and_words(page_of, alice, says):
    says(load("01-tank-and-power")["channels"])

    page = page_of(alice)

    assert 'aria-valuetext="63.3 %, Half"' in page
    assert 'aria-valuetext="31,635 L, OK"' in page
    assert "−71<small>dBm</small>" in page
    assert ">12.8<small>V</small>" in page
    assert '<span class="dv-zone is-blue">Good</span>' in page
    assert "filling" in page


def test_what_is_off_the_scale_or_missing_says_so(page_of, alice, says):
    says(load("07-edge-cases")["channels"])

    page = page_of(alice)

    assert 'aria-valuetext="140 %, Above scale"' in page
    assert 'aria-valuetext="No value yet"' in page
    assert "123,456,789,012.3" in page
    assert "costs $tag money" in page


def test_whatever_a_device_writes_is_text(page_of, alice, says):
    says(load("07-edge-cases")["channels"])
    nasty = '"><script>alert(1)</script>'
    evil = {"type": "uiVariable", "displayString": nasty, "currentValue": nasty, "units": nasty, "colour": nasty}
    kinds = ("uiVariable", "uiSubmodule", "uiWarningIndicator", "uiRemoteComponent", nasty, "uiTabs", "uiMultiPlot")
    more = {"icon": "../../x", "helpString": nasty, "componentUrl": "javascript:alert(1)", "statusString": nasty}
    children = {f"{kind}{nasty}": {**evil, **more, "type": kind, "children": {nasty: evil}} for kind in kinds}
    says({"ui_state": {"state": {"children": {nasty: {"displayString": nasty, "children": children}}}}})

    page = page_of(alice)

    assert "<script>alert" not in page
    assert "javascript:alert" not in page.replace("from javascript:alert(1)", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_part_of_the_page_can_be_asked_for(page_of, alice, says):
    says(load("01-tank-and-power")["channels"])

    part = page_of(alice, "?part=elements&el=el-tank_1__depth&el=el-tank_1__sensor_details__rssi&el=el-nothing")

    assert part.count("data-el") == 2
    assert "<html" not in part
    assert "2.531" in part
    assert 'data-reads="tag.tank_1.' in part
    assert page_of(alice, "?part=board").count('class="card"') == 2


def test_offline_says_since_when_and_what_still_works(page_of, alice, bob, says):
    long_ago = {"status": {"status": "ContinuousOffline", "last_online": 1767225600000}, "determination": "Offline"}
    says({**load("01-tank-and-power")["channels"], "doover_connection": long_ago})

    page = page_of(alice)

    assert "Offline since" in page
    assert "You can still send commands" in page
    assert 'class="dv-page is-stale"' in page
    assert "as of" in page
    assert "You can still send commands" not in page_of(bob)


def test_a_device_without_controls_takes_no_commands(page_of, alice, says):
    level = {"type": "uiVariable", "displayString": "Level", "currentValue": "$tag.app().level:number"}
    tree = {"state": {"children": {"tank": {"type": "uiApplication", "children": {"level": level}}}}}
    away = {"status": {"status": "ContinuousOffline", "last_online": 1767225600000}, "determination": "Offline"}
    says({"ui_state": tree, "doover_connection": away})

    page = page_of(alice)

    assert "Offline since" in page
    assert "Everything below is as it was then." in page
    assert "send commands" not in page


def test_an_archived_device_can_be_read(page_of, alice, pump, says):
    says(load("01-tank-and-power")["channels"])
    pump.archived_at = timezone.now()
    pump.save()

    assert "This device is archived" in page_of(alice)


def test_a_device_that_never_connected_says_what_to_do(page_of, alice, bob):
    assert "Make a token for it" in page_of(alice)
    assert "Make a token for it" not in page_of(bob)
    assert "has never connected" in page_of(bob)


def test_warnings_and_alarms_stand_on_top(page_of, alice, says):
    warnings = {f"w{n}": {"type": "uiWarningIndicator", "displayString": f"Warning {n}"} for n in range(5)}
    says({"ui_state": {"state": {"children": {"a": {"displayString": "Pump", "children": warnings}}}}})

    page = page_of(alice)

    assert page.index("Warning 0") < page.index("2 more") < page.index("Warning 4") < page.index("dv-card-fold")
    assert 'title="5 warnings"' in page


def test_what_was_drawn_for_one_person_is_not_shown_to_another(page_of, alice, bob, says):
    says(load("01-tank-and-power")["channels"])
    GroupRole.objects.filter(name="Viewer").update(flags=["device_view"])
    link = 'aria-label="Depth: 2.531 m, chart"'

    for _ in range(2):
        assert link in page_of(alice)
        assert link not in page_of(bob)


def test_a_value_that_changed_is_drawn_as_it_is(page_of, alice, says):
    channels = load("01-tank-and-power")["channels"]
    says(channels)
    assert "2.531" in page_of(alice)

    says({"tag_values": {"tank_1": {"level_m": 1.25}}})

    for part in ("", "?part=elements&el=el-tank_1__depth"):
        assert "1.250" in page_of(alice, part)
        assert "2.531" not in page_of(alice, part)


def test_how_long_ago_a_moment_is_grows(page_of, alice, says, monkeypatch):
    shown = {"run": {"type": "uiTimestamp", "displayString": "Last run", "currentValue": "$tag.app().run:number"}}
    says({"ui_state": {"state": {"children": {"a": {"children": shown}}}}, "tag_values": {"a": {"run": now_ms()}}})
    page_of(alice)
    later = timezone.now() + timedelta(minutes=7)

    monkeypatch.setattr(timezone, "now", lambda: later)

    assert "7 min ago" in page_of(alice, "?part=elements&el=el-a__run")


def test_queries_stay_level(django_assert_num_queries, browse, alice, pump, says, reach):
    def app(count):
        names = range(count)
        shown = {
            f"v{n}": {"type": "uiVariable", "varType": "float", "currentValue": f"$tag.app().v{n}:number:null"}
            for n in names
        }
        says(
            {
                "ui_state": {"state": {"children": {"a": {"children": shown}}}},
                "tag_values": {"a": {f"v{n}": n for n in names}},
            }
        )

    client = browse(alice)
    app(20)
    client.get(f"/device/{pump.id}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/device/{pump.id}/")
    wanted = len(few)
    app(200)
    client.get(f"/device/{pump.id}/")  # what is remembered for a minute is not counted
    with django_assert_num_queries(wanted):
        client.get(f"/device/{pump.id}/")


def test_a_gauge_without_ranges_reaches_over_its_week(page_of, alice, bob, says, pump, reach):
    for hours, value in ((2, 21.0), (100, 47.0), (9 * 24, 900.0)):
        ts = now_ms() - hours * 3_600_000
        post_message(reach=reach(pump, pump), name="tag_values", data={"a": {"v": value}}, ts=ts)
    gauge = {"type": "uiVariable", "varType": "float", "currentValue": "$tag.app().v:number:null"}
    shown = {"v": {**gauge, "form": "radialGauge"}}
    says({"ui_state": {"state": {"children": {"a": {"children": shown}}}}, "tag_values": {"a": {"v": 24.0}}})

    assert 'aria-valuemin="20.0" aria-valuemax="50.0"' in page_of(alice)


def test_a_control_beside_a_gauge_without_ranges_stays_one(page_of, alice, says):
    gauge = {"type": "uiVariable", "varType": "float", "form": "radialGauge", "currentValue": "$tag.app().v:number"}
    control = {"type": "uiFloatInput", "displayString": "Setpoint", "currentValue": "$cmds.app().sp:number:5"}
    children = {"a": {"type": "uiApplication", "children": {"v": gauge, "sp": control}}}
    says({"ui_state": {"state": {"children": children}}, "tag_values": {"a": {"v": 4.2}}})

    assert "data-command" in page_of(alice)


@pytest.mark.parametrize("root", [{}, {"type": "uiContainer"}])
@pytest.mark.parametrize("around", ["uiApplication", "uiSubmodule"])
def test_an_application_within_another_is_a_part_of_it(page_of, alice, says, root, around):
    value = {"type": "uiVariable", "displayString": "Deep", "currentValue": 7}
    inner = {"type": "uiApplication", "displayString": "Inner", "children": {"v": value}}
    outer = {"type": "uiApplication", "children": {"m": {"type": around, "children": {"inner": inner}}}}
    says({"ui_state": {"state": {**root, "children": {"a": outer}}}})

    page = page_of(alice)

    assert "Deep" in page
    assert "could not be drawn" not in page


def test_what_fails_while_it_is_drawn_is_a_tile_in_its_place(page_of, alice, says, monkeypatch):
    children = {"x": {"type": "uiButton", "displayString": "Start"}, "y": {"type": "uiVariable", "currentValue": 7}}
    says({"ui_state": {"state": {"children": {"a": {"type": "uiApplication", "children": children}}}}})
    monkeypatch.setitem(kinds.TEMPLATES, "uiButton", "gone")

    page = page_of(alice)

    assert "This part could not be drawn" in page
    assert "7" in page


def test_an_alert_stream_tells_its_last_events(page_of, alice, says, pump, reach):
    says(load("10-legacy-04x")["channels"])
    for number in range(7):
        said = {"notification_msg": f"Event <{number}>"} if number % 2 else f"Event <{number}>"
        post_message(reach=reach(pump, pump), name="significantEvent", data=said)

    page = page_of(alice)

    assert "Event &lt;6&gt;" in page
    assert "Event &lt;2&gt;" in page
    assert "Event &lt;1&gt;" not in page


def test_as_of_is_never_later_than_the_last_sign_of_life(page_of, alice, says):
    seen = now_ms() - 30 * 3_600_000
    gone = {"status": {"status": "ContinuousOffline", "last_online": seen}, "determination": "Offline"}
    shown = {"v": {"type": "uiVariable", "varType": "float", "currentValue": "$tag.app().v:number:null"}}
    page = {"ui_state": {"state": {"children": {"a": {"children": shown}}}}, "tag_values": {"a": {"v": 24.0}}}
    says({**page, "doover_connection": gone})

    then = from_ms(seen)
    assert f"as of {then.day} {then:%b %H:%M}" in page_of(alice)
