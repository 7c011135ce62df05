"""Devices on a real server: seen while they are connected, missed when it dies under them and they do not come back."""

import json
import os
import signal
import time
from contextlib import ExitStack

import httpx
import pytest
from websockets.sync.client import connect

from tests.standalone.outside import eventually

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
SET_UP = """
import json
from doover_web.identity.auth import issue_device_token
from doover_web.identity.models import Agent, Organisation
creek = Organisation.objects.found("Presence Creek")
made = [Agent.objects.create(kind="device", organisation=creek, name=name) for name in ("steady", "lost")]
print(json.dumps([issue_device_token(one) for one in made]))
"""


class Device:
    """A device with a link of its own."""

    def __init__(self, url, token):
        self.url, self.token, self.sockets = url, token, ExitStack()
        self.open()

    def open(self):
        address = self.url.replace("http", "ws", 1) + "/gateway"
        bearer = {"authorization": f"Bearer {self.token}"}
        self.socket = self.sockets.enter_context(connect(address, additional_headers=bearer))
        assert json.loads(self.socket.recv(10))["t"] == "Hello"
        self.socket.send(json.dumps({"op": 10, "d": {"default_connection": True}}))
        while json.loads(self.socket.recv(10)).get("t") != "Ready":
            pass

    def ask(self, path):
        answer = httpx.get(f"{self.url}/api{path}", headers={"authorization": f"Bearer {self.token}"}, timeout=15)
        return answer.json() if answer.status_code == 200 else None

    @property
    def determination(self):
        state = self.ask("/agents/me/channels/doover_connection/aggregate")
        return state and state["data"].get("determination")

    @property
    def told(self):
        messages = self.ask("/agents/me/channels/doover_connection/messages") or []
        return [one["data"]["determination"] for one in messages[::-1]]

    @property
    def sessions(self):
        return self.ask("/agents/me/wss_connections")


def test_a_server_that_dies_under_its_devices(portal):
    tokens = json.loads(portal.manage("shell", "--verbosity=0", "--command", SET_UP).stdout.splitlines()[-1])
    steady, lost = (Device(portal.url, token) for token in tokens)
    eventually(lambda: steady.determination == lost.determination == "Online")
    # Measured by our pings, which this client's library answers by itself.
    eventually(lambda: steady.sessions and steady.sessions[0]["latency"] is not None)
    assert steady.sessions[0]["last_ping"] <= time.time() * 1000

    killed = portal.pids["web"]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: portal.pids.get("web") not in (killed, None), seconds=60)
    steady.open()
    eventually(lambda: lost.determination == "Offline", seconds=120)

    assert lost.told == ["Online", "Offline"]
    assert lost.sessions == []
    assert (steady.determination, steady.told) == ("Online", ["Online"])
    assert [one["status"] for one in steady.sessions] == [1]
    for device in (steady, lost):
        device.sockets.close()
