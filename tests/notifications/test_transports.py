"""What really arrives at the other end: over SMTP, HTTP and the push protocol."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from urllib.parse import parse_qs

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail as locmem

from doover_web.common.wire import BadRequest
from doover_web.notifications import transports, vapid
from doover_web.notifications.actions.endpoint import create_endpoint, try_endpoint
from doover_web.notifications.kinds import Kind
from doover_web.notifications.letter import Letter, NotSent

from .conftest import endpoint_of


@pytest.fixture
def send(alice, pump, wants, says, deliver, log):
    """`send(endpoint, "…")`: a notification of Pump 7 goes to Alice's endpoint. Returns its row in the log."""

    def sent(endpoint, message="The battery is low", **data):
        wants(alice, pump, endpoint)
        says(pump, message, **data)
        deliver()
        return log()[-1]

    return sent


# --- mail ---


class Smtp(threading.Thread):
    """A mail server of a few words: enough for one conversation at a time."""

    def __init__(self, recipient="250 OK"):
        super().__init__(daemon=True)
        self.recipient, self.letters = recipient, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        try:
            while True:
                peer, _ = self.listener.accept()
                with peer, peer.makefile("rwb") as lines:
                    self.talk(lines)
        except OSError:
            pass

    def talk(self, lines):
        def say(text):
            lines.write(text.encode() + b"\r\n")
            lines.flush()

        say("220 here")
        for line in lines:
            word = line[:4].upper()
            if word == b"DATA":
                say("354 go on")
                self.letters.append(b"".join(iter(lines.readline, b".\r\n")).decode())
            elif word == b"RCPT":
                say(self.recipient)
                continue
            elif word == b"QUIT":
                say("221 bye")
                return
            say("250 OK")


@pytest.fixture
def smtp(settings):
    """A real mail server on a real socket."""

    def start(**answers):
        server = Smtp(**answers)
        server.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        started.append(server)
        return server

    started = []
    yield start
    for server in started:
        server.listener.close()


def test_a_mail_over_smtp(alice, send, smtp):
    server = smtp()

    row = send(endpoint_of(alice), "Druck fällt: 3 < 5 & sinkt", title="Bore 4\r\nBcc: x@example.com")

    [letter] = server.letters
    assert row.status == "sent"
    head, _, body = letter.partition("\r\n\r\n")
    assert "To: someone@example.com" in head
    assert "Subject: Bore 4 Bcc: x@example.com" in head
    assert "Auto-Submitted: auto-generated" in head
    assert f"Message-ID: <{row.endpoint_id}-{row.pk}@" in head
    assert "Druck f" in body
    assert "3 < 5 & sinkt" in body


@pytest.mark.parametrize(("answer", "status"), [("550 no such user", "failed"), ("451 later", "queued")])
def test_a_mail_that_is_refused(alice, send, smtp, answer, status):
    smtp(recipient=answer)

    assert send(endpoint_of(alice)).status == status


def test_a_mail_server_that_is_away(alice, send, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = taken.getsockname()
        row = send(endpoint_of(alice))
    assert (row.status, row.problem) == ("queued", "The mail could not be handed over: ConnectionRefusedError")


def test_a_server_without_mail_says_so(alice, send, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    endpoint = endpoint_of(alice)

    assert transports.obstacle_words(endpoint) == "This server sends no mail"
    assert transports.obstacle_words(endpoint, to_operator=True).endswith("DOOVER_EMAIL_URL is not set")
    assert send(endpoint).status == "failed"


def test_a_mail_speaks_of_the_receivers_clock(alice, send):
    alice.zone = "Australia/Brisbane"
    alice.save()

    send(endpoint_of(alice), severity=6)

    assert "(Australia/Brisbane)" in locmem.outbox[0].body
    assert "Warn" in locmem.outbox[0].body


# --- webhooks ---


def test_a_program_is_told_in_the_words_of_the_wire(alice, send, receiver):
    alice.language = "de"
    alice.save()
    hook = endpoint_of(alice, Kind.Http, {"url": receiver.url})
    text = "Tank low: Level < 20 % (Level is 12 %)"

    send(hook, text, severity=6, topic="dev/alarms/default/low/triggered")

    [one] = json.loads(receiver.got[0].body)["notifications"]
    assert (one["message"], one["severity"]) == (text, "Warn")
    assert json.loads(receiver.got[0].body)["message"] == text


def test_a_webhook_is_signed(alice, pump, send, receiver):
    endpoint, secret = create_endpoint(
        agent=alice.agent, name="Hook", kind=Kind.Http, extra_data={"url": f"{receiver.url}/in?a=1"}, is_default=False
    )

    row = send(endpoint, "Battery at 10.2 V", severity=7, topic="tank/low")

    [got] = receiver.got
    assert (row.status, got.path) == ("sent", "/in?a=1")
    document = json.loads(got.body)
    assert (document["type"], document["title"]) == ("notification", "Pump 7")
    [one] = document["notifications"]
    assert one["timestamp"] == pytest.approx(time.time() * 1000, abs=60_000)
    assert {key: one[key] for key in one if key != "timestamp"} == {
        "agent_id": str(pump.id),
        "agent_name": "Pump 7",
        "message_id": str(row.notification.message_id),
        "title": "Pump 7",
        "message": "Battery at 10.2 V",
        "severity": "Critical",
        "topic": "tank/low",
        "canonical_topic": "legacy/default/tank/low",
    }
    key, moment = got.headers["Webhook-Id"], got.headers["Webhook-Timestamp"]
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(raw, f"{key}.{moment}.".encode() + got.body, hashlib.sha256).digest()
    assert got.headers["Webhook-Signature"] == f"v1,{base64.b64encode(made).decode()}"


@pytest.mark.parametrize(
    ("answer", "status", "is_off"),
    [
        (204, "sent", False),
        (500, "queued", False),
        (404, "queued", False),
        (302, "failed", False),
        (410, "failed", True),
    ],
)
def test_what_a_webhook_answers(alice, send, receiver, answer, status, is_off):
    receiver.status, receiver.headers = answer, {"Location": "/elsewhere", "Content-Length": "0"}
    row = send(endpoint_of(alice, Kind.Http, {"url": receiver.url}))

    assert (row.status, row.endpoint.off_since is not None) == (status, is_off)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("host", ["169.254.169.254", "localhost", "[::1]", "10.0.0.1", "[::ffff:127.0.0.1]"])
def test_a_webhook_to_a_private_address(alice, send, receiver, settings, host):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    row = send(endpoint_of(alice, Kind.Http, {"url": f"http://{host}:{receiver.server.server_port}/"}))

    assert row.status == "failed"
    assert "private network" in row.problem
    assert receiver.got == []


# --- text messages ---


def test_a_text_message(alice, send, receiver, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = []  # the operator's own service may stand anywhere
    body = {"To": "{number}", "Body": "{text}", "From": "+61400000001"}
    settings.SMS_SERVICE = {"url": receiver.url, "type": "form", "headers": {"Authorization": "Basic x"}, "body": body}

    row = send(endpoint_of(alice, Kind.Sms, {"number": "+61400000000"}), "Battery {number}\nlow & falling")

    [got] = receiver.got
    assert row.status == "sent"
    assert got.headers["Authorization"] == "Basic x"
    assert parse_qs(got.body.decode()) == {
        "To": ["+61400000000"],
        "Body": ["Pump 7: Battery {number} low & falling"],
        "From": ["+61400000001"],
    }


def test_a_text_message_as_json(alice, send, receiver, settings):
    settings.SMS_SERVICE = {"url": receiver.url, "body": {"to": ["{number}"], "text": "{text}", "flash": False}}

    send(endpoint_of(alice, Kind.Sms, {"number": "+61400000000"}), "x" * 999)

    document = json.loads(receiver.got[0].body)
    assert (document["to"], document["flash"], len(document["text"])) == (["+61400000000"], False, 300)


def test_without_a_service_it_is_not_ready(alice, send):
    endpoint = endpoint_of(alice, Kind.Sms, {"number": "+61400000000"})

    assert transports.obstacle_words(endpoint) == "This server sends no text messages"
    assert transports.obstacle_words(endpoint, to_operator=True).endswith("DOOVER_SMS is not set")
    assert send(endpoint).status == "failed"


@pytest.mark.parametrize("kind", [Kind.Placeholder, Kind.FirebasePush])
def test_what_this_server_cannot_send_to(alice, send, kind):
    endpoint = endpoint_of(alice, kind, {"token": "x"})

    assert try_endpoint(endpoint=endpoint) == "This server sends nothing to addresses of this kind"
    assert send(endpoint).status == "failed"


# --- web push ---


class Browser:
    """The receiving end of the push protocol: it makes a subscription and reads what arrives for it."""

    def __init__(self, address):
        self.private, self.secret = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
        point = self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.subscription = {
            "endpoint": address,
            "key_p256dh": vapid.text_of(point),
            "key_auth": vapid.text_of(self.secret),
            "expires_at": None,
        }

    def read(self, body):
        raw = http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret, version="aes128gcm")
        return json.loads(raw)


def test_a_push_is_for_that_browser_alone(alice, pump, send, receiver, settings):
    settings.PUBLIC_URL = "https://iot.example.com:8443"
    browser = Browser(f"{receiver.url}/push/abc")

    row = send(endpoint_of(alice, Kind.WebPush, browser.subscription), "Druck fällt", severity=7)

    [got] = receiver.got
    assert row.status == "sent"
    assert browser.read(got.body) == {
        "title": "Pump 7",
        "body": "Druck fällt",
        "url": f"https://iot.example.com:8443/device/{pump.id}/",
        "tag": f"{row.endpoint_id}-{row.pk}",
        "urgent": True,
    }
    assert (got.headers["Content-Encoding"], got.headers["Urgency"]) == ("aes128gcm", "high")
    assert int(got.headers["TTL"]) > 0
    token, key = (part.partition("=")[2] for part in got.headers["Authorization"].removeprefix("vapid ").split(","))
    assert key == vapid.public_key()
    point = base64.urlsafe_b64decode(key + "=")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=receiver.url)
    assert claims["sub"] == "https://iot.example.com:8443"
    assert 0 < claims["exp"] - time.time() <= 24 * 3600


def test_a_long_push_fits(alice, send, receiver):
    browser = Browser(receiver.url)
    send(endpoint_of(alice, Kind.WebPush, browser.subscription), "ü" * 50_000)

    assert len(receiver.got[0].body) < 4096
    assert browser.read(receiver.got[0].body)["body"].endswith("…")


@pytest.mark.parametrize(
    ("answer", "status", "is_off"),
    [
        (201, "sent", False),
        (404, "failed", True),
        (410, "failed", True),
        (429, "queued", False),
        (403, "failed", False),
    ],
)
def test_what_a_push_service_answers(alice, send, receiver, answer, status, is_off):
    receiver.status = answer
    row = send(endpoint_of(alice, Kind.WebPush, Browser(receiver.url).subscription))

    assert (row.status, row.endpoint.off_since is not None) == (status, is_off)
    if is_off:
        assert "took its subscription back" in transports.obstacle(row.endpoint)


def test_a_push_address_is_guarded_as_well(alice, send, receiver, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    row = send(endpoint_of(alice, Kind.WebPush, Browser(receiver.url).subscription))

    assert (row.status, receiver.got) == ("failed", [])


def test_the_browsers_own_names_for_keys(alice, send, receiver):
    browser = Browser(receiver.url)
    keys = {"p256dh": browser.subscription["key_p256dh"], "auth": browser.subscription["key_auth"]}

    send(endpoint_of(alice, Kind.WebPush, {"endpoint": receiver.url, "keys": keys}))

    assert browser.read(receiver.got[0].body)["title"] == "Pump 7"


def test_the_key_stays_the_same(db):
    assert vapid.public_key() == vapid.public_key()
    assert len(vapid.public_key()) == 87


# --- addresses of the wrong shape ---


@pytest.mark.parametrize(
    ("kind", "extra"),
    [
        (Kind.Email, {}),
        (Kind.Email, {"email": "nobody"}),
        (Kind.Email, {"email": 5}),
        (Kind.Email, {"email": "a@example.com\r\nBcc: b@example.com"}),
        (Kind.Sms, {"number": "0400 000 000"}),
        (Kind.Sms, {"number": "+61400000000\n"}),
        (Kind.Http, {"url": "ftp://example.com"}),
        (Kind.Http, {"url": {}}),
        (Kind.Http, {"url": "https://example.com", "secret": "short"}),
        (Kind.Http, {"url": "https://example.com", "secret": "whsec_AAAA"}),
        (Kind.WebPush, {"endpoint": "https://example.com"}),
        (Kind.WebPush, {"endpoint": "https://example.com", "key_p256dh": "AAAA", "key_auth": "AAAA"}),
        (Kind.WebPush, {"endpoint": "https://example.com", "key_p256dh": 5, "key_auth": []}),
        (Kind.WebPush, {"endpoint": "https://example.com", "keys": "x"}),
        (Kind.WebPush, {**Browser("https://x.example").subscription, "expires_at": "soon"}),
        (Kind.WebPush, {**Browser("https://x.example").subscription, "key_p256dh": "é" * 40}),
    ],
)
def test_an_address_of_the_wrong_shape(alice, kind, extra):
    with pytest.raises(BadRequest):
        create_endpoint(agent=alice.agent, name="x", kind=kind, extra_data=extra, is_default=False)


def test_a_letter_without_an_address_is_no_crash(alice, settings):
    endpoint = endpoint_of(alice, Kind.Placeholder, {"x": 1})
    with pytest.raises(NotSent):
        transports.send(Letter("k", endpoint, []))
