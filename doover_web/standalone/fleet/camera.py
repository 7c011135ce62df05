"""The camera at the depot: readings of its own, and a picture when it is asked for one."""

from typing import Any

from . import sky
from .elements import application, camera, moment, number
from .noise import drift
from .plant import Deed, Plant, Tags

CHANNEL, CONTROL = "yard_camera", "camera_control"
SNAPSHOT = "get_immediate_snapshot"
CELL = 811


class Camera(Plant):
    apps = ("camera_1",)
    location = {"lat": -27.5809, "long": 152.4316, "alt": 101.0, "accuracy": 4.0}
    buttons = {"camera_1": (SNAPSHOT,)}
    commands = (*Plant.commands, CONTROL)
    period = 20.0

    def __init__(self):
        super().__init__()
        self.is_asked = False
        self.last_ms = 0

    def trees(self) -> dict[str, dict]:
        return {"camera_1": _tree()}

    def tags(self, t: float) -> Tags:
        tags: dict[str, Any] = {
            "battery_v": round(12.4 + 0.7 * sky.sun(t) + 0.2 * drift(CELL, t, 6 * 3600), 2),
            "temperature": round(sky.temperature(t) + 6 * sky.sun(t), 1),
        }
        return {"camera_1": tags | {"last_cam_snapshot": max(int(t) // 900 * 900, self.last_ms // 1000)}}

    def order(self, app: str, method: str, request: Any, t: float) -> Deed:
        return Deed(self._ask, steps=[(1.5, {"text": "Waking the camera"})])

    def _ask(self, then: float) -> None:
        self.is_asked = True


def _tree() -> dict:
    return application(
        "camera_1",
        "Yard camera",
        camera("yard", "Yard", CHANNEL),
        moment("last_cam_snapshot", "Last picture"),
        number("battery_v", "Battery", "V", 2),
        number("temperature", "Inside the housing", "°C", 1),
        icon="camera",
        colour="grey",
        position=10,
    )
