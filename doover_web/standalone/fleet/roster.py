"""Who is in the demo: organisations, devices, and the applications installed on them. Plain data."""

from typing import Any, NamedTuple

TALLOW, NORTHWIND = "Tallow Creek Water", "Northwind Cold Storage"


class App(NamedTuple):
    """An installed application and its part of `deployment_config`."""

    key: str
    title: str
    config: dict[str, Any]


class Entry(NamedTuple):
    """A device. `role` names its simulator; one without has been registered and never switched on."""

    name: str
    title: str
    organisation: str
    role: str
    apps: tuple[App, ...]


ROSTER = (
    Entry(
        "pump-7",
        "Pump 7",
        TALLOW,
        "pump",
        (
            App("tank_1", "Main tank", {"capacity_l": 50_000, "height_m": 4.0, "dv_app_position": 10}),
            App("pump_1", "Pump control", {"least_suction_kpa": 60, "dv_app_position": 20}),
            App("power_1", "Power and battery", {"dv_app_position": 30}),
        ),
    ),
    Entry(
        "hilltop-solar",
        "Hilltop solar station",
        TALLOW,
        "solar",
        (App("solar_1", "Solar power", {"panel_w": 1200, "battery_wh": 7200, "dv_app_position": 10}),),
    ),
    Entry(
        "creek-weather",
        "Creek weather station",
        TALLOW,
        "weather",
        (App("weather_1", "Weather", {"report_every_s": 900, "dv_app_position": 10}),),
    ),
    Entry(
        "depot-gateway",
        "Depot gateway",
        TALLOW,
        "depot",
        (App("gateway_1", "Field gateway", {"dv_app_position": 10}),),
    ),
    Entry(
        "north-paddock-tank",
        "North paddock tank",
        TALLOW,
        "",
        (App("tank_1", "Paddock tank", {"capacity_l": 22_500, "height_m": 2.2, "dv_app_position": 10}),),
    ),
    Entry(
        "chiller-2",
        "Chiller 2",
        NORTHWIND,
        "chiller",
        (App("chiller_1", "Cold room", {"dv_app_position": 10}),),
    ),
)
