"""Who is in the demo: organisations, devices, and the applications installed on them. Plain data."""

from typing import Any, NamedTuple

TALLOW, NORTHWIND = "Tallow Creek Water", "Northwind Cold Storage"


class App(NamedTuple):
    """An installed application and its part of `deployment_config`."""

    key: str
    title: str
    config: dict[str, Any]


class Entry(NamedTuple):
    """A device. `role` names its simulator; one without has been registered and never switched on. It hangs in `group`
    below the root of its organisation, is drawn as `icon`, and stands at `place`."""

    name: str
    title: str
    organisation: str
    role: str
    apps: tuple[App, ...]
    group: str = ""
    icon: str = ""
    # Latitude and longitude; for what moves, where it was put first.
    place: tuple[float, float] | None = None
    # On its readings, unless it names another `channel`.
    alarm: dict[str, Any] | None = None
    # The name of its type, one of `KINDS`.
    kind: str = ""


class Kind(NamedTuple):
    """A type of device; `shows` are the values that stand for it in lists."""

    name: str
    organisation: str
    icon: str
    description: str
    shows: str


KINDS = (
    Kind("Pump station", TALLOW, "water", "A bore pump with its tank, power and radio.", "level_pct, flow, suction"),
    Kind("Solar station", TALLOW, "solar-panel", "Panels, a battery and a repeater on a hill.", "battery_pct, panel_w"),
    Kind("Weather station", TALLOW, "cloud", "Wakes every quarter of an hour.", "temperature, wind, rain_today"),
    Kind("Gateway", TALLOW, "tower", "Collects what small sensors say.", "signal, clients, supply_v"),
    Kind("Tank sensor", TALLOW, "droplet", "A level sensor on a stock tank.", "level_pct"),
    Kind(
        "Camera", TALLOW, "camera", "Takes a picture when something moves, and every quarter of an hour.", "battery_v"
    ),
    Kind("Cold room", NORTHWIND, "snowflake", "A cold room with its compressor.", ""),
)

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
        group="North district",
        icon="water",
        place=(-27.5581, 152.3934),
        kind="Pump station",
        alarm={"name": "Tank getting low", "key": "tank_1.level_pct", "operator": "lt", "value": 30},
    ),
    Entry(
        "hilltop-solar",
        "Hilltop solar station",
        TALLOW,
        "solar",
        (App("solar_1", "Solar power", {"panel_w": 1200, "battery_wh": 7200, "dv_app_position": 10}),),
        group="South district",
        icon="solar-panel",
        place=(-27.6208, 152.4127),
        kind="Solar station",
    ),
    Entry(
        "creek-weather",
        "Creek weather station",
        TALLOW,
        "weather",
        (App("weather_1", "Weather", {"report_every_s": 900, "dv_app_position": 10}),),
        group="South district",
        icon="cloud",
        place=(-27.6063, 152.3811),
        kind="Weather station",
    ),
    Entry(
        "depot-gateway",
        "Depot gateway",
        TALLOW,
        "depot",
        (App("gateway_1", "Field gateway", {"dv_app_position": 10}),),
        group="Depot",
        icon="tower",
        place=(-27.5806, 152.4312),
        kind="Gateway",
        # It has fallen silent: what is open when a newcomer looks.
        alarm={
            "name": "Gateway is offline",
            "channel": "doover_connection",
            "key": "determination",
            "operator": "eq",
            "value": "Offline",
        },
    ),
    Entry(
        "yard-camera",
        "Yard camera",
        TALLOW,
        "camera",
        (App("camera_1", "Yard camera", {"dv_app_position": 10}),),
        group="Depot",
        icon="camera",
        place=(-27.5809, 152.4316),
        kind="Camera",
    ),
    Entry(
        "north-paddock-tank",
        "North paddock tank",
        TALLOW,
        "",
        (App("tank_1", "Paddock tank", {"capacity_l": 22_500, "height_m": 2.2, "dv_app_position": 10}),),
        group="North district",
        icon="droplet",
        place=(-27.5467, 152.4206),
        kind="Tank sensor",
    ),
    Entry(
        "chiller-2",
        "Chiller 2",
        NORTHWIND,
        "chiller",
        (App("chiller_1", "Cold room", {"dv_app_position": 10}),),
        group="Cold rooms",
        icon="snowflake",
        place=(-27.4412, 153.1127),
        kind="Cold room",
    ),
)
