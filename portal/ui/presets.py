"""The positions that a camera can be turned to, as its device declares them (`ui-schema §5.4, §18.2`). Pure."""

from dataclasses import dataclass
from typing import Any

from doover_web.common.cameras import Camera
from doover_web.common.presence import mapping

from .tree import Tree
from .values import text_of

KINDS = ("uiCameraHistory", "uiCameraLiveView")
MOST, LONGEST = 40, 120


@dataclass(frozen=True, slots=True)
class Presets:
    """Their names in the order of the device, and the one that the camera looks at."""

    names: tuple[str, ...] = ()
    active: str = ""


NO_PRESETS = Presets()


def presets_at(tree: Tree, camera: Camera) -> Presets:
    """Those of the first element of a camera that names any; none where it says that it cannot be turned."""
    for element in tree.shown():
        props = element.props
        if element.type not in KINDS or (text_of(props.get("cameraName")) or element.app_key) != camera.channel:
            continue
        if props.get("ptzControl") is not False and (names := _names(props.get("presets"))):
            return Presets(names, text_of(props.get("activePreset")))
    return NO_PRESETS


def _names(said: Any) -> tuple[str, ...]:
    """Each a text, or an object with a name."""
    found = (
        one if isinstance(one, str) else mapping(one).get("name") for one in (said if isinstance(said, list) else ())
    )
    return tuple(dict.fromkeys(one for one in found if isinstance(one, str) and 0 < len(one) <= LONGEST))[:MOST]
