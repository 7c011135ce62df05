"""The solar station on the hill: panels, a battery, a radio link to feed, and one load that people may switch."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from . import sky
from .elements import (
    application,
    band,
    flag,
    group,
    line,
    number,
    number_field,
    plot,
    switch,
    text_field,
    warning,
    words,
)
from .noise import chance, clamp, drift
from .plant import Offset, Plant, Tags, note, number_from, on_or_off

DUSK_LOSS, LOAD, RADIO, HEAT = range(401, 405)
PEAK_W, BATTERY_WH, AUXILIARY_W = 1200, 7200, 85
DAWN, DUSK = 6 * 3600, 18 * 3600


def panel_watts(t: float) -> float:
    """What the panels give; a cloud takes up to four fifths of it."""
    return PEAK_W * sky.sun(t) * (1 - 0.8 * sky.cloud(t))


@lru_cache(4096)
def _watt_hours_in_slot(slot: int) -> float:
    return panel_watts((slot + 0.5) * sky.SLOT) * sky.SLOT / 3600


def yield_today(t: float) -> float:
    """Since local midnight, in Wh."""
    return sky.sum_since_midnight(_watt_hours_in_slot, t)


@lru_cache(256)
def _evening(midnight: float) -> float:
    """How full the battery is at dusk of a day, in %; a dull day leaves it short."""
    dull = sum(sky.cloud(midnight + hour * 3600) for hour in range(8, 17)) / 9
    return 100 - 34 * dull**1.5


def _morning(midnight: float) -> float:
    """How full it is at dawn: what the night before took is gone."""
    night = int(midnight // sky.DAY)
    return _evening(midnight - sky.DAY) - 22 - 6 * chance(DUSK_LOSS, night)


def charge(t: float) -> float:
    """The battery's state of charge in %, without the switched load."""
    midnight = sky.local_midnight(t)
    hour = t - midnight
    if hour < DAWN:
        return _between(_evening(midnight - sky.DAY), _morning(midnight), (hour + sky.DAY - DUSK) / (sky.DAY / 2))
    if hour < DUSK:
        share = (hour - DAWN) / (DUSK - DAWN)
        return _between(_morning(midnight), _evening(midnight), share * share * (3 - 2 * share))
    return _between(_evening(midnight), _morning(midnight + sky.DAY), (hour - DUSK) / (sky.DAY / 2))


def _between(one: float, other: float, share: float) -> float:
    return one + (other - one) * share


class Solar(Plant):
    apps = ("solar_1",)
    location = {"lat": -27.6208, "long": 152.4127, "alt": 241.0, "accuracy": 3.5}
    settings = {"solar_1": {"auxiliary": on_or_off(), "low_battery": number_from(20, 80, 45), "note": note()}}
    period = 4.0

    def __init__(self):
        super().__init__()
        self.drain = Offset(settle=8 * 3600)

    def trees(self) -> dict[str, dict]:
        return {"solar_1": _tree()}

    def tags(self, t: float) -> Tags:
        extra = AUXILIARY_W if self.set["solar_1"]["auxiliary"] else 0
        charged = clamp(charge(t) + self.drain.push(t, -extra / BATTERY_WH / 36), 5, 100)
        panel = panel_watts(t) * (1 + 0.02 * drift(HEAT, t, 15))
        load = 118 + 24 * drift(LOAD, t, 5400) + 6 * drift(LOAD, t, 25) + extra
        current = (panel - load) / 25
        if charged > 98.5:
            # Full: the controller takes no more than the load needs.
            panel, current = min(panel, load + 20), min(current, 0.8)
        return {"solar_1": self._tags(t, charged, panel, load, current)}

    def _tags(self, t: float, charged: float, panel: float, load: float, current: float) -> dict[str, Any]:
        volts = 23.4 + 2.3 * charged / 100 + 0.045 * clamp(current, -10, 40)
        return {
            "battery_pct": round(charged, 1),
            "battery_v": round(volts, 2),
            "battery_a": round(current, 1),
            "panel_w": round(panel),
            "panel_v": round(31 + 6 * min(1.0, panel / 300), 1) if panel > 2 else 0.0,
            "load_w": round(load),
            "yield_today": round(yield_today(t) / 1000, 2),
            "state": _state(panel, current, charged),
            "auxiliary_on": self.set["solar_1"]["auxiliary"],
            "controller_temp": round(sky.temperature(t) + 4 + panel / 90, 1),
            "rssi": round(-83 + 3 * drift(RADIO, t, 2400)),
            "dusty_hidden": False,
            "low_battery_hidden": charged >= self.set["solar_1"]["low_battery"],
        }

    def recall(self, tags: Mapping, t: float) -> None:
        charged = (tags.get("solar_1") or {}).get("battery_pct")
        if self.set["solar_1"]["auxiliary"] and isinstance(charged, int | float):
            self.drain.recall(min(0.0, charged - charge(t)), t, t)


def _state(panel: float, current: float, charged: float) -> str:
    if panel < 5:
        return "Night"
    return "Full" if charged > 98.5 else "Charging" if current > 0 else "Discharging"


def _tree() -> dict:
    charges = [band("Low", 0, 40, "red"), band("Fair", 40, 65, "yellow"), band("Good", 65, 100, "green")]
    volts = [band("Low", 22, 24, "red"), band("Good", 24, 26, "green"), band("Charging", 26, 29, "blue")]
    return application(
        "solar_1",
        "Solar power",
        warning("low_battery", "Battery is low"),
        warning("dusty", "The panels have not been cleaned for six weeks", can_cancel=True),
        number("battery_pct", "Battery", "%", 1, form="radialGauge", ranges=charges, defaultZoom="7d"),
        number("battery_v", "Battery voltage", "V", 2, form="linearGauge", ranges=volts),
        number("battery_a", "Battery current", "A", 1, live=True),
        number("panel_w", "Panels", "W", 0, live=True),
        number("panel_v", "Panel voltage", "V", 1),
        number("load_w", "Load", "W", 0),
        number("yield_today", "Yield today", "kWh", 2),
        words("state", "State"),
        flag("auxiliary_on", "Auxiliary load"),
        switch("auxiliary", "Switch auxiliary load"),
        number_field("low_battery", "Warn below", "%", 20, 80, 45),
        plot(
            "power",
            "Power",
            panel_w=line("Panels", "W", "orange", sharedAxis=True),
            load_w=line("Load", "W", "purple", sharedAxis=True),
        ),
        group(
            "controller",
            "Charge controller",
            number("controller_temp", "Temperature", "°C", 1),
            number("rssi", "Signal", "dBm", 0),
            text_field("note", "Maintenance note"),
        ),
        icon="solar-panel",
        colour="orange",
        position=10,
    )
