"""Charts, lists and writes over a long history: `bin/bench history [--points 10000000] [--channels 1000]`.

The points of a year lie in one channel, a thousand others have some each. Times are those of the database and of the
Python around it, in this process; nothing of HTTP.
"""

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import connection

from bench import publish
from bench.server import CHANNEL, make_devices, running_web
from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.common.window import Window
from doover_web.data import pyramid
from doover_web.data.access import reach_agent, ref_of
from doover_web.data.history import list_messages
from doover_web.data.models import Channel, Series
from doover_web.data.partitions import ensure_ahead, ensure_partition
from doover_web.data.publish import open_channel, post_message
from doover_web.data.series import open_series, read_course
from doover_web.identity.auth import caller_of_token

HOUR, DAY = 3_600_000, 86_400_000
YEAR = 365 * DAY
SPANS = {"1 hour": HOUR, "1 day": DAY, "30 days": 30 * DAY, "1 year": YEAR}
ASKED, WRITTEN, ROUNDS = 100, 200, 3
FILL = """
INSERT INTO data_message (agent_id, channel_id, id, author_id, received_at, data)
SELECT %s, %s, (((%s + n * %s::float8)::bigint - 1735689600000) << 22), 1, 0,
       jsonb_build_object('tank', jsonb_build_object('level', round((50 + 40 * sin(n / 5000.0) + random())::numeric, 2),
                                                     'flow', (n %% 97) / 10.0), 'on', n %% 2 = 0)
FROM generate_series(%s::bigint, %s::bigint) n
"""
CHUNK = 250_000


def main() -> None:
    parser = argparse.ArgumentParser("bin/bench history")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--channels", type=int, default=1_000)
    asked = parser.parse_args(sys.argv[2:])
    [(agent_id, token), *others] = devices = make_devices(50)
    reach = reach_agent(caller_of_token(token), agent_id)
    large, empty = (open_channel(reach=reach, name=name) for name in ("large", "empty"))
    _prepare(asked, large, others)
    print("| what | p50 ms | p95 ms |\n|---|---|---|")
    _charts(large)
    _lists(reach, large)
    _writes(reach, empty, large)
    _published(devices)


def _prepare(asked, large: Channel, others) -> None:
    """Fill, and roll up all of it."""
    start = now_ms() - YEAR
    for month in range(13):
        ensure_partition(_moment(start + month * 30.4 * DAY))
    ensure_ahead(_moment(now_ms()), since=_moment(now_ms()))
    took = _timed(lambda: _fill(large, start, YEAR / asked.points, asked.points))
    print(f"{asked.points:,} messages in {took:,.0f} s")
    each = 1_000
    for number in range(asked.channels):
        agent_id, token = others[number % len(others)]
        channel = open_channel(reach=reach_agent(caller_of_token(token), agent_id), name=f"c{number}")
        _fill(channel, start, YEAR / each, each)
        open_series(channel, "tank.level")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) data_message")
    for path in ("tank.level", "tank.flow"):
        open_series(large, path)
    took = _timed(_settle)
    print(f"Rolled up {asked.points:,} messages × 2 numbers, and {asked.channels:,} channels × 1,000, in {took:,.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) data_seriesbucket")
        cursor.execute(
            "SELECT pg_total_relation_size('data_seriesbucket'), (SELECT sum(pg_total_relation_size(inhrelid))"
            " FROM pg_inherits WHERE inhparent = 'data_message'::regclass), (SELECT count(*) FROM data_seriesbucket)"
        )
        buckets, messages, rows = map(int, cursor.fetchone())
    print(f"Messages {messages / 1e6:,.0f} MB, buckets {buckets / 1e6:,.0f} MB in {rows:,} rows\n")


def _fill(channel: Channel, start: int, every: float, count: int) -> None:
    with connection.cursor() as cursor:
        for first in range(0, count, CHUNK):
            last = min(first + CHUNK, count) - 1
            cursor.execute(FILL, [channel.agent_id, channel.id, start, every, first, last])


def _settle() -> None:
    while pyramid.waiting():
        pyramid.roll_up(seconds=60)


def _charts(large: Channel) -> None:
    medians = {}
    for name, span in SPANS.items():
        times = []
        for number in range(ASKED):
            before = now_ms() - number * 7919 * (YEAR // 20_000_000)
            after = before - span
            times.append(_timed(lambda after=after, before=before: read_course(large, "tank.level", after, before)))
        medians[name] = statistics.median(times)
        _line(f"chart of {name}, 800 points", times)
        assert not read_course(large, "tank.level", now_ms() - span, now_ms()).is_sampled
    print(f"| 1 year / 1 hour | {medians['1 year'] / medians['1 hour']:.2f} × | |")


def _lists(reach, large: Channel) -> None:
    ref = ref_of(reach, large)
    _line("newest 50 messages", [_timed(lambda: list_messages(large, ref, Window(limit=50))) for _ in range(ASKED)])
    asked = (
        "EXPLAIN (ANALYZE, FORMAT JSON) SELECT id, author_id, data::text, edited_at FROM data_message"
        " WHERE agent_id = %s AND channel_id = %s AND id > %s ORDER BY id DESC LIMIT 50"
    )
    times = []
    with connection.cursor() as cursor:
        for _ in range(ASKED):
            cursor.execute(asked, [large.agent_id, large.id, first_id_of(0)])
            [plan] = cursor.fetchone()[0]
            times.append((plan["Planning Time"] + plan["Execution Time"]) / 1000)
    _line("the same, in the database", times)


def _writes(reach, empty: Channel, large: Channel) -> None:
    """One write at a time, in turn, so that a slow moment of the machine meets both."""
    times: dict[str, list[float]] = {"empty": [], "large": []}
    for number in range(WRITTEN):
        for name in times:
            data = {"tank": {"level": number, "flow": 1.5}, "on": True}
            times[name].append(_timed(lambda n=name, d=data: post_message(reach=reach, name=n, data=d)))
    _line("one write into an empty channel", times["empty"])
    _line("one write into the large channel", times["large"])
    late = []
    for number in range(WRITTEN):
        ts, data = now_ms() - (number + 1) * HOUR, {"tank": {"level": number}}
        late.append(_timed(lambda ts=ts, data=data: post_message(reach=reach, name="large", data=data, ts=ts)))
    _line("one late write into the large channel", late)
    print(f"\nRepairing {WRITTEN} late quarters of an hour took {_timed(_settle):.1f} s\n")


def _published(devices) -> None:
    """The rate of writes without and with numbers that are charted and rolled up meanwhile."""
    requests = publish._kinds(devices)["POST message"]
    rates: dict[str, list[float]] = {"no number charted": [], "10 numbers charted, rolling up": []}
    with running_web() as web:
        job = {"url": web.url, "clients": 128, "seconds": 5, "requests": requests}
        for _ in range(ROUNDS):
            without, with_charts = rates.values()
            without.append(publish._load(job)["per_second"])
            with _rolling_up(devices) as pieces:
                with_charts.append(publish._load(job)["per_second"])
            print(f"({sum(pieces)} pieces were rolled up meanwhile)")
    print("| POST message, 128 clients | per second (median, spread) |\n|---|---|")
    for what, found in rates.items():
        print(f"| {what} | {publish._spread(found)} |")


@contextmanager
def _rolling_up(devices) -> Iterator[list[int]]:
    """All ten numbers of every device are charted, and rolled up all the time to a second before now."""
    for channel in Channel.objects.filter(name=CHANNEL, agent_id__in=[agent_id for agent_id, _ in devices]):
        for key in range(10):
            open_series(channel, f"k{key}")
    Series.objects.update(opened_at=datetime(2025, 1, 1, tzinfo=UTC))
    pyramid.SETTLE_MS, pyramid.UNFINISHED_MS = 1000, 100
    stop, pieces = threading.Event(), []

    def build():
        while not stop.is_set():
            pieces.append(pyramid.roll_up(seconds=1))
            stop.wait(0.5)
        connection.close()

    builder = threading.Thread(target=build)
    builder.start()
    try:
        yield pieces
    finally:
        stop.set()
        builder.join()
        Series.objects.filter(path__startswith="k").delete()


def _line(what: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    print(f"| {what} | {1000 * statistics.median(ordered):.1f} | {1000 * p95:.1f} |", flush=True)


def _timed(call) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _moment(ms: float):
    return datetime.fromtimestamp(ms / 1000, UTC)
