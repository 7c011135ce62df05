"""Calls over a channel: their life in words, and the panel that makes, follows and withdraws them."""

from datetime import UTC

import pytest

from doover_web.data.models import Message
from doover_web.data.publish import post_message, update_message
from portal.viewer.calls import is_cancelled, life_of

NOW = 1_772_600_767_890


def status(code, message=None, **more):
    return {"status": {"code": code, "message": message}, **more}


@pytest.mark.parametrize(
    ("data", "ago_ms", "said", "kind", "is_over"),
    [
        ({}, 1000, "Sent", "wait", False),
        (status("sent"), 45_000, "No answer for 45 s", "warn", False),
        (status("sent", expires_after=30_000), 29_000, "Sent", "wait", False),
        (status("sent", expires_after=30_000), 31_000, "Timed out: nobody took it in time", "bad", True),
        (status("acknowledged", {"timestamp": NOW}, expires_after=1), 900_000, "Acknowledged", "wait", False),
        (status("deferred", {"until": NOW + 60_000, "at": NOW}), 0, "Deferred until 05:07:07", "wait", False),
        (status("deferred", {"until": "soon"}), 0, "Deferred", "wait", False),
        (status("pending", {"text": "Cranking…", "phase": "starting"}), 0, "Cranking…", "wait", False),
        (status("pending", "half way"), 0, "half way", "wait", False),
        (status("pending", {"phase": 1}), 0, "In progress", "wait", False),
        (status("awaiting_confirmation"), 0, "Waits for confirmation", "wait", False),
        (status("success"), 0, "Done", "ok", True),
        (status("error", {"code": "E7", "message": "stuck"}), 0, "Failed: E7 · stuck", "bad", True),
        (status("error", "no water"), 0, "Failed: no water", "bad", True),
        (status("error"), 0, "Failed", "bad", True),
        (status("error", {"cancelled_at": 1}), 0, "Cancelled", "idle", True),
        (status("error", {"cancelled_by": {"name": "Sam"}}), 0, "Cancelled by Sam", "idle", True),
        (status("error", "Command canceled"), 0, "Cancelled", "idle", True),
        (status("dreaming"), 0, "dreaming", "idle", False),
        ({"status": 5, "expires_after": "x"}, 0, "Sent", "wait", False),
        (status(["odd"], []), 0, "['odd']", "idle", False),
    ],
)
def test_where_a_call_stands(data, ago_ms, said, kind, is_over):
    life = life_of(data, NOW - ago_ms, NOW, UTC)

    assert (life.words, life.kind, life.is_over) == (said, kind, is_over)


@pytest.mark.parametrize("odd", [None, 5, "Command failed", {"info": 5}, {"info": "Command"}, []])
def test_an_ordinary_failure_is_no_cancellation(odd):
    assert not is_cancelled(odd)


@pytest.fixture
def panel(pump, level):
    return f"{level}?panel=calls"


def calls(pump):
    found = Message.objects.filter(agent_id=pump.id, data__type="rpc").order_by("id")
    return [(message.id, message.data) for message in found]


def test_a_call_from_the_form(browse, alice, pump, panel):
    form = {"action": "call", "method": "set_pump", "app_key": "pump_1", "data": "35", "expires_after": "60"}

    response = browse(alice).post(panel, {**form, "reason": "test"})

    assert response.status_code == 302
    [(_, data)] = calls(pump)
    assert (data["method"], data["app_key"], data["request"], data["expires_after"]) == (
        "set_pump",
        "pump_1",
        35,
        60_000,
    )
    assert (data["status"], data["response"], data["reason"]) == ({"code": "sent"}, {}, "test")
    assert data["actor"] == {"id": str(alice.id), "name": "Alice Moreau", "email": alice.email}
    page = browse(alice).get(panel).content.decode()
    assert "set_pump" in page
    assert 'value="cancel"' in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"method": ""}, "Name the method"),
        ({"data": '{"on": '}, "not valid JSON"),
        ({"expires_after": "soon"}, "whole number of seconds"),
        ({"expires_after": "0"}, "whole number of seconds"),
        ({"expires_after": "999999999"}, "whole number of seconds"),
    ],
)
def test_a_form_that_is_wrong_keeps_what_was_typed(browse, alice, pump, panel, wrong, told):
    form = {"action": "call", "method": "set_pump", "data": "{}", "reason": "kept", **wrong}

    response = browse(alice).post(panel, form)

    assert response.status_code == 400
    page = response.content.decode()
    assert told in page
    assert 'value="kept"' in page
    assert calls(pump) == []


def test_cancelling(browse, alice, bob, pump, panel, reach):
    made = post_message(reach=reach(alice, pump), name="level", data={"type": "rpc", "method": "m", "request": None})
    form = {"action": "cancel", "message": str(made.id)}

    assert browse(bob).post(panel, form).status_code == 403  # may look, not do
    assert browse(alice).post(panel, form).status_code == 302

    [(_, data)] = calls(pump)
    said = data["status"]["message"]
    assert (data["status"]["code"], said["info"], data["request"]) == ("error", "Command cancelled", None)
    assert said["cancelled_by"]["name"] == "Alice Moreau"
    again = browse(alice).post(panel, form)
    assert (again.status_code, "over already" in again.content.decode()) == (400, True)
    assert "Cancelled by Alice Moreau" in browse(bob).get(panel).content.decode()


@pytest.mark.parametrize("message", ["", "x", "5", "99999999999999999999"])
def test_cancelling_what_is_no_call(browse, alice, panel, message):
    assert browse(alice).post(panel, {"action": "cancel", "message": message}).status_code in (400, 404)


def test_a_message_that_is_no_call_stays_as_it_is(browse, alice, pump, panel, reach):
    made = post_message(reach=reach(alice, pump), name="level", data=[1, 2])

    assert browse(alice).post(panel, {"action": "cancel", "message": str(made.id)}).status_code == 400
    assert Message.objects.get(id=made.id).data == [1, 2]


def test_the_part_that_scripts_read_again(browse, bob, mallory, alice, pump, panel, reach):
    made = post_message(
        reach=reach(alice, pump), name="level", data={"type": "rpc", "method": "m", "request": {"on": True}}
    )
    done = {"status": {"code": "success", "message": None}, "response": {"running": "<b>yes</b>"}}
    update_message(reach=reach(pump, pump), name="level", message_id=made.id, data=done)

    part = browse(bob).get(f"{panel}&part=panel").content.decode()

    assert "<html" not in part
    assert "Done" in part
    assert "&lt;b&gt;yes" in part
    assert 'value="cancel"' not in part
    assert browse(mallory).get(f"{panel}&part=panel").status_code == 404
    assert browse(bob).get(panel.replace("calls", "nonsense") + "&part=panel").status_code == 404


def test_a_one_shot_reaches_who_watches(browse, alice, bob, level, heard, django_capture_on_commit_callbacks):
    panel = f"{level}?panel=one-shot"
    with django_capture_on_commit_callbacks(execute=True):
        response = browse(alice).post(panel, {"action": "one_shot", "data": '{"hello": 1}'})

    assert response.status_code == 302
    assert [event.data for event in heard if type(event).__name__ == "OneShotSent"] == [b'{"hello":1}']
    refused = browse(alice).post(panel, {"action": "one_shot", "data": "{"})
    assert (refused.status_code, "not valid JSON" in refused.content.decode()) == (400, True)
    assert browse(bob).post(panel, {"action": "one_shot", "data": "1"}).status_code == 403
    assert "not send on them" in browse(bob).get(panel).content.decode()
