"""Judging, against an obvious model that looks at the alarm every single millisecond; no database."""

import json
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from doover_web.common.mergepatch import merge
from doover_web.data import alarms
from doover_web.data.alarm_bodies import definition_of
from doover_web.data.alarm_rows import AlarmRow, compiled_of
from doover_web.data.alarm_watch import Watch, judge_now, judge_past, readings_of
from doover_web.data.alarm_words import duration, summary, topic_name_of
from doover_web.data.alarms import Scene, Standing
from doover_web.data.events import AggregateRecord, AggregateUpdated
from doover_web.data.refs import ChannelRef
from doover_web.data.rows import AggregateRow

MIDNIGHT = 20_000 * alarms.DAY_MS
REF = ChannelRef(1, "level", 2, False, None)
LAST = 60

values = st.sampled_from([0, 1, 2, 3, 2.5, "on", True, None, [1], {"x": 1}])
keys = st.sampled_from(["a", "b.c"])
orders = st.sampled_from(["ge", "gt", "le", "lt"])
lengths = st.integers(1, 12)
conditions = st.one_of(
    st.builds(
        lambda k, o, v: {"type": "threshold", "key": k, "operator": o, "value": v}, keys, orders, st.integers(0, 3)
    ),
    st.builds(lambda k, v: {"type": "threshold", "key": k, "operator": "eq", "value": v}, keys, values.filter(bool)),
    st.builds(
        lambda k, o, v, w: {"type": "rate", "key": k, "operator": o, "rate_threshold": v, "rate_window_ms": w},
        keys, orders, st.sampled_from([-100, 0, 100, 200]), lengths,
    ),
    st.builds(
        lambda o, k, v: {"type": "compare", "key": "a", "operator": o, "other_key": k, "offset": v},
        orders, keys, st.sampled_from([None, 0, 1, -0.5]),
    ),
    st.builds(
        lambda f, t, i: {"type": "time_of_day", "from_ms": f, "to_ms": f + t, "invert": i},
        st.integers(0, LAST), lengths, st.booleans(),
    ),
)  # fmt: skip
measured = conditions.filter(lambda one: one["type"] != "time_of_day")
bodies = st.builds(
    lambda first, rest, pending, expiry: {
        "name": "x", "conditions": [first, *rest], "alarm_pending_ms": pending,
        "expiry_mins": expiry and (expiry + 0.5) / 60_000,
    },
    measured, st.lists(conditions, max_size=2), st.none() | lengths, st.none() | lengths,
)  # fmt: skip
patches = st.dictionaries(st.sampled_from(["a", "b", "b.c", "other"]), values | st.builds(lambda v: {"c": v}, values))
writes = st.dictionaries(st.integers(0, LAST), patches, max_size=12)


class Model:
    """Looks at everything, every millisecond, and remembers as little as it can."""

    def __init__(self, body):
        self.body, self.document, self.written = body, {}, {}
        self.state, self.true_since, self.baselines, self.told = "NoData", None, {}, []
        self.expiry = body["expiry_mins"] and int(body["expiry_mins"] * 60_000)

    def tick(self, now, patch):
        if patch is not None:
            self.document = merge(self.document, patch)
            for key, path in (("a", ["a"]), ("b.c", ["b.c"] if "b.c" in self.document else ["b", "c"])):
                if self.find(patch, path) is not None:
                    self.written[key] = now
        verdicts = [self.verdict(n, one, now) for n, one in enumerate(self.body["conditions"])]
        state = "OK" if False in verdicts else "NoData" if None in verdicts else self.on(now)
        if state in ("OK", "NoData"):
            self.true_since = None
        if state != self.state:
            self.told.append((now, self.state, state))
        self.state = state

    def on(self, now):
        if self.true_since is None:
            self.true_since = now
        return "Alarm" if now - self.true_since >= (self.body["alarm_pending_ms"] or 0) else "AlarmPending"

    def verdict(self, n, one, now):
        if one["type"] == "time_of_day":
            return (one["from_ms"] <= now % alarms.DAY_MS < one["to_ms"]) != one["invert"]
        left = self.reading(one["key"], now)
        if one["type"] == "rate":
            return self.rate(n, one, left, now)
        right = one.get("value")
        if one["type"] == "compare":
            right = self.reading(one["other_key"], now)
            if one["offset"]:
                right = right + one["offset"] if type(right) in (int, float) else None
        return self.compare(one["operator"], left, right)

    def rate(self, n, one, value, now):
        if type(value) not in (int, float):
            self.baselines.pop(n, None)
            return None
        ts, base, verdict = self.baselines.setdefault(n, (now, value, None))
        if now - ts >= one["rate_window_ms"] and self.written[one["key"]] > ts:
            verdict = self.compare(one["operator"], (value - base) * 1000 / (now - ts), one["rate_threshold"])
            self.baselines[n] = (now, value, verdict)
        return verdict

    def reading(self, key, now):
        if self.expiry and now - self.written.get(key, -LAST * 9) >= self.expiry:
            return None
        return self.find(self.document, [key] if key in self.document else key.split("."))

    @staticmethod
    def find(document, path):
        for key in path:
            document = document.get(key) if isinstance(document, dict) else None
        return document

    @staticmethod
    def compare(operator, left, right):
        numbers = (int, float)
        if left is None or (type(left) is not type(right) and not (type(left) in numbers and type(right) in numbers)):
            return None
        if operator == "eq":
            return left == right
        if type(left) not in (*numbers, str):
            return None
        return (left != right and (left > right) == (operator[0] == "g")) or (left == right and operator[1] == "e")


class Real:
    """The code that judges, without its database."""

    def __init__(self, body, now):
        definition = definition_of(body)
        self.alarm = AlarmRow(1, 2, 3, definition, compiled_of(definition), Standing("NoData", now))
        self.row = AggregateRow({}, 0, None, readings=readings_of([self.alarm], None, {}, None))
        self.watch = object.__new__(Watch)
        self.watch.alarms = {(1, 2): [self.alarm]}
        self.told = []
        self.hear(judge_now(self.alarm, self.record(), self.scene(), now))

    def record(self):
        return AggregateRecord(REF, json.dumps(self.row.data).encode(), self.row.revision, self.row.last_updated)

    def scene(self):
        return Scene(self.row.data, self.row.readings)

    def write(self, patch, now):
        old = (self.row.data, self.row.last_updated, ())
        self.row.data, self.row.last_updated = merge(self.row.data, patch), now
        write = SimpleNamespace(data=patch, replace=(), replace_all=False)
        self.hear(self.watch.judge(write, self.row, old, AggregateUpdated(REF, self.record(), 1, b"{}")))

    def timer(self, now):
        if self.alarm.due_at is not None and self.alarm.due_at <= now:
            self.hear(judge_past(self.alarm, self.record(), self.scene(), now))
            assert self.alarm.due_at is None or self.alarm.due_at > now

    def hear(self, events):
        for event in events:
            alarm = json.loads(event.alarm)
            assert alarm["state"] == event.new_state
            self.told.append((alarm["entered_state_ts"], event.old_state, event.new_state))


@settings(max_examples=150)
@given(bodies, writes, st.sets(st.integers(0, LAST)), st.booleans())
def test_it_judges_as_one_who_looks_all_the_time(body, written, beats, punctual):
    model, real = Model(body), Real(body, MIDNIGHT)
    for at in range(LAST + 1):
        now, patch = MIDNIGHT + at, written.get(at)
        model.tick(now, patch)
        if patch is not None:
            real.write(patch, now)
        if punctual or at in beats:
            real.timer(now)
    real.timer(MIDNIGHT + LAST)

    assert real.told == model.told


numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(bodies, st.lists(st.dictionaries(st.sampled_from(["a", "b", "b.c"]), json_values), max_size=4))
def test_no_reading_makes_it_stumble(body, patches):
    real = Real(body, MIDNIGHT)
    for n, patch in enumerate(patches):
        real.write(patch, MIDNIGHT + 20 * n)
        real.timer(MIDNIGHT + 20 * n + 15)


def test_a_literal_key_comes_before_a_path():
    assert alarms.look_up({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert alarms.look_up({"a": {"b": 2}}, "a.b") == 2
    assert alarms.look_up({"a": 5}, "a.b") is None
    assert not alarms.wrote({"a.b": 1}, {"a": {"b": 2}}, "a.b")


def test_words():
    listed = [
        {"type": "threshold", "key": "t", "operator": "ge", "value": 30.5},
        {"type": "rate", "key": "tank", "operator": "lt", "rate_threshold": -0.5, "rate_window_ms": 300_000},
        {"type": "compare", "key": "t", "operator": "gt", "other_key": "u", "offset": -2},
        {"type": "time_of_day", "from_ms": 18_000_000, "to_ms": 75_600_000, "invert": True},
    ]
    assert summary(definition_of({"name": "x", "conditions": listed}).conditions) == (
        "t ≥ 30.5 and tank changes by < -0.5 per second over 5 min and t > u − 2 and outside 05:00 and 21:00 UTC"
    )
    assert [duration(ms) for ms in (1, 90_000, 7_200_000, 86_400_000)] == ["1 ms", "90 s", "2 h", "1 d"]
    assert topic_name_of("  Überhitzung: Pumpe #7! ", 5) == "berhitzung_pumpe_7"
    assert topic_name_of("温度", 5) == "5"
