"""A worker is killed in the middle of a deployment: what it had done stays, what it was at is not half done, and the
next one finishes it."""

import json
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from doover_web.standalone import server
from tests.standalone.outside import eventually, kill_worker, manage

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]
PREPARE = """
import json
from doover_web.control.models import AppInstall, Application
from doover_web.data.access import reach_agent
from doover_web.data.publish import update_aggregate
from doover_web.identity.auth import caller_of_token, issue_device_token
from doover_web.identity.models import Agent, Organisation
creek = Organisation.objects.found("Creek")
pump = Agent.objects.create(kind="device", organisation=creek, group=creek.root_group, name="pump-7")
made = {"organisation": creek, "name": "pump_control", "type": "DEV", "image_name": "r.example/p:1"}
application = Application.objects.create(**made)
install = AppInstall.objects.create(agent=pump, application=application, name="pump_control_1")
token = issue_device_token(pump)
update_aggregate(reach=reach_agent(caller_of_token(token), pump.id), name="docker_deployment", data={"actual": {}})
print(json.dumps({"pump": pump.id, "token": token, "install": install.id}))
"""
DEPLOY = """
from doover_web.control.models import AppInstall
from doover_web.deployments.actions.deployment import deploy
deploy(install=AppInstall.objects.get(pk=%d), by=None)
"""
# Time passes: what a dead worker held may be taken by another, and the timetable wakes one.
LATER = """
from datetime import timedelta
from django.utils import timezone
from doover_web.deployments.models import Deployment
from doover_web.deployments.tasks import sweep
Deployment.objects.open().update(lease_until=timezone.now() - timedelta(seconds=1))
sweep.delay()
"""
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
CHANNEL = "SELECT id FROM data_channel WHERE agent_id = %s AND name = %s"


@pytest.fixture
def portal(tmp_path):
    with server.start(tmp_path / "var") as running:
        yield running


def test_the_next_worker_finishes_it(portal):
    cast = json.loads(manage(portal, PREPARE))
    with held(portal, cast["pump"]):
        manage(portal, DEPLOY % cast["install"])
        eventually(lambda: ask(portal, BLOCKED) != [(0,)])
        kill_worker(portal)

    assert deployments(portal) == [("RUN", 1, None)]
    assert list(settings(portal, cast["pump"])) == ["pump_control_1"]
    assert told(portal, cast["pump"]) == []

    manage(portal, LATER)

    eventually(lambda: len(told(portal, cast["pump"])) == 1)
    [(status, attempts, message_id)] = deployments(portal)
    assert (status, attempts, [(message_id,)]) == ("RUN", 2, told(portal, cast["pump"]))

    assert report(portal, cast, message_id, "SUC") == 200
    eventually(lambda: deployments(portal) == [("SUC", 2, message_id)])


@contextmanager
def held(portal, pump):
    """As long as this lasts, no worker gets past telling the device: somebody else has the channel's state."""
    lock = f"SELECT 1 FROM data_aggregate WHERE channel_id = ({CHANNEL}) FOR UPDATE"
    with psycopg.connect(portal.database_url) as other:
        assert other.execute(lock, [pump, "docker_deployment"]).rowcount == 1
        yield


def ask(portal, question, *values):
    with psycopg.connect(portal.database_url) as connection:
        return connection.execute(question, values).fetchall()


def deployments(portal):
    return ask(portal, "SELECT status, attempts, docker_message_id FROM deployments_deployment")


def settings(portal, pump):
    question = f"SELECT data FROM data_aggregate WHERE channel_id = ({CHANNEL})"
    [(document,)] = ask(portal, question, pump, "deployment_config")
    return document["applications"]


def told(portal, pump):
    """The messages that the device got."""
    return ask(portal, f"SELECT id FROM data_message WHERE channel_id = ({CHANNEL})", pump, "docker_deployment")


def report(portal, cast, message_id, code):
    """The device answers, as it does."""
    address = f"{portal.url}/api/agents/{cast['pump']}/channels/docker_deployment/messages/{message_id}"
    said = {"data": {"status": {"code": code, "at": 1, "detail": "healthy"}}}
    return httpx.patch(address, json=said, headers={"Authorization": f"Bearer {cast['token']}"}).status_code
