"""What a form says of a fence: its shape, and what is wrong with it, by field."""

from typing import Any

from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Refused, parse_json
from doover_web.fences.shapes import CIRCLE, LEAST_RADIUS, MOST_RADIUS, NEAREST_POLE, POLYGON, read_shape

from .problems import only

LARGEST_SHAPE = 20_000  # letters
LARGEST_MARGIN = 10_000  # metres
SEVERITIES = ("3", "4", "5", "6", "7")


def wrong_fence(form, *, is_placed: bool = True) -> dict[str, str]:
    """The fields that no fence can be made of, in their order on the page; `is_placed`: it is known what it watches."""
    return only(
        {
            "name": "" if 1 <= len(form.get("name", "").strip()) <= 100 else _("A name is 1 to 100 letters"),
            "place": "" if is_placed else _("Choose what the fence watches over"),
            **(_wrong_corners(form) if form.get("kind") == POLYGON else _wrong_circle(form)),
            "margin": _between(form.get("margin", "25"), 0, LARGEST_MARGIN),
            "severity": "" if form.get("severity", "6") in SEVERITIES else _("Choose a severity"),
        }
    )


def shape_of(form) -> dict[str, Any]:
    """The shape as the form has it: three numbers of a circle, or a line for each corner of a polygon."""
    if form.get("kind") == POLYGON:
        lines = [line for line in form.get("points", "").splitlines() if line.strip()]
        return {"type": POLYGON, "points": [_corner(line) for line in lines]}
    return {"type": CIRCLE, **{name: number_of(form.get(name, "")) for name in ("lat", "long", "radius")}}


def number_of(text: str) -> float | None:
    """A number as people type it; None for what is none."""
    try:
        value = parse_json(text.strip().replace("−", "-").encode(), max_depth=1)
    except Refused:
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _wrong_circle(form) -> dict[str, str]:
    return {
        "lat": _between(form.get("lat", ""), -NEAREST_POLE, NEAREST_POLE),
        "long": _between(form.get("long", ""), -180, 180),
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
    parts = line.replace(";", ",").split(",")
    corner = [number_of(part) for part in parts]
    if len(corner) != 2 or None in corner:
        raise BadRequest(_("A corner is a line with a latitude, a comma and a longitude: −27.58, 152.43"))
    return corner


def _between(text: str, least: float, most: float) -> str:
    number = number_of(text)
    if number is not None and least <= number <= most:
        return ""
    bounds = {"least": f"{least:g}".replace("-", "−"), "most": f"{most:,}"}
    return _("A number from %(least)s to %(most)s") % bounds
