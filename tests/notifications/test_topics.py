"""Which subscription a notification matches."""

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.notifications.payload import Payload, read, read_text
from doover_web.notifications.topics import SEVERITIES, canonical, is_opt_in, matches, problem_of

FIXTURE = json.loads((Path(__file__).parent.parent / "fixtures/ui/13-notifications-alarms.json").read_text())
LOW = "dev/applications/default/pump_1/low_battery"
DUE = "dev/applications/opt-in/pump_1/maintenance_due"


def takes(topic, wanted=(), mode="exact", unwanted=()):
    return matches(topic, wanted=list(wanted), mode=mode, unwanted=list(unwanted))


@pytest.mark.parametrize(
    ("sent", "full"),
    [
        (LOW, LOW),
        ("tank/low", "legacy/default/tank/low"),
        ("developer", "legacy/default/developer"),
        ("dev", "legacy/default/dev"),
        ("", "legacy/default"),
        (None, "legacy/default"),
    ],
)
def test_the_hierarchy(sent, full):
    assert canonical(sent) == full


@pytest.mark.parametrize("case", FIXTURE["delivery_cases"], ids=lambda case: case["about"])
def test_the_cases_of_the_contract(case):
    wish = FIXTURE["subscriptions"][case["subscription"]]
    filters = {"wanted": wish["topic_filter"], "mode": wish["topic_filter_mode"]}
    taken = SEVERITIES[case["severity"]] >= wish["severity"] and matches(
        case["topic"], **filters, unwanted=wish["topic_filter_exclude"]
    )
    assert taken is case["delivered"]


def test_exact_means_as_sent_or_in_the_hierarchy():
    assert takes("tank/low", ["tank/low"])
    assert takes("tank/low", ["legacy/default/tank/low"])
    assert not takes("tank/low", ["tank/.*"])
    assert not takes("tank/low", ["tank"])
    assert not takes(None, ["tank"])


def test_everything_leaves_out_what_wants_to_be_asked_for():
    for broad in ([], ["*"], ["*", "tank"]):
        assert takes(LOW, broad)
        assert takes(None, broad)
        assert not takes(DUE, broad)
    assert takes(DUE, ["*", DUE])
    assert takes(DUE, [".*"], "regex")


def test_an_expression_matches_the_whole_topic():
    assert takes(LOW, ["dev/[^/]+/default/.*"], "regex")
    assert not takes(LOW, ["dev/[^/]+"], "regex")
    assert not takes(LOW, ["low_battery"], "regex")
    assert takes("tank", ["legacy/default/tank"], "regex")
    assert not takes("tank", ["tank"], "regex")
    assert not takes(LOW, ["*"], "exact", ["dev/.*"])
    assert takes(LOW, [], "regex")
    assert not takes(DUE, [], "regex")


def test_an_exclusion_wins_in_either_mode():
    for mode, wanted in (("exact", [LOW]), ("regex", ["dev/.*"]), ("exact", [])):
        assert not takes(LOW, wanted, mode, ["dev/applications/default/pump_1/.*"])
        assert takes(LOW, wanted, mode, ["dev/applications/default/pump_1"])


def test_an_expression_that_explodes_elsewhere_is_quick_here():
    began = time.perf_counter()
    assert not takes("dev/" + "a" * 5000, ["dev/(a+)+(a+)+(a+)+b"], "regex")
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("bad", ["(", "[a", "a{5000}", "(?=x)", r"(a)\1", "*"])
def test_what_is_no_expression(bad):
    assert problem_of(bad)
    assert not takes(LOW, [bad], "regex")


SEGMENT = st.text("ab_.-*", min_size=1, max_size=4)
TOPIC = st.one_of(
    st.none(),
    st.lists(SEGMENT, min_size=1, max_size=4).map("/".join),
    st.tuples(
        st.sampled_from(["applications", "alarms"]), st.sampled_from(["default", "opt-in"]), SEGMENT, SEGMENT
    ).map(lambda parts: "/".join(("dev", *parts))),
)


@given(topic=TOPIC, wanted=st.lists(TOPIC.filter(bool), max_size=3), unwanted=st.lists(TOPIC.filter(bool), max_size=2))
def test_as_a_slow_and_obvious_model_has_it(topic, wanted, unwanted):
    full = canonical(topic)
    for mode in ("exact", "regex"):
        escaped = [re.escape(one) for one in wanted] if mode == "regex" else wanted
        if not wanted or (mode == "exact" and "*" in wanted):
            model = not is_opt_in(full) or full in wanted
        else:
            model = any(one == full or (mode == "exact" and one == topic) for one in wanted)
        model = model and not any(re.fullmatch(re.escape(one), full) for one in unwanted)
        assert takes(topic, escaped, mode, [re.escape(one) for one in unwanted]) is model


def test_payloads_of_the_client_are_read():
    for sent in FIXTURE["payloads"]:
        read_back = read(sent)
        assert read_back.message == sent["message"]
        assert read_back.severity == sent.get("severity", 5)
        assert (read_back.title, read_back.topic) == (sent.get("title", ""), sent.get("topic", ""))


@pytest.mark.parametrize(
    "sent",
    [
        {"text": "no message key"},
        {"message": "  "},
        {"message": 5},
        {"message": "x", "severity": "warn"},
        {"message": "x", "severity": 8},
        {"message": "x", "severity": True},
        {"message": "x", "severity": 6.0},
        {"message": "x", "title": 5},
        {"message": "x", "topic": ["a"]},
        ["message"],
        "text",
        None,
    ],
)
def test_what_cannot_be_read_goes_out_as_it_is(sent):
    assert read(sent) == Payload(json.dumps(sent, separators=(",", ":")))


def test_names_nulls_and_giants():
    assert read({"message": "x", "severity": "Critical", "title": None, "topic": None}) == Payload("x", severity=7)
    assert read_text('{"message":"the beginning of') == Payload('{"message":"the beginning of')
    assert len(read({"message": "x", "title": "t" * 999}).title) == 200
