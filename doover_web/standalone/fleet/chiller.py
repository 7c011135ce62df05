"""A cold room of the second organisation: a compressor that comes and goes, a door, a setpoint."""

import math
from typing import Any

from . import sky
from .elements import application, band, button, flag, line, number, plot, slider, switch, time_field, warning, words
from .noise import chance, clamp, drift
from .orders import Refusal
from .plant import Deed, Plant, Tags, number_from, on_or_off, time_of_day

OPENS, SUPPLY = 601, 602
TURN, COOLING, DEFROST_EVERY, DEFROST = 1500, 840, 6 * 3600, 1200
SETPOINT = 3.5
# How long the room takes for two thirds of the way to a new setpoint.
INERTIA = 600
NIGHT, BY_HAND = 22 * 3600, 300


def is_defrosting(t: float) -> bool:
    return t % DEFROST_EVERY < DEFROST


def is_cooling(t: float) -> bool:
    return not is_defrosting(t) and t % TURN < COOLING


def door_is_open(t: float) -> bool:
    """Now and then for a minute, in working hours."""
    hour = (t + sky.ZONE) / 3600 % 24
    return 6 <= hour < 18 and chance(OPENS, int(t // 60)) < 0.06


def above_setpoint(t: float) -> float:
    """How far the room is from its setpoint, in °C: a saw tooth, and a hump for every defrost."""
    at = t % TURN
    tooth = 0.8 - 1.6 * at / COOLING if at < COOLING else -0.8 + 1.6 * (at - COOLING) / (TURN - COOLING)
    after = t % DEFROST_EVERY
    hump = 2.4 * (after / DEFROST if after < DEFROST else math.exp(-(after - DEFROST) / 900))
    return tooth + hump


class Chiller(Plant):
    apps = ("chiller_1",)
    location = {"lat": -27.4412, "long": 153.1127, "alt": 9.0, "accuracy": 5.0}
    settings = {
        "chiller_1": {
            "setpoint": number_from(0, 8, SETPOINT),
            "quiet": on_or_off(),
            "night_from": time_of_day(NIGHT),
        }
    }
    buttons = {"chiller_1": ("defrost",)}
    period = 5.0

    def __init__(self):
        super().__init__()
        self._from, self._moved_at = SETPOINT, 0.0
        self._thawed_until = 0.0

    def trees(self) -> dict[str, dict]:
        return {"chiller_1": _tree()}

    def tags(self, t: float) -> Tags:
        room = self._aim(t) + above_setpoint(t) + 0.08 * drift(SUPPLY, t, 60)
        thawing = is_defrosting(t) or t < self._thawed_until
        cooling = is_cooling(t) and not thawing
        hot = 0.05 * (sky.temperature(t) - 21)  # the warmer the air outside, the harder it works
        draws = 2.6 + hot + 0.2 * drift(SUPPLY, t, 90) if cooling else 1.1 if thawing else 0.12
        tags: dict[str, Any] = {
            "room": round(room, 1),
            "supply": round(room - (6.5 if cooling else 0.4), 1),
            "return": round(room + 1.1, 1),
            "setpoint_now": self.set["chiller_1"]["setpoint"],
            "cooling": cooling,
            "state": "Defrosting" if thawing else "Cooling" if cooling else "Resting",
            "power_kw": round(draws, 2),
            "door_open": door_is_open(t),
            "warm_hidden": room < self.set["chiller_1"]["setpoint"] + 4,
        }
        return {"chiller_1": tags}

    def change(self, app: str, name: str, value: Any, t: float) -> None:
        self._from, self._moved_at = self._aim(t), t
        super().change(app, name, value, t)

    def order(self, app: str, method: str, request: Any, t: float) -> Deed:
        """A defrost waits for the end of the cooling that is going on, half a minute at most."""
        if method != "defrost":
            return super().order(app, method, request, t)
        if t < self._thawed_until:
            raise Refusal("DEFROSTING", "The room is being defrosted already")
        steps = [(2.0, {"text": "Fans stop", "percent": 30}), (3.0, {"text": "Heater on", "percent": 70})]
        return Deed(self._thaw, steps, {"minutes": BY_HAND / 60}, waits=30.0 if is_cooling(t) else 0.0)

    def _thaw(self, t: float) -> None:
        self._thawed_until = t + BY_HAND

    def _aim(self, t: float) -> float:
        """What the room is on its way to."""
        goal = self.set["chiller_1"]["setpoint"]
        return goal + (self._from - goal) * math.exp(-clamp(t - self._moved_at, 0, 86400) / INERTIA)


def _tree() -> dict:
    thaw = {"title": "Defrost the room now?", "warningReason": "The room warms by about two degrees."}
    rooms = [band("Frost", -5, 0, "blue"), band("Good", 0, 6, "green"), band("Warm", 6, 15, "red")]
    return application(
        "chiller_1",
        "Cold room",
        warning("warm", "The room is too warm"),
        number("room", "Room", "°C", 1, form="radialGauge", ranges=rooms, defaultZoom="24h"),
        number("supply", "Supply air", "°C", 1),
        number("return", "Return air", "°C", 1),
        words("state", "State"),
        flag("cooling", "Compressor"),
        flag("door_open", "Door open"),
        number("power_kw", "Power", "kW", 2),
        button("defrost", "Defrost now", icon="snowflake", requiresConfirm=thaw, labelString="When cooling ends"),
        slider("setpoint", "Setpoint", "°C", 0, 8, 0.5, SETPOINT),
        switch("quiet", "Quiet fans"),
        time_field("night_from", "Night begins", NIGHT),
        plot("day", "Room and power", room=line("Room", "°C", "blue"), power_kw=line("Power", "kW", "orange")),
        icon="snowflake",
        colour="blue",
        position=10,
    )
