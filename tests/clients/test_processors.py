"""An unmodified function of the published library, started by hand: it exchanges its token and works with the other."""

import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.clients.conftest import Raised, environment_of

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]
ARN = "arn:aws:sns:ap-southeast-2:1:proc-ch-7-level-onmessagecreate:0f1e"
PERMISSIONS: list = []


@pytest.fixture
def run(portal, tmp_path):
    """`run(event)`: what happens when the function is started with it; what it wrote to its log."""

    def start(event):
        told = subprocess.run(
            [environment_of("pydoover-1.18.3"), Path(__file__).parent / "function.py"],
            input=json.dumps(event),
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "DOOVER_DATA_ENDPOINT": f"{portal.url}/api"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert told.returncode == 0, told.stderr
        return told.stdout + told.stderr

    return start


@pytest.fixture
def app(request, alice, pump):
    """The key of an application that is installed on Pump 7 for this test."""
    key = f"app{abs(hash(request.node.nodeid)) % 10**9}"
    settings = {"applications": {key: {"APP_ID": "9001", "APP_DISPLAY_NAME": "Counter", "gain": 2.5}}}
    alice.update_channel_aggregate(pump, "deployment_config", settings)
    return key


def said_by(alice, pump, app):
    return [one["data"] for one in alice.list_messages(pump, "out", limit=50) if one["data"]["by"] == app]


def summaries(alice, pump, app):
    found = alice.list_messages(pump, "dv-proc-inv-9001", limit=50)
    return [one["data"]["status"] for one in found if one["data"]["app_key"] == app]


def test_a_schedule(alice, pump, app, run):
    made = alice.put_schedule(pump, 770 + len(app), app, PERMISSIONS)
    event = {"op": "on_schedule", "token": made["token"], "d": {"schedule_id": str(made["id"])}}

    log = run(event)

    assert said_by(alice, pump, app) == [{"gain": 2.5, "by": app}], log
    assert summaries(alice, pump, app) == ["success"]
    assert alice.fetch_channel_aggregate(pump, "tag_values")["data"][app] == {"ran": True}


def test_a_subscription_by_its_arn(portal, cast, alice, pump, app, run):
    body = {"subscription_arn": ARN, "app_key": app, "permissions": PERMISSIONS}
    address = f"{portal.url}/api/agents/{pump}/processors/subscriptions/{990 + len(app)}"
    token = httpx.put(address, json=body, headers={"Authorization": f"Bearer {cast['alices_token']}"}).json()["token"]
    message = {"id": "5", "author_id": str(pump), "channel": {"agent_id": str(pump), "name": "level"}, "data": {}}
    inner = {"op": "on_message_create", "token": token, "d": {"organisation_id": "1", "message": message}}
    inner["d"]["message"]["attachments"] = []
    record = {"EventSource": "aws:sns", "EventSubscriptionArn": ARN, "Sns": {"Message": json.dumps(inner)}}

    log = run({"Records": [record]})

    assert said_by(alice, pump, app) == [{"gain": 2.5, "by": app}], log


def test_every_call_of_the_library(alice, bob, connect, pump, app):
    ids = iter(range(5000 + abs(hash(app)) % 10**6 * 10, 10**9))
    schedule, subscription, ingestion = next(ids), next(ids), next(ids)
    made = alice.put_schedule(pump, schedule, app, PERMISSIONS, is_org=False)
    assert made["id"] == schedule
    renewed = alice.regenerate_schedule_token(pump, schedule)
    info = connect(token=renewed).fetch_schedule_info(schedule)
    assert (info["agent_id"], info["app_key"], info["deployment_config"]["gain"]) == (pump, app, 2.5)
    assert info["token"] != renewed
    with pytest.raises(Raised) as raised:
        connect(token=made["token"]).fetch_schedule_info(schedule)
    assert raised.value.status == 401

    alice.put_subscription(pump, subscription, ARN, app, PERMISSIONS, subscribed_to_agent=pump)
    with pytest.raises(Raised) as raised:
        bob.put_subscription(pump, subscription, ARN, app, PERMISSIONS)
    assert raised.value.name == "ForbiddenError"

    more = {"signing_key": None, "never_replace_token": True, "origin": "arn:aws:iot:x"}
    door = alice.put_ingestion_endpoint(pump, ingestion, "local", [], 10, app, PERMISSIONS, **more)
    outside = connect(token=door["token"])
    assert outside.invoke_ingestion_endpoint(pump, ingestion, {"level": 3, "padding": "x" * 200}) is None
    alice.delete_ingestion_endpoint(pump, ingestion)
    with pytest.raises(Raised) as raised:
        outside.invoke_ingestion_endpoint(pump, ingestion, {"level": 3})
    assert raised.value.status == 401
