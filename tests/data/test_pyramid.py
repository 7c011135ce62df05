"""The history pyramid against the messages themselves: whatever is written, changed and rolled up in which order."""

import json
import random
import threading

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from doover_web.common.snowflake import first_id_of, ms_of
from doover_web.data import publish, pyramid
from doover_web.data import series as reading
from doover_web.data.buckets import DAY, MINUTE, QUARTER, TEN_SECONDS
from doover_web.data.leaves import leaves
from doover_web.data.models import Channel, Message, Series, SeriesBucket, SeriesMark
from doover_web.data.series import open_series, read_course
from doover_web.identity.models import Agent

MARCH = 1_772_600_767_890
HOUR = 3_600_000


@pytest.fixture
def only_buckets(monkeypatch):
    """As if there were too many messages to read, wherever something is rolled up."""
    plain = reading.Reading._of_messages
    monkeypatch.setattr(reading.Reading, "_of_messages", lambda self: plain(self) if self.edge == self.after else None)


def level(value):
    return {"tank": {"level": value}}


def post(itself, ts, value):
    data = value if isinstance(value, dict) else level(value)
    return publish.post_message(reach=itself, name="level", data=data, ts=ts).id


def post_many(channel, values):
    """Messages `(ms, value)` from before anything was charted, straight into the table."""
    rows = [(channel.agent_id, channel.id, first_id_of(ms), json.dumps(data), ms) for ms, data in values]
    with connection.cursor() as cursor:
        query = "INSERT INTO data_message (agent_id, channel_id, id, author_id, data, received_at)"
        cursor.executemany(f"{query} VALUES (%s, %s, %s, 1, %s, %s)", rows)


def settle(channel):
    while pyramid.roll(channel.agent_id, channel.id):
        pass


def plainly(channel, after, before, path="tank.level"):
    """The values of the messages themselves: `(ms, value)`."""
    found = Message.objects.in_channel(channel).order_by("id").values_list("id", "data")
    values = ((ms_of(id_), data["tank"]["level"]) for id_, data in found if "tank" in data)
    return [(ms, value) for ms, value in values if after <= ms < before]


def check(channel, after, before, points):
    """An answer holds exactly the messages of its span: no fewer, none twice, extremes and ends in place."""
    course = read_course(channel, "tank.level", after, before, points)
    truth = plainly(channel, after, before)
    assert not course.is_sampled
    assert len(course.points) <= points + 1
    assert sum(point.count for point in course.points) == len(truth)
    starts = [point.start for point in course.points]
    assert starts == sorted(set(starts)) or course.step == 0
    for point, nxt in zip(course.points, [*starts[1:], before], strict=False):
        inside = [value for ms, value in truth if max(point.start, after) <= ms < max(nxt, point.start + 1)]
        if course.step == 0:
            continue
        assert (point.count, point.min, point.max) == (len(inside), min(inside), max(inside))
        assert (point.first, point.last) == (inside[0], inside[-1])
        assert point.sum == pytest.approx(sum(inside))
        assert point.min <= point.mean <= point.max


changes = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.integers(0, 3000)),
        st.tuples(st.just("late"), st.integers(0, 40 * HOUR // 1000)),
        st.tuples(st.just("edit"), st.integers(0, 50)),
        st.tuples(st.just("delete"), st.integers(0, 50)),
        st.tuples(st.just("wait"), st.integers(0, 5 * HOUR // 1000)),
        st.tuples(st.just("roll"), st.just(0)),
    ),
    min_size=3,
    max_size=30,
)


@pytest.mark.django_db
@pytest.mark.usefixtures("only_buckets")
@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes, st.integers(0, 30 * HOUR), st.integers(1, 60 * HOUR), st.integers(2, 60))
def test_it_says_what_the_messages_say(pyramid_of, changes, back, span, points):
    itself, channel, clock = pyramid_of()
    known, value = [post(itself, clock.ms, 0.0)], random.Random(7)
    open_series(channel, "tank.level")
    for what, amount in changes:
        if what == "post":
            clock.ms += amount
            known.append(post(itself, clock.ms, value.uniform(-9, 9)))
        elif what == "late":
            known.append(post(itself, clock.ms - amount * 1000, value.uniform(-9, 9)))
        elif what == "edit" and known:
            data = level(value.uniform(-99, 99))
            publish.update_message(reach=itself, name="level", message_id=known[amount % len(known)], data=data)
        elif what == "delete" and known:
            publish.delete_message(reach=itself, name="level", message_id=known.pop(amount % len(known)))
        elif what == "wait":
            clock.ms += amount * 1000
        elif what == "roll":
            pyramid.roll(channel.agent_id, channel.id)
    clock.ms += 2 * MINUTE
    settle(channel)

    after = clock.ms - back - span
    check(channel, after, after + span, points)
    check(channel, clock.ms - 100 * HOUR, clock.ms, points)
    check(channel, clock.ms - 500 * HOUR, clock.ms, 3)


@pytest.fixture
def pyramid_of(pump, itself, clock):
    """A new channel each time, as hypothesis keeps the fixtures between its examples."""

    def begin():
        Channel.objects.filter(agent_id=pump.id, name="level").delete()
        clock.ms = MARCH
        return itself, publish.open_channel(reach=itself, name="level"), clock

    return begin


def test_days_are_those_of_the_site(pump, itself, channel, clock, only_buckets):
    Agent.objects.filter(pk=pump.organisation_id).update(zone="Australia/Lord_Howe")
    post_many(channel, [(MARCH + hour * HOUR + 17, level(hour % 24)) for hour in range(24 * 40)])
    clock.ms = MARCH + 41 * DAY
    open_series(channel, "tank.level")
    settle(channel)

    check(channel, MARCH, MARCH + 40 * DAY, 10)
    days = SeriesBucket.objects.filter(channel_id=channel.id, step=DAY).order_by("start").values_list("start", "count")
    assert {count for _, count in list(days)[1:-1]} == {24, 25}  # on 5 April its clocks go back half an hour

    Agent.objects.filter(pk=pump.id).update(zone="Asia/Kathmandu")
    post(itself, MARCH + 3 * DAY, 100.0)
    settle(channel)

    check(channel, MARCH, MARCH + 40 * DAY, 10)
    starts = SeriesBucket.objects.filter(channel_id=channel.id, step=DAY).values_list("start", flat=True)
    assert {start % DAY for start in starts} == {DAY - (5 * HOUR + 45 * MINUTE)}


def test_the_youngest_come_from_the_messages(itself, channel, clock, only_buckets):
    post_many(channel, [(clock.ms - second * 1000, level(second)) for second in range(300)])
    open_series(channel, "tank.level")
    settle(channel)

    edge = Series.objects.get(channel_id=channel.id).edge
    assert clock.ms - 70_000 <= edge <= clock.ms - 60_000
    check(channel, clock.ms - HOUR, clock.ms + 1, 50)


def test_what_history_since_hides_is_not_in_the_picture(itself, channel, clock, only_buckets):
    post_many(channel, [(MARCH + minute * MINUTE, level(minute)) for minute in range(600)])
    clock.ms = MARCH + DAY
    open_series(channel, "tank.level")
    settle(channel)

    channel.history_since = MARCH + 123 * MINUTE + 456
    channel.save()
    check(channel, MARCH - DAY, clock.ms, 3)
    channel.history_since = None
    channel.save()
    check(channel, MARCH - DAY, clock.ms, 3)


def test_a_write_that_is_not_finished_holds_the_edge_back(itself, channel, clock, monkeypatch):
    post(itself, MARCH - HOUR, 1.0)
    open_series(channel, "tank.level")
    monkeypatch.setattr(pyramid, "UNFINISHED", f"SELECT {MARCH - QUARTER}")

    settle(channel)
    assert Series.objects.get(channel_id=channel.id).edge is None  # it may be older than the series: no mark then

    Series.objects.update(opened_at="2025-01-01T00:00Z")
    settle(channel)
    assert Series.objects.get(channel_id=channel.id).edge <= MARCH - QUARTER - 20_000


def test_postgresqls_own_cleaners_hold_nothing_back(itself, channel, clock):
    post(itself, MARCH - HOUR, 1.0)
    open_series(channel, "tank.level")
    with connection.cursor() as cursor:  # a list of sessions that stands before PostgreSQL's own
        cursor.execute(
            "CREATE TEMPORARY TABLE pg_stat_activity ON COMMIT DROP AS"
            " SELECT current_database() AS datname, 0 AS pid, '3'::xid AS backend_xid,"
            " now() - interval '3 hours' AS xact_start, 'autovacuum worker' AS backend_type"
        )
        cursor.execute("SET LOCAL search_path = pg_temp, public, pg_catalog")
        settle(channel)
        assert SeriesBucket.objects.count() == 5

        assert pyramid.settled().unfinished_since is None
        cursor.execute("UPDATE pg_stat_activity SET backend_type = 'client backend'")
        assert pyramid.settled().unfinished_since is not None


def test_a_second_series_catches_up(itself, channel, clock, monkeypatch, only_buckets):
    monkeypatch.setattr(pyramid, "CHUNK_VALUES", 20)
    both = [(MARCH + minute * MINUTE, {**level(minute), "pump on": minute % 2 == 0}) for minute in range(100)]
    post_many(channel, both)
    clock.ms = MARCH + 50 * MINUTE
    open_series(channel, "tank.level")
    settle(channel)
    open_series(channel, "pump on")
    clock.ms = MARCH + 100 * MINUTE
    settle(channel)

    check(channel, MARCH, clock.ms, 10)
    course = read_course(channel, "pump on", MARCH, clock.ms, 10)
    assert sum(point.count for point in course.points) == 100
    assert {(point.min, point.max) for point in course.points} == {(0.0, 1.0)}
    assert len({one.edge for one in Series.objects.filter(channel_id=channel.id)}) == 1


def test_ordinary_writes_leave_no_marks(itself, channel, clock):
    post(itself, clock.ms, 1.0)
    open_series(channel, "tank.level")
    fresh = post(itself, clock.ms, 2.0)
    assert not SeriesMark.objects.exists()

    post(itself, clock.ms - HOUR, 3.0)
    publish.update_message(reach=itself, name="level", message_id=fresh, data=level(4))
    publish.delete_message(reach=itself, name="level", message_id=fresh)
    assert SeriesMark.objects.count() == 3


def test_a_channel_nobody_charts_leaves_none(itself, channel, clock):
    publish.delete_message(reach=itself, name="level", message_id=post(itself, clock.ms - HOUR, 1.0))

    assert not SeriesMark.objects.exists()


def test_before_it_is_rolled_up_some_stand_for_all(itself, channel, clock, monkeypatch):
    monkeypatch.setattr(reading, "RAW_MOST", 100)
    post_many(channel, [(clock.ms - second * 1000, level(second)) for second in range(150)])
    clock.ms += 2 * MINUTE

    first = read_course(channel, "tank.level", clock.ms - DAY, clock.ms)
    assert first.is_sampled
    assert 0 < len(first.points) <= 300
    settle(channel)
    check(channel, clock.ms - DAY, clock.ms, 50)


def test_a_path_that_holds_no_numbers_is_not_rolled_up(itself, channel, clock, monkeypatch):
    monkeypatch.setattr(reading.Reading, "_of_messages", lambda self: None)
    post(itself, clock.ms, {"words": "none", "list": [1, 2], "huge": 1e300})

    for path in ("words", "list", "huge", "missing", "words.0.0", "."):
        assert read_course(channel, path, clock.ms - DAY, clock.ms + 1).points == []
    assert not Series.objects.exists()


def test_a_builder_that_dies_leaves_what_was(itself, channel, clock, monkeypatch, only_buckets):
    post(itself, MARCH, 1.0)
    clock.ms = MARCH + HOUR
    open_series(channel, "tank.level")
    settle(channel)
    before = list(SeriesBucket.objects.order_by("step").values())
    post(itself, MARCH + 1, 5.0)

    def die(*_):
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(pyramid._Builder, "_coarsen", die)
        with pytest.raises(RuntimeError):
            pyramid.roll(channel.agent_id, channel.id)
    assert list(SeriesBucket.objects.order_by("step").values()) == before
    assert SeriesMark.objects.count() == 1

    settle(channel)
    check(channel, MARCH - DAY, clock.ms, 3)
    assert not SeriesMark.objects.exists()


def test_a_bucket_whose_last_value_goes_goes_too(itself, channel, clock):
    only = post(itself, MARCH - HOUR, 1.0)
    open_series(channel, "tank.level")
    settle(channel)
    assert SeriesBucket.objects.count() == 5

    publish.delete_message(reach=itself, name="level", message_id=only)
    settle(channel)
    assert SeriesBucket.objects.count() == 0


def test_ages_without_anything_take_no_points_away(itself, channel, clock, only_buckets):
    post_many(channel, [(MARCH - HOUR + second * 1000, level(second)) for second in range(100)])
    open_series(channel, "tank.level")
    settle(channel)

    course = read_course(channel, "tank.level", -(10**12), clock.ms, 200)
    assert sum(point.count for point in course.points) == 100
    assert len(course.points) > 5 or course.step < DAY


def test_many_builders_count_once(committed, itself, channel, clock, monkeypatch, only_buckets):
    monkeypatch.setattr(pyramid, "CHUNK_VALUES", 50)
    monkeypatch.setattr(pyramid, "UNFINISHED", "SELECT NULL::bigint")
    post_many(channel, [(MARCH + minute * MINUTE, level(minute)) for minute in range(300)])
    clock.ms = MARCH + 310 * MINUTE
    open_series(channel, "tank.level")
    problems = []

    def build(seed):
        try:
            chance = random.Random(seed)
            for number in range(15):
                pyramid.roll(channel.agent_id, channel.id)
                if number % 5 == seed:
                    post(itself, MARCH + chance.randrange(300) * MINUTE + 5, 1000.0 + seed)
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=build, args=[seed]) for seed in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert problems == []
    settle(channel)

    check(channel, MARCH - DAY, clock.ms, 40)
    check(channel, MARCH - DAY, clock.ms, 3)


def test_a_builder_whose_connection_is_cut_leaves_what_was(committed, itself, channel, clock, monkeypatch):
    post(itself, MARCH - HOUR, 1.0)
    open_series(channel, "tank.level")
    real = pyramid._Builder._coarsen

    def cut(builder, *what):
        real(builder, *what)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(pyramid._Builder, "_coarsen", cut)
        with pytest.raises(Exception, match=r"terminating|closed"):
            pyramid.roll(channel.agent_id, channel.id)
    connection.close()
    assert not SeriesBucket.objects.exists()

    settle(channel)
    assert SeriesBucket.objects.filter(step=TEN_SECONDS).count() == 1


def test_the_numbers_of_a_document_by_path():
    document = {"a": 1, "b": {"c": True, "d": "x", "e": [1], "f.g": 2}, "h.i": 3, "": 4, "k": {"l": None, "m": 1e300}}

    assert leaves(document, 10) == ["a", "h.i", "b.c"]
    assert leaves(document, 2) == ["a", "h.i"]


def test_it_waits_for_what_is_waiting(itself, channel, clock):
    post(itself, MARCH - HOUR, 1.0)
    assert pyramid.waiting() == []
    open_series(channel, "tank.level")
    assert pyramid.waiting() == [(channel.agent_id, channel.id)]
    assert pyramid.roll_up(seconds=5) >= 1
    assert pyramid.waiting() == []
    post(itself, MARCH - 2 * HOUR, 1.0)
    assert pyramid.waiting() == [(channel.agent_id, channel.id)]
