"""Deployments reach a simulated device, which does them and reports."""

import asyncio

import pytest

from doover_web.standalone.fleet.installs import CHANNEL, Installs
from tests.standalone.data_api import AGENT, DataApi, patient_client, until


@pytest.fixture
def server():
    return DataApi()


@pytest.fixture
async def client(server, monkeypatch):
    async with patient_client(server, monkeypatch) as client:
        yield client


@pytest.fixture
def told(server):
    """Announces something on the channel as the server would, and returns its event."""

    def tell(number, **more):
        data = {"deployment_id": str(number), "app_key": "pump_1", "action": "deploy", "image": "pump:1", **more}
        server.messages.setdefault(CHANNEL, {})[number] = data
        return {"id": str(number), "channel": {"agent_id": AGENT, "name": CHANNEL}, "data": data}

    return tell


def installs(client):
    return Installs(client, lambda: asyncio.sleep(0))


async def test_what_is_announced_is_done_and_reported(server, client, told):
    device = installs(client)

    device.hear("MessageCreate", told(1, config_rev="1", digest="sha256:abc"))
    await until(lambda: not device._running)

    assert server.messages[CHANNEL][1]["status"]["code"] == "SUC"
    assert server.messages[CHANNEL][1]["log"] == "pump_1 runs and is healthy"
    entry = server.states[CHANNEL]["actual"]["pump_1"]
    assert (entry["state"], entry["config_rev"], entry["image_digest"]) == ("running", "1", "sha256:abc")


async def test_what_is_taken_away_leaves_its_state(server, client, told):
    device = installs(client)
    device.hear("MessageCreate", told(1))
    await until(lambda: not device._running)

    device.hear("MessageCreate", told(2, action="remove"))
    await until(lambda: not device._running)

    assert server.messages[CHANNEL][2]["status"]["code"] == "SUC"
    assert "pump_1" not in server.states[CHANNEL]["actual"]


async def test_a_second_announcement_of_the_same_is_one(server, client, told):
    device = installs(client)
    event = told(1)

    device.hear("MessageCreate", event)
    device.hear("MessageCreate", event)

    assert len(device._running) == 1
    await until(lambda: not device._running)


async def test_what_was_missed_is_done_only_the_newest_of_each(server, client, told):
    told(1)
    told(2, status={"code": "SUC"}, app_key="tank_1")
    told(3)
    device = installs(client)

    await device.look_back()
    await until(lambda: not device._running)

    assert "status" not in server.messages[CHANNEL][1]
    assert server.messages[CHANNEL][3]["status"]["code"] == "SUC"


@pytest.mark.parametrize("data", [{"app_key": 5}, {"deployment_id": "1"}, {}, "text"])
async def test_what_is_no_deployment_is_left_alone(server, client, data):
    device = installs(client)

    device.hear("MessageCreate", {"id": "9", "channel": {"agent_id": AGENT, "name": CHANNEL}, "data": data})

    assert not device._running
