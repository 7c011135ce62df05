"""The alarms panel of a channel page, without scripts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from doover_web.data.actions.alarm import create_alarm
from doover_web.data.models import Alarm
from doover_web.data.publish import update_aggregate
from portal.ui import day_clock
from portal.ui.alarm_form import body_of, fields_of

FORM = {
    "action": "alarm",
    "name": "Too hot",
    "type_0": "threshold",
    "key_0": "tank.t",
    "operator_0": "gt",
    "value_0": "30",
}
TOLD = {"enabled": "on", "told_alarm": "on", "told_ok": "on", "told_no_data": "on"}


@pytest.fixture
def level(pump, reach):
    update_aggregate(reach=reach(pump, pump), name="level", data={"tank": {"t": 31, "unit": "°C"}, "list": [1]})
    return f"/channels/{pump.id}/level/?panel=alarms"


def text(response):
    return response.content.decode()


def test_one_is_made_edited_switched_off_and_deleted(browse, alice, level, pump):
    page = browse(alice)
    assert "No alarms" in text(page.get(level))
    form = text(page.get(level + "&alarm=new&key=tank.t"))
    assert 'value="tank.t"' in form
    assert '<option value="tank.unit">' in form

    made = page.post(level, {**FORM, **TOLD}, follow=True)
    assert made.redirect_chain[0][0].endswith("?panel=alarms")
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.conditions[0]["value"], alarm.messages) == ("Alarm", 30, None)
    assert "tank.t &gt; 30" in text(made)

    edit = text(page.get(f"{level}&alarm={alarm.id}"))
    assert 'value="Too hot"' in edit
    page.post(
        level, {**FORM, **TOLD, "id": alarm.id, "id_0": "c1", "value_0": "40", "pending": "1.5", "text_ok": "Cool"}
    )
    alarm.refresh_from_db()
    assert (alarm.state, alarm.alarm_pending_ms) == ("OK", 1500)
    assert alarm.messages == {"ok": {"notify": True, "text": "Cool"}}

    page.post(level, {"action": "alarm_switch", "id": alarm.id, "on": "false"})
    assert ">Off<" in text(page.get(level))
    assert "Delete Too hot?" in text(page.get(f"{level}&drop={alarm.id}"))
    page.post(level, {"action": "alarm_delete", "id": alarm.id})
    assert not Alarm.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"type_0": ""}, "needs a condition"), ({"key_0": "a\x00"}, "invisible"), ({"name": "\x00"}, "invisible"),
        ({"operator_0": "eq", "value_0": "a\x00"}, "invisible"), ({"id": "x"}, "no such id"),
        ({"value_0": ""}, "Enter a value"),
    ],
)  # fmt: skip
def test_a_refused_form_keeps_what_was_typed(browse, alice, level, changes, words):
    refused = browse(alice).post(level, {**FORM, "description": "Mind the bearings", **changes})

    assert refused.status_code == 400
    assert words in text(refused)
    assert 'value="Mind the bearings"' in text(refused)
    assert not Alarm.objects.exists()


@pytest.mark.parametrize("typed", ['"\\ud800"', '"\\u0000"', "NaN", "[", "1e999", "1" * 30])
def test_any_value_can_be_typed(browse, alice, level, typed):
    for action in ("alarm_rehearse", "alarm"):
        answer = browse(alice).post(level, {**FORM, "action": action, "operator_0": "eq", "value_0": typed})
        assert answer.status_code in (200, 302)

    alarm = Alarm.objects.get()
    assert alarm.conditions[0]["value"] == (typed if typed[:2] != "11" else 1111111111111111 * 10**14)
    assert browse(alice).get(f"{level}&alarm={alarm.id}").status_code == 200


def test_a_form_says_what_the_alarm_says(alice, pump, reach, level):
    at = reach(alice, pump)
    body = {
        "name": "All kinds",
        "description": "x",
        "conditions": [
            {"type": "threshold", "key": "a", "operator": "eq", "value": "30"},
            {"type": "threshold", "key": "a", "operator": "eq", "value": True},
            {"type": "threshold", "key": "a", "operator": "lt", "value": -0.5},
            {"type": "rate", "key": "a", "operator": "lt", "rate_threshold": -0.25, "rate_window_ms": 90_500},
            {"type": "compare", "key": "a", "operator": "ge", "other_key": "b", "offset": 1.5},
            {"type": "time_of_day", "from_ms": 18_000_000, "to_ms": 86_399_000, "invert": True},
        ],
        "expiry_mins": 2.5,
        "alarm_pending_ms": 1500,
        "notification_policy": "opt-in",
        "messages": {"ok": {"notify": False, "text": "x"}, "pending": {"notify": True}},
    }
    made = create_alarm(reach=at, name="level", body=body)

    again = create_alarm(reach=at, name="level", body=body_of(fields_of(made)))

    same = ("name", "description", "conditions", "expiry_mins", "alarm_pending_ms", "notification_policy", "messages")
    assert {key: again[key] for key in same} == {key: made[key] for key in same}


def test_conditions_are_added_one_by_one(browse, alice, level):
    page = browse(alice)
    assert text(page.get(level + "&alarm=new")).count('role="group" aria-label="Condition') == 1

    more = text(page.post(level, {**FORM, "action": "alarm_more", "key_0": "tank.t"}))
    assert more.count('role="group" aria-label="Condition') == 2
    assert 'name="key_0" list="a-keys" value="tank.t"' in more
    assert 'name="type_1" aria-label="Kind of condition" autofocus' in more

    two = {**FORM, "type_1": "threshold", "key_1": "tank.unit", "operator_1": "eq", "value_1": "x"}
    less = text(page.post(level, {**two, "action": "alarm_less_0"}))
    assert less.count('role="group" aria-label="Condition') == 1
    assert 'name="key_0" list="a-keys" value="tank.unit"' in less
    assert not Alarm.objects.exists()


@pytest.mark.parametrize(("typed", "unit", "ms"), [("90", "s", 90_000), ("4", "min", 240_000), ("1.5", "h", 5_400_000)])
def test_how_long_it_holds_has_a_unit(browse, alice, level, typed, unit, ms):
    browse(alice).post(level, {**FORM, **TOLD, "pending": typed, "pending_unit": unit})

    alarm = Alarm.objects.get()
    assert alarm.alarm_pending_ms == ms
    fields = fields_of({**body_of(FORM), "id": "1", "topic_name": "x", "alarm_pending_ms": ms})
    assert (fields["pending"], fields["pending_unit"]) in {("90", "s"), ("4", "min"), ("90", "min")}


def test_hours_are_of_the_viewers_clock_and_kept_in_utc(browse, alice, level):
    page = browse(alice)
    page.cookies["zone"] = "Australia/Brisbane"
    form = text(page.get(level + "&alarm=new"))
    assert "On the clock of Australia/Brisbane." in form
    assert 'name="clock_offset" value="600"' in form

    night = {"type_1": "time_of_day", "from_1": "22:00", "to_1": "05:30", "clock_offset": "600"}
    page.post(level, {**FORM, **TOLD, **night})

    alarm = Alarm.objects.get()
    hours = alarm.conditions[1]
    assert (hours["from_ms"], hours["to_ms"]) == (12 * 3_600_000, 19.5 * 3_600_000)
    edit = text(page.get(f"{level}&alarm={alarm.id}"))
    assert 'name="from_1" value="22:00"' in edit
    assert 'name="to_1" value="05:30"' in edit


def test_a_change_of_the_clocks_is_said():
    winter = datetime(2026, 11, 30, 12, tzinfo=ZoneInfo("Europe/Berlin"))

    assert day_clock.in_words(winter).endswith("change on 28 March 2027, these hours begin and end 60 min later.")
    summer = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert "25 October 2026, these hours begin and end 60 min earlier." in day_clock.in_words(summer)


def test_who_may_look_sees_no_form(browse, bob, mallory, alice, level):
    browse(alice).post(level, {**FORM, **TOLD})
    page = text(browse(bob).get(level + "&alarm=new"))

    assert "Too hot" in page
    assert "alarm_switch" not in page
    assert "Make alarm" not in page
    assert browse(bob).post(level, FORM).status_code == 403
    assert Alarm.objects.count() == 1
    assert browse(mallory).get(level).status_code == 404


def test_a_device_page_shows_what_is_open(browse, alice, bob, level, pump, reach):
    page = f"/device/{pump.id}/"
    assert "Open alarms" not in text(browse(bob).get(page))

    browse(alice).post(level, {**FORM, **TOLD})

    assert "Too hot" in text(browse(bob).get(page))
    update_aggregate(reach=reach(pump, pump), name="level", data={"tank": {"t": 3}})
    assert "Too hot" not in text(browse(bob).get(page))


def test_what_a_name_holds_is_text(browse, alice, level):
    browse(alice).post(level, {**FORM, **TOLD, "name": "<script>alert(1)</script>"})

    assert "<script>alert" not in text(browse(alice).get(level))


def test_the_list_is_read_again_alone(browse, alice, bob, level):
    page = browse(alice)
    page.post(level, {**FORM, **TOLD})

    rows = text(browse(bob).get(f"{level}&part=panel"))

    assert "<table" not in rows
    assert "Too hot" in rows
    assert 'data-channel="level"' in rows
    assert 'name="action"' not in rows
    assert 'name="action"' in text(page.get(f"{level}&part=panel"))


@pytest.mark.parametrize("number", ["1e308", "9" * 30, "-1e100"])
@pytest.mark.parametrize("field", ["rate_threshold_0", "offset_0"])
def test_numbers_beyond_whole_ones_are_kept(browse, alice, level, number, field):
    kind = {"rate_threshold_0": "rate", "offset_0": "compare"}[field]
    body = {
        **FORM,
        **TOLD,
        "type_0": kind,
        "window_0": "5",
        "window_unit_0": "s",
        "other_key_0": "tank.u",
        field: number,
    }
    page = browse(alice)

    assert page.post(level, {**body, "action": "alarm_rehearse"}).status_code == 200
    assert page.post(level, body).status_code == 302
    [made] = Alarm.objects.get().conditions
    assert float(made[field.removesuffix("_0")]) == float(number)
