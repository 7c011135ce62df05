"""What a form says of a fence: its shape, and what is wrong with it, by field."""

from typing import Any

from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest
from doover_web.fences.models import Fence
from doover_web.fences.shapes import CIRCLE, LEAST_RADIUS, MOST_RADIUS, NEAREST_POLE, POLYGON, read_shape
from doover_web.pages.typed import is_unclear, number, unclear_words
from doover_web.pages.words import numerals

from .problems import only

LARGEST_SHAPE = 20_000  # letters
LARGEST_MARGIN = 10_000  # metres
LONGEST_DELAY = 24 * 60  # minutes
SEVERITIES = ("3", "4", "5", "6", "7")


def wrong_fence(form, *, is_placed: bool = True) -> dict[str, str]:
    """The fields that no fence can be made of, in their order on the page; `is_placed`: it is known what it watches."""
    return only(
        {
            "name": "" if 1 <= len(form.get("name", "").strip()) <= 100 else _("A name is 1 to 100 letters"),
            "place": "" if is_placed else _("Choose what the fence watches over"),
            **(_wrong_corners(form) if form.get("kind") == POLYGON else _wrong_circle(form)),
            "margin": _between(form.get("margin", "25"), 0, LARGEST_MARGIN),
            "alarm_while": ""
            if form.get("alarm_while", "") in Fence.Side.values
            else _("Choose when it raises an alarm"),
            "alarm_after": _minutes(form.get("alarm_after", "0")),
            "severity": "" if form.get("severity", "6") in SEVERITIES else _("Choose a severity"),
        }
    )


def shape_of(form) -> dict[str, Any]:
    """The shape as the form has it: three numbers of a circle, or a line for each corner of a polygon."""
    if form.get("kind") == POLYGON:
        lines = [line for line in form.get("points", "").splitlines() if line.strip()]
        return {"type": POLYGON, "points": [_corner(line) for line in lines]}
    place = {name: number(form.get(name, ""), grouped=False) for name in ("lat", "long")}
    return {"type": CIRCLE, **place, "radius": number(form.get("radius", ""))}


def _wrong_circle(form) -> dict[str, str]:
    return {
        "lat": _between(form.get("lat", ""), -NEAREST_POLE, NEAREST_POLE, grouped=False),
        "long": _between(form.get("long", ""), -180, 180, grouped=False),
        "radius": _between(form.get("radius", ""), LEAST_RADIUS, MOST_RADIUS),
    }


def _wrong_corners(form) -> dict[str, str]:
    if len(form.get("points", "")) > LARGEST_SHAPE:
        return {"points": _("This polygon has too many corners")}
    try:
        read_shape(shape_of(form))
    except BadRequest as refusal:
        return {"points": refusal.message}
    return {}


def _corner(line: str) -> list[float | None]:
    """Between the two stands a semicolon, else a comma and a space, where either number may have a comma of its own."""
    mark = ";" if ";" in line else ", " if ", " in line.strip() else ","
    corner = [number(part, grouped=False) for part in line.strip().split(mark)]
    if len(corner) != 2 or None in corner:
        raise BadRequest(_("A corner is a line with a latitude, a comma and a longitude: −27.58, 152.43"))
    return corner


def _minutes(text: str) -> str:
    wrong, found = _between(text, 0, LONGEST_DELAY), number(text)
    return wrong or ("" if found == int(found or 0) else _("Whole minutes"))


def _between(text: str, least: float, most: float, *, grouped: bool = True) -> str:
    if grouped and is_unclear(text):
        return unclear_words(text)
    found = number(text, grouped=grouped)
    if found is not None and least <= found <= most:
        return ""
    bounds = {"least": numerals(f"{least:g}".replace("-", "−")), "most": numerals(f"{most:,}")}
    return _("A number from %(least)s to %(most)s") % bounds
