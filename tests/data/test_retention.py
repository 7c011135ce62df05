"""Letting go of old messages: what goes, what stays, and that the space comes back."""

import itertools
import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection

from doover_web.common.snowflake import first_id_of, ms_of, now_ms
from doover_web.data import publish, pyramid, retention, sizes, tasks
from doover_web.data.buckets import DAY, MINUTE, QUARTER
from doover_web.data.models import Channel, ChannelSize, Message, Series, SeriesBucket
from doover_web.data.partitions import ensure_partition
from doover_web.data.series import open_series, read_course
from doover_web.identity.models import Organisation

DAYS = 86_400


@pytest.fixture
def channel(itself):
    return publish.open_channel(reach=itself, name="level", settings={"message_retention": 30 * DAYS})


@pytest.fixture
def other(itself):
    return publish.open_channel(reach=itself, name="other")


def fill(channel, start, count, every=MINUTE, text=""):
    rows = [(channel.agent_id, channel.id, first_id_of(start + n * every)) for n in range(count)]
    data = json.dumps({"level": 1.0, "text": text})
    with connection.cursor() as cursor:
        query = "INSERT INTO data_message (agent_id, channel_id, id, author_id, data, received_at)"
        cursor.executemany(f"{query} VALUES (%s, %s, %s, 1, '{data}', 0)", rows)


def settle():
    while pyramid.roll_up(seconds=5):
        pass


def days_ago(days):
    return now_ms() - days * DAY


def test_old_messages_go_and_young_ones_stay(channel, other):
    for one in (channel, other):
        fill(one, days_ago(40), 10)
        fill(one, days_ago(20), 10)

    assert retention.let_go(seconds=5).rows == 0  # their course is to be rolled up first
    settle()
    assert retention.let_go(seconds=5).rows == 10

    assert Message.objects.filter(channel_id=channel.id).count() == 10
    assert ms_of(Message.objects.filter(channel_id=channel.id).earliest("id").id) >= days_ago(30)
    assert Message.objects.filter(channel_id=other.id).count() == 20
    assert not Series.objects.filter(channel_id=other.id).exists()


def test_the_course_outlives_the_messages(channel):
    fill(channel, days_ago(40), 100)
    settle()
    retention.let_go(seconds=5)
    settle()
    before = read_course(channel, "level", days_ago(50), days_ago(35), 100)
    retention.let_go(seconds=5)
    after = read_course(channel, "level", days_ago(50), days_ago(35), 100)

    assert not Message.objects.exists()
    assert sum(point.count for point in before.points) == sum(point.count for point in after.points) == 100
    steps = set(SeriesBucket.objects.filter(channel_id=channel.id).values_list("step", flat=True))
    assert min(steps) == QUARTER


def test_what_comes_too_late_does_not_spoil_the_course(channel, itself):
    fill(channel, days_ago(40), 100)
    retention.let_go(seconds=5)
    settle()
    retention.let_go(seconds=5)

    publish.post_message(reach=itself, name="level", data={"level": 99}, ts=days_ago(40) + 1)
    settle()

    course = read_course(channel, "level", days_ago(50), days_ago(35), 100)
    assert sum(point.count for point in course.points) == 100
    retention.let_go(seconds=5)
    assert not Message.objects.exists()


def test_a_series_that_is_behind_holds_it_back(channel):
    fill(channel, days_ago(40), 10)
    open_series(channel, "level")

    assert retention.let_go(seconds=5).rows == 0
    assert Message.objects.count() == 10


def test_the_installation_may_have_a_retention(other, settings):
    settings.MESSAGE_RETENTION_DAYS = 10
    fill(other, days_ago(20), 5)
    retention.let_go(seconds=5)
    settle()
    retention.let_go(seconds=5)

    assert not Message.objects.exists()


def test_an_organisation_may_have_a_retention_that_a_channel_overrides(channel, other, pump, settings):
    settings.MESSAGE_RETENTION_DAYS = 5
    Organisation.objects.filter(agents=pump).update(retention_period=10)
    for one in (channel, other):  # the first keeps for 30 days
        fill(one, days_ago(20), 5)
        fill(one, days_ago(8), 5)
    retention.let_go(seconds=5)
    settle()
    retention.let_go(seconds=5)

    assert Message.objects.filter(channel_id=channel.id).count() == 10
    assert Message.objects.filter(channel_id=other.id).count() == 5


def test_without_a_number_an_organisation_keeps_as_the_installation_does(other, pump, settings):
    Organisation.objects.filter(agents=pump).update(retention_period=0)
    fill(other, days_ago(20), 5)
    retention.let_go(seconds=5)
    settle()
    retention.let_go(seconds=5)

    assert Message.objects.count() == 5


@pytest.fixture
def old_month():
    moment = datetime(2025, 5, 1, tzinfo=UTC)
    return ensure_partition(moment), int(moment.timestamp()) * 1000


def space():
    names = [partition.name for partition in retention.partitions()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_total_relation_size(n::regclass)) FROM unnest(%s::text[]) n", [names])
        return int(cursor.fetchone()[0])


def test_a_month_goes_only_once_its_course_is_kept(channel, old_month):
    name, start = old_month
    fill(channel, start, 100)

    assert retention.let_go(seconds=5).rows == 0
    assert Message.objects.count() == 100
    settle()
    retention.let_go(seconds=5)
    assert name not in [partition.name for partition in retention.partitions()]

    course = read_course(channel, "level", start - DAY, start + 10 * DAY, 100)
    assert sum(point.count for point in course.points) == 100


def test_a_month_that_nobody_keeps_gives_its_space_back(channel, old_month):
    name, start = old_month
    empty = space()
    fill(channel, start, 2000, text="x" * 500)
    full = space()
    assert full - empty > 1_000_000
    open_series(channel, "level")
    settle()

    assert retention.let_go(seconds=5).partitions >= 1

    assert name not in [partition.name for partition in retention.partitions()]
    assert space() <= empty
    assert sum(p.count for p in read_course(channel, "level", start, start + 60 * DAY, 100).points) == 2000


def test_a_month_that_somebody_keeps_stays(channel, other, old_month):
    name, start = old_month
    fill(channel, start, 5)
    fill(other, start, 5)
    open_series(channel, "level")
    settle()

    retention.let_go(seconds=5)

    assert name in [partition.name for partition in retention.partitions()]
    assert Message.objects.count() == 5


def test_a_dropped_month_is_made_again_when_somebody_writes(channel, other, itself, old_month):
    name, start = old_month
    retention.let_go(seconds=5)
    assert name not in [partition.name for partition in retention.partitions()]

    publish.post_message(reach=itself, name="other", data=1, ts=start)
    assert Message.objects.count() == 1


def test_a_call_goes_on_where_the_one_before_came_to(itself, monkeypatch):
    for name in "abc":
        kept = publish.open_channel(reach=itself, name=name, settings={"message_retention": 30 * DAYS})
        fill(kept, days_ago(40), 3)
        open_series(kept, "level")
    settle()
    seconds = itertools.count()  # one passes whenever somebody looks at the clock
    monkeypatch.setattr(retention, "time", SimpleNamespace(monotonic=lambda: next(seconds)))

    swept = retention.let_go(seconds=2)
    removed, came_to = [swept.rows], [swept.left_at]
    while swept.left_at:
        swept = retention.let_go(seconds=2, since=swept.left_at)
        removed.append(swept.rows)
        came_to.append(swept.left_at)

    assert max(removed) == 3  # never more than one channel's
    assert came_to[:-1] == sorted(came_to[:-1])
    assert not Message.objects.exists()


def test_the_jobs_run(channel):
    tasks.let_go()
    tasks.measure_storage()


def test_the_setting_in_the_api(api, alice, bob, pump, at):
    address = at(pump)
    assert api(alice).put(address, {"message_retention": 7 * DAYS}).json()["message_retention"] == 7 * DAYS
    for wrong in (0, -1, 1.5, "7", True, 10**12):
        assert api(alice).put(address, {"message_retention": wrong}).status_code == 400
    assert "message_retention" not in api(alice).put(address, {"message_retention": None}).json()
    assert api(bob).put(address, {"message_retention": 3600}).status_code == 403


def test_sizes_are_shared_out_by_a_sample(channel, other):
    today = date(2026, 11, 22)
    fill(channel, days_ago(1), 300, text="x" * 300)
    fill(other, days_ago(1), 100, text="x" * 300)

    assert sizes.measure(today) == 2
    large, small = sizes.sizes_of([channel.agent_id])

    assert (large.channel_id, large.messages, small.messages) == (channel.id, 300, 100)
    assert large.bytes == pytest.approx(3 * small.bytes, rel=0.2)
    assert large.growth is None

    ChannelSize.objects.filter(channel_id=channel.id).update(day=today - timedelta(days=4), bytes=large.bytes - 4000)
    ChannelSize.objects.filter(channel_id=other.id).delete()
    sizes.measure(today)
    large, small = sizes.sizes_of([channel.agent_id])
    assert large.growth == pytest.approx(1000)
    assert small.growth == pytest.approx(small.bytes / 4)


def test_nothing_measured_is_nothing_shown(pump):
    assert sizes.sizes_of([pump.id]) == []
    assert sizes.sizes_of([]) == []
    assert Channel.objects.count() == 0
