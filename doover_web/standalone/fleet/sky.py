"""The weather over Tallow Creek at any moment: sun, cloud, rain, air. Pure; `t` in seconds since 1970."""

import math
from functools import lru_cache

from .noise import clamp, drift

LATITUDE, LONGITUDE = -27.58, 152.43
ZONE = 10 * 3600
SLOT = 900
DAY = 86400
FRONT, SHOWER, CLOUD, GAPS, AIR, GLASS, BREEZE, VANE = range(101, 109)


def local_midnight(t: float) -> float:
    """The start of the day that `t` falls in, where the devices stand."""
    return math.floor((t + ZONE) / DAY) * DAY - ZONE


def sun(t: float) -> float:
    """The sine of the sun's height; 0 from sunset to sunrise."""
    year = 2 * math.pi * (t / DAY - 79) / 365.2425
    tilt, latitude = math.radians(23.44) * math.sin(year), math.radians(LATITUDE)
    hour = 2 * math.pi * ((t / DAY + LONGITUDE / 360) % 1 - 0.5)
    height = math.sin(latitude) * math.sin(tilt) + math.cos(latitude) * math.cos(tilt) * math.cos(hour)
    return max(0.0, height)


def front(t: float) -> float:
    """How far a rain front is overhead, 0 to 1; it comes every few days and stays for some hours."""
    return max(0.0, drift(FRONT, t, 22 * 3600) - 0.45) / 0.55


def cloud(t: float) -> float:
    """The covered part of the sky, 0 to 1."""
    open_sky = 0.3 + 0.4 * drift(CLOUD, t, 14 * 3600) + 0.18 * drift(GAPS, t, 2400)
    return clamp(open_sky + 0.9 * front(t), 0, 1)


def rain(t: float) -> float:
    """Rain in mm/h; showers inside a front."""
    return 20 * front(t) * max(0.0, drift(SHOWER, t, 2700) + 0.15) / 1.15


@lru_cache(4096)
def _rain_in_slot(slot: int) -> float:
    return rain((slot + 0.5) * SLOT) * SLOT / 3600


def rain_today(t: float) -> float:
    """Rain since local midnight in mm."""
    return sum_since_midnight(_rain_in_slot, t)


def sum_since_midnight(per_slot, t: float) -> float:
    """The sum of a quantity per quarter hour since local midnight, the current quarter in part."""
    first, (now, share) = int(local_midnight(t) // SLOT), divmod(t / SLOT, 1)
    return sum(per_slot(slot) for slot in range(first, int(now))) + share * per_slot(int(now))


def temperature(t: float) -> float:
    """Air in °C: a season, a day, a mood of some days, and the chill of rain."""
    season = 21.5 + 4.5 * math.cos(2 * math.pi * (t / DAY - 20) / 365.2425)
    hour = (t + ZONE) / 3600 % 24
    day = 6.2 * math.cos(2 * math.pi * (hour - 14.5) / 24) * (1 - 0.45 * cloud(t))
    return season + day + 1.8 * drift(AIR, t, 30 * 3600) - 2.5 * min(1.0, rain(t) / 4)


def humidity(t: float) -> float:
    """Relative humidity in %."""
    return clamp(94 - 2.4 * (temperature(t) - 13) + 10 * cloud(t) + 12 * min(1.0, rain(t) / 2), 18, 100)


def pressure(t: float) -> float:
    """Air pressure at sea level in hPa; it falls before a front."""
    return 1014.5 + 5.5 * drift(GLASS, t, 50 * 3600) - 5 * front(t + 6 * 3600)


def wind(t: float) -> float:
    """Mean wind in m/s: a breeze by day, gusty under a front."""
    return clamp(1.2 + 3.2 * sun(t) + 1.4 * drift(BREEZE, t, 3 * 3600) + 5 * front(t), 0, 30)


def gust(t: float) -> float:
    return wind(t) * (1.45 + 0.35 * drift(BREEZE, t, 700))


def wind_from(t: float) -> float:
    """Where the wind comes from, in degrees."""
    return (115 + 70 * drift(VANE, t, 9 * 3600) + 90 * front(t)) % 360
