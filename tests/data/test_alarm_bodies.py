"""The two forms of an alarm's body, and what PATCH and PUT make of them (`data-api §10.1`); no database."""

import pytest

from doover_web.common.wire import BadRequest
from doover_web.data.alarm_bodies import changed, condition_out, definition_of

HOT = {"name": "Hot", "key": "t", "operator": "gt", "value": 30}
RATE = {"name": "Leak", "key": "t", "operator": "lt", "rate_threshold": -0.5, "rate_window_ms": 60_000}
OVER = {"type": "threshold", "key": "t", "operator": "gt", "value": 30}
FALL = {"type": "rate", "key": "t", "operator": "lt", "rate_threshold": -0.5, "rate_window_ms": 60_000}
ABOVE = {"type": "compare", "key": "t", "operator": "gt", "other_key": "u"}
DAY = {"type": "time_of_day", "from_ms": 0, "to_ms": 1000}
BOTH = {"name": "Both", "conditions": [OVER, FALL]}


def conditions(definition):
    return [condition_out(one) for one in definition.conditions]


def refused(call, *args):
    with pytest.raises(BadRequest) as caught:
        call(*args)
    return caught.value.message


def test_both_forms_come_to_the_same():
    assert conditions(definition_of(HOT)) == [{"id": "c1", **OVER}]
    assert definition_of(HOT) == definition_of({"name": "Hot", "conditions": [OVER]})
    assert conditions(definition_of({**RATE, "value": None})) == [{"id": "c1", **FALL}]


def test_nulls_beside_a_list_are_nothing():
    nulls = {"value": None, "rate_threshold": None, "rate_window_ms": None, "key": None}
    assert definition_of({**BOTH, **nulls}) == definition_of(BOTH)


def hot(**changes):
    return {**HOT, **changes}


def rate(**changes):
    return {**RATE, **changes}


BAD_CONDITIONS = [
    {**OVER, "type": "or"}, {**OVER, "type": None}, {**OVER, "id": 5}, {**OVER, "value": None},
    {**ABOVE, "other_key": ""}, {**ABOVE, "offset": "1"}, {**ABOVE, "offset": False}, {**DAY, "to_ms": 0},
    {**DAY, "from_ms": -1}, {**DAY, "to_ms": 86_400_001}, {**DAY, "from_ms": None},
    {**DAY, "invert": 1}, {**FALL, "operator": "eq"}, {**FALL, "rate_window_ms": None}, 5, None,
]  # fmt: skip
BAD_BODIES = [
    None, [], {}, {"name": "x"}, hot(name=""), hot(name=" "), hot(name=5), hot(name="x" * 256),
    {**BOTH, "value": 5}, {**BOTH, "key": "t"}, {**BOTH, "rate_window_ms": 1}, {"name": "x", "key": "t", "value": 5},
    *({"name": "x", "conditions": conditions} for conditions in ([], [DAY], {}, [OVER] * 21)),
    *({"name": "x", "conditions": [OVER, bad]} for bad in BAD_CONDITIONS),
    hot(key=""), hot(key=5), hot(key=None), hot(operator="ne"), hot(operator=[]), hot(value=None), hot(value=True),
    hot(value={}), hot(value="x" * 2000), rate(value=5), rate(operator="eq"), rate(rate_threshold="5"),
    rate(rate_window_ms=0), rate(rate_window_ms=1.5), rate(rate_threshold=None), rate(rate_window_ms=True),
    hot(expiry_mins=0), hot(expiry_mins="5"), hot(expiry_mins=1e300), hot(alarm_pending_ms=-1),
    hot(alarm_pending_ms=2**70), hot(enabled=1), hot(description={}), hot(topic_name="a/b"), hot(topic_name=""),
    hot(notification_policy="none"), hot(messages=[]), hot(messages={"alarm": True}),
    hot(messages={"ok": {"notify": "no"}}), hot(messages={"ok": {"text": 5}}),
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_BODIES)
def test_what_is_refused(body):
    assert len(refused(definition_of, body)) > 10


def test_a_patch_leaves_the_rest():
    stored = definition_of({**HOT, "description": "Old", "expiry_mins": 5, "messages": {"ok": {"notify": False}}})

    assert changed(stored, {}) == stored
    assert changed(stored, {"name": "New"}).description == "Old"
    cleared = changed(stored, {"expiry_mins": None, "messages": None, "alarm_pending_ms": None, "description": None})
    assert (cleared.expiry_mins, cleared.messages, cleared.description) == (None, None, "")
    assert cleared.conditions == stored.conditions


def test_messages_merge_field_by_field():
    stored = definition_of({**HOT, "messages": {"alarm": {"text": "Hot!"}, "ok": {"notify": False, "text": "Cool"}}})
    assert stored.messages == {"alarm": {"notify": True, "text": "Hot!"}, "ok": {"notify": False, "text": "Cool"}}

    patched = changed(stored, {"messages": {"alarm": {"notify": False}, "no_data": {}, "unknown": {"notify": 1}}})
    assert patched.messages == {
        "alarm": {"notify": False, "text": "Hot!"},
        "ok": {"notify": False, "text": "Cool"},
        "no_data": {"notify": True},
    }
    assert changed(patched, {"messages": {"ok": {"text": None}, "alarm": None, "no_data": None}}).messages == {
        "ok": {"notify": False}
    }


def test_single_fields_edit_the_primary_condition():
    stored = definition_of({"name": "x", "conditions": [DAY, FALL, OVER]})

    assert conditions(changed(stored, {"value": 40})) == [
        {"id": "c1", **DAY, "invert": False}, {"id": "c2", **FALL}, {"id": "c3", **OVER, "value": 40}
    ]  # fmt: skip
    assert conditions(changed(stored, {"key": "u", "operator": "le"}))[2] == {
        "id": "c3", **OVER, "key": "u", "operator": "le"
    }  # fmt: skip


def test_a_threshold_becomes_a_rate_and_back():
    stored = definition_of(HOT)
    rate = changed(stored, {"value": None, "rate_threshold": -0.5, "rate_window_ms": 60_000, "operator": "lt"})
    assert conditions(rate) == [{"id": "c1", **FALL}]

    back = changed(rate, {"value": 30, "rate_threshold": None, "rate_window_ms": None, "operator": "gt"})
    assert back == stored
    assert conditions(changed(rate, {"rate_threshold": -2}))[0]["rate_threshold"] == -2


@pytest.mark.parametrize(
    ("of", "patch"),
    [
        (HOT, {"value": None}), (HOT, {"rate_threshold": 1}), (HOT, {"rate_threshold": 1, "rate_window_ms": 5}),
        (HOT, {"value": None, "rate_window_ms": 5}), (RATE, {"value": 5}), (RATE, {"rate_window_ms": None}),
        (RATE, {"rate_threshold": None, "rate_window_ms": None}), (RATE, {"operator": "eq"}), (HOT, {"conditions": []}),
        (HOT, {"conditions": [DAY]}), (HOT, {"conditions": [OVER], "value": 5}), (HOT, {"name": None}),
        (HOT, {"enabled": None}), (HOT, {"notification_policy": None}), (HOT, {"topic_name": None}), (HOT, 5),
    ],
)  # fmt: skip
def test_a_patch_that_makes_no_sense(of, patch):
    assert len(refused(changed, definition_of(of), patch)) > 10


def test_a_comparison_can_be_edited_with_single_fields():
    stored = definition_of({"name": "x", "conditions": [{**ABOVE, "offset": 3}]})

    assert conditions(changed(stored, {"operator": "lt", "value": None})) == [
        {"id": "c1", **ABOVE, "operator": "lt", "offset": 3}
    ]
    assert conditions(changed(stored, {"value": 30})) == [{"id": "c1", **OVER}]


def test_a_list_keeps_known_ids_and_gives_new_ones():
    stored = definition_of({"name": "x", "conditions": [{**OVER, "id": "c9"}, FALL]})
    assert [one.id for one in stored.conditions] == ["c1", "c2"]

    listed = [{**ABOVE}, {**FALL, "id": "c2"}, {**OVER, "id": "c7"}]
    assert [one.id for one in changed(stored, {"conditions": listed}).conditions] == ["c3", "c2", "c4"]
    assert "twice" in refused(changed, stored, {"conditions": [{**OVER, "id": "c1"}, {**FALL, "id": "c1"}]})


def test_put_returns_to_defaults_but_keeps_the_topic():
    stored = definition_of({**HOT, "topic_name": "hot", "description": "Old", "enabled": False})

    put = definition_of({**HOT, "name": "New"}, stored)

    assert (put.topic_name, put.description, put.enabled) == ("hot", "", True)
    assert put.conditions[0].id == "c1"
    assert definition_of({**HOT, "key": "u"}, stored).conditions[0].id == "c2"
