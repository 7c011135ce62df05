"""Giving commands from the page of a device, with forms alone."""

import orjson
import pytest
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.common.window import Window
from doover_web.data.access import channel_to_read, ref_of
from doover_web.data.history import list_messages
from doover_web.data.publish import open_channel, post_message, update_aggregate, update_message
from doover_web.identity.models import GroupGrant, GroupRole
from portal.ui import sending
from portal.ui.states import state_of
from portal.views import commands

from .fixtures import load


@pytest.fixture
def there(reach, alice, pump):
    """Pump 7 with the controls of the fixture; its address."""
    at = reach(alice, pump)
    for name, data in load("02-controls")["channels"].items():
        if name != "doover_connection":
            update_aggregate(reach=at, name=name, data=data)
    return f"/device/{pump.id}/commands/"


@pytest.fixture
def said(reach, alice, pump):
    """`said()`: the messages of `ui_cmds`, the newest first, as (id, data)."""

    def read():
        at = reach(alice, pump)
        channel = channel_to_read(at, "ui_cmds")
        found = list_messages(channel, ref_of(at, channel), Window(limit=50))
        return [(one.id, orjson.loads(one.data)) for one in reversed(found)][::-1]

    return read


@pytest.fixture
def answers(reach, pump):
    """`answers(id, "success")`: the device says what came of a command."""

    def answer(message_id, code, said=None):
        status = {"status": {"code": code, "message": said}}
        update_message(reach=reach(pump, pump), name="ui_cmds", message_id=message_id, data=status)

    return answer


def give(browser, there, name, **form):
    return browser.post(there, {"app": "pump_1", "name": name, **form})


def text_of(response):
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_a_command_is_the_message_that_devices_read(browse, alice, there, said, pump):
    response = give(browse(alice), there, "speed_setpoint", value="42")

    assert (response.status_code, response["Location"]) == (302, f"/device/{pump.id}")
    [(_, data)] = said()
    assert data == {
        "type": "rpc",
        "app_key": "pump_1",
        "method": "speed_setpoint",
        "request": 42,
        "actor": {"id": str(alice.agent_id), "name": "Alice Moreau", "email": alice.email},
        "old_value": 36,
        "status": {"code": "sent"},
        "response": {},
    }


def test_it_asks_first_where_the_document_says_so(browse, alice, there, said):
    browser = browse(alice)

    question = give(browser, there, "operating_mode", value="off")

    assert "Change Operating Mode?" in text_of(question)
    assert "<del>Manual</del>" in text_of(question)
    assert said() == []
    give(browser, there, "operating_mode", value="off", confirmed="yes")
    assert said()[0][1]["request"] == "off"


def test_a_reason_that_must_be_given(browse, alice, there, said):
    browser = browse(alice)

    assert "Why?" in text_of(give(browser, there, "emergency_stop", confirmed="yes", reason="  "))
    assert said() == []
    give(browser, there, "emergency_stop", confirmed="yes", reason="Water on the floor")
    [(_, data)] = said()
    assert (data["reason"], data["request"] // 10_000_000) == ("Water on the floor", now_ms() // 10_000_000)


def test_what_expires_says_when(browse, alice, there, said):
    give(browse(alice), there, "start_pump", confirmed="yes")

    assert said()[0][1]["expires_after"] == 10_000


def test_a_global_one_names_no_application(browse, alice, there, said):
    give(browse(alice), there, "camera_get_now")

    assert "app_key" not in said()[0][1]


def test_a_direct_one_is_written_at_once(browse, alice, there, said, pump):
    give(browse(alice), there, "siren", value="true")

    assert state_of(pump.id, "ui_cmds")["pump_1"]["siren"] is True
    assert said()[0][1] == {"type": "log", "app_key": "pump_1", "key": "siren", "value": True}


def test_old_documents_get_flat_values(browse, alice, pump, reach, said):
    at = reach(alice, pump)
    old = load("10-legacy-04x")["channels"]
    for name in ("ui_state", "ui_cmds"):
        update_aggregate(reach=at, name=name, data=old[name])
    browser, there = browse(alice), f"/device/{pump.id}/commands/"

    for name, form in (("legacy_1_setpoint", {"value": "6.5"}), ("legacy_1_start_now", {"confirmed": "yes"})):
        browser.post(there, {"app": "legacy_1", "name": name, **form})

    assert state_of(pump.id, "ui_cmds")["cmds"]["legacy_1_setpoint"] == 6.5
    given = [data["cmds"] for _, data in said()]
    assert given == [{"legacy_1_start_now": True}, {"legacy_1_setpoint": 6.5}]


def test_what_does_not_fit_is_told_and_not_sent(browse, alice, there, said):
    browser = browse(alice)

    response = browser.post(there, {"app": "pump_1", "name": "speed_setpoint", "value": "99"}, follow=True)
    assert "Speed Setpoint takes 0 to 50 Hz" in text_of(response)
    part = browser.post(there + "?part=commands", {"app": "pump_1", "name": "speed_setpoint", "value": "99"})
    assert (part.status_code, part.json()["message"]) == (400, "Speed Setpoint takes 0 to 50 Hz")
    assert said() == []


def test_only_what_the_page_has_can_be_commanded(browse, alice, there, said):
    for name in ("set_zones", "actual_speed", "nothing", ""):
        assert give(browse(alice), there, name, value="1").status_code == 404
    assert said() == []


def test_looking_is_not_controlling(browse, bob, mallory, there, said):
    refused = give(browse(bob), there, "speed_setpoint", value="42")
    assert refused.status_code == 403
    assert "You may look at this device, not control it" in text_of(refused)
    assert give(browse(mallory), there, "speed_setpoint", value="42").status_code == 404
    assert said() == []
    assert "not control it" in text_of(browse(bob).get(there))


def test_who_may_only_look_reads_it_once(browse, alice, bob, there, pump):
    page = text_of(browse(bob).get(f"/device/{pump.id}/"))

    assert page.count("data-looks-only") == 1
    assert page.count("An administrator can give you the right to control it") == 1
    said = page.count("You may look at this device, not control it</p>")
    assert said > 1  # for those who listen, at each control
    assert page.count('<p class="dv-sub mb-0 visually-hidden">You may look at this device') == said
    assert "data-looks-only" not in text_of(browse(alice).get(f"/device/{pump.id}/"))


def test_one_that_is_open_blocks_the_next(browse, alice, there, said):
    browser = browse(alice)
    give(browser, there, "speed_setpoint", value="42")

    second = browser.post(there + "?part=commands", {"app": "pump_1", "name": "speed_setpoint", "value": "43"})

    assert (second.status_code, len(said())) == (409, 1)
    assert "Cancel that command first" in second.json()["message"]


def test_of_many_at_the_same_moment_one_is_sent(browse, alice, there, said, monkeypatch):
    """Each of them was judged before any was sent."""
    real, others = commands.desk_of, ["42"]

    def meanwhile(*asked):
        desk = real(*asked)
        if others:
            give(browse(alice), there, "speed_setpoint", value=others.pop())
        return desk

    monkeypatch.setattr(commands, "desk_of", meanwhile)
    give(browse(alice), there, "speed_setpoint", value="43")
    assert [data["request"] for _, data in said()] == [42]


def test_what_a_device_logs_hides_no_open_command(browse, alice, there, said, reach, pump):
    browser = browse(alice)
    give(browser, there, "speed_setpoint", value="42")
    for n in range(205):
        post_message(reach=reach(pump, pump), name="ui_cmds", data={"type": "log", "app_key": "pump_1", "value": n})

    assert "36 → 42 Hz" in text_of(browser.get(there))
    assert give(browser, f"{there}?part=commands", "speed_setpoint", value="43").status_code == 409


def test_everybody_sees_where_it_stands(browse, alice, bob, there, said, answers):
    give(browse(alice), there, "speed_setpoint", value="42")
    answers(said()[0][0], "pending", {"text": "Ramping, 38 Hz", "percent": 43})

    seen = text_of(browse(bob).get(there))

    assert "Ramping, 38 Hz" in seen
    assert 'value="43"' in seen
    assert "36 → 42 Hz" in seen
    assert "Alice Moreau" in seen


def test_cancel_is_told_to_the_device(browse, alice, there, said):
    browser = browse(alice)
    give(browser, there, "speed_setpoint", value="42")
    [(message_id, _)] = said()

    browser.post(f"{there}{message_id}/cancel/")

    status = said()[0][1]["status"]
    assert (status["code"], status["message"]["info"]) == ("error", "Command cancelled")
    assert status["message"]["cancelled_by"]["name"] == "Alice Moreau"
    assert "Cancelled by Alice Moreau" in text_of(browser.get(there))


def test_what_is_over_cannot_be_cancelled(browse, alice, there, said, answers):
    browser = browse(alice)
    give(browser, there, "speed_setpoint", value="42")
    [(message_id, _)] = said()
    answers(message_id, "success")

    assert browser.post(f"{there}{message_id}/cancel/?part=commands").status_code == 409
    assert said()[0][1]["status"]["code"] == "success"


def test_what_failed_is_tried_again(browse, alice, there, said, answers):
    browser = browse(alice)
    give(browser, there, "start_pump", confirmed="yes", reason="night run")
    [(first, data)] = said()
    answers(first, "error", {"code": "INTERLOCK", "message": "Suction pressure 38 kPa, needs 60"})
    assert "Suction pressure 38 kPa, needs 60" in text_of(browser.get(there))

    assert f'action="{there}{first}/retry' in text_of(browser.post(f"{there}{first}/retry/"))
    assert len(said()) == 1
    browser.post(f"{there}{first}/retry/", {"confirmed": "yes"})

    again = said()[0][1]
    assert (again["retry_of"], again["reason"], again["expires_after"]) == (str(first), "night run", 30_000)
    assert again["request"] >= data["request"]
    assert browser.post(f"{there}{first}/retry/?part=commands").status_code == 409


def test_what_is_tried_again_has_to_fit_as_anew(browse, alice, there, said, answers, reach, pump):
    browser = browse(alice)
    give(browser, there, "speed_setpoint", value="42")
    [(first, _)] = said()
    answers(first, "error", {"code": "INTERLOCK"})
    narrower = {"state": {"children": {"pump_1": {"children": {"speed_setpoint": {"max": 40}}}}}}
    update_aggregate(reach=reach(pump, pump), name="ui_state", data=narrower)

    refused = browser.post(f"{there}{first}/retry/?part=commands")

    assert refused.status_code == 400
    assert "40" in refused.json()["message"]
    assert len(said()) == 1


@pytest.mark.parametrize("name", ["schedule_enabled", "daily_start", "operator_note", "speed_setpoint", "handover"])
@pytest.mark.parametrize("value", [None, [], {"a": 1}, 1e308, "x" * 20_000])
def test_what_no_control_takes_is_not_tried_again(browse, alice, there, said, reach, pump, name, value):
    """Whoever may write messages may write anything."""
    failed = {"type": "rpc", "app_key": "pump_1", "method": name, "request": value, "status": {"code": "error"}}
    written = post_message(reach=reach(pump, pump), name="ui_cmds", data={**failed, "response": {}})

    assert browse(alice).post(f"{there}{written.id}/retry/?part=commands", {"confirmed": "yes"}).status_code == 400
    assert len(said()) == 1


def test_what_an_old_page_tries_again_is_asked_about(browse, alice, there, said, answers):
    browser = browse(alice)
    give(browser, there, "speed_setpoint", value="42")
    [(first, _)] = said()
    answers(first, "error", {"code": "INTERLOCK"})

    page = text_of(browser.post(f"{there}{first}/retry/", {"at": str(now_ms() - 3_600_000)}))

    assert "page you came from is old" in page
    assert f'action="{there}{first}/retry' in page
    assert len(said()) == 1


def test_what_was_seen_is_put_away_for_this_person_alone(browse, alice, bob, there, said, answers):
    browser = browse(alice)
    give(browser, there, "speed_setpoint", value="42")
    [(message_id, _)] = said()
    answers(message_id, "error", "Sensor gone")

    browser.post(f"{there}{message_id}/dismiss/")

    assert "1 failed" not in text_of(browser.get(there))
    assert "1 failed" in text_of(browse(bob).get(there))


def test_deeds_need_a_command_and_the_right(browse, alice, bob, there, said, reach, pump):
    give(browse(alice), there, "speed_setpoint", value="42")
    [(message_id, _)] = said()
    line = post_message(reach=reach(pump, pump), name="ui_cmds", data={"type": "log"}).id

    for deed in ("cancel", "retry"):
        assert browse(bob).post(f"{there}{message_id}/{deed}/").status_code == 403
        assert browse(alice).post(f"{there}{line}/{deed}/").status_code == 404
        assert browse(alice).post(f"{there}1/{deed}/").status_code == 404
    assert browse(alice).get(f"{there}{message_id}/cancel/").status_code == 405
    assert said()[1][1]["status"] == {"code": "sent"}


def test_a_page_that_is_old_asks_first(browse, alice, there, said):
    browser, old = browse(alice), str(now_ms() - 3_600_000)

    assert "page you came from is old" in text_of(give(browser, there, "speed_setpoint", value="42", at=old))
    assert said() == []
    give(browser, there, "speed_setpoint", value="42", at=old, live="yes")
    assert len(said()) == 1


def test_without_the_history_one_sees_the_values_alone(browse, bob, there, reach, alice, pump):
    open_channel(reach=reach(alice, pump), name="ui_cmds", settings={"is_private": True}, update=True)

    seen = text_of(browse(bob).get(there))

    assert "dv-tray" not in seen


@pytest.mark.parametrize(("code", "ends"), [("success", "success"), ("pending", "error")])
def test_an_answer_that_comes_while_one_withdraws_is_kept(browse, alice, there, said, answers, monkeypatch, code, ends):
    browser = browse(alice)
    give(browser, there, "speed_setpoint", value="42")
    [(message_id, _data)] = said()
    withdraw, late = sending.cancellation, [code]

    def slowly(*args):
        if late:
            answers(message_id, late.pop())
        return withdraw(*args)

    monkeypatch.setattr(sending, "cancellation", slowly)
    browser.post(f"{there}{message_id}/cancel/")

    [(_id, data)] = said()
    assert data["status"]["code"] == ends


def test_who_controls_without_the_history_follows_what_is_open(browse, bob, alice, there, said, answers):
    role = GroupRole.objects.create(name="Operator", flags=["device_view", "device_control"])
    GroupGrant.objects.filter(user=bob).update(role=role)
    give(browse(alice), there, "speed_setpoint", value="20")
    answers(said()[0][0], "success")
    browser = browse(bob)
    assert "Alice" not in text_of(browser.get(there))

    give(browser, there, "speed_setpoint", value="42")
    assert "Sent, waiting for device" in text_of(browser.get(there))
    assert give(browser, there, "speed_setpoint", value="43").status_code == 302
    assert len(said()) == 2

    browser.post(f"{there}{said()[0][0]}/cancel/")
    assert "Cancelled by Bob Tran" in text_of(browser.get(there))
    assert browser.post(f"{there}{said()[1][0]}/retry/").status_code == 404


def test_hostile_texts_stay_texts(browse, alice, there, reach, pump):
    evil = {"type": "rpc", "method": "<script>x</script>", "app_key": "pump_1", "request": "<b>", "old_value": {"a": 1}}
    post_message(reach=reach(pump, pump), name="ui_cmds", data={**evil, "reason": "<img src=x>", "actor": "<i>"})

    seen = text_of(browse(alice).get(there))

    assert "<script>x" not in seen
    assert "<img src" not in seen


def test_queries_stay_level(browse, alice, there, django_assert_max_num_queries, reach, pump):
    browser, at = browse(alice), reach(pump, pump)
    browser.get(there)
    for number in range(30):
        data = {"type": "rpc", "app_key": "pump_1", "method": f"m{number}", "request": 1}
        post_message(reach=at, name="ui_cmds", data=data)

    with django_assert_max_num_queries(22):
        assert browser.get(there).status_code == 200


def test_a_device_that_is_away_gets_it_later(browse, alice, there, reach, pump):
    gone = {"status": {"status": "ContinuousOffline", "last_online": now_ms() - 3_600_000}, "determination": "Offline"}
    update_aggregate(reach=reach(pump, pump), name="doover_connection", data=gone)
    browser = browse(alice)

    assert "gets this when it connects in time" in text_of(give(browser, there, "start_pump"))
    give(browser, there, "start_pump", confirmed="yes")
    give(browser, there, "speed_setpoint", value="42")

    seen = text_of(browser.get(there))
    assert "Waits for the device. Expires in" in seen
    assert "Waits for the device</span>" in seen


def test_an_archived_device_takes_nothing(browse, alice, there, pump, said):
    pump.archived_at = timezone.now()
    pump.save(update_fields=["archived_at"])

    browser = browse(alice)
    answer = give(browser, there, "speed_setpoint", value="42")
    assert "This device is archived, so it hears nothing" in text_of(browser.get(answer["Location"], follow=True))
    assert said() == []
    assert "This device is archived" in text_of(browse(alice).get(there))


def test_a_command_of_an_archived_device_stays_as_it_is(browse, alice, there, pump, said):
    browser = browse(alice)
    give(browser, there, "speed_setpoint", value="42")
    [(message_id, before)] = said()
    pump.archived_at = timezone.now()
    pump.save(update_fields=["archived_at"])

    assert browser.post(f"{there}{message_id}/cancel/?part=commands").status_code == 409
    assert said() == [(message_id, before)]


def test_of_two_controls_of_one_name_the_one_that_is_meant_takes_it(browse, alice, reach, pump, said):
    kinds = ("north", 50), ("south", 80)
    inner = {
        key: {
            "type": "uiSubmodule",
            "displayString": key,
            "children": {"speed": {"type": "uiFloatInput", "displayString": f"Speed {key}", "max": most}},
        }
        for key, most in kinds
    }
    app = {"type": "uiApplication", "children": inner}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data={"state": {"children": {"pump_1": app}}})
    update_aggregate(reach=reach(alice, pump), name="ui_cmds", data={})
    browser, address = browse(alice), f"/device/{pump.id}/commands/"
    page = text_of(browser.get(f"/device/{pump.id}/"))
    assert page.count("Speed north</span>") == page.count("Speed south</span>") == 1
    assert 'name="place" value="pump_1/south/speed"' in page

    give(browser, address, "speed", place="pump_1/north/speed", value="70")  # beyond its limit
    assert said() == []
    give(browser, address, "speed", place="pump_1/south/speed", value="70")

    [(_, data)] = said()
    assert (data["method"], data["request"], data["element"]) == ("speed", 70, "south/speed")
    rows = text_of(browser.get(address)).split("data-rows>")[1].split('data-control="pump_1/speed"')
    assert ["Sent, waiting for device" in row for row in rows[1:]] == [False, True]
    assert give(browser, address, "speed", place="pump_1/west/speed", value="7").status_code == 404
