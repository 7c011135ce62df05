"""What is wrong with a tile that is to be put on a dashboard, by field."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from doover_web.control.actions.dashboard import CAMERA, GAUGE, KINDS, OF_A_VALUE, TEXT

from .problems import only

LARGEST = 1e12


def wrong_title(title: str) -> str:
    """What is wrong with the title of a dashboard, or of a tile."""
    return "" if 1 <= len(title.strip()) <= 100 else _("A title is 1 to 100 letters")


def wrong_tile(tile: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the form that its tile cannot be made of, in their order on the page."""
    kind = tile["kind"]
    return only(
        {
            "kind": kind not in KINDS and _("Choose what the tile shows"),
            "path": kind in OF_A_VALUE and not tile["path"] and _("Choose the value that the tile shows"),
            "camera": kind == CAMERA and not tile["camera"] and _("Choose the camera that the tile shows"),
            **(_wrong_scale(tile.get("low"), tile.get("high")) if kind == GAUGE else {}),
            "title": bool(tile["title"]) and wrong_title(tile["title"]),
            "text": kind == TEXT and not tile["text"].strip() and _("Write what the tile says"),
        }
    )


def _wrong_scale(low: Any, high: Any) -> dict[str, str]:
    numbers = {"low": low, "high": high}
    missing = {name: _("Enter a number") for name, one in numbers.items() if one is None or not abs(one) < LARGEST}
    if missing or low < high:
        return missing
    return {"high": _("A gauge goes from a number to a larger one")}
