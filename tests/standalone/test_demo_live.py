"""Simulated devices send live values while somebody wants them."""

import json
from pathlib import Path

import pytest

from doover_web.standalone.fleet.live import Live, only, wanted
from doover_web.standalone.fleet.pump import Pump

CASES = json.loads(Path("tests/fixtures/ui/17-presence-and-overrides.json").read_text())
NOW = 1_780_279_200


@pytest.mark.parametrize("case", CASES["presence"], ids=lambda case: case["case"])
def test_what_is_wanted(case):
    assert sorted(wanted(case["aggregate"], CASES["now_ms"])) == case["live_tags"]


@pytest.mark.parametrize(
    "odd", [None, [], {"live_tag_open": {"5": {"tags": ["a"]}, "6": {"ts": 9e15, "tags": 3}, "7": 1}}]
)
def test_odd_documents_want_nothing(odd):
    assert wanted(odd, CASES["now_ms"]) == set()


def test_only_what_is_there_is_sent():
    assert only({"a": {"x": 1, "y": 2}, "b": {"x": 3}}, {"a.y", "c.x", "b"}) == {"a": {"y": 2}}


async def test_it_is_sent_while_somebody_looks():
    sent = []

    async def shout(channel, data):
        sent.append((channel, list(data["pump_1"])))

    live = Live(Pump(), shout)
    await live.send(NOW)
    live.hear({"live_tag_open": {"5": {"ts": NOW * 1000, "tags": ["pump_1.flow"]}}})
    await live.send(NOW + 1)
    await live.send(NOW + 121)

    assert sent == [("tag_values", ["flow"])]
