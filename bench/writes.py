"""What a write costs in processor time, in this process and in the database, without HTTP.

Judged by processor time and not by the clock, so that a busy machine changes it little. `PROFILE=1` shows where it
goes.
"""

import cProfile
import gc
import os
import pstats
import time
from collections.abc import Callable
from pathlib import Path

import orjson
from django.db import connection
from django.http import QueryDict

from bench.server import CHANNEL, make_devices
from doover_web.data.access import Reach, reach_agent
from doover_web.data.batches import Kind, batch_of, batch_out
from doover_web.data.commit import commit
from doover_web.data.events import message_out
from doover_web.data.requests import aggregate_change_of, post_of
from doover_web.data.writes import Applied, Write
from doover_web.identity.auth import caller_of_token

DEVICES, ROUNDS, BATCH = 50, 40, 50
DATA = {f"k{key}": key for key in range(10)}
TICK = os.sysconf("SC_CLK_TCK")
Reaches = dict[str, Reach]


def main() -> None:
    reaches = {str(agent): reach_agent(caller_of_token(token), "me") for agent, token in make_devices(DEVICES)}
    print("| what | µs of this process a write | µs of the database a write | clock, µs a write |")
    print("|---|---|---|---|")
    for what, work, count in [
        ("POST message, 32 together", posts, 32),
        ("PATCH aggregate, logged, 32 together", patches, 32),
        (f"batches of {BATCH}, 10 together", batches, 10),
    ]:
        work(reaches, count)
        _measure(what, lambda work=work, count=count: work(reaches, count))  # type: ignore[misc]
    connection.close()


def _measure(what: str, work: Callable[[], int]) -> None:
    gc.collect()
    gc.freeze()  # as the web process does with what stays
    profile = cProfile.Profile() if os.environ.get("PROFILE") else None
    before, database, started, writes = time.process_time(), _database_seconds(), time.perf_counter(), 0
    if profile:
        profile.enable()
    for _ in range(ROUNDS):
        writes += work()
    if profile:
        profile.disable()
    spent = (time.process_time() - before, _database_seconds() - database, time.perf_counter() - started)
    print(f"| {what} | " + " | ".join(f"{seconds / writes * 1e6:.1f}" for seconds in spent) + " |", flush=True)
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def _database_seconds() -> float:
    """Processor time that the other end of our connection has used."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def posts(reaches: Reaches, count: int) -> int:
    """Single messages of so many devices, gathered into one commit."""
    raw = orjson.dumps({"data": DATA})
    for outcome in commit([post_of(reach, CHANNEL, orjson.loads(raw)) for reach in list(reaches.values())[:count]]):
        assert isinstance(outcome, Applied)
        orjson.dumps(message_out(outcome.the_message))
    return count


def patches(reaches: Reaches, count: int) -> int:
    """The same for states, each kept as a message too."""
    raw, query, chosen = orjson.dumps(DATA), QueryDict("log_update=true"), list(reaches.values())[:count]
    commit([aggregate_change_of(reach, CHANNEL, orjson.loads(raw), query, replace_all=False) for reach in chosen])
    return count


def batches(reaches: Reaches, count: int) -> int:
    """Requests of many messages each, gathered into one commit, with their answers."""
    items = [[{"agent_id": agent, "channel_name": CHANNEL, "data": DATA}] * BATCH for agent in list(reaches)[:count]]
    read = [batch_of(Kind.CREATE, orjson.dumps({"items": some})) for some in items]
    asked = [batch.writes({agent: reaches[agent] for agent in batch.agents()}) for batch in read]
    outcomes = iter(commit([write for writes in asked for write in writes if isinstance(write, Write)]))
    for batch, writes in zip(read, asked, strict=True):
        orjson.dumps(batch_out(batch, writes, [next(outcomes) for _ in writes]))
    return count * BATCH
