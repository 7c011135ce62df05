"""The states of strings and truth values over time, against the messages themselves."""

import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from doover_web.common.snowflake import ms_of
from doover_web.data import publish, pyramid
from doover_web.data import series as reading
from doover_web.data.buckets import DAY, MINUTE, QUARTER, TEN_SECONDS
from doover_web.data.leaves import states
from doover_web.data.models import Channel, Message, Series, SeriesBucket, StateBucket
from doover_web.data.publish import update_aggregate
from doover_web.data.retention import _lift_floor
from doover_web.data.series import open_series, read_course
from doover_web.data.states import read_states

from .test_pyramid import HOUR, MARCH, post, post_many, settle


@pytest.fixture
def only_buckets(monkeypatch):
    """As if there were too many messages to read, wherever something is rolled up."""
    plain = reading.Reading.values

    def values(self, low, high):
        has_buckets = self.edge > self.after and high - low >= 2 * TEN_SECONDS
        everything = (low, high) == (self.after, self.before) and has_buckets
        return None if everything else plain(self, low, high)

    monkeypatch.setattr(reading.Reading, "values", values)


def told(found):
    return [(state.start, state.value, state.turns) for state in found.states]


def changes_of(channel, after, before):
    """What the messages say: when which state began, the one that held before among them."""
    found, held = [], None
    for id_, data in Message.objects.in_channel(channel).order_by("id").values_list("id", "data"):
        ms, value = ms_of(id_), data.get("door")
        if value is None or ms >= before:
            continue
        if ms < after:
            held = value
        else:
            if held is not None and not found:
                found.append((after, held))
            if not found or found[-1][1] != value:
                found.append((ms, value))
    if held is not None and not found:
        found.append((after, held))
    return found[1:] if len(found) > 1 and found[0][0] == found[1][0] else found


def check(channel, after, before, points=400):
    """Every change is there or counted; the first and the last state are right, and there are few of them."""
    found, truth = read_states(channel, "door", after, before, points), changes_of(channel, after, before)
    assert not found.is_sampled
    assert len(found.states) <= points
    starts = [state.start for state in found.states]
    assert starts == sorted(starts)
    if not truth:
        assert found.states == []
        return
    assert (found.states[0].start, found.states[0].value) == truth[0]
    assert (found.states[-1].value, found.states[-1].turns) == (truth[-1][1], 0)
    assert {(state.start, state.value) for state in found.states if not state.turns} <= {*truth} | held_on(found)
    steps = sum(
        one.value != nxt.value or one.turns > 0 for one, nxt in zip(found.states, found.states[1:], strict=False)
    )
    assert steps + sum(state.turns for state in found.states) >= len(truth) - 1 >= sum(s.turns for s in found.states)


def held_on(found):
    """States that are told again after turns, though the value was the same before."""
    return {(nxt.start, nxt.value) for one, nxt in zip(found.states, found.states[1:], strict=False) if one.turns}


def test_each_change_has_its_moment(itself, channel, clock):
    for seconds, door in [(0, "closed"), (5, "closed"), (7, "open"), (9, True), (11, True), (20, False)]:
        post(itself, MARCH + seconds * 1000, {"door": door, "n": 1})
    post(itself, MARCH + 30_000, {"door": 5})
    post(itself, MARCH + 31_000, {"door": None})
    post(itself, MARCH + 32_000, {"other": "x"})

    found = read_states(channel, "door", MARCH - 1000, MARCH + HOUR)
    expected = [(0, "closed"), (7, "open"), (9, True), (20, False)]
    assert told(found) == [(MARCH + seconds * 1000, value, 0) for seconds, value in expected]
    later = read_states(channel, "door", MARCH + 8_000, MARCH + 10_000)
    assert told(later) == [(MARCH + 8_000, "open", 0), (MARCH + 9_000, True, 0)]
    assert told(read_states(channel, "door", MARCH + DAY, MARCH + DAY + HOUR)) == [(MARCH + DAY, False, 0)]


def test_calm_over_a_year_is_exact(itself, channel, clock, only_buckets):
    doors = [(MARCH + hour * HOUR + 17, {"door": "open" if hour % 50 == 3 else "closed"}) for hour in range(24 * 60)]
    post_many(channel, doors)
    clock.ms = MARCH + 61 * DAY
    open_series(channel, "door")
    settle(channel)

    found = read_states(channel, "door", MARCH - DAY, MARCH + 60 * DAY + HOUR)
    assert [(state.start, state.value) for state in found.states] == changes_of(channel, MARCH - DAY, clock.ms)
    assert not any(state.turns for state in found.states)
    assert not SeriesBucket.objects.exists()


def test_what_changes_all_the_time_is_counted(itself, channel, clock, only_buckets):
    post_many(channel, [(MARCH + n * 1000, {"door": n % 2 == 0}) for n in range(5000)])
    clock.ms = MARCH + 2 * HOUR
    open_series(channel, "door")
    settle(channel)

    for points in (6, 20, 400):
        check(channel, MARCH - HOUR, clock.ms, points)
    found = read_states(channel, "door", MARCH - HOUR, clock.ms, 20)
    steps = sum(one.value != nxt.value for one, nxt in zip(found.states, found.states[1:], strict=False))
    assert sum(state.turns for state in found.states) + steps == 4999


changes = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.integers(0, 40 * MINUTE)),
        st.tuples(st.just("late"), st.integers(0, 40 * HOUR)),
        st.tuples(st.just("edit"), st.integers(0, 50)),
        st.tuples(st.just("delete"), st.integers(0, 50)),
        st.tuples(st.just("roll"), st.just(0)),
    ),
    min_size=3,
    max_size=40,
)


@pytest.mark.usefixtures("only_buckets")
@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes, st.integers(0, 30 * HOUR), st.integers(1, 60 * HOUR), st.integers(6, 60))
def test_late_ones_edits_and_removals_are_in_it(fresh, changes, back, span, points):
    itself, channel, clock = fresh()
    value, known = random.Random(3), []
    open_series(channel, "door")
    for what, amount in changes:
        door = {"door": value.choice(["open", "closed", True, False])}
        if what == "post":
            clock.ms += amount
            known.append(post(itself, clock.ms, door))
        elif what == "late":
            known.append(post(itself, clock.ms - amount, door))
        elif what == "edit" and known:
            publish.update_message(reach=itself, name="level", message_id=known[amount % len(known)], data=door)
        elif what == "delete" and known:
            publish.delete_message(reach=itself, name="level", message_id=known.pop(amount % len(known)))
        elif what == "roll":
            pyramid.roll(channel.agent_id, channel.id)
    clock.ms += 2 * MINUTE
    settle(channel)

    check(channel, clock.ms - back - span, clock.ms - back, points)
    check(channel, clock.ms - 100 * HOUR, clock.ms, points)


@pytest.fixture
def fresh(pump, itself, clock):
    """A new channel each time, as hypothesis keeps the fixtures between its examples."""

    def begin():
        Channel.objects.filter(agent_id=pump.id, name="level").delete()
        clock.ms = MARCH
        return itself, publish.open_channel(reach=itself, name="level"), clock

    return begin


def test_quarters_outlive_the_messages(itself, channel, clock, only_buckets):
    post_many(channel, [(MARCH + n * HOUR, {"door": "open" if n % 2 else "closed"}) for n in range(10)])
    clock.ms = MARCH + DAY
    open_series(channel, "door")
    settle(channel)
    truth = changes_of(channel, MARCH - HOUR, clock.ms)
    _lift_floor(channel.agent_id, channel.id, MARCH + 20 * HOUR)
    Message.objects.in_channel(channel).delete()

    found = read_states(channel, "door", MARCH - HOUR, clock.ms)
    assert [(state.start, state.value) for state in found.states] == truth
    held = read_states(channel, "door", MARCH + 15 * HOUR, MARCH + 16 * HOUR)
    assert told(held) == [(MARCH + 15 * HOUR, "open", 0)]


def test_before_it_is_rolled_up_some_stand_for_all(itself, channel, clock, monkeypatch):
    monkeypatch.setattr(reading, "RAW_MOST", 100)
    post_many(channel, [(clock.ms - n * 1000, {"door": "shut"}) for n in range(150)])

    found = read_states(channel, "door", clock.ms - DAY, clock.ms)
    assert found.is_sampled
    assert [state.value for state in found.states] == ["shut"]
    assert Series.objects.filter(path="door").exists()


def test_what_a_selection_misses_is_rolled_up_where_the_state_knows_it(itself, channel, clock, monkeypatch):
    monkeypatch.setattr(reading, "RAW_MOST", 100)
    post_many(channel, [(clock.ms - n * 1000, {"other": n}) for n in range(1500)])
    post_many(channel, [(clock.ms - 700_003, {"door": "shut", "level": 3})])
    update_aggregate(reach=itself, name=channel.name, data={"door": "shut", "level": 3})

    assert read_states(channel, "door", clock.ms - DAY, clock.ms - 1000).states == []
    assert read_course(channel, "level", clock.ms - DAY, clock.ms - 1000).points == []
    read_course(channel, "nothing", clock.ms - DAY, clock.ms - 1000)

    assert set(Series.objects.values_list("path", flat=True)) == {"door", "level"}
    clock.ms += HOUR
    while pyramid.roll(channel.agent_id, channel.id):
        pass
    assert told(read_states(channel, "door", clock.ms - DAY, clock.ms))[0][1] == "shut"
    assert [one.last for one in read_course(channel, "level", clock.ms - DAY, clock.ms).points] == [3]


def test_what_is_not_in_the_state_is_looked_for_in_the_messages(itself, channel, clock, monkeypatch):
    monkeypatch.setattr(reading, "RAW_MOST", 100)
    post_many(channel, [(clock.ms - n * 1000, {"other": n}) for n in range(1500)])
    post_many(channel, [(clock.ms - 700_003, {"level": 3})])

    read_course(channel, "level", clock.ms - DAY, clock.ms - 1000)

    assert set(Series.objects.values_list("path", flat=True)) == {"level"}


def test_what_history_since_hides_tells_no_state(itself, channel, clock):
    post(itself, MARCH - HOUR, {"door": "open"})
    channel.history_since = MARCH - MINUTE
    channel.save()

    assert told(read_states(channel, "door", MARCH - 2 * HOUR, MARCH)) == []


def test_of_a_long_text_the_beginning_counts(itself, channel, clock):
    post(itself, MARCH, {"door": "x" * 300})
    open_series(channel, "door")
    clock.ms += HOUR
    settle(channel)

    assert set(StateBucket.objects.values_list("last", flat=True)) == {'"' + "x" * 100 + '"'}
    assert StateBucket.objects.filter(step=QUARTER).count() == 1


def test_the_states_of_a_document_by_path():
    assert states({"a": 1, "b": {"c": True, "d": "x", "e": ["y"]}, "f": None, "g": ""}, 10) == ["b.c", "b.d", "g"]


def test_the_api_answers_in_columns(api, bob, mallory, pump, itself, at):
    for n, door in enumerate(["shut", "open", "open", False]):
        publish.post_message(reach=itself, name="level", data={"door": door}, ts=MARCH + n)
    address = at(pump, "states") + f"?path=door&path=none&after={MARCH + 1}&before={MARCH + 50}"

    door, none = api(bob).get(address).json()["states"]
    assert (door["path"], door["is_sampled"], door["turns"]) == ("door", False, [0, 0])
    assert (door["times"], door["values"]) == ([MARCH + 1, MARCH + 3], ["open", False])
    assert none["times"] == []
    assert api(mallory).get(address).status_code == 404
    assert api(bob).get(address.replace("path=door", "path=")).status_code == 400
