"""A yard around Pump 7, and a way to drive it about."""

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.publish import update_aggregate
from doover_web.fences import watch
from doover_web.fences.actions.fence import create_fence
from doover_web.identity.auth import caller_of_user

YARD = {"type": "circle", "lat": -27.5, "long": 151.9, "radius": 200}


@pytest.fixture
def fence(alice):
    """`fence(pump, name="Yard", shape=YARD)`: Alice draws one."""

    def draw(place, **fields):
        given = {"name": "Yard", "shape": YARD, "margin": 20, **fields}
        return create_fence(place=place, fields=given, by=caller_of_user(alice))

    return draw


@pytest.fixture
def drive(pump, reach, monkeypatch):
    """`drive(-27.5, 151.9)`: Pump 7 says that it is there, a minute later than before, and it is judged."""
    clock = {"now": now_ms() - 3_600_000}

    def to(lat, long, accuracy=None, minutes=1):
        clock["now"] += minutes * 60_000
        monkeypatch.setattr("doover_web.data.commit.now_ms", lambda: clock["now"])
        monkeypatch.setattr("doover_web.data.outbox.now_ms", lambda: clock["now"])
        place = {"lat": lat, "long": long, "accuracy": accuracy}
        update_aggregate(reach=reach(pump, pump), name="location", data=place, replace_all=True)
        watch.judge_all()

    return to
