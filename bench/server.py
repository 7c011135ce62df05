"""The web process under measurement, and the devices that call it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.conf import settings

from doover_web.data.access import reach_agent
from doover_web.data.publish import update_aggregate
from doover_web.identity.auth import caller_of_token, issue_device_token
from doover_web.identity.models import Agent, Organisation

CHANNEL = "bench"


class Web:
    def __init__(self, url: str, pid: int):
        self.url, self.pid = url, pid

    def memory_kb(self) -> int:
        """Resident memory of the process."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise RuntimeError("no VmRSS")


@contextmanager
def running_web() -> Iterator[Web]:
    """One web process, as bin/serve starts it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    listener.set_inheritable(True)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    argv = [sys.executable, "-m", "doover_web.standalone.web", str(listener.fileno())]
    process = subprocess.Popen(argv, pass_fds=[listener.fileno()], env={**os.environ, "DOOVER_PUBLIC_URL": url})
    try:
        _wait_for(url)
        settings.PUBLIC_URL = url  # tokens that are issued here open what is there
        yield Web(url, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        listener.close()


def make_devices(count: int) -> list[tuple[int, str]]:
    """Devices with a 100-key state, as `(agent id, token)`."""
    organisation = Organisation.objects.found("Bench")
    devices = []
    for number in range(count):
        agent = Agent.objects.create(kind=Agent.Kind.DEVICE, organisation=organisation, name=f"bench-{number}")
        token = issue_device_token(agent)
        state = {f"k{key}": key * 1.5 for key in range(100)}
        update_aggregate(reach=reach_agent(caller_of_token(token), "me"), name=CHANNEL, data=state)
        devices.append((agent.id, token))
    return devices


def _wait_for(url: str) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the web process does not answer")
