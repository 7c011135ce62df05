"""What can be seen of a server from outside: its pages and its processes."""

import os
import signal
import time
from pathlib import Path

import httpx


def eventually(question, seconds=20):
    """Ask until the answer is yes; fails with the question's name when it stays no."""
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, f"{question} stayed false"
        time.sleep(0.05)


def is_up(url) -> bool:
    try:
        return httpx.get(f"{url}/accounts/login/", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def alive(pid) -> bool:
    """Whether a process runs; its unburied remains do not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processes_of(folder) -> list[str]:
    """The command lines of all processes that have to do with a data directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if f"{folder}".encode() in told and alive(process.name):
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def manage(portal, code) -> str:
    """Run some Python beside a server; returns what it printed last."""
    done = portal.manage("shell", "--verbosity=0", "--command", code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().rpartition("\n")[2]


def kill_worker(portal):
    """The worker and its whole pool, without a word; another is started."""
    pid = portal.pids["worker"]
    family = [pid, *children_of(pid)]
    for one in family:
        os.kill(one, signal.SIGKILL)
    eventually(lambda: not any(alive(one) for one in family) and portal.pids.get("worker") not in (pid, None))


def children_of(pid) -> list[int]:
    """The processes that a process started, and those that they did."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *children_of(child)]
    return found
