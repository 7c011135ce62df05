"""A window over a million messages, asked as the first generation's client asks it: time, and the server's memory."""

import threading
import time
from datetime import timedelta

import httpx
from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.server import CHANNEL, Web, make_devices, running_web
from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.data.models import Channel
from doover_web.data.partitions import ensure_ahead

MESSAGES, DAYS = 1_000_000, 20
FILL = """
INSERT INTO data_message (agent_id, channel_id, id, data, author_id, received_at)
SELECT %(agent)s, %(channel)s, %(first)s::bigint + ((n * %(gap)s::bigint) << 22),
       jsonb_build_object('tank', jsonb_build_object('level', n %% 100), 'pump', n %% 2 = 0), %(agent)s, 0
FROM generate_series(1, %(count)s) AS n
"""


def main() -> None:
    [(agent_id, token)] = make_devices(1)
    channel = Channel.objects.get(agent_id=agent_id, name=CHANNEL)
    start = now_ms() - DAYS * 86_400_000
    ensure_ahead(timezone.now(), since=timezone.now() - timedelta(days=DAYS + 1))
    asked = {"agent": agent_id, "channel": channel.id, "first": first_id_of(start), "count": MESSAGES}
    with connection.cursor() as cursor:
        cursor.execute(FILL, {**asked, "gap": DAYS * 86_400_000 // MESSAGES})
        cursor.execute("VACUUM (ANALYZE) data_message")
    print(f"{MESSAGES:,} messages; at most {settings.LEGACY_MOST_MESSAGES:,} are sent\n")
    print("| asked | first byte s | all s | MB | most memory the server took, MB |")
    print("|---|---|---|---|---|")
    with running_web() as web:
        path = f"{web.url}/ch/v1/channel/{channel.key}/messages/"
        _ask(web, "warm-up", path + "10/", token)
        _ask(web, "the whole window", path + f"time/{start // 1000}/{now_ms() // 1000}/", token)
        _ask(web, "everything", path, token)
        _ask(web, "the newest 10", path + "10/", token)


def _ask(web: Web, what: str, url: str, token: str) -> None:
    before, most, done = web.memory_kb(), 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, web.memory_kb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started, first, size = time.perf_counter(), 0.0, 0
    with httpx.stream("GET", url, headers={"Authorization": f"Token {token}"}, timeout=300) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_raw():
            first, size = first or time.perf_counter() - started, size + len(chunk)
    took = time.perf_counter() - started
    done.set()
    watcher.join()
    print(f"| {what} | {first:.2f} | {took:.1f} | {size / 1e6:.1f} | {max(0, most - before) / 1000:.0f} |", flush=True)
