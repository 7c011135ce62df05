"""The names applications give to icons, and the vendored drawing behind each. Pure."""

import re
from collections.abc import Iterable

# Names as Font Awesome has them → names of `static/vendor/tabler-icons`.
DRAWN = {
    "arrows-rotate": "refresh",
    "battery": "battery-2",
    "bell": "bell",
    "bolt": "bolt",
    "bullseye": "target",
    "calendar": "calendar",
    "camera": "camera",
    "car": "car",
    "chart": "chart-line",
    "check": "check",
    "clock": "clock-hour-4",
    "cloud": "cloud",
    "compass": "compass",
    "display": "device-desktop",
    "door": "door",
    "droplet": "droplet",
    "engine": "engine",
    "fan": "propeller",
    "faucet": "droplet",
    "fire": "flame",
    "flask": "flask",
    "gauge": "gauge",
    "gear": "settings",
    "globe": "world",
    "hand": "hand-stop",
    "hard-drive": "database",
    "heart": "heartbeat",
    "house": "home",
    "industry": "building-factory",
    "info": "info-circle",
    "key": "key",
    "leaf": "leaf",
    "lightbulb": "bulb",
    "list": "list-details",
    "location": "map-pin",
    "lock": "lock",
    "map": "map-2",
    "microchip": "cpu",
    "oil": "barrel",
    "pause": "player-pause",
    "person": "user",
    "plane": "plane",
    "play": "player-play",
    "plug": "plug-connected",
    "power-off": "power",
    "pump": "engine",
    "recycle": "recycle",
    "robot": "robot",
    "rotate": "rotate-clockwise-2",
    "ruler": "ruler-2",
    "satellite": "satellite",
    "seedling": "plant-2",
    "server": "server",
    "signal": "antenna-bars-5",
    "sliders": "adjustments-horizontal",
    "snowflake": "snowflake",
    "solar-panel": "solar-panel",
    "star": "star",
    "stop": "player-stop",
    "sun": "sun",
    "table": "table",
    "tachometer": "gauge",
    "tag": "tag",
    "temperature": "temperature",
    "thermometer": "temperature",
    "tower": "antenna",
    "tractor": "tractor",
    "tree": "tree",
    "triangle-exclamation": "alert-triangle",
    "truck": "truck",
    "video": "video",
    "warehouse": "building-warehouse",
    "warning": "alert-triangle",
    "water": "ripple",
    "wave": "wave-sine",
    "weight": "scale",
    "wifi": "wifi",
    "wind": "wind",
    "wrench": "tool",
    "xmark": "x",
}
STYLES = re.compile(r"^(fa[srlbd]?|fa-(solid|regular|light|thin|brands|duotone|sharp))\s+")
NEUTRAL = "point"


def icon_of(name: object) -> str:
    """The drawing for an icon's name, with or without its prefixes; a dot for one unknown, "" for none."""
    if not isinstance(name, str) or not name.strip():
        return ""
    word = name.strip().lower()[:60]
    while (bare := STYLES.sub("", word)) != word:
        word = bare
    word = word.removeprefix("fa-")
    while word:
        if word in DRAWN:
            return DRAWN[word]
        word = word.rpartition("-")[0]
    return NEUTRAL


def drawing_of(names: Iterable[str | None]) -> str:
    """The drawing that stands for a device: by the first of these names that there is."""
    drawn = icon_of(next((name for name in names if name), None))
    return drawn if drawn and drawn != NEUTRAL else "cpu"
