"""The life of a command, from the messages of `ui_cmds` (`ui-schema §11`)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.mergepatch import merge
from doover_web.common.snowflake import first_id_of
from portal.ui.commands import (
    DAY_MS,
    NOTHING,
    Command,
    Timing,
    read_command,
    recent,
    stage_of,
    standing_of,
    superseded,
    timing_for,
)

NOW = 1_767_225_600_000
ADA = 170000000000000009
SCENARIOS = {
    one["scenario"]: one for one in json.loads(Path("tests/fixtures/ui/09-rpc-lifecycle.json").read_text())["scenarios"]
}
# After each event of the command's control: the phase of its row (none: "idle"), and the value that it shows.
COURSES = {
    "undecorated control": [("sent", 35), ("sent", 35), ("sent", 35), ("done", 35)],
    "decorated handler": [("sent", "manual"), ("done", "manual"), ("done", "manual"), ("done", "manual")],
    "acknowledge and progress": [("sent", NOW), *[("working", NOW)] * 3, *[("done", NOW)] * 3],
    "declared error": [("sent", NOW), ("failed", None)],
    "unexpected error": [("sent", NOW), ("failed", None)],
    "deferred": [("sent", NOW), ("deferred", NOW), *[("done", NOW)] * 3],
    "cancelled by the issuer": [("sent", NOW), ("working", NOW), ("cancelled", None)],
    "expired on arrival": [("sent", NOW)],
    "unknown method": [("sent", 1)],
    "no app_key, minimal shape": [("sent", "auto"), ("done", "auto"), ("done", "auto"), ("done", "auto")],
    "handler that does not store": [("sent", True), ("done", True)],
    "generic rpc channel": [("sent", {"level": 2}), ("done", {"level": 2})],
}


def command(ms=NOW, *, changed=None, code="sent", said=None, **more):
    data = {"type": "rpc", "app_key": "pump_1", "method": "speed", "request": 42, **more}
    data["status"] = {"code": code, "message": said}
    return read_command(first_id_of(ms), ADA, data, changed)


def shown(commands, value=35, now=NOW, dismissed=()):
    return standing_of("pump_1", "speed", value, commands, Timing(), now, dismissed)


@pytest.mark.parametrize("name", COURSES)
def test_the_courses_of_the_fixture(name):
    messages, state, course = {}, {}, []
    method = SCENARIOS[name]["events"][0]["data"]["method"]
    for event in SCENARIOS[name]["events"]:
        if event["event"] == "AggregateUpdate":
            state = merge(state, event["request_data"])
        else:
            messages[int(event["message"][1:])] = event["data"]
        found = (read_command(first_id_of(NOW) + number, ADA, data, NOW) for number, data in messages.items())
        commands = [one for one in found if one]
        value = state.get("pump_1", {}).get(method)
        standing = standing_of("pump_1", method, value, commands, Timing(), NOW + 100)
        phase = standing.stage.phase if standing.stage else "idle"
        course.append((phase, standing.asked if standing.is_asked else standing.value))

    assert course == COURSES[name]
    assert state == SCENARIOS[name].get("final_aggregate", {})


def test_a_command_for_another_application_is_not_ours():
    [event] = SCENARIOS["other application"]["events"]
    other = read_command(first_id_of(NOW), ADA, event["data"], None)

    assert standing_of("pump_1", "mode", "off", [other], Timing(), NOW).command is None


def test_it_says_who_and_what():
    found = read_command(first_id_of(NOW), ADA, SCENARIOS["decorated handler"]["events"][0]["data"], None)

    assert (found.actor, found.reason, found.expires_ms, found.sent_ms) == ("Ada Operator", "shift change", 10_000, NOW)
    assert found.old is NOTHING


def test_progress_is_read_from_the_current_status_alone():
    """Merging is deep: the fields of an earlier status stay behind."""
    left = {"timestamp": 1, "until": NOW + DAY_MS, "text": "Ramping", "percent": 140}

    working = stage_of(command(code="pending", said=left), Timing(), NOW)
    received = stage_of(command(code="acknowledged", said=left), Timing(), NOW)

    assert (working.phase, working.text, working.percent) == ("working", "Ramping", 100)
    assert (received.text, received.percent) == ("", None)


def test_no_answer_in_time():
    timing = Timing(first=10_000)

    assert stage_of(command(), timing, NOW + 9_999) == stage_of(command(), timing, NOW)
    assert stage_of(command(), timing, NOW).until == NOW + 10_000
    late = stage_of(command(), timing, NOW + 10_000)
    assert (late.phase, late.waited, late.is_expired) == ("timed_out", 10_000, False)
    assert stage_of(command(), Timing(), NOW + DAY_MS).phase == "sent"


def test_what_expires_says_so_and_when():
    never = command(expires_after=20_000)
    timing = Timing(first=10_000)

    waiting = stage_of(never, timing, NOW + 12_000)
    assert (waiting.phase, waiting.is_expired, waiting.until) == ("timed_out", False, NOW + 20_000)
    assert stage_of(never, timing, NOW + 20_000).is_expired
    assert stage_of(never, Timing(), NOW + 20_000).phase == "timed_out"


def test_silence_after_an_answer():
    timing = Timing(first=5_000, silence=60_000)
    took = command(code="acknowledged", changed=NOW + 2_000)

    assert stage_of(took, timing, NOW + 61_999).phase == "working"
    assert stage_of(took, timing, NOW + 62_000).phase == "timed_out"
    assert stage_of(took, Timing(first=5_000), NOW + 7_000).phase == "timed_out"


def test_what_is_deferred_is_waited_for():
    timing = Timing(silence=60_000)
    queued = command(code="deferred", said={"at": NOW, "until": NOW + DAY_MS}, changed=NOW)

    assert stage_of(queued, timing, NOW + DAY_MS - 1).phase == "deferred"
    assert stage_of(queued, timing, NOW + DAY_MS + 1).phase == "working"
    assert stage_of(queued, timing, NOW + DAY_MS + 60_000).phase == "timed_out"


def test_a_late_answer_counts():
    done = command(code="success", changed=NOW + DAY_MS)
    refused = command(code="error", said={"code": "INTERLOCK", "message": "Guard door is open"}, changed=NOW + DAY_MS)

    assert stage_of(done, Timing(first=1_000), NOW + DAY_MS).phase == "done"
    failed = stage_of(refused, Timing(first=1_000), NOW + DAY_MS)
    assert (failed.phase, failed.text, failed.code) == ("failed", "Guard door is open", "INTERLOCK")


def test_a_retry_has_a_limit_of_its_own():
    timing = Timing(first=10_000, again=30_000)
    again = command(retry_of=str(first_id_of(NOW - 60_000)))

    assert stage_of(again, timing, NOW + 29_999).phase == "sent"
    assert stage_of(again, timing, NOW + 30_000).phase == "timed_out"
    assert superseded([again]) == {first_id_of(NOW - 60_000)}


@pytest.mark.parametrize(
    "said",
    [
        {"info": "x", "cancelled_at": NOW},
        {"cancelled_by": {"name": "Bob"}},
        "Command cancelled",
        {"text": " command Canceled "},
        {"info": "COMMAND CANCELLED"},
    ],
)
def test_cancelled_is_no_failure(said):
    assert stage_of(command(code="error", said=said), Timing(), NOW).phase == "cancelled"


def test_the_newest_command_wins():
    first, second = command(NOW - 2_000, request=40), command(NOW - 1_000, request=45)

    standing = shown([second, first])

    assert (standing.asked, standing.value, standing.is_blocked) == (45, 35, True)
    assert standing.command.id == second.id


def test_done_is_shown_until_the_state_agrees_or_for_five_seconds():
    done = command(NOW - 1_000, code="success", changed=NOW)

    assert shown([done], 35, NOW + 4_999).value == 42
    assert shown([done], 35, NOW + 5_000).value == 35
    assert shown([done], 42, NOW + 1_000).value == 42
    assert shown([done], 35, NOW).stage.waited == 1_000
    assert shown([done], 35, NOW + 4_000).stage is None
    assert (shown([done], 35, NOW).until, shown([done], 35, NOW + 4_000).until) == (NOW + 4_000, NOW + 5_000)


def test_what_failed_stays_until_it_is_dismissed():
    failed = command(NOW - DAY_MS // 2, code="error", said="Sensor gone", changed=NOW)

    assert shown([failed]).stage.text == "Sensor gone"
    assert shown([failed]).value == 35
    assert shown([failed], dismissed={failed.id}).stage is None


def test_what_was_cancelled_goes_by_itself():
    gone = command(code="error", said={"cancelled_at": NOW}, changed=NOW)

    assert shown([gone], now=NOW + 9_999).stage.phase == "cancelled"
    assert shown([gone], now=NOW + 10_000).stage is None


def test_the_tray_reaches_as_far_as_the_longest_time_out():
    old, new = command(NOW - 2 * DAY_MS), command(NOW - 1_000)

    assert recent([old, new], {}, NOW) == [new]
    assert recent([old, new], {("pump_1", "speed"): Timing(first=3 * DAY_MS)}, NOW) == [new, old]


def test_a_command_to_all_has_the_limits_of_one_that_knows_it():
    to_all = command(app_key=None)

    assert timing_for(to_all, {("pump_1", "speed"): Timing(first=1)}) == Timing(first=1)
    assert timing_for(to_all, {("pump_1", "mode"): Timing(first=1)}) == Timing()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(st.fixed_dictionaries({"type": st.just("rpc"), "method": st.just("m"), "request": anything}, optional={
    "status": st.fixed_dictionaries({}, optional={
        "code": st.sampled_from(["sent", "acknowledged", "pending", "deferred", "success", "error", "odd"]) | anything,
        "message": anything,
    }) | anything,
    "actor": anything, "reason": anything, "expires_after": anything, "retry_of": anything, "app_key": anything,
}))  # fmt: skip
def test_whatever_a_message_holds_it_has_a_stage(data):
    found = read_command(first_id_of(NOW), ADA, data, None)

    assert isinstance(found, Command)
    assert stage_of(found, Timing(1.0, 1.0, 1.0), NOW + 5).phase
    assert standing_of("", "m", None, [found], Timing(), NOW).command in (found, None)
