"""Who else looks at a device, and what may come live."""

import json
from pathlib import Path

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.publish import update_aggregate
from portal.ui.onlookers import here, live_lines
from portal.ui.tree import Documents, read_tree

from .fixtures import load

CASES = json.loads(Path("tests/fixtures/ui/17-presence-and-overrides.json").read_text())


@pytest.mark.parametrize("case", CASES["presence"], ids=lambda case: case["case"])
def test_the_cases_of_the_fixture(case):
    assert len(here(case["aggregate"], CASES["now_ms"])) == case["fresh_viewers"]


@pytest.mark.parametrize("odd", [None, [], "x", {"agent_open": []}, {"agent_open": {"x": 1, "5": "y", "6": None}}])
def test_odd_documents_have_nobody(odd):
    assert here(odd, CASES["now_ms"]) == []


def test_others_are_named_and_oneself_is_not(browse, alice, bob, mallory, pump, reach):
    now = now_ms()
    stamps = {str(one.agent_id): now for one in (alice, bob, mallory)}
    update_aggregate(reach=reach(alice, pump), name="dv-ui-sub", data={"agent_open": stamps})

    seen = browse(alice).get(f"/device/{pump.id}/here/").content.decode()

    assert "Bob Tran is also here" in seen
    assert "Alice" not in seen
    assert browse(mallory).get(f"/device/{pump.id}/here/").status_code == 404


def test_nobody_else_is_nothing_to_say(browse, bob, pump):
    assert browse(bob).get(f"/device/{pump.id}/here/").content.strip() == b""


def test_live_values_are_named_by_the_document():
    channels = load("04-plots")["channels"]
    documents = Documents(channels["ui_state"], None, channels["tag_values"], None, channels["deployment_config"])

    lines = [line.split(" ") for line in live_lines(read_tree(documents).shown())]

    assert lines == [["trend_1.flow", "el-trend_1__flow_now", "2"]]
