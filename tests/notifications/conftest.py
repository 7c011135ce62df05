"""Endpoints of the cast, and a real HTTP server at the other end of webhooks and pushes."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from django.utils import timezone

from doover_web.data.publish import post_message
from doover_web.identity.models import User
from doover_web.notifications import rules
from doover_web.notifications.actions import delivery
from doover_web.notifications.actions.endpoint import create_endpoint
from doover_web.notifications.actions.subscription import subscribe
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Delivery, Notification

TOLD, ENDPOINTS, WISHES = "/me/notifications/", "/me/notifications/endpoints/", "/me/notifications/subscriptions/"


def words(response):
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch):
    """No worker runs beside the tests; they drain the outbox themselves."""
    monkeypatch.setattr("doover_web.data.events._listeners", list)


class Receiver:
    """A server that keeps what it is sent; `status` is what it answers, `script` may answer in its own way."""

    def __init__(self):
        self.got, self.status, self.headers, self.script = [], 200, {}, None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(SimpleNamespace(path=self.path, headers=dict(self.headers), body=body))
                if receiver.script:
                    receiver.script(self)
                    return
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver(settings):
    """At a private address, which these tests allow explicitly."""
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def mail(alice):
    """Where Alice is reached by default."""
    return endpoint_of(alice)


def endpoint_of(who, kind=Kind.Email, extra=None, *, is_default=True):
    agent = who.agent if isinstance(who, User) else who
    extra = extra or {"email": "someone@example.com"}
    return create_endpoint(agent=agent, name="Work", kind=kind, extra_data=extra, is_default=is_default)[0]


@pytest.fixture
def wants():
    """`wants(alice, pump)`: somebody subscribes, from Info up to everything."""

    def subscribed(who, to, endpoint=None, severity=5, **filters):
        agent = who.agent if isinstance(who, User) else who
        return subscribe(subscriber=agent, to=to, endpoint=endpoint, severity=severity, **filters)

    return subscribed


@pytest.fixture
def says(reach):
    """`says(pump, "Low battery")`: an agent has something to say, and the worker hears of it."""

    there = {}

    def say(agent, message="The battery is low", *, drain=True, message_id=None, **data):
        if agent not in there:
            there[agent] = reach(agent, agent)
        data = {"message": message, **data}
        sent = post_message(reach=there[agent], name="notifications", data=data, message_id=message_id)
        if drain:
            rules.drain_all()
        return sent

    return say


@pytest.fixture
def deliver():
    """`deliver()`: everything that is due goes out."""

    def everything():
        for endpoint_id in delivery.endpoints_with_work(1000):
            delivery.deliver(endpoint_id)

    return everything


@pytest.fixture
def log():
    """`log()`: the rows of the delivery log, oldest first."""
    return lambda: list(Delivery.objects.order_by("id").select_related("notification", "endpoint"))


@pytest.fixture
def flood(pump):
    """`flood(mail, 300)`: as many notifications of Pump 7 wait for an endpoint."""

    def rows(endpoint, count):
        told = [
            Notification(
                agent=pump, message_id=n, author_id=pump.id, message=f"number {n}", severity=5, at=timezone.now()
            )
            for n in range(count)
        ]
        of = {"endpoint": endpoint, "endpoint_name": "x", "endpoint_type": endpoint.type}
        Delivery.objects.bulk_create(
            Delivery(notification=one, subscriber_id=endpoint.agent_id, **of)
            for one in Notification.objects.bulk_create(told)
        )

    return rows


@pytest.fixture
def later(monkeypatch):
    """`later(minutes=10)`: the clock of deliveries goes on."""
    real, moved = timezone.now, [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + moved[0])

    def move(**span):
        moved[0] += timedelta(**span)

    return move
