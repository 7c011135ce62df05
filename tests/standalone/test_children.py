"""Any child may be killed at any moment: it comes back, and the server goes on."""

import os
import signal

import httpx
import psycopg
import pytest

from tests.standalone.outside import alive, eventually, is_up

pytestmark = pytest.mark.server


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["web", "worker", "bulk", "beat", "valkey", "postgres"])
def test_a_killed_child_comes_back(portal, name):
    pid = portal.pids[name]

    os.kill(pid, signal.SIGKILL)

    eventually(lambda: portal.pids[name] != pid and alive(portal.pids[name]))
    eventually(lambda: is_up(portal.url), seconds=60)


def test_a_restart_of_the_web_server_refuses_nobody(portal):
    os.kill(portal.pids["web"], signal.SIGKILL)

    assert httpx.get(f"{portal.url}/healthz", timeout=30).status_code == 200


def test_the_database_keeps_its_address(portal):
    address = portal.database_url

    os.kill(portal.pids["postgres"], signal.SIGKILL)

    eventually(lambda: answers(address))
    assert portal.database_url == address


def answers(address) -> bool:
    try:
        with psycopg.connect(address, connect_timeout=2) as connection:
            return connection.execute("SHOW fsync").fetchone() == ("on",)
    except psycopg.OperationalError:
        return False
