"""Signed-in people and channels with something in them."""

import pytest

from doover_web.data.publish import post_message, update_aggregate


@pytest.fixture
def level(alice, pump, reach):
    """The channel `level` of Pump 7, with a state and three messages."""
    at = reach(alice, pump)
    update_aggregate(reach=at, name="level", data={"tank": {"metres": 1.2, "id": 9007199254740993}, "b": 1, "a": 2})
    for number in range(3):
        post_message(reach=at, name="level", data={"metres": number, "note": f"reading {number}"})
    return f"/channels/{pump.id}/level/"
