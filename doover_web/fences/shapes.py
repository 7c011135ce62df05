"""The shape of a fence: a circle or a polygon on the earth, and how far inside or outside a place is. Pure.

Longitudes are read on from the first point of a shape, so that one may lie across the antimeridian.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from doover_web.common.places import Place, metres_between, wrapped
from doover_web.common.presence import mapping, number
from doover_web.common.wire import BadRequest

CIRCLE, POLYGON = "circle", "polygon"
LEAST_RADIUS, MOST_RADIUS = 5, 500_000  # metres
LEAST_POINTS, MOST_POINTS = 3, 200
LEAST_WIDTH = 1  # metres between the corners of a polygon and a line through two of them
WIDEST = 90  # degrees of longitude that a polygon may span
NEAREST_POLE = 85  # degrees of latitude, beyond which a flat picture is of no use
METRES = 111_195.0  # of one degree of latitude

Point = tuple[float, float]  # metres to the east and to the north


@dataclass(frozen=True, slots=True)
class Circle:
    centre: Place
    radius: float

    def depth(self, place: Place) -> float:
        """How many metres inside the edge a place is; negative outside."""
        return self.radius - metres_between(self.centre, place)

    @property
    def deepest(self) -> float:
        """How far inside the edge one can be, in metres."""
        return self.radius

    def document(self) -> dict:
        return {"type": CIRCLE, "lat": self.centre.lat, "long": self.centre.long, "radius": self.radius}


@dataclass(frozen=True, slots=True)
class Polygon:
    points: tuple[Place, ...]

    def depth(self, place: Place) -> float:
        """How many metres inside the nearest edge a place is; negative outside."""
        corners = [_flat(point, place, self.points[0].long) for point in self.points]
        edges = list(zip(corners, [*corners[1:], corners[0]], strict=True))
        nearest = min(_to_origin(a, b) for a, b in edges)
        return nearest if _around_origin(edges) else -nearest

    @property
    def deepest(self) -> float:
        """About how far inside the edge one can be, in metres: as its middle is, or half the width of a strip."""
        flat = [_flat(point, self.points[0], self.points[0].long) for point in self.points]
        around = sum(math.dist(a, b) for a, b in zip(flat, [*flat[1:], flat[0]], strict=True))
        return max(abs(_area(flat)) / around, self.depth(_middle(self.points)))

    def document(self) -> dict:
        return {"type": POLYGON, "points": [[point.lat, point.long] for point in self.points]}


Shape = Circle | Polygon


def read_shape(document: Any) -> Shape:
    """The shape in a document. BadRequest, saying what to draw instead, for one that is none."""
    found = mapping(document)
    if found.get("type") == CIRCLE:
        return _circle(found)
    if found.get("type") == POLYGON:
        return _polygon(found.get("points"))
    raise BadRequest(_("A fence is a circle or a polygon"), code="bad_shape")


def _circle(found: Any) -> Circle:
    centre = _place((found.get("lat"), found.get("long")))
    radius = number(found.get("radius"))
    if radius is None or not LEAST_RADIUS <= radius <= MOST_RADIUS:
        raise BadRequest(
            _("The radius is %(least)s to %(most)s metres") % {"least": LEAST_RADIUS, "most": f"{MOST_RADIUS:,}"},
            code="bad_shape",
        )
    return Circle(centre, radius)


def _polygon(points: Any) -> Polygon:
    if not isinstance(points, list | tuple) or not LEAST_POINTS <= len(points) <= MOST_POINTS:
        raise BadRequest(
            _("A polygon has %(least)s to %(most)s corners") % {"least": LEAST_POINTS, "most": MOST_POINTS},
            code="bad_shape",
        )
    corners = _distinct([_place(point) for point in points])
    if len(corners) < LEAST_POINTS:
        raise BadRequest(_("A polygon has three corners or more that differ"), code="bad_shape")
    east = [_east_of(corner.long, corners[0].long) for corner in corners]
    if max(east) - min(east) > WIDEST:
        raise BadRequest(
            _("A polygon is at most %(widest)s degrees wide; draw two") % {"widest": WIDEST}, code="bad_shape"
        )
    flat = [_flat(corner, corners[0], corners[0].long) for corner in corners]
    if _are_on_a_line(corners, east):
        raise BadRequest(_("The corners lie on a line, so nothing can be inside; move one"), code="bad_shape")
    if _crosses_itself(flat):
        raise BadRequest(_("The edges of the polygon cross each other; put its corners in order"), code="bad_shape")
    if abs(_area(flat)) < 25:
        raise BadRequest(_("The polygon is too small to be anywhere in it"), code="bad_shape")
    return Polygon(tuple(corners))


def _place(point: Any) -> Place:
    if not isinstance(point, list | tuple) or len(point) != 2:
        raise BadRequest(_("A corner is a latitude and a longitude"), code="bad_shape")
    lat, long = number(point[0]), number(point[1])
    if lat is None or long is None or not -NEAREST_POLE <= lat <= NEAREST_POLE or not -360 <= long <= 360:
        raise BadRequest(
            _("A latitude is between −%(pole)s and %(pole)s, a longitude between −180 and 180")
            % {"pole": NEAREST_POLE},
            code="bad_shape",
        )
    return Place(float(lat), wrapped(float(long)))


def _middle(points: Sequence[Place]) -> Place:
    """The mean of the corners."""
    east = sum(_east_of(point.long, points[0].long) for point in points) / len(points)
    return Place(sum(point.lat for point in points) / len(points), wrapped(points[0].long + east))


def _distinct(corners: list[Place]) -> list[Place]:
    """Without corners that repeat the one before, nor a last one that closes the ring."""
    kept = [one for before, one in zip([None, *corners], corners, strict=False) if one != before]
    return kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept


def _east_of(long: float, origin: float) -> float:
    """Degrees to the east of `origin`, the shorter way round."""
    return (long - origin + 180) % 360 - 180


def _flat(place: Place, origin: Place, seam: float) -> Point:
    """A place as metres from `origin`, good for the size of a fence. Longitudes are read on from `seam`, so that the
    corners of a shape stay together wherever one stands."""
    shrink = math.cos(math.radians((place.lat + origin.lat) / 2))
    east = _east_of(place.long, seam) - _east_of(origin.long, seam)
    return east * METRES * shrink, (place.lat - origin.lat) * METRES


def _to_origin(a: Point, b: Point) -> float:
    """The distance of a segment from where one stands."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, -(a[0] * dx + a[1] * dy) / length))
    return math.hypot(a[0] + along * dx, a[1] + along * dy)


def _around_origin(edges: Sequence[tuple[Point, Point]]) -> bool:
    """Whether one stands inside: a ray to the east meets the edges an odd number of times."""
    inside = False
    for (ax, ay), (bx, by) in edges:
        if (ay > 0) != (by > 0) and (bx - ax) * -ay / (by - ay) + ax > 0:
            inside = not inside
    return inside


def _area(corners: Sequence[Point]) -> float:
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs) / 2


def _are_on_a_line(corners: Sequence[Place], east: Sequence[float]) -> bool:
    """Whether the corners stand on one line as a map draws it; `east`: how far (degrees) each is from the first."""
    shrink = math.cos(math.radians(sum(corner.lat for corner in corners) / len(corners)))
    flat = [(e * METRES * shrink, (c.lat - corners[0].lat) * METRES) for c, e in zip(corners, east, strict=True)]
    far_x, far_y = max(flat, key=lambda one: math.hypot(*one))
    length = math.hypot(far_x, far_y)
    return all(abs(x * far_y - y * far_x) < LEAST_WIDTH * length for x, y in flat)


def _crosses_itself(corners: Sequence[Point]) -> bool:
    edges = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    last = len(edges) - 1
    for (i, one), (j, other) in itertools.combinations(enumerate(edges), 2):
        if j - i > 1 and (i, j) != (0, last) and _meet(*one, *other):
            return True
    return False


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0
