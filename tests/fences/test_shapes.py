"""Shapes on the earth: inside and outside, across the antimeridian, and what is no shape."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.places import Place, metres_between
from doover_web.common.wire import BadRequest
from doover_web.fences.shapes import read_shape

SQUARE = {"type": "polygon", "points": [[-27.0, 151.0], [-27.0, 151.1], [-27.1, 151.1], [-27.1, 151.0]]}


def inside(document, lat, long):
    return read_shape(document).depth(Place(lat, long)) >= 0


def test_a_circle_knows_how_deep_one_is():
    yard = read_shape({"type": "circle", "lat": -27.5, "long": 151.9, "radius": 200})

    assert yard.depth(Place(-27.5, 151.9)) == 200
    assert -23 < yard.depth(Place(-27.502, 151.9)) < -22


def test_a_polygon_does_too():
    assert inside(SQUARE, -27.05, 151.05)
    assert not inside(SQUARE, -27.05, 151.2)
    deep = read_shape(SQUARE).depth(Place(-27.05, 151.05))
    assert deep == pytest.approx(4950, rel=0.01)  # half its width of 0.1 degrees of longitude there


def test_how_deep_one_can_be_in_it():
    strip = {"type": "polygon", "points": [[-27.0, 151.0], [-27.0, 151.1], [-27.0002, 151.1], [-27.0002, 151.0]]}

    assert read_shape({"type": "circle", "lat": -27.5, "long": 151.9, "radius": 200}).deepest == 200
    assert read_shape(SQUARE).deepest == pytest.approx(4950, rel=0.01)
    assert read_shape(strip).deepest == pytest.approx(11.1, rel=0.01)


def test_across_the_antimeridian():
    island = {"type": "polygon", "points": [[-17, 179.9], [-17, -179.9], [-17.2, -179.9], [-17.2, 179.9]]}

    assert inside(island, -17.1, 180)
    assert inside(island, -17.1, -179.95)
    assert inside(island, -17.1, 179.95)
    assert not inside(island, -17.1, -179.8)
    assert not inside(island, -17.1, 0)
    assert inside({"type": "circle", "lat": 0, "long": 180, "radius": 2000}, 0, -179.99)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"type": "star"},
        {"type": "circle", "lat": -27, "long": 151, "radius": 1e9},
        {"type": "circle", "lat": -27, "long": 151, "radius": float("nan")},
        {"type": "circle", "lat": 91, "long": 151, "radius": 100},
        {"type": "circle", "lat": "south", "long": 151, "radius": 100},
        {"type": "polygon", "points": [[0, 0], [1, 1]]},
        {"type": "polygon", "points": [[0, 0], [0, 0], [0, 0]]},
        {"type": "polygon", "points": [[0, 0], [0, 1], [0, 2]]},
        {"type": "polygon", "points": [[0, 0], [1, 1], [0, 1], [1, 0]]},
        {"type": "polygon", "points": [[0, 0], [0, 120], [10, 60]]},
        {"type": "polygon", "points": [[0, 0], [0, True], [10, 60]]},
        {"type": "polygon", "points": [[n / 1000, n % 2] for n in range(500)]},
        {"type": "polygon", "points": "[[0,0],[0,1],[1,1]]"},
        {"type": "polygon", "points": [[89, 0], [89, 10], [88, 5]]},
    ],
)
def test_what_is_no_shape_is_refused_with_a_sentence(document):
    with pytest.raises(BadRequest):
        read_shape(document)


def test_a_ring_that_is_closed_twice_is_the_same():
    closed = {"type": "polygon", "points": [*SQUARE["points"], SQUARE["points"][0]]}

    assert read_shape(closed) == read_shape(SQUARE)
    assert read_shape(read_shape(SQUARE).document()) == read_shape(SQUARE)


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(0, 360), st.floats(10, 5000))
def test_the_depth_in_a_circle_is_the_distance_from_its_edge(lat, long, bearing, metres):
    north = math.cos(math.radians(bearing)) * metres / 111_195
    east = math.sin(math.radians(bearing)) * metres / 111_195 / math.cos(math.radians(lat))
    place = Place(lat + north, (long + east + 180) % 360 - 180)
    circle = read_shape({"type": "circle", "lat": lat, "long": long, "radius": 2000})

    assert circle.depth(place) == pytest.approx(2000 - metres_between(Place(lat, long), place))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.sampled_from(["type", "points", "lat", "long", "radius"]), one),
        max_leaves=12,
    )
)
def test_nothing_but_a_refusal_comes_of_nonsense(document):
    try:
        read_shape(document)
    except BadRequest:
        return
    assert read_shape(document).document()


@pytest.mark.parametrize(
    "corners",
    [
        [[0, 0], [1, 1], [2, 2]],
        [[-27, 151], [-27.5, 151.5], [-28, 152], [-26.5, 150.5]],
        [[0, 179], [1, -180], [2, -179]],
    ],
)
def test_corners_on_a_line_are_no_polygon(corners):
    with pytest.raises(BadRequest, match="nothing can be inside"):
        read_shape({"type": "polygon", "points": corners})


def test_a_narrow_strip_is_a_polygon():
    strip = [[-27, 151], [-27.5, 151.5], [-27.5001, 151.5], [-27.0001, 151]]

    assert inside({"type": "polygon", "points": strip}, -27.50005, 151.49999)
