"""The weather station at the creek: it sleeps, wakes every quarter of an hour, reports and sleeps again."""

from typing import Any

from . import sky
from .elements import application, band, group, line, number, plot, words
from .noise import drift
from .plant import Plant, Tags

CELL, RADIO = range(501, 503)
POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


class Weather(Plant):
    apps = ("weather_1",)
    location = {"lat": -27.6063, "long": 152.3811, "alt": 88.0, "accuracy": 6.0}
    period = float(sky.SLOT)
    sleeps = True

    def trees(self) -> dict[str, dict]:
        return {"weather_1": _tree()}

    def tags(self, t: float) -> Tags:
        blows_from = sky.wind_from(t)
        tags: dict[str, Any] = {
            "temperature": round(sky.temperature(t), 1),
            "humidity": round(sky.humidity(t)),
            "pressure": round(sky.pressure(t), 1),
            "wind": round(sky.wind(t), 1),
            "gust": round(sky.gust(t), 1),
            "wind_from": round(blows_from),
            "wind_point": POINTS[round(blows_from / 45) % 8],
            "rain_rate": round(sky.rain(t), 1),
            "rain_today": round(sky.rain_today(t), 1),
            "sunlight": round(1010 * sky.sun(t) * (1 - 0.75 * sky.cloud(t))),
            "conditions": _conditions(t),
            "battery_v": round(3.62 + 0.06 * drift(CELL, t, 2 * sky.DAY) + 0.05 * sky.sun(t), 2),
            "rssi": round(-97 + 5 * drift(RADIO, t, 7200)),
        }
        return {"weather_1": tags}

    def notices(self, before: float, t: float) -> list[dict]:
        if sky.front(before) > 0.02 or sky.front(t) <= 0.02:
            return []
        topic = "dev/applications/default/weather_1/front"
        return [
            {"title": "Rain on its way", "message": "A front has reached the creek", "severity": "Info", "topic": topic}
        ]


def _conditions(t: float) -> str:
    if sky.rain(t) > 4:
        return "Heavy rain"
    if sky.rain(t) > 0.1:
        return "Rain"
    cover = sky.cloud(t)
    return "Overcast" if cover > 0.75 else "Cloudy" if cover > 0.35 else "Clear"


def _tree() -> dict:
    airs = [band("Cold", -5, 8, "blue"), band("Mild", 8, 28, "green"), band("Hot", 28, 45, "red")]
    return application(
        "weather_1",
        "Weather",
        number("temperature", "Temperature", "°C", 1, form="radialGauge", ranges=airs, defaultZoom="7d"),
        words("conditions", "Conditions"),
        number("rain_today", "Rain today", "mm", 1),
        number("rain_rate", "Rain now", "mm/h", 1),
        number("humidity", "Humidity", "%", 0, form="linearGauge"),
        number("pressure", "Pressure", "hPa", 1),
        number("wind", "Wind", "m/s", 1),
        number("gust", "Gusts", "m/s", 1),
        words("wind_point", "Wind from"),
        number("sunlight", "Sunlight", "W/m²", 0),
        plot(
            "week",
            "Temperature and rain",
            temperature=line("Temperature", "°C", "red"),
            rain_rate=line("Rain", "mm/h", "blue"),
        ),
        group("station", "Station", number("battery_v", "Cell", "V", 2), number("rssi", "Signal", "dBm", 0)),
        icon="cloud",
        colour="blue",
        position=10,
    )
