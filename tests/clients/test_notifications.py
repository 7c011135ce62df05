"""pydoover 1.18.3, synchronous and asynchronous: every method for notifications, and one that arrives."""

import json
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.clients.test_pydoover import raises  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]
PATIENCE = 60
MUTE = "dev/applications/default/pump_1/.*"


@pytest.fixture
def hook():
    """A program that waits for webhooks; `hook.got` are the documents that came."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.url = [], f"http://127.0.0.1:{server.server_port}/in"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def me(alice, cast):
    """Alice's id; what other tests left is removed."""
    for one in alice.list_notification_endpoints(cast["alice"]):
        alice.delete_notification_endpoint(cast["alice"], one["id"])
    return cast["alice"]


def words(hook):
    return [one["message"] for document in hook.got for one in document["notifications"]]


def test_endpoints(alice, me):
    address = {"email": "alice@example.com"}
    mail = alice.create_notification_endpoint(me, "Work mail", "Email", address, True, priority=2)
    phone = alice.create_notification_endpoint(me, "Phone", 2, {"number": "+61400000000"}, False)
    assert isinstance(mail, int)

    [first, second] = alice.list_notification_endpoints(me)
    assert first == {
        "id": mail,
        "agent_id": me,
        "type": "Email",
        "name": "Work mail",
        "default": True,
        "extra_data": address,
        "priority": 2,
    }
    assert (second["id"], second["type"]) == (phone, "Sms")
    assert [one["id"] for one in alice.list_notification_endpoints(me, name="Phone")] == [phone]
    summary = {one["name"]: one["ready"] for one in alice.list_notification_endpoint_summaries(me)}
    assert summary == {"Work mail": False, "Phone": False}  # this server sends neither

    assert alice.update_notification_endpoint(me, mail, name="Home", extra_data={"email": "a@b.example"}) is None
    assert alice.update_notification_endpoint(me, mail, priority=None) is None
    [home] = alice.list_notification_endpoints(me, name="Home")
    assert "priority" not in home
    assert home["extra_data"] == {"email": "a@b.example"}
    assert alice.test_notification_endpoint(me, mail) is False
    assert alice.delete_notification_endpoint(me, mail) is None
    assert [one["id"] for one in alice.list_notification_endpoints(me)] == [phone]


def test_subscriptions(alice, me, pump, raises):  # noqa: F811
    one = alice.create_notification_endpoint(me, "One", "Placeholder", {}, True)
    two = alice.create_notification_endpoint(me, "Two", "FirebasePush", {"token": "x"}, True)
    three = alice.create_notification_endpoint(me, "Three", "Placeholder", {}, False)

    made = alice.create_notification_subscription(me, pump, "warn", ["tank/low"])
    assert sorted(each["endpoint_id"] for each in made) == sorted([one, two])
    [other] = alice.create_notification_subscription(
        me, pump, 5, ["dev/.*"], endpoint_id=three, topic_filter_mode="regex", topic_filter_exclude=[MUTE]
    )
    assert other["endpoint_id"] == three

    listed = {each["id"]: each for each in alice.list_notification_subscriptions(me, subscribed_to=pump)}
    assert listed[other["id"]] == {
        "id": other["id"],
        "subscriber": me,
        "subscribed_to": pump,
        "severity": 5,
        "topic_filter": ["dev/.*"],
        "topic_filter_mode": "regex",
        "topic_filter_exclude": [MUTE],
        "endpoints": [{"id": three, "name": "Three", "default": False}],
    }
    alice.update_notification_subscription(me, other["id"], severity="critical", topic_filter_exclude=[])
    [changed] = [each for each in alice.list_notification_subscriptions(me) if each["id"] == other["id"]]
    assert (changed["severity"], changed["topic_filter_exclude"], changed["topic_filter"]) == (7, [], ["dev/.*"])

    assert len(alice.list_default_notification_subscriptions(me)) == 2
    alice.update_default_notification_subscription(
        me, pump, severity=3, topic_filter=["dev/.*"], topic_filter_mode="regex"
    )
    defaults = alice.list_default_notification_subscriptions(me, subscribed_to=pump)
    assert [(each["severity"], each["topic_filter_mode"]) for each in defaults] == [(3, "regex")] * 2
    assert me in {each["subscriber"] for each in alice.list_notification_subscribers(pump)}
    everything = alice.fetch_notifications(me)
    assert [len(everything[key]) for key in ("endpoints", "subscriptions", "subscribers")] == [3, 3, 0]

    assert alice.delete_default_notification_subscription(me, pump) is None
    assert alice.delete_notification_subscription(me, other["id"]) is None
    assert alice.list_notification_subscriptions(me) == []
    with raises("NotFoundError", 404, "Subscription not found"):
        alice.delete_notification_subscription(me, other["id"])


def test_a_browser(alice, connect, me, raises):  # noqa: F811
    key = connect(token="dvd_unknown").fetch_webpush_public_key()
    assert key == alice.fetch_webpush_public_key()
    with raises("NotFoundError", 404, "No browser of yours"):
        alice.update_web_push_endpoint("https://old.example", "https://new.example", key, "A" * 22, 1_999_999_999_000)
    push = {"endpoint": "https://old.example", "key_p256dh": key, "key_auth": "A" * 22}
    alice.create_notification_endpoint(me, "Laptop", "WebPush", push, False)

    renewed = alice.update_web_push_endpoint(
        "https://old.example", "https://new.example", key, "B" * 22, 1_999_999_999_000
    )

    assert renewed is None
    [laptop] = alice.list_notification_endpoints(me)
    assert laptop["extra_data"]["endpoint"] == "https://new.example"


def test_a_notification_arrives(alice, device, me, pump, hook):
    """From the device's client over the outbox and the worker to a program, by itself."""
    endpoint = alice.create_notification_endpoint(me, "Program", "Http", {"url": hook.url}, True)
    assert alice.test_notification_endpoint(me, endpoint) is True
    assert hook.got.pop()["type"] == "test"
    alice.create_notification_subscription(
        me, pump, "info", ["dev/.*"], topic_filter_mode="regex", topic_filter_exclude=[MUTE]
    )

    device.send_notification(pump, "Muted", severity=7, topic="dev/applications/default/pump_1/low_battery")
    device.send_notification(pump, "Too quiet", severity="debug", topic="dev/applications/default/x/y")
    device.send_notification(
        pump, "Battery at 10.2 V", title="Bore 4", severity="warn", topic="dev/applications/default/x/y"
    )

    end = time.monotonic() + PATIENCE
    while "Battery at 10.2 V" not in words(hook) and time.monotonic() < end:
        time.sleep(0.1)
    assert words(hook) == ["Battery at 10.2 V"]
