"""Controls as documents declare them, what may be entered there, and how it is said."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from doover_web.common.snowflake import first_id_of
from doover_web.common.wire import BadRequest
from portal.desk import controls_of as controls_in
from portal.ui.commands import Stage, Timing, read_command
from portal.ui.controls import Control, Option, control_of
from portal.ui.entering import read_entry
from portal.ui.rows import Desk
from portal.ui.tree import Documents, read_tree
from portal.ui.wording import away_words, figure, stage_words, value_words

from .fixtures import load

NOW = 1_767_225_600_000
HERE = datetime.fromtimestamp(NOW / 1000, UTC)
SYDNEY = ZoneInfo("Australia/Sydney")


def controls_of(name):
    channels = load(name)["channels"]
    documents = Documents(
        channels.get("ui_state"),
        None,
        channels.get("tag_values"),
        channels.get("ui_cmds"),
        channels.get("deployment_config"),
    )
    found = (control_of(one) for one in read_tree(documents).shown())
    return {one.name: one for one in found if one}


@pytest.fixture(scope="module")
def pump():
    return controls_of("02-controls")


def desk(controls, commands=(), *, may=True, now=HERE, **more):
    return Desk({one.place: one for one in controls}, commands, now, may, **more)


def entered(control, zone=UTC, **form):
    return read_entry(control, form, NOW, zone)


def refused(control, zone=UTC, **form):
    with pytest.raises(BadRequest) as refusal:
        entered(control, zone, **form)
    return refusal.value.message


def test_each_type_is_a_control_of_its_kind(pump):
    kinds = {name: one.kind for name, one in pump.items()}

    assert kinds == {
        **dict.fromkeys(["start_pump", "stop_pump", "emergency_stop", "reset_fault", "camera_get_now"], "button"),
        **dict.fromkeys(["schedule_enabled", "siren"], "switch"),
        **dict.fromkeys(["speed_setpoint", "pressure_band"], "slider"),
        **dict.fromkeys(["target_flow", "offset"], "number"),
        **dict.fromkeys(["operator_note", "handover"], "text"),
        **dict.fromkeys(["start_at", "last_service"], "moment"),
        "operating_mode": "select",
        "daily_start": "time",
    }


def test_what_they_declare(pump):
    assert pump["start_pump"].timing == Timing(10_000, 120_000, 30_000)
    assert (pump["siren"].is_direct, pump["camera_get_now"].is_global) == (True, True)
    assert pump["operating_mode"].options[2] == Option("off", "Off")
    assert (pump["pressure_band"].is_dual, pump["pressure_band"].is_inverted) == (True, True)
    assert pump["speed_setpoint"].colours == ("red", "orange", "green")
    assert (pump["last_service"].has_time, pump["last_service"].earliest_ms) == (False, -31_536_000_000)


def test_what_they_ask(pump):
    grave = pump["emergency_stop"].confirm
    assert (grave.title, grave.must_say_why, grave.why_label) == ("Trip the emergency stop?", True, "Why?")
    assert grave.is_grave
    assert (pump["reset_fault"].confirm.asks_why, pump["reset_fault"].confirm.must_say_why) == (True, False)
    assert pump["stop_pump"].confirm is None
    assert pump["siren"].confirm is None


def test_old_documents():
    old = controls_of("10-legacy-04x")

    assert old["legacy_1_mode"].takes("manual").label == "Manual"
    assert old["legacy_1_mode"].confirm is not None
    assert (old["legacy_1_when"].in_seconds, old["legacy_1_day"].has_time) == (True, False)
    assert entered(old["legacy_1_when"], date="2026-01-02", time="00:00") == 1_767_312_000
    assert all(one.is_old for one in old.values())


def test_numbers_keep_to_their_limits_and_steps(pump):
    speed, flow, offset = pump["speed_setpoint"], pump["target_flow"], pump["offset"]

    assert (entered(speed, value="35"), entered(flow, value="42.5"), entered(offset, value=" −7 ")) == (35, 42.5, -7)
    assert repr(entered(speed, value="35.0")) == "35"
    assert refused(speed, value="51") == "Speed Setpoint takes 0 to 50 Hz"
    assert refused(speed, value="35.5") == "Choose in steps of 1"
    assert refused(flow, value="120.6").startswith("Target Flow takes 0 to 120.5")
    for odd in ("", "x", "1,5", "nan", "inf", "1e400", "--1", ".", "0x10", "1" * 400):
        assert refused(offset, value=odd)


def test_steps_of_a_tenth_meet_no_rounding():
    tenths = Control("a", "x", "slider", "X", low=0, high=1, step=0.1)

    assert [entered(tenths, value=f"{n / 10}") for n in range(11)] == [
        0,
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
        0.7,
        0.8,
        0.9,
        1,
    ]


def test_a_span_has_two_ends(pump):
    band = pump["pressure_band"]

    assert entered(band, low="200", high="650") == [200, 650]
    assert "Swap" in refused(band, low="650", high="200")
    assert "0 to 1,000 kPa" in refused(band, low="-10", high="20")


def test_choices_and_switches(pump):
    assert entered(pump["operating_mode"], value="off") == "off"
    assert "no such choice" in refused(pump["operating_mode"], value="turbo")
    assert (entered(pump["siren"], value="true"), entered(pump["siren"], value="false")) == (True, False)
    assert refused(pump["siren"], value="maybe") == "Choose on or off"


def test_texts(pump):
    assert entered(pump["handover"], value="a\r\nb") == "a\nb"
    assert "one line" in refused(pump["operator_note"], value="a\nb")
    assert "characters" in refused(pump["handover"], value="x" * 10_001)


def test_moments_are_of_the_viewers_zone(pump):
    start = pump["start_at"]

    assert entered(start, SYDNEY, date="2026-01-02", time="11:00") == NOW + 86_400_000
    assert "from now" in refused(start, date="2025-12-31", time="23:00")
    assert "up to" in refused(start, date="2026-01-09", time="00:00")
    assert refused(start, date="2026-13-01", time="11:00") == "A day looks like 2026-11-21"
    assert refused(start, date="2026-01-02", time="25:00") == "A time looks like 06:30"


def test_a_day_has_its_own_midnight(pump):
    service = pump["last_service"]

    assert entered(service, SYDNEY, date="2026-01-01") == NOW - 11 * 3_600_000
    assert refused(service, SYDNEY, date="2026-01-02")
    assert refused(service, date="2024-12-30")


def test_an_hour_that_the_clocks_leave_out():
    at = Control("a", "x", "moment", "X")

    assert "clocks" in refused(at, SYDNEY, date="2026-10-04", time="02:30")
    assert (
        entered(at, SYDNEY, date="2026-10-04", time="03:00")
        == entered(at, SYDNEY, date="2026-10-04", time="01:59") + 60_000
    )


def test_a_time_of_day_is_seconds(pump):
    assert entered(pump["daily_start"], value="06:30") == 23_400
    assert refused(pump["daily_start"], value="24:00")


def test_a_press_is_the_moment(pump):
    assert entered(pump["start_pump"]) == NOW


def test_values_in_words(pump):
    def said(name, value):
        return value_words(pump[name], value, HERE)

    assert said("operating_mode", "manual") == "Manual"
    assert said("operating_mode", "turbo") == "turbo"
    assert said("pressure_band", [180, 600]) == "180 – 600"
    assert said("pressure_band", 180) == "180 – 1,000"
    assert said("siren", True) == "On"
    assert said("daily_start", 23_400) == "06:30"
    assert said("last_service", NOW) == "today"
    assert said("start_at", NOW + 86_400_000) == "2 Jan 00:00"
    assert said("offset", None) == "—"
    assert (figure(-1234.5), figure(0.1 + 0.2), figure(35.0, 1)) == ("−1,234.5", "0.3", "35.0")


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage("sent"), "Sent, waiting for device"),
        (Stage("working", code="acknowledged"), "Device received it"),
        (Stage("working", text="Ramping"), "Ramping"),
        (Stage("deferred", until=NOW + 5_640_000), "Queued until 01:34, in 1 h 34 min"),
        (Stage("timed_out", waited=10_000), "No answer in 10 s"),
        (Stage("timed_out", waited=1, is_expired=True), "No answer in 0 s. It has expired: the device will not do it"),
        (Stage("done", waited=800), "Done in 0.8 s"),
        (Stage("done", waited=12), "Done at once"),
        (Stage("cancelled", by="Bob Keller"), "Cancelled by Bob Keller"),
        (Stage("failed", text="Guard door is open"), "Guard door is open"),
    ],
)  # fmt: skip
def test_stages_in_words(stage, said):
    assert stage_words(stage, HERE) == said


def test_a_device_that_is_away():
    assert away_words(Stage("sent"), HERE) == "Waits for the device"
    assert away_words(Stage("sent", until=NOW + 8_000), HERE) == "Waits for the device. Expires in 8 s"


def command(name, request, ms=NOW - 2_000, code="sent", **more):
    data = {"type": "rpc", "app_key": "pump_1", "method": name, "request": request, "status": {"code": code}, **more}
    return read_command(first_id_of(ms), 7, data, None)


def test_a_row_while_it_waits(pump):
    row = desk(pump.values(), [command("speed_setpoint", 42)]).row("pump_1/speed_setpoint")

    assert (row.value, row.asked, row.line.says, row.is_usable) == ("36", "42", "Sent, waiting for device", False)
    assert (row.line.can_cancel, row.line.can_retry, row.line.can_dismiss) == (True, False, False)


def test_who_may_only_look_is_told_so(pump):
    there = desk(pump.values(), [command("speed_setpoint", 42)], may=False)

    assert "not control it" in there.row("pump_1/siren").why_not
    assert not there.row("pump_1/speed_setpoint").line.can_cancel


def test_the_tray_tells_what_changes(pump):
    given = [
        command("speed_setpoint", 42, NOW - 4_000, old_value=36),
        command("handover", "…", NOW - 3_000),
        command("unknown", 1, NOW - 2_000, code="success"),
        command("start_pump", NOW - 20_000, NOW - 20_000, expires_after=10_000),
    ]
    tray = desk(pump.values(), given, names={7: "Alice Moreau"}).tray

    assert [(one.label, one.change, one.line.kind) for one in tray] == [
        ("unknown", "", "ok"),
        ("Handover", "changed", "wait"),
        ("Speed Setpoint", "36 → 42 Hz", "wait"),
        ("Start Pump", "", "warn"),
    ]
    assert {one.who for one in tray} == {"Alice Moreau"}


def test_what_was_tried_again_asks_for_nothing_more(pump):
    first = command("start_pump", NOW - 30_000, NOW - 30_000)
    again = command("start_pump", NOW, NOW - 1_000, retry_of=str(first.id))

    [new, old] = desk(pump.values(), [first, again]).tray

    assert (old.line.kind, old.line.can_retry, old.line.can_dismiss, new.line.kind) == ("idle", False, False, "wait")


def test_the_page_knows_when_time_alone_changes_it(pump):
    assert desk(pump.values(), [command("start_pump", NOW, NOW - 2_000)]).next_ms == NOW + 8_000
    assert desk(pump.values()).next_ms is None


def test_a_track_is_drawn_from_where_it_begins(pump):
    there = desk(pump.values(), [command("pressure_band", [180, 700])])

    track = there.row("pump_1/pressure_band").track

    assert [(one.kind, one.x, one.width) for one in track] == [
        ("track", 0, 300),
        ("done", 120, 126),
        ("ask", 90, 30),
    ]


@pytest.mark.parametrize("step", [5e-324, 1e-300])
def test_steps_that_are_finer_than_numbers_are_none(step):
    fine = Control("a", "x", "slider", "Level", low=0.0, high=100.0, step=step)

    assert entered(fine, value="41.5") == 41.5
    assert refused(fine, value="101") == "Level takes 0 to 100"


def test_controls_of_one_name_have_rows_and_commands_of_their_own():
    lines = {
        key: {"type": "uiSubmodule", "children": {"speed": {"type": "uiSlider", "dualSlider": False, "max": most}}}
        for key, most in (("north", 50), ("south", 80))
    }
    state = {"state": {"children": {"pump_1": {"type": "uiApplication", "children": lines}}}}
    controls = controls_in(read_tree(Documents(state)))

    there = desk(controls.values(), [command("speed", 42, element="south/speed")])

    north, south = there.row("pump_1/north/speed"), there.row("pump_1/south/speed")
    assert (north.control.high, south.control.high) == (50, 80)
    assert (north.line, south.asked, south.control.is_twin) == (None, "42", True)
    assert there.control_of(there.commands[0]) is south.control
    elsewhere = desk(controls.values(), [command("speed", 42)])  # another program does not say at which
    assert [row.asked for row in elsewhere.rows] == ["42", "42"]
