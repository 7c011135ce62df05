"""The simulated plants: plausible, the same whenever asked, and moved by commands."""

import itertools

import pytest

from doover_web.standalone.fleet import sky, tank, yard
from doover_web.standalone.fleet.album import caption
from doover_web.standalone.fleet.camera import CONTROL, SNAPSHOT, Camera
from doover_web.standalone.fleet.chiller import Chiller
from doover_web.standalone.fleet.depot import Depot
from doover_web.standalone.fleet.orders import Refusal
from doover_web.standalone.fleet.plant import Offset
from doover_web.standalone.fleet.pump import Pump
from doover_web.standalone.fleet.roster import ROSTER
from doover_web.standalone.fleet.solar import Solar, charge, panel_watts, yield_today
from doover_web.standalone.fleet.weather import Weather

# Noon at the creek on 1 June 2026, and a day of quarter hours from there.
NOON = 1_780_279_200
DAY = range(NOON, NOON + 86400, 1800)
PLANTS = (Pump, Solar, Weather, Chiller, Depot, Camera)


@pytest.mark.parametrize("plant", PLANTS)
def test_the_past_reads_the_same_whoever_asks_and_in_any_order(plant):
    forwards, backwards = plant(), plant()

    told = [forwards.tags(t) for t in DAY]

    assert told[::-1] == [backwards.tags(t) for t in reversed(DAY)]


@pytest.mark.parametrize("plant", PLANTS)
def test_every_drawn_lookup_has_its_tag_or_setting(plant):
    one = plant()
    moments = [one.tags(t) for t in DAY]

    for app, tree in one.trees().items():
        known = {name for tags in moments for name in tags[app]}
        settable = {*one.settings.get(app, {}), *one.buttons.get(app, ())}
        warnings = {name.removesuffix("_hidden") for name in known if name.endswith("_hidden")}
        for value in _texts(tree):
            if value.startswith("$tag.app()."):
                assert value.split(".", 2)[2].partition(":")[0] in known
            elif value.startswith("$cmds.app()."):
                assert value.split(".", 2)[2].partition(":")[0] in settable | warnings


@pytest.mark.parametrize("plant", PLANTS)
def test_the_roster_installs_what_the_plant_runs(plant):
    role = plant.__name__.lower()

    assert [app.key for entry in ROSTER if entry.role == role for app in entry.apps] == list(plant.apps)


def _texts(node):
    if isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, str):
        yield node


# --- the world ---


@pytest.mark.parametrize("plant", PLANTS)
def test_a_device_says_it_is_where_it_was_put(plant):
    [entry] = [one for one in ROSTER if one.role == plant.__name__.lower()]

    assert entry.place == (plant.location["lat"], plant.location["long"])


def test_the_tank_is_filled_and_drawn_down_without_a_jump():
    levels = [tank.level(t) for t in range(NOON, NOON + 3 * 86400, 300)]

    assert 20 < min(levels) < 40
    assert 80 < max(levels) < 95
    assert max(abs(one - other) for one, other in itertools.pairwise(levels)) < 2


def test_what_the_pump_ran_by_the_timetable_is_what_the_meter_counts():
    ran = sum(tank.is_filling(t) for t in range(NOON, NOON + 86400, 60)) * 60

    assert tank.pumped_seconds(NOON + 86400) - tank.pumped_seconds(NOON) == pytest.approx(ran, abs=120)


def test_the_sun_is_up_at_noon_and_gone_at_midnight():
    assert sky.sun(NOON) > 0.5
    assert sky.sun(sky.local_midnight(NOON)) == 0
    assert panel_watts(sky.local_midnight(NOON)) == 0


def test_the_day_s_sums_grow_and_start_again_at_midnight():
    midnight = sky.local_midnight(NOON)

    sums = [yield_today(t) for t in range(int(midnight), int(midnight) + 86400, 3600)]

    assert sums[0] == 0
    assert sums == sorted(sums)
    assert yield_today(midnight + 86400) == 0


def test_it_rains_now_and_then_under_cloud():
    wet = [t for t in range(NOON, NOON + 30 * 86400, 3600) if sky.rain(t) > 0.1]

    assert 5 < len(wet) < 200
    assert all(sky.cloud(t) > 0 for t in wet)


def test_the_battery_has_no_jump_at_midnight_dawn_or_dusk():
    charges = [charge(t) for t in range(NOON, NOON + 2 * 86400, 300)]

    assert 30 < min(charges) < max(charges) <= 100
    assert max(abs(one - other) for one, other in itertools.pairwise(charges)) < 1


# --- what people do ---


def test_a_started_pump_runs_and_the_level_rises():
    pump, t = Pump(), _while(tank.is_filling, False)
    untouched = tank.level(t + 600)

    pump.order("pump_1", "start_pump", 1, t).do(t)
    rows = [pump.tags(t + second) for second in range(0, 602, 2)]

    assert rows[-1]["pump_1"]["running"] is True
    assert rows[-1]["pump_1"]["flow"] > 2.5
    assert rows[-1]["tank_1"]["level_pct"] > untouched + 3


def test_a_pump_started_by_hand_stops_after_half_an_hour_and_the_level_finds_back():
    pump, t = Pump(), _while(tank.is_filling, False)
    pump.order("pump_1", "start_pump", 1, t).do(t)

    for second in range(0, 1900, 30):
        pump.tags(t + second)

    assert pump.tags(t + 1900)["pump_1"]["running"] is False
    off_course = pump.push.value
    for second in range(1900, 12 * 3600, 60):
        pump.tags(t + second)
    assert 0 < pump.push.value < off_course / 10


def test_starting_right_after_a_stop_meets_the_interlock():
    pump, t = Pump(), _while(tank.is_filling, True)
    pump.order("pump_1", "stop_pump", 1, t).do(t)

    with pytest.raises(Refusal, match=r"suction pressure .* needs 60") as refusal:
        pump.order("pump_1", "start_pump", 1, t + 5)

    assert refusal.value.code == "INTERLOCK"
    assert pump.order("pump_1", "start_pump", 1, t + 300).response == {"running": True}


def test_the_interlock_follows_the_configuration():
    pump, t = Pump(), _while(tank.is_filling, True)
    pump.configure({"pump_1": {"least_suction_kpa": 20}})
    pump.order("pump_1", "stop_pump", 1, t).do(t)

    assert pump.order("pump_1", "start_pump", 1, t + 5).response == {"running": True}


def test_a_pump_that_is_switched_off_does_not_start():
    pump = Pump()
    pump.adopt({"pump_1": {"mode": "off"}}, NOON)

    with pytest.raises(Refusal, match="switched off"):
        pump.order("pump_1", "start_pump", 1, NOON + 600)
    assert pump.tags(NOON + 600)["pump_1"]["state"] == "Off"


def test_a_full_tank_stops_the_pump():
    pump, t = Pump(), _while(tank.is_filling, False)
    pump.push.recall(100 - tank.level(t), t, t)

    assert pump.tags(t)["tank_1"]["level_pct"] > 98
    with pytest.raises(Refusal, match="full"):
        pump.order("pump_1", "start_pump", 1, t)


def test_a_pump_remembers_its_level_after_a_restart():
    pump, t = Pump(), _while(tank.is_filling, False)
    pump.order("pump_1", "start_pump", 1, t).do(t)
    for second in range(0, 1200, 30):
        pump.tags(t + second)
    before = pump.tags(t + 1200)
    again = Pump()

    again.recall(before, t + 1260)

    assert again.tags(t + 1260)["tank_1"]["level_pct"] == pytest.approx(before["tank_1"]["level_pct"], abs=0.5)
    assert again.tags(t + 1260)["pump_1"]["run_hours"] == pytest.approx(before["pump_1"]["run_hours"], abs=0.03)


@pytest.mark.parametrize("request_", [60, "35", None, True, float("nan")])
def test_a_setting_out_of_its_bounds_is_refused_with_the_rule(request_):
    with pytest.raises(Refusal, match="a number from 20 to 50"):
        Pump().order("pump_1", "speed", request_, NOON)


def test_settings_in_the_state_are_adopted_and_nonsense_is_not():
    pump = Pump()

    assert pump.adopt({"pump_1": {"speed": 42, "mode": "sideways"}, "tank_1": "nothing"}, NOON)
    assert pump.set["pump_1"] == {"mode": "auto", "speed": 42, "note": ""}
    assert not pump.adopt({"pump_1": {"speed": 42}}, NOON)
    assert not pump.adopt(None, NOON)


def test_the_switched_load_shows_at_once_and_empties_the_battery():
    solar, dusk = Solar(), sky.local_midnight(NOON) + 19 * 3600
    plain = Solar().tags(dusk + 3600)["solar_1"]
    solar.order("solar_1", "auxiliary", True, dusk).do(dusk)

    for second in range(0, 3600, 30):
        solar.tags(dusk + second)
    told = solar.tags(dusk + 3600)["solar_1"]

    assert told["load_w"] == plain["load_w"] + 85
    assert told["battery_pct"] < plain["battery_pct"] - 0.8


def test_a_cold_room_moves_to_its_new_setpoint_slowly():
    chiller = Chiller()
    chiller.order("chiller_1", "setpoint", 7, NOON).do(NOON)

    plain = [Chiller().tags(t)["chiller_1"]["room"] for t in (NOON, NOON + 3600)]
    moved = [chiller.tags(t)["chiller_1"]["room"] for t in (NOON, NOON + 3600)]

    assert moved[0] == plain[0]
    assert moved[1] == pytest.approx(plain[1] + 3.5, abs=0.2)


def test_an_offset_left_alone_finds_back():
    push = Offset(settle=100)
    push.push(1000, 1)
    assert push.push(1010, 1) == pytest.approx(9, abs=0.2)

    for t in range(1010, 2010, 10):
        push.push(t, 0)

    assert push.value < 0.001


def _while(is_so, wanted: bool) -> float:
    """A moment well inside a stretch in which `is_so` is as wanted."""
    return next(
        t
        for t in range(NOON, NOON + 86400, 600)
        if all(is_so(t + after) is wanted for after in range(-1800, 4 * 1800, 600))
    )


def test_a_defrost_waits_for_the_cooling_and_warms_the_room():
    chiller = Chiller()
    cooling = next(t for t in range(NOON, NOON + 6000) if chiller.tags(t)["chiller_1"]["cooling"])
    deed = chiller.order("chiller_1", "defrost", None, cooling)

    assert deed.waits > 0
    deed.do(cooling)
    assert chiller.tags(cooling + 1)["chiller_1"]["state"] == "Defrosting"
    with pytest.raises(Refusal):
        chiller.order("chiller_1", "defrost", None, cooling + 1)


def test_a_camera_takes_the_same_picture_of_a_moment(tmp_path):
    by_day, by_night = yard.picture(NOON), yard.picture(NOON + 12 * 3600)

    assert by_day == yard.picture(NOON)
    assert by_day != by_night
    assert by_day.startswith(b"\x89PNG")
    assert len(by_day) < 40_000
    assert [yard.is_night(NOON + hours * 3600) for hours in (0, 12)] == [False, True]


def test_a_truck_is_the_reason_of_a_picture():
    seen = next(t for t in DAY if yard.has_truck(t))
    assert caption(seen * 1000, "schedule")["reason"] == "vehicle"
    assert caption(seen * 1000, "manual")["reason"] == "manual"
    assert "detections" not in caption((NOON + 12 * 3600) * 1000, "schedule")


def test_only_a_camera_listens_for_what_cameras_are_told():
    assert [plant for plant in PLANTS if CONTROL in plant.commands] == [Camera]


def test_a_camera_is_asked_for_a_picture():
    one = Camera()
    deed = one.order("camera_1", SNAPSHOT, {}, NOON)
    deed.do(NOON)
    assert one.is_asked
