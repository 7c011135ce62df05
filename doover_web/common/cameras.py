"""The cameras that a device shows, read from its `ui_state` (`ui-schema §5.4`). Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .presence import mapping

KINDS = {"uiCameraHistory", "uiCameraLiveView", "uiCameraDetections", "uiCamera", "uiCameraFeed"}
OLD = {"uiCamera", "uiCameraFeed"}
MOST, DEEPEST, LONGEST = 24, 8, 120
CHANNEL = re.compile(r"[A-Za-z0-9_.\-]{1,255}")


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera: its application, the channel that its pictures come on, and its name for people."""

    app: str
    channel: str
    title: str


def read_cameras(ui_state: Any) -> list[Camera]:
    """The cameras of a device in the order of its page, each channel once."""
    found: dict[str, Camera] = {}
    for app, element in mapping(mapping(mapping(ui_state).get("state")).get("children")).items():
        for camera in _within(app, app, mapping(element), 0):
            if CHANNEL.fullmatch(camera.channel):
                found.setdefault(camera.channel, camera)
    return list(found.values())[:MOST]


def _within(app: str, key: str, element: Any, depth: int) -> Iterator[Camera]:
    kind = element.get("type")
    if isinstance(kind, str) and kind in KINDS:
        named = _text(element.get("cameraName")) or (key if kind in OLD else app)
        yield Camera(app, named, _text(element.get("displayString")) or named)
    if depth < DEEPEST:
        for name, child in mapping(element.get("children")).items():
            yield from _within(app, name, mapping(child), depth + 1)


def _text(said: Any) -> str:
    """A text that is said outright; one that is looked up elsewhere is none."""
    is_said = isinstance(said, str) and not said.startswith("$") and "\x00" not in said
    return said.strip()[:LONGEST] if is_said else ""
