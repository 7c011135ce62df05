"""Workers in the middle of things: one is killed at a delivery, another has long work to do."""

import threading

import psycopg
import pytest

from doover_web.standalone import server
from tests.standalone.outside import eventually, kill_worker, manage

from .conftest import Receiver

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]
SAY = """
from doover_web.data.access import reach_agent
from doover_web.data.publish import post_message
from doover_web.identity.auth import caller_of_token, issue_device_token
from doover_web.identity.models import Agent, Organisation, User
from doover_web.notifications.actions.endpoint import create_endpoint
from doover_web.notifications.actions.subscription import subscribe
from doover_web.notifications.kinds import Kind
creek = Organisation.objects.found("Creek")
pump = Agent.objects.create(kind="device", organisation=creek, name="pump-7")
alice = User.objects.create_superuser("%s@example.com")
endpoint, _ = create_endpoint(
    agent=alice.agent, name="Program", kind=Kind.Http, extra_data={"url": "%s"}, is_default=True
)
subscribe(subscriber=alice.agent, to=pump, endpoint=endpoint, severity=5)
itself = reach_agent(caller_of_token(issue_device_token(pump)), pump.id)
post_message(reach=itself, name="notifications", data={"message": "The battery is low"})
"""
# Time passes: what a dead worker held may be taken by another, and the timetable wakes one.
LATER = """
from datetime import timedelta
from django.utils import timezone
from doover_web.notifications.models import Delivery
from doover_web.notifications.tasks import sweep
Delivery.objects.filter(status="sending").update(due_at=timezone.now() - timedelta(seconds=1))
sweep.delay()
"""
LOG = "SELECT status, attempts FROM notifications_delivery ORDER BY id"
# Long work: it comes to a table that somebody else has, and stays there; more of it is behind.
BULK = """
from doover_web.data.tasks import let_go, measure_storage, sweep_expired
for task in (measure_storage, let_go, sweep_expired):
    task.delay()
"""
HOLD = "LOCK TABLE data_channelsize IN ACCESS EXCLUSIVE MODE"
STUCK = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%data_channelsize%'"


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with server.start(
        tmp_path_factory.mktemp("workers") / "var", env={"DOOVER_OUTGOING_ALLOW": "127.0.0.0/8"}
    ) as running:
        yield running


def test_the_next_worker_delivers(portal, receiver):
    answers = threading.Event()
    receiver.script = lambda handler: answers.wait(60)  # it keeps its first caller waiting
    manage(portal, SAY % ("alice", receiver.url))
    eventually(lambda: len(receiver.got) == 1)
    assert log(portal) == [("sending", 1)]

    receiver.script = None
    kill_worker(portal)
    answers.set()
    manage(portal, LATER)

    eventually(lambda: log(portal) == [("sent", 2)])
    first, second = receiver.got
    assert first.headers["Webhook-Id"] == second.headers["Webhook-Id"]
    assert first.body == second.body


def test_what_takes_long_holds_no_news_up(portal, receiver):
    with psycopg.connect(portal.database_url) as other, psycopg.connect(portal.database_url, autocommit=True) as looks:
        other.execute(HOLD)
        manage(portal, BULK)
        eventually(lambda: looks.execute(STUCK).fetchone() == (1,))

        manage(portal, SAY % ("bob", receiver.url))

        eventually(lambda: len(receiver.got) == 1, seconds=8)
        assert looks.execute(STUCK).fetchone() == (1,)  # all the while


def test_a_slow_endpoint_holds_nobody_else_up(portal, receiver):
    answers, hung = threading.Event(), []
    receiver.script = lambda handler: hung.append(handler) or (answers.wait(60) if len(hung) == 1 else None)
    manage(portal, SAY % ("carol", receiver.url))
    eventually(lambda: len(receiver.got) == 1)

    manage(portal, SAY % ("dora", receiver.url))

    eventually(lambda: len(receiver.got) == 2, seconds=8)
    answers.set()


def log(portal):
    with psycopg.connect(portal.database_url) as connection:
        return connection.execute(LOG).fetchall()
