"""Pump 7: a bore pump that fills a tank. Start it, stop it, set its speed, and see the level move."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from . import tank
from .noise import clamp, drift
from .orders import Refusal
from .plant import Deed, Offset, Plant, Tags, note, number_from, one_of
from .pump_page import pump_tree, tank_tree
from .supply import ALARM_V, supply_tags, supply_tree

LEVEL, RIPPLE, FLOW, SUCTION, RADIO = range(301, 306)
LEAST_SUCTION = 60
FULL, EMPTY = 98.0, 2.0
HEIGHT = 4.0
# What a person started or stopped while the timetable rules lasts this long.
BY_HAND = 1800
# What the pump had run since 1970 when its hour meter was put in.
METER_FITTED = 41_000 * tank.FILL


class Run(NamedTuple):
    """Started or stopped by a person."""

    on: bool
    at: float
    until: float


class Pump(Plant):
    apps = ("tank_1", "pump_1", "power_1")
    location = {"lat": -27.5581, "long": 152.3934, "alt": 96.0, "accuracy": 4.0}
    settings = {
        "tank_1": {"low_level": number_from(5, 60, 28)},
        "pump_1": {"mode": one_of("auto", "manual", "off"), "speed": number_from(20, 50, 35), "note": note()},
        "power_1": {"alarm_v": number_from(11, 13, ALARM_V)},
    }
    buttons = {"pump_1": ("start_pump", "stop_pump")}
    period = 2.0

    def __init__(self):
        super().__init__()
        self.run: Run | None = None
        self.freed_at = 0.0
        self.push = Offset(settle=3 * 3600)
        # Hours on the meter beyond the timetable.
        self.by_hand = Offset(settle=math.inf)

    def trees(self) -> dict[str, dict]:
        return {"tank_1": tank_tree(), "pump_1": pump_tree(self.least_suction), "power_1": supply_tree()}

    @property
    def least_suction(self) -> float:
        return self.configured("pump_1", "least_suction_kpa", LEAST_SUCTION)

    # --- what happens ---

    def wanted(self, t: float) -> tuple[bool, float]:
        """Whether the pump is to run, and since when."""
        if self.run and t < self.run.until:
            return self.run.on, self.run.at
        if self.set["pump_1"]["mode"] != "auto":
            return False, self.freed_at
        on, since = tank.is_filling(t), max(tank.turned_at(t), self.freed_at)
        if self.run:
            # The hand let go: nothing changed for the pump when the timetable wants the same.
            since = max(since, self.run.at if self.run.on == on else self.run.until)
        return on, since

    def level(self, t: float) -> float:
        """The level in %, moved along with what the pump brings beyond the timetable."""
        on = self.wanted(t)[0] and tank.level(t) + self.push.value < FULL
        extra = (self.inflow() if on else 0.0) - (tank.INFLOW_LPS if tank.is_filling(t) else 0.0)
        rate = extra / self.configured("tank_1", "capacity_l", tank.CAPACITY_L) * 100
        return clamp(tank.level(t) + self.push.push(t, rate) + 0.03 * drift(RIPPLE, t, 45), EMPTY, 100)

    def inflow(self) -> float:
        """What the pump brings at its speed, in L/s."""
        return tank.INFLOW_LPS * self.set["pump_1"]["speed"] / tank.SPEED_HZ

    def suction(self, on: bool, since: float, t: float) -> float:
        """In kPa: it sinks while the pump draws; after a stop the bore needs two minutes to come back."""
        passed = max(0.0, t - since)
        drawn = 14 * (self.set["pump_1"]["speed"] / tank.SPEED_HZ) ** 2 * (1 - math.exp(-passed / 300))
        sag = drawn if on else 55 * math.exp(-passed / 220)
        return 92 - sag + 2.2 * drift(SUCTION, t, 900) + 0.5 * drift(SUCTION, t, 20)

    # --- what is told ---

    def tags(self, t: float) -> Tags:
        level = self.level(t)
        on, since = self.wanted(t)
        on = on and level < FULL
        power = supply_tags(t, self.set["power_1"]["alarm_v"])
        return {"tank_1": self._tank_tags(t, level, on), "pump_1": self._pump_tags(t, on, since), "power_1": power}

    def _tank_tags(self, t: float, level: float, on: bool) -> dict[str, Any]:
        capacity = self.configured("tank_1", "capacity_l", tank.CAPACITY_L)
        height = self.configured("tank_1", "height_m", HEIGHT)
        tags = {
            "level_pct": round(level, 2),
            "volume": round(level / 100 * capacity),
            "level_m": round(level / 100 * height, 3),
            "outflow": round(tank.demand(t) * (1 + 0.06 * drift(FLOW, t, 200)), 2),
            "state": "Filling" if on else "Drawing down",
            "low_level_hidden": level >= self.set["tank_1"]["low_level"],
            "rssi": round(-71 + 4 * drift(RADIO, t, 1800)),
            "gauge_ranges": _ranges(capacity),
            "last_read": int(t * 1000),
        }
        net = self.inflow() - tank.demand(t)
        if on and net > 0.2:
            # To the minute, so that it does not move with every reading.
            tags["full_in"] = round((t + max(0.0, 92 - level) / 100 * capacity / net) / 60) * 60_000
        return tags

    def _pump_tags(self, t: float, on: bool, since: float) -> dict[str, Any]:
        speed = self.set["pump_1"]["speed"] if on else 0
        # The drive ramps for eight seconds.
        ramped = speed * min(1.0, max(0.0, t - since) / 8)
        flow = tank.INFLOW_LPS * ramped / tank.SPEED_HZ * (1 + 0.02 * drift(FLOW, t, 30))
        suction = self.suction(on, since, t)
        return {
            "running": on,
            "state": "Running" if on else "Off" if self.set["pump_1"]["mode"] == "off" else "Stopped",
            "speed_hz": round(ramped, 1),
            "flow": round(flow, 2),
            "suction": round(suction, 1),
            "power_kw": round(2.6 * (ramped / tank.SPEED_HZ) ** 3, 2),
            "run_hours": round(_metered(t) + self.by_hand.push(t, (on - tank.is_filling(t)) / 3600), 2),
            "suction_low_hidden": suction >= self.least_suction or not on,
        }

    def notices(self, before: float, t: float) -> list[dict]:
        limit = self.set["tank_1"]["low_level"]
        if tank.level(before) >= limit > tank.level(t):
            said = f"The level fell below {limit:g} %"
            topic = "dev/applications/default/tank_1/level_low"
            return [{"title": "Tank level low", "message": said, "severity": "Warn", "topic": topic}]
        return []

    # --- what people do ---

    def recall(self, tags: Mapping, t: float) -> None:
        before = tags.get("tank_1") or {}
        level, then = before.get("level_pct"), before.get("last_read")
        if isinstance(level, int | float) and isinstance(then, int | float):
            left = level - tank.level(then / 1000)
            # Sensor noise is no reason to leave the course.
            self.push.recall(left if abs(left) > 0.1 else 0.0, then / 1000, t)
        ran = tags.get("pump_1") or {}
        if isinstance(then, int | float) and isinstance(ran.get("run_hours"), int | float):
            self.by_hand.recall(ran["run_hours"] - _metered(then / 1000), then / 1000, t)
        if self.set["pump_1"]["mode"] == "manual" and ran.get("running") is True:
            self.run = Run(True, t - BY_HAND, math.inf)

    def change(self, app: str, name: str, value: Any, t: float) -> None:
        was_on, since = self.wanted(t)
        super().change(app, name, value, t)
        if name == "mode":
            self.run = None
            self.freed_at = since if self.wanted(t)[0] == was_on else t

    def order(self, app: str, method: str, request: Any, t: float) -> Deed:
        if method == "start_pump":
            self._check_start(t)
            siren = (2.0, {"text": "Sounding the siren", "percent": 20})
            ramp = (3.0, {"text": f"Ramping to {self.set['pump_1']['speed']:g} Hz", "percent": 60})
            return Deed(lambda then: self._hold(True, then), [siren, ramp], {"running": True})
        if method == "stop_pump":
            return Deed(lambda then: self._hold(False, then), [(2.0, {"text": "Ramping down"})], {"running": False})
        return super().order(app, method, request, t)

    def _check_start(self, t: float) -> None:
        on, since = self.wanted(t)
        if self.set["pump_1"]["mode"] == "off":
            raise Refusal("SWITCHED_OFF", "The pump is switched off; choose another mode first")
        if self.level(t) >= FULL - 1:
            raise Refusal("TANK_FULL", "The tank is full")
        suction = self.suction(on, since, t)
        if not on and suction < self.least_suction:
            message = f"Interlock: suction pressure {suction:.0f} kPa, needs {self.least_suction:.0f}"
            raise Refusal("INTERLOCK", message)

    def _hold(self, on: bool, t: float) -> None:
        already, since = self.wanted(t)
        for_ever = self.set["pump_1"]["mode"] == "manual"
        self.run = Run(on, since if already == on else t, math.inf if for_ever else t + BY_HAND)


def _metered(t: float) -> float:
    """What the hour meter shows when nobody touches the pump."""
    return (tank.pumped_seconds(t) - METER_FITTED) / 3600


def _ranges(capacity: float) -> list[dict]:
    edges = [("Low", 0, 0.25, "red"), ("Half", 0.25, 0.7, "blue"), ("Full", 0.7, 1, "green")]
    return [
        {"label": label, "min": round(low * capacity), "max": round(high * capacity), "colour": colour}
        for label, low, high, colour in edges
    ]
