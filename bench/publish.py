"""How many durable writes a second, beside what PostgreSQL does alone."""

import json
import os
import statistics
import subprocess
import sys
import tempfile

from bench import pgbench
from bench.server import CHANNEL, make_devices, running_web

DEVICES = 50
ROUNDS = 3
SECONDS = 5
CLIENTS = (32, 128, 256)
BATCH = 50
BATCHES = f"POST messages, {BATCH} a request (writes)"
CEILING_CLIENTS = (16, 32, 64)  # more only slow pgbench down; the best of these is the ceiling


def main() -> None:
    database_url = os.environ["DATABASE_URL"]
    devices = make_devices(DEVICES)
    pgbench.prepare(database_url)
    print("| what | clients | per second (median, spread) | p50 ms | p99 ms | ratio to ceiling |")
    print("|---|---|---|---|---|---|")
    with running_web() as web:
        ceilings, figures = _rounds(web.url, devices, database_url)
    pgbench.clean_up(database_url)
    ceiling = max(statistics.median(values) for values in ceilings.values())
    for clients, values in ceilings.items():
        print(f"| pgbench: insert + 100-key merge | {clients} | {_spread(values)} | | | |")
    for (what, clients), results in figures.items():
        rates = [result["per_second"] * (BATCH if what == BATCHES else 1) for result in results]
        ratio = statistics.median(rates) / ceiling
        p50, p99 = (statistics.median(result[key] for result in results) for key in ("p50_ms", "p99_ms"))
        print(f"| {what} | {clients} | {_spread(rates)} | {p50:.1f} | {p99:.1f} | {ratio:.2f} |")
        if bad := sum(result["bad"] for result in results):
            sys.exit(f"{bad} answers were not 200: {results[0]['first_bad']}")


def _rounds(url: str, devices, database_url: str) -> tuple[dict, dict]:
    """Ceiling and figures in turn, so that a slow moment of the machine meets both."""
    ceilings: dict[int, list[float]] = {clients: [] for clients in CEILING_CLIENTS}
    figures: dict[tuple[str, int], list[dict]] = {}
    for _ in range(ROUNDS):
        for clients in CEILING_CLIENTS:
            ceilings[clients].append(pgbench.transactions_per_second(database_url, clients, SECONDS))
        for clients in CLIENTS:
            for what, requests in _kinds(devices).items():
                job = {"url": url, "clients": clients, "seconds": SECONDS, "requests": requests}
                figures.setdefault((what, clients), []).append(_load(job))
    return ceilings, figures


def _kinds(devices: list[tuple[int, str]]) -> dict[str, list[dict]]:
    """The requests of each kind, one a device."""
    patch = {f"k{key}": key for key in range(10)}
    kinds = {
        "PATCH aggregate, logged (insert + 100-key merge)": ("PATCH", "aggregate?log_update=true", patch),
        "PATCH aggregate": ("PATCH", "aggregate", patch),
        "POST message": ("POST", "messages", {"data": patch}),
    }
    single = {
        what: [
            {
                "method": method,
                "path": f"/api/agents/{agent_id}/channels/{CHANNEL}/{tail}",
                "token": token,
                "body": body,
            }
            for agent_id, token in devices
        ]
        for what, (method, tail, body) in kinds.items()
    }
    return {**single, BATCHES: [_batch(agent_id, token, patch) for agent_id, token in devices]}


def _batch(agent_id: int, token: str, data: dict) -> dict:
    items = [{"agent_id": str(agent_id), "channel_name": CHANNEL, "data": data}] * BATCH
    return {"method": "POST", "path": "/api/agents/messages", "token": token, "body": {"items": items}}


def _load(job: dict) -> dict:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(job, file)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-m", "bench.load", file.name], capture_output=True, text=True, check=True
        )
    return json.loads(done.stdout)


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"
