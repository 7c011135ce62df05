"""How many live deliveries a second, how late they are, and what a quiet socket costs."""

import json
import subprocess
import sys
import tempfile

from bench.server import CHANNEL, make_devices, running_web

SOCKETS = 500
WARM = 100  # opened before memory is measured: what a process needs once is no cost of a socket
PHASES = [
    {"rate": 2.0, "seconds": 5.0},
    {"rate": 20.0, "seconds": 8.0},
    {"rate": None, "seconds": 8.0},
]
WORDS = {2.0: "1,000 deliveries/s asked", 20.0: "10,000 deliveries/s asked", None: "as fast as it goes"}


def main() -> None:
    [(agent_id, token)] = make_devices(1)
    with running_web() as web, tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        job = {"url": web.url, "agent_id": str(agent_id), "channel": CHANNEL, "token": token}
        json.dump({**job, "sockets": SOCKETS, "warm": WARM, "phases": PHASES}, file)
        file.flush()
        argv = [sys.executable, "-m", "bench.sockets", file.name]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            memory = [_when_connected(process, web) for _ in range(2)]
            results = [json.loads(process.stdout.readline()) for _ in PHASES]
    idle_kb = (memory[1] - memory[0]) / (SOCKETS - WARM)
    print(f"{SOCKETS} sockets on one channel, one web process; {idle_kb:.1f} KB of memory per idle socket")
    print("| phase | deliveries/s | p50 ms | p99 ms | not delivered |")
    print("|---|---|---|---|---|")
    for phase, result in zip(PHASES, results, strict=True):
        rate, p50, p99 = result["deliveries_per_second"], result["p50_ms"], result["p99_ms"]
        print(f"| {WORDS[phase['rate']]} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {result['missing']} |")


def _when_connected(process: subprocess.Popen, web) -> int:
    """The server's memory once the listeners of this step are connected; tells them to go on."""
    json.loads(process.stdout.readline())
    memory = web.memory_kb()
    process.stdin.write("\n")
    process.stdin.flush()
    return memory
