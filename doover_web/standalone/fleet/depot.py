"""The gateway at the depot, as it was until it fell silent."""

from typing import Any

from . import sky
from .elements import application, band, number, words
from .noise import chance, clamp, drift
from .plant import Plant, Tags

RADIO, CLIENTS, SUPPLY = 701, 702, 703


class Depot(Plant):
    apps = ("gateway_1",)
    location = {"lat": -27.5806, "long": 152.4312, "alt": 104.0, "accuracy": 8.0}

    def trees(self) -> dict[str, dict]:
        return {"gateway_1": _tree()}

    def tags(self, t: float) -> Tags:
        signal = round(-89 + 6 * drift(RADIO, t, 5 * 3600))
        # It has no panel of its own and lives on what the shed leaves it.
        volts = 12.1 + 0.9 * sky.sun(t) + 0.25 * drift(SUPPLY, t, 8 * 3600)
        tags: dict[str, Any] = {
            "signal": signal,
            "quality": "Good" if signal > -86 else "Fair" if signal > -92 else "Poor",
            "clients": int(clamp(round(2.4 + 2.6 * drift(CLIENTS, t, 3 * 3600)), 0, 5)),
            "supply_v": round(volts, 2),
            "lost_packets": int(chance(CLIENTS, int(t // sky.SLOT)) ** 4 * 30),
        }
        return {"gateway_1": tags}


def _tree() -> dict:
    volts = [band("Low", 11, 11.8, "red"), band("Good", 11.8, 13, "green"), band("Charging", 13, 15, "blue")]
    return application(
        "gateway_1",
        "Field gateway",
        number("signal", "Signal", "dBm", 0, defaultZoom="7d"),
        words("quality", "Link"),
        number("clients", "Sensors in reach", "", 0),
        number("supply_v", "Supply", "V", 2, form="linearGauge", ranges=volts),
        number("lost_packets", "Lost packets", "", 0),
        icon="tower-broadcast",
        colour="grey",
        position=10,
    )
