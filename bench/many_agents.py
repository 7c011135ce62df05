"""One channel of 250 agents in one request: how long a page takes."""

import statistics
import time

from django.db import connection

from bench.server import CHANNEL, make_devices
from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.common.window import Window
from doover_web.data import many_agents
from doover_web.data.access import Reach, same_channel_of_many
from doover_web.data.models import Channel
from doover_web.identity.flags import EVERYTHING

AGENTS, MESSAGES, REQUESTS = 250, 1000, 40
STEP_MS = 60_000
FILL = """
INSERT INTO data_message (agent_id, channel_id, id, author_id, received_at, data)
SELECT %s, %s, %s - (n * {step}::bigint << 22) + {agent}, 1, 0, jsonb_build_object('level', n, 'text', repeat('x', 200))
FROM generate_series(0, {count}) AS n
"""
SHAPES = {
    "limit 50": {"limit": 50},
    "limit 1500": {"limit": 1500},
    "agent_message_limit 4": {"limit": 1500, "each": 4},
    "limit 50, window of a day, 8 hours back": {"limit": 50, "ago": 8 * 3_600_000},
    "limit 50, a field that all have": {"limit": 50, "fields": ["level"]},
}


def main() -> None:
    places = _seed()
    print(f"{AGENTS} agents with {MESSAGES:,} messages each")
    print("| page | p50 ms | p95 ms | statements | messages |")
    print("|---|---|---|---|---|")
    for name, shape in SHAPES.items():
        print(f"| {name} | {_measured(places, **shape)} |")


def _seed() -> list[tuple[Reach, Channel]]:
    devices = [agent_id for agent_id, _ in make_devices(AGENTS)]
    places = same_channel_of_many([Reach(None, one, None, EVERYTHING) for one in devices], CHANNEL, history=True)
    newest = first_id_of(now_ms())
    with connection.cursor() as cursor:
        for number, (_, channel) in enumerate(places):
            cursor.execute(
                FILL.format(step=STEP_MS, agent=number, count=MESSAGES - 1), [channel.agent_id, channel.id, newest]
            )
        cursor.execute("VACUUM ANALYZE data_message")
    return places


def _measured(places, *, limit: int, each: int | None = None, ago: int = 0, fields: list[str] | None = None) -> str:
    before = first_id_of(now_ms() - ago) if ago else None
    after = first_id_of(now_ms() - ago - 86_400_000) if ago else None
    took, statements = [], 0
    search = many_agents.search

    def counted(*args):
        nonlocal statements
        statements += 1
        return search(*args)

    many_agents.search = counted
    for _ in range(REQUESTS):
        started = time.perf_counter()
        page = many_agents.list_messages_of_many(
            places, Window(before, after, limit), befores={}, each=each, fields=fields or []
        )
        took.append(1000 * (time.perf_counter() - started))
    many_agents.search = search
    took.sort()
    p95 = took[len(took) * 95 // 100]
    return f"{statistics.median(took):.1f} | {p95:.1f} | {statements // REQUESTS} | {len(page.messages)}"
