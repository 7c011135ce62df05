"""The badge: the cases of the fixture, and documents that are none."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from portal.ui.presence import judge

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "ui" / "14-connection.json").read_text())
NOW = FIXTURE["now_ms"]


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=[case["case"] for case in FIXTURE["cases"]])
def test_each_case_gets_its_badge(case):
    presence = judge(case["aggregate"], NOW)

    assert ("hidden" if presence.hidden else presence.state) == case["badge"]


@pytest.mark.parametrize("case", FIXTURE["empty"])
def test_a_device_that_never_spoke_is_unknown(case):
    assert judge(case["aggregate"], NOW).state == "unknown"


@pytest.mark.parametrize("document", [None, [], "x", 5, {"status": "ContinuousOnline"}, {"status": [], "config": 3}])
def test_any_document_gets_an_answer(document):
    assert judge(document, NOW).words == "Never seen"


@pytest.mark.parametrize("odd", [True, "soon", float("inf"), 1e300, -1e300, None, {}])
def test_odd_times_count_as_absent(odd):
    document = {
        "status": {"status": "ContinuousOnline", "last_online": odd, "last_ping": odd},
        "config": {"offline_after": odd, "expected_interval": odd, "next_wake_time": odd},
    }

    assert judge(document, NOW, UTC).state == "online"


def test_silence_past_the_limit_is_offline_before_anybody_says_so():
    document = {"status": {"status": "ContinuousOnline", "last_online": NOW - 3 * 60_000}, "determination": "Online"}
    continuous = {**document, "config": {"connection_type": "Continuous"}}

    assert judge(document, NOW).state == "online"
    assert judge(continuous, NOW).words == "Offline 3 min"


def test_a_sleeping_device_says_until_when():
    document = {
        "status": {"status": "PeriodicUnknown", "last_online": NOW - 9_000_000},
        "config": {"connection_type": "Periodic", "expected_interval": 1800, "next_wake_time": NOW + 3_600_000},
    }

    assert judge(document, NOW, UTC).words == "Asleep to 01:00"
