"""What can be seen of a server from outside: its pages and its processes."""

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
