"""The small power supply beside the pump: a panel and a battery that keep its controller and its radio going. Pure."""

import math
from typing import Any

from . import sky
from .elements import application, band, moment, number, slider, warning
from .noise import clamp, drift

WASTE, LOAD, RADIO = range(321, 324)
ALARM_V = 11.5


def supply_tree() -> dict:
    low, good, charging = ("Low", 11.4, 12.3, "yellow"), ("Good", 12.3, 13.2, "blue"), ("Charging", 13.2, 14.6, "green")
    batteries = [band(*low), band(*good), band(*charging)]
    panels = [band("Dark", 0, 13, "yellow"), band("Charging", 13, 21, "green"), band("High", 21, 24, "orange")]
    return application(
        "power_1",
        "Power and battery",
        warning("low_battery", "The battery of the controller is low"),
        number("battery_v", "Battery", "V", 2, ranges=batteries),
        number("load_w", "System power", "W", 1),
        number("panel_v", "Panel", "V", 1, form="linearGauge", ranges=panels),
        number("rssi", "Signal", "dBm", 0),
        moment("rested_at", "Last full charge"),
        slider("alarm_v", "Low battery alarm", "V", 11, 13, 0.1, ALARM_V),
        icon="battery-half",
        colour="grey",
        position=30,
    )


def supply_tags(t: float, alarm_v: float) -> dict[str, Any]:
    """What the supply says at a moment; a battery below `alarm_v` warns."""
    shine = sky.sun(t) * (1 - 0.75 * sky.cloud(t))
    hour = ((t + sky.ZONE) % sky.DAY) / 3600
    rested = 12.55 + 0.25 * math.cos(2 * math.pi * (hour - 17) / 24) + 0.04 * drift(WASTE, t, 5000)
    battery = clamp(rested + 1.1 * min(1.0, 2 * shine), 11.4, 14.4)
    noon = sky.local_midnight(t) + 13 * 3600
    return {
        "battery_v": round(battery, 2),
        "load_w": round(6.2 + 0.7 * drift(LOAD, t, 1500), 1),
        "panel_v": round(19.5 * min(1.0, 3 * shine) + 0.3 * drift(WASTE, t, 300) * min(1.0, 3 * shine), 1),
        "rssi": round(-71 + 5 * drift(RADIO, t, 4000)),
        "rested_at": int((noon if t >= noon else noon - sky.DAY) * 1000),
        "low_battery_hidden": battery >= alarm_v,
    }
