"""Dashboards: made by whom may, tiles in their order, each for those who may see its device."""

import re

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, AuditEntry, Group
from portal.tile_choices import listed
from portal.views.dashboards import KIND_WORDS


@pytest.fixture
def board(browse, alice, creek, pump, reach):
    """Alice's dashboard over Pump 7, whose suction is −71."""
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"pump_1": {"suction": -71, "level": 30}})
    made = browse(alice).post("/dashboard/", {"title": "Night <watch>", "group": creek.root_group.id})
    assert made.status_code == 302
    return f"/dashboard/{Agent.objects.get(kind='dashboard').id}/"


@pytest.fixture
def add(browse, alice, board, pump):
    def add_tile(kind, **more):
        form = {"do": "add", "kind": kind, "device": pump.id, "path": "pump_1.suction", **more}
        return browse(alice).post(f"{board}edit/", form)

    return add_tile


def titles(browse, who, board):
    return [tile.title for tile in browse(who).get(board).context["tiles"]]


def test_every_kind_of_tile_is_drawn(browse, alice, bob, board, add, pump):
    assert "No tiles yet" in browse(bob).get(board).content.decode()
    for kind in ("value", "chart", "alarms", "map"):
        assert add(kind).status_code == 302
    assert add("gauge", path="pump_1.level", low="0", high="60").status_code == 302
    assert add("text", text="<b>Call Bob</b>", title="Note").status_code == 302

    page = browse(bob).get(board).content.decode()

    assert "−71" in page
    assert 'data-tag="pump_1/suction"' in page
    assert 'class="fill f-blue" data-bar width="150.0"' in page
    assert "&lt;b&gt;Call Bob" in page
    assert "No open alarm" in page
    assert "This device has no place" in page
    assert f'href="/device/{pump.id}/chart?s=pump_1.suction"' in page
    assert "Night &lt;watch&gt;" in browse(bob).get("/dashboard/").content.decode()


def test_a_tile_called_as_its_device_says_so_once(browse, bob, board, add, pump):
    add("value", title="How fast")
    add("value", title=pump.title)

    heads = re.findall(r'class="dv-dash-head">(.*?)</div>', browse(bob).get(board).content.decode(), re.DOTALL)

    assert [head.count(f">{pump.title}<") for head in heads] == [1, 1]
    assert ["dv-sub" in head for head in heads] == [True, False]
    assert all(f'href="/device/{pump.id}"' in head for head in heads)


def test_a_gauge_reaches_as_far_as_the_ranges_of_its_value(browse, alice, bob, board, add, pump, reach):
    ranges = [{"label": "Dry", "min": -90, "max": -60}, {"label": "Good", "min": -60, "max": -10}]
    suction = {"type": "uiVariable", "displayString": "Suction", "currentValue": "$tag.app().suction:number"}
    app = {"type": "uiApplication", "children": {"suction": {**suction, "ranges": ranges}}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data={"state": {"children": {"pump_1": app}}})

    assert add("gauge").status_code == 302
    assert add("gauge", path="pump_1.level").status_code == 302
    assert add("gauge", low="-80").status_code == 302

    tiles = browse(bob).get(board).context["tiles"]
    assert [tile.ends for tile in tiles] == [("−90", "−10"), ("0", "100"), ("−80", "−10")]


def test_a_gauge_has_the_colours_of_the_device_page(browse, alice, bob, board, add, pump, reach):
    ranges = [
        {"label": "Dry", "min": -90, "max": "$tag.app().dry:number:-60", "colour": "red"},
        {"label": "Good", "min": -60, "max": -10, "colour": "limegreen"},
    ]
    suction = {"type": "uiVariable", "displayString": "Suction", "currentValue": "$tag.app().suction:number"}
    suction |= {"ranges": ranges, "thresholds": [{"value": -80, "colour": "red"}]}
    tank = {"type": "uiSubmodule", "children": {"suction": suction}}
    app = {"type": "uiApplication", "children": {"tank": tank}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data={"state": {"children": {"pump_1": app}}})
    add("gauge", low="-100", high="0")

    [tile] = browse(bob).get(board).context["tiles"]
    page = browse(bob).get(board).content.decode()

    assert (tile.gauge.colour, [zone.colour for zone in tile.gauge.zones]) == ("red", ["red", "limegreen"])
    assert tile.gauge.ticks == ("60.0",)
    assert 'class="fill f-red" data-bar width="87.0"' in page
    assert 'data-ranges="-90 -60 red|-60 -10 limegreen"' in page

    overrides = {"ops": [{"op": "patch", "target": {"byName": "suction"}, "changes": {"ranges": ranges[1:]}}]}
    update_aggregate(reach=reach(alice, pump), name="ui_overrides", data=overrides)
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"pump_1": {"suction": -61}})
    assert 'class="fill f-limegreen"' in browse(bob).get(board).content.decode()  # the nearer end


def test_gauges_cost_the_same_however_many(browse, alice, board, add, statements):
    client = browse(alice)
    add("gauge", low="-100", high="0")
    client.get(board)
    few = statements(lambda: client.get(board))
    for _ in range(6):
        add("gauge", low="-100", high="0")

    assert statements(lambda: client.get(board)) <= few


def test_each_kind_of_tile_asks_for_its_own(browse, alice, board, pump):
    form = browse(alice).get(f"{board}edit/?device={pump.id}").content.decode()

    assert 'data-for="value gauge chart"><label for="path">' in form
    assert 'data-for="text"><label for="text">' in form
    assert 'id="low" name="low" inputmode="decimal" maxlength="19" value=""' in form


def test_a_camera_shows_its_newest_picture(browse, alice, bob, board, add, pump, reach):
    assert add("camera", camera="yard").status_code == 400  # it shows no camera
    page = {"state": {"children": {"yard": {"type": "uiApplication", "children": {"cam": {
        "type": "uiCameraHistory", "cameraName": "yard", "displayString": "Yard <gate>"}}}}}}  # fmt: skip
    update_aggregate(reach=reach(alice, pump), name="ui_state", data=page)
    assert add("camera", camera="elsewhere").status_code == 400
    assert add("camera", camera="yard").status_code == 302

    assert titles(browse, bob, board) == ["Yard <gate>"]
    page = browse(bob).get(board).content.decode()
    assert "No pictures yet" in page
    assert f"/cameras/{pump.id}/yard" in page


def test_tiles_are_put_in_order_and_taken_out(browse, alice, board, add):
    for title in ("One", "Two", "Three"):
        add("value", title=title)
    ids = {tile.title: tile.id for tile in browse(alice).get(board).context["tiles"]}

    def do(deed, title):
        return browse(alice).post(f"{board}edit/", {"do": deed, "tile": ids[title]})

    do("up", "Three")
    assert titles(browse, alice, board) == ["One", "Three", "Two"]
    do("up", "One")
    do("down", "One")
    assert titles(browse, alice, board) == ["Three", "One", "Two"]
    do("remove", "One")
    assert titles(browse, alice, board) == ["Three", "Two"]
    assert do("up", "One").status_code == 404
    assert {entry.action for entry in AuditEntry.objects.filter(source="dashboards")} == {
        "dashboard.created",
        "dashboard.edited",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "video"},
        {"kind": "value", "path": ""},
        {"kind": "gauge", "low": "5", "high": "5"},
        {"kind": "gauge", "low": "x", "high": "nan"},
        {"kind": "text", "text": " "},
        {"kind": "text", "text": "x" * 3000},
        {"kind": "value", "title": "x" * 200},
    ],
)
def test_what_is_no_tile_is_refused(add, browse, alice, board, wrong):
    assert add(wrong.pop("kind"), **wrong).status_code == 400
    assert titles(browse, alice, board) == []


def test_there_are_so_many_tiles_at_most(add):
    for _ in range(24):
        assert add("text", text="x").status_code == 302

    assert add("text", text="x").status_code == 400


def test_who_may(browse, bob, mallory, board, add, creek):
    add("value")
    assert browse(mallory).get(board).status_code == 404
    assert browse(bob).post(f"{board}edit/", {"do": "rename", "title": "Mine"}).status_code == 403
    assert browse(bob).get(f"{board}edit/")["Location"] == board.rstrip("/")
    assert browse(bob).post("/dashboard/", {"title": "x", "group": creek.root_group.id}).status_code == 400
    assert browse(mallory).get("/dashboard/").content.decode().count("Night") == 0


def test_a_tile_of_a_device_that_one_may_not_see_says_so(browse, alice, bob, board, add, creek, pump):
    add("value")
    elsewhere = Group.objects.create(organisation=creek, parent=creek.root_group, name="Closed")
    Agent.objects.filter(pk=pump.pk).update(group=elsewhere)
    bob.grants.update(group=Group.objects.create(organisation=creek, parent=creek.root_group, name="Open"))
    Agent.objects.filter(kind="dashboard").update(group=bob.grants.get().group)

    page = browse(bob).get(board).content.decode()

    assert "You may not see this device" in page
    assert "Pump 7" not in page
    assert "−71" not in page


def test_archived_it_leaves_the_list(browse, alice, board):
    browse(alice).post(f"{board}edit/", {"do": "archive"})

    assert "Night" not in browse(alice).get("/dashboard/").content.decode()


def test_an_open_alarm_stands_out_in_words_and_is_read_again(browse, alice, board, add, pump, reach):
    add("alarms")
    rule = {"name": "Suction low", "key": "pump_1.suction", "operator": "lt", "value": 0}
    create_alarm(reach=reach(alice, pump), name="tag_values", body=rule)
    client = browse(alice)
    [tile] = client.get(board).context["tiles"]

    page = client.get(board).content.decode()
    part = client.get(f"{board}?again={tile.id}").content.decode()

    assert f'src="?again={tile.id}"' in page
    for drawn in (page, part):
        assert "Suction low" in drawn
        assert re.search(r'<span class="dv-badge is-bad"><svg class="dv-mark" .*</svg>Alarm</span>', drawn)
    assert "<html" not in part
    assert client.get(f"{board}?again=none").content.decode().strip() == ""


def test_what_a_device_said_that_is_away_is_not_shown_as_new(browse, alice, board, add, pump, reach):
    add("value")
    assert "dv-dash-tile is-value is-away" in browse(alice).get(board).content.decode()  # it was never there
    here = {"status": {"last_online": now_ms(), "last_ping": now_ms()}, "determination": "Online"}
    update_aggregate(reach=reach(alice, pump), name="doover_connection", data=here)
    assert "is-away" not in browse(alice).get(board).content.decode()
    gone = {"status": {"last_online": now_ms() - 10_000_000}, "determination": "Offline"}
    update_aggregate(reach=reach(alice, pump), name="doover_connection", data=gone, replace_all=True)

    page = browse(alice).get(board).content.decode()

    assert "dv-dash-tile is-value is-away" in page
    assert "Offline" in page


def test_the_course_of_a_tile_ends_at_its_value(browse, alice, board, add, pump, reach):
    """A pump that stands still since a moment ago, in the middle of half an hour in which it ran."""
    own = reach(pump, pump)
    for hours in (20, 10, 0.1):
        said = {"pump_1": {"flow": 3}}
        post_message(reach=own, name="tag_values", data=said, ts=now_ms() - int(hours * 3_600_000))
    update_aggregate(reach=own, name="tag_values", data={"pump_1": {"flow": 0}})
    add("chart", path="pump_1.flow")

    [tile] = browse(alice).get(board).context["tiles"]

    assert tile.text == "0"
    assert tile.spark.now.startswith("M120 29")  # at the bottom


def test_kinds_of_tiles_have_names_where_they_are_edited(browse, alice, board, add):
    add("chart")
    assert "Course of the last day" in browse(alice).get(f"{board}edit/").content.decode().split("</ol>")[1]


def test_values_are_chosen_and_told_by_the_names_of_the_page(browse, alice, board, add, pump, reach):
    own = reach(pump, pump)
    update_aggregate(reach=own, name="tag_values", data={"pump_1": {"seen_at": now_ms(), "wind_from": 7}, "loose": 1})
    children = {
        "suction": {
            "type": "uiVariable",
            "displayString": "Suction",
            "units": "kPa",
            "currentValue": "$tag.app().suction",
        },
        "seen": {"type": "uiTimestamp", "displayString": "Last seen", "currentValue": "$tag.app().seen_at"},
    }
    app = {"type": "uiApplication", "displayString": "Pump control", "children": children}
    update_aggregate(reach=own, name="ui_state", data={"state": {"children": {"pump_1": app}}})

    made = add("value", title="West")

    assert made["Location"].endswith(f"/edit?device={pump.id}")
    shown = browse(alice).get(made["Location"])
    assert shown.context["values"] == [
        (
            "Pump control",
            [("pump_1.suction", "Suction (kPa)"), ("pump_1.level", "Level"), ("pump_1.wind_from", "Wind from")],
        ),
        ("Device", [("loose", "Loose")]),
    ]
    page = shown.content.decode()
    assert 'title="pump_1.suction">Value · Pump 7 · Pump control · Suction</span>' in page
    assert "selected>Pump 7</option>" in page
    assert "Empty: that of the value" not in browse(alice).get(f"{board}edit/").content.decode()


def test_a_device_that_one_may_not_see_is_not_named_among_the_tiles(bob, mallory, pump):
    documents = [{"kind": "alarms", "device": str(pump.id), "title": "West"}]

    [seen], [unseen] = (listed(caller_of_user(who), documents, KIND_WORDS) for who in (bob, mallory))
    assert (seen.device, seen.document["title"]) == ("Pump 7", "West")
    assert (unseen.device, unseen.document["title"]) == ("", "Not for you")
