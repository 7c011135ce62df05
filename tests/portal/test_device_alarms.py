"""Alarms on the customer site: of one device, of all, tried out before they are saved."""

import re

import pytest
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.actions.alarm_note import acknowledge_alarm
from doover_web.data.alarm_timer import judge_due
from doover_web.data.models import Alarm, AlarmMove, AlarmNote, OutboxEntry
from doover_web.data.publish import open_channel, post_message, update_aggregate
from doover_web.identity.models import Agent, GroupGrant, GroupRole

DAY = 86_400_000
FORM = {
    "channel": "tag_values",
    "name": "Too <hot>",
    "type_0": "threshold",
    "key_0": "tank.t",
    "operator_0": "gt",
    "value_0": "30",
    "enabled": "on",
    "told_alarm": "on",
    "told_ok": "on",
    "told_no_data": "on",
}
BODY = {"name": "Too hot", "key": "tank.t", "operator": "gt", "value": 30}


@pytest.fixture
def tank(alice, pump, reach):
    at = reach(alice, pump)
    for days, value in ((20, 25), (10, 33), (9, 28)):
        post_message(reach=at, name="tag_values", data={"tank": {"t": value}}, ts=now_ms() - days * DAY)
    update_aggregate(reach=at, name="tag_values", data={"tank": {"t": 31, "mode": "auto"}})
    return f"/device/{pump.id}/alarms/"


def text(response):
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_the_tab_tells_how_many_are_open_on_each_page(browse, alice, mallory, tank, pump, reach):
    create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)
    place = f'<fresh-part src="{tank.rstrip("/")}?part=number"'
    for part in ("", "activity/", "details/", "alarms/"):
        page = text(browse(alice).get(f"/device/{pump.id}/{part}"))
        assert place in page
        assert "elements/fresh-part" in page
    assert ">1</span>" in page.split(place)[1].split("</fresh-part>")[0]

    assert text(browse(alice).get(f"{tank}?part=number")).strip() == '<span class="dv-count">1</span>'
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"tank": {"t": 3}})
    assert text(browse(alice).get(f"{tank}?part=number")).strip() == ""
    assert browse(mallory).get(f"{tank}?part=number").status_code == 404


def test_one_is_rehearsed_from_a_variable_and_then_made(browse, alice, tank):
    page = browse(alice)
    form = text(page.get(tank + "?alarm=new&key=tank.t"))
    assert 'value="tank.t"' in form
    assert '<option value="tank.mode">' in form

    tried = page.post(tank, {**FORM, "action": "alarm_rehearse"})
    assert tried.status_code == 200
    assert 'data-times="1"' in text(tried)
    assert "1 d · 5.0 %" in text(tried)  # of the twenty days that are known
    assert 'value="Too &lt;hot&gt;"' in text(tried)
    assert not Alarm.objects.exists()

    made = text(page.post(tank, {**FORM, "action": "alarm"}, follow=True))
    assert Alarm.objects.get().state == "Alarm"
    assert "Too &lt;hot&gt;" in made


def test_the_channel_viewer_rehearses_too(browse, alice, tank, pump):
    address = f"/channels/{pump.id}/tag_values/?panel=alarms"

    assert 'data-times="1"' in text(browse(alice).post(address, {**FORM, "action": "alarm_rehearse"}))
    wrong = browse(alice).post(address, {**FORM, "action": "alarm_rehearse", "value_0": ""})
    assert 'id="wrong-value_0">Enter a value<' in text(wrong)


@pytest.mark.parametrize("action", ["alarm_rehearse", "alarm"])
def test_a_refused_form_keeps_what_was_typed(browse, alice, tank, action):
    refused = browse(alice).post(tank, {**FORM, "action": action, "value_0": "", "description": "Mind it"})

    assert refused.status_code == 400
    assert 'id="wrong-value_0">Enter a value<' in text(refused)
    assert 'value="Mind it"' in text(refused)


def test_what_it_did_is_kept_and_shown(browse, alice, bob, tank, pump, reach):
    made = create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"tank": {"t": 20}})

    moves = AlarmMove.objects.order_by("id")
    assert [(move.old_state, move.new_state) for move in moves] == [("NoData", "Alarm"), ("Alarm", "OK")]
    assert moves[0].said == "Too hot: tank.t > 30 (tank.t is 31)"
    page = text(browse(bob).get(f"{tank}?of={made['id']}"))
    assert "Too hot — back to normal, tank.t 20" in page
    assert "<device-chart" in page
    assert 'class="mark is-bad"' in page


def test_that_all_is_well_from_the_beginning_is_no_mark(browse, alice, tank, pump, reach):
    made = create_alarm(reach=reach(alice, pump), name="tag_values", body={**BODY, "value": 40})

    page = text(browse(alice).get(f"{tank}?of={made['id']}"))
    assert 'class="mark' not in page
    assert "It has not moved" in page
    chart = f"/device/{pump.id}/chart/?s=tank.t&part=data"
    assert "Too hot" not in browse(alice).get(chart).json()["legend"]

    for heat in (41, 20):
        update_aggregate(reach=reach(alice, pump), name="tag_values", data={"tank": {"t": heat}})
    legend = browse(alice).get(chart).json()["legend"]
    assert legend.count("Too hot — tank.t 41, above 40") == 1
    assert legend.count("Too hot — back to normal, tank.t 20") == 1


def test_the_chart_of_an_alarm_has_its_threshold_and_its_own_marks_first(browse, alice, bob, tank, pump, reach):
    made = create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)
    other = {"name": "Quite warm", "key": "tank.t", "operator": "gt", "value": 29}
    create_alarm(reach=reach(alice, pump), name="tag_values", body=other)

    page = text(browse(bob).get(f"{tank}?of={made['id']}"))
    legend = page[page.index("dv-legend") :]
    assert "Red lines: Too hot — tank.t 31, above 30" in legend
    chart = f"/device/{pump.id}/chart/?s=tank.t&alarm={made['id']}"
    assert f"alarm={made['id']}" in page[page.index("<device-chart") :]
    [line] = browse(bob).get(f"{chart}&part=data").json()["lines"]
    assert [(limit["label"], limit["low"], limit["high"]) for limit in line["limits"]] == [("Too hot", 30, None)]
    legend = browse(bob).get(f"/device/{pump.id}/chart/?s=tank.t&part=data").json()["legend"]
    assert "Red lines: Quite warm — tank.t 31, above 29" in legend
    for nobody in ("0", "x", ""):
        answer = browse(bob).get(f"/device/{pump.id}/chart/?s=tank.t&alarm={nobody}&part=data")
        assert answer.json()["lines"][0]["limits"] == []


def test_the_alarms_stand_below_the_course_of_one(browse, alice, tank, pump, reach):
    made = create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)

    page = text(browse(alice).get(f"{tank}?of={made['id']}"))

    below = page[page.index("<tbody data-rows>") :]
    assert below.count("<tr data-id=") == 1
    assert f'data-id="{made["id"]}"' in below
    assert f'name="agent" value="{pump.id}"' in below
    assert "Reach(" not in page


def test_what_time_brings_is_kept_too(alice, tank, pump, reach):
    create_alarm(reach=reach(alice, pump), name="tag_values", body={**BODY, "alarm_pending_ms": 1000})

    judge_due(now_ms() + 2000)

    assert list(AlarmMove.objects.order_by("id").values_list("new_state", flat=True)) == ["AlarmPending", "Alarm"]


def test_somebody_has_seen_it_until_it_moves(
    browse, alice, bob, tank, pump, reach, heard, django_capture_on_commit_callbacks
):
    made = create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)
    ack = {"action": "alarm_ack", "id": made["id"], "channel": "tag_values", "note": "On <my> way"}

    with django_capture_on_commit_callbacks(execute=True):
        browse(alice).post(tank, ack)

    assert [type(event).__name__ for event in heard][-1] == "AlarmNoted"
    page = text(browse(bob).get(tank))
    assert "Seen by Alice Moreau" in page
    assert "On &lt;my&gt; way" in page
    assert "Seen by Alice Moreau" in text(browse(bob).get("/alarms/"))
    for told in (f"/device/{pump.id}/", "/home/beside/"):
        shown = text(browse(bob).get(told))
        assert "is-bad is-seen" in shown
        assert "Seen by Alice Moreau" in shown
        assert "On &lt;my&gt; way" in shown
    for value in (20, 31):
        update_aggregate(reach=reach(alice, pump), name="tag_values", data={"tank": {"t": value}})
    Alarm.objects.update(entered_state_ts=now_ms() + 1)
    for told in (tank, f"/device/{pump.id}/", "/home/beside/"):
        assert "Seen by" not in text(browse(bob).get(told))


def test_what_somebody_has_seen_comes_after_what_nobody_has(browse, alice, tank, pump, reach, statements):
    at = reach(alice, pump)
    made = [create_alarm(reach=at, name="tag_values", body={**BODY, "name": f"A{n}"}) for n in range(4)]
    Alarm.objects.update(entered_state_ts=now_ms())
    pages, page = (f"/device/{pump.id}/", "/home/beside/", "/alarms/", tank), browse(alice)

    def order(address):
        return re.findall(r">(A[0-3])<", text(page.get(address)))

    acknowledge_alarm(reach=at, name="tag_values", alarm_id=int(made[0]["id"]))
    assert [order(one)[-1] for one in pages] == ["A0"] * 4
    cost = [statements(lambda one=one: page.get(one)) for one in pages]
    for alarm in made[1:3]:
        acknowledge_alarm(reach=at, name="tag_values", alarm_id=int(alarm["id"]))
    assert [order(one)[0] for one in pages] == ["A3"] * 4
    assert [statements(lambda one=one: page.get(one)) for one in pages] == cost


def test_a_test_message_goes_where_the_alarm_would(browse, alice, tank, pump, reach):
    made = create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)
    OutboxEntry.objects.all().delete()

    browse(alice).post(tank, {"action": "alarm_test", "id": made["id"], "channel": "tag_values"})

    [entry] = OutboxEntry.objects.all()
    assert entry.payload["data"]["topic"] == "dev/alarms/default/too_hot/triggered"
    assert entry.payload["data"]["message"].startswith("Test of Too hot")
    assert Alarm.objects.get().state == "Alarm"


def test_who_may_look_changes_nothing(browse, bob, tank, alice, pump, reach):
    made = create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)
    page = browse(bob)

    assert "alarm_switch" not in text(page.get(tank))
    assert "What to do" not in text(page.get(tank + "?alarm=new")).replace("What to do with it", "")
    for action in ("alarm", "alarm_ack", "alarm_test", "alarm_delete", "alarm_switch", "alarm_rehearse", "odd"):
        response = page.post(tank, {**FORM, "action": action, "id": made["id"]})
        assert response.status_code == (400 if action in ("alarm_rehearse", "odd") else 403), action
    assert Alarm.objects.get().name == "Too hot"
    assert not AlarmNote.objects.exists()


def test_without_the_right_there_are_no_alarms(browse, bob, mallory, alice, tank, pump, reach):
    create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)
    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.create(name="Now", flags=["device_view"]))

    assert browse(bob).get(tank).status_code == 403
    assert "Too hot" not in text(browse(bob).get("/alarms/"))
    assert browse(mallory).get(tank).status_code == 404
    assert "Too hot" not in text(browse(mallory).get("/alarms/"))


def test_an_alarm_of_a_private_channel_is_hidden_from_the_many(browse, alice, bob, pump, reach):
    open_channel(reach=reach(alice, pump), name="secret", settings={"is_private": True})
    create_alarm(reach=reach(alice, pump), name="secret", body={**BODY, "name": "Whisper"})

    assert "Whisper" in text(browse(alice).get("/alarms/"))
    assert "Whisper" not in text(browse(bob).get("/alarms/"))


def test_the_overview_counts_filters_and_notes(browse, alice, tank, pump, reach):
    made = create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)
    create_alarm(reach=reach(alice, pump), name="tag_values", body={**BODY, "name": "Cold", "operator": "lt"})
    page = browse(alice)

    assert "Alarm <b>1</b>" in text(page.get("/alarms/"))
    only = text(page.get("/alarms/?state=OK"))
    assert "Cold" in only
    assert "Too hot" not in only
    assert "Cold" in text(page.get("/alarms/?search=cold"))
    assert "No alarm is in this state" in text(page.get("/alarms/?search=zzz"))
    note = {"action": "alarm_ack", "id": made["id"], "channel": "tag_values", "agent": pump.id}
    assert page.post("/alarms/", note).status_code == 302
    assert page.post("/alarms/", {**note, "agent": "7"}).status_code == 400
    assert AlarmNote.objects.count() == 1


def test_both_lists_ask_the_same_for_more_alarms(browse, alice, creek, pump, reach, statements, tank):
    def alarm(n, device):
        create_alarm(reach=reach(alice, device), name="tag_values", body={**BODY, "name": f"A{n}"})

    alarm(0, pump)
    page = browse(alice)
    page.get("/alarms/")
    before = statements(lambda: page.get("/alarms/")), statements(lambda: page.get(tank))
    for n in range(1, 6):
        device = Agent.objects.create(kind="device", organisation=creek, name=f"p{n}", group=pump.group)
        update_aggregate(reach=reach(alice, device), name="tag_values", data={"tank": {"t": n}})
        alarm(n, device)
        alarm(n, pump)

    assert (statements(lambda: page.get("/alarms/")), statements(lambda: page.get(tank))) == before


def test_values_are_chosen_by_their_names(browse, alice, tank, pump, reach):
    level = {"type": "uiVariable", "displayString": "Level <top>", "units": "%", "currentValue": "$tag.app().t:number"}
    page = {"state": {"children": {"tank": {"displayString": "Main tank", "children": {"level": level}}}}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data=page)
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"tank": {"plain": 1}})

    form = text(browse(alice).get(f"{tank}?alarm=new&key=tank.t"))

    assert '<option value="tank.t" title="tank.t" selected>Main tank · Level &lt;top&gt; (%)</option>' in form
    assert '<optgroup label="Main tank">' in form
    assert '<option value="tank.plain" title="tank.plain">Main tank · plain</option>' in form
    browse(alice).post(tank, {**FORM, "action": "alarm", "key_0": "*", "own_key_0": "tank.other"})
    assert Alarm.objects.get().conditions[0]["key"] == "tank.other"
    again = text(browse(alice).get(f"{tank}?alarm={Alarm.objects.get().id}"))
    assert '<option value="*" selected>' in again
    assert 'name="own_key_0" list="a-keys" value="tank.other"' in again


def test_conditions_are_told_by_names(browse, alice, tank, pump, reach):
    hot = {"type": "uiVariable", "displayString": "Heat", "units": "°C", "currentValue": "$tag.app().t:number"}
    page = {"state": {"children": {"tank": {"displayString": "Main tank", "children": {"heat": hot}}}}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data=page)
    create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)

    for address in (tank, f"/device/{pump.id}/"):
        assert "Main tank · Heat &gt; 30 °C" in text(browse(alice).get(address))


def test_lists_tell_of_values_by_their_names(browse, alice, tank, pump, reach):
    hot = {"type": "uiVariable", "displayString": "Heat", "units": "°C", "currentValue": "$tag.app().t:number"}
    page = {"state": {"children": {"tank": {"displayString": "Main tank", "children": {"heat": hot}}}}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data=page)
    made = create_alarm(reach=reach(alice, pump), name="tag_values", body=BODY)

    assert "Main tank · Heat &gt; 30 °C" in text(browse(alice).get("/alarms/"))
    for address in (f"{tank}?of={made['id']}", "/activity/", f"/device/{pump.id}/activity/"):
        shown = text(browse(alice).get(address))
        assert "Too hot — Heat 31 °C, above 30 °C" in shown, address
        assert "tank.t &gt; 30" not in shown, address


def test_badges_of_alarms_have_a_shape_for_each_state(browse, alice, tank, pump, reach):
    for name, body in {"Hot": {}, "Cold": {"operator": "lt"}, "Idle": {"enabled": False}}.items():
        create_alarm(reach=reach(alice, pump), name="tag_values", body={**BODY, "name": name, **body})

    for address in ("/alarms/", "/alarms/?part=list", tank):
        found = re.findall(
            r'dv-badge is-(\w+)"[^>]*>(<svg class="dv-mark".*?</svg>)(\w+)', text(browse(alice).get(address))
        )
        assert [(kind, words) for kind, _mark, words in found] == [("bad", "Alarm"), ("ok", "OK"), ("off", "Off")]
        assert len({mark for _kind, mark, _words in found}) == 3


def test_a_new_alarm_begins_at_the_list_of_all(browse, alice, bob, mallory, creek, pump):
    client = browse(alice)
    assert 'href="/alarms/new/"' in text(client.get("/alarms/"))
    for who in (bob, mallory):
        assert 'href="/alarms/new/"' not in text(browse(who).get("/alarms/"))
        assert "No device to choose" in text(browse(who).get("/alarms/new/"))

    tank = Agent.objects.create(kind="device", organisation=creek, name="tank-1", group=creek.root_group)
    Agent.objects.create(
        kind="device", organisation=creek, name="old", group=creek.root_group, archived_at=timezone.now()
    )
    page = text(client.get("/alarms/new/"))
    assert re.findall(r"/device/(\d+)/alarms\?alarm=new", page) == [str(pump.id), str(tank.id)]
    assert 'href="/map/fences/new"' in page
    found = text(client.get("/alarms/new/?search=tank"))
    assert re.findall(r"/device/(\d+)/alarms\?alarm=new", found) == [str(tank.id)]
    assert "No device matches" in text(client.get("/alarms/new/?search=zzz"))
