"""Places on the earth, as plain functions: reading a position, distances (`ui-schema §18.3`)."""

import math
from dataclasses import dataclass
from typing import Any

from .presence import mapping, number

EARTH = 6_371_008.8  # metres, its mean radius


@dataclass(frozen=True, slots=True)
class Place:
    """A position in degrees; `accuracy` in metres, None when it is not said."""

    lat: float
    long: float
    accuracy: float | None = None


def read_place(document: Any, *, lat: str = "lat", long: str = "long") -> Place | None:
    """The place in a document, None when it holds none that is on the earth."""
    found = mapping(document)
    north, east = number(found.get(lat)), number(found.get(long))
    if north is None or east is None or not -90 <= north <= 90 or not -360 <= east <= 360:
        return None
    accuracy = number(found.get("accuracy"))
    return Place(north, wrapped(east), accuracy if accuracy is not None and accuracy >= 0 else None)


def wrapped(long: float) -> float:
    """A longitude between −180 and 180."""
    return long if -180 <= long <= 180 else (long + 180) % 360 - 180


def metres_between(one: Place, other: Place) -> float:
    """The distance over the ground of a round earth."""
    north, south = math.radians(one.lat), math.radians(other.lat)
    half = math.sin((south - north) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(other.long - one.long) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))
