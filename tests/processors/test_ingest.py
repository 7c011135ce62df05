"""Systems outside call a function: address, token, pace, signature, size; then a row that waits."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from doover_web.identity.models import Token
from doover_web.processors import actions, ingest
from doover_web.processors.gate import is_let_in, is_signed
from doover_web.processors.models import Invocation
from doover_web.processors.tasks import sweep_invocations
from tests.conftest import Api


@pytest.fixture
def endpoint(put, alice, pump):
    """`endpoint(throttle_limit=1)`: the outside world's client and the address it calls."""

    def make(**body):
        token = put(alice, "ingestions", 7, **body).json()["token"]
        return Api(token), f"/api/agents/{pump.id}/processors/ingestions/7/invoke"

    return make


def signature(key, body):
    return hmac.new(key, body, hashlib.sha256)


def test_a_call_waits_for_its_function(endpoint):
    outside, address = endpoint()

    answer = outside.post(f"{address}?wait=false&json_response=false", raw=b"level=3", content_type="text/plain")

    assert (answer.status_code, answer.content, answer["Content-Length"]) == (200, b"", "0")
    call = Invocation.objects.get()
    assert (bytes(call.payload), call.content_type, call.status) == (b"level=3", "text/plain", "queued")
    assert call.function.app_key == "proc_1"
    assert call.url.endswith(f"{address}?wait=false&json_response=false")


@pytest.mark.parametrize("tail", ["", "/", "/sim/8961?iccid=1"])
def test_the_shorter_address(endpoint, tail):
    outside, _ = endpoint()

    assert outside.post(f"/api/ingest/7{tail}", {"a": 1}).status_code == 200
    assert Invocation.objects.get().url.endswith(f"/api/ingest/7{tail}")


def test_who_may_call(endpoint, api, alice, bob, mallory, put):
    outside, address = endpoint()
    other = Api(put(alice, "ingestions", 8).json()["token"])
    schedule = Api(put(alice, "schedules", 7).json()["token"])

    assert Api("dvx_nobody").post(address, {}).status_code == 401
    assert api(mallory).post(address, {}).status_code == 404
    assert other.post(address, {}).status_code == schedule.post(address, {}).status_code == 404
    assert outside.post("/api/ingest/8", {}).status_code == 404
    assert api(bob).post(address, {}).status_code == 403
    assert api(alice).post(address, {}).status_code == outside.post(address, {}).status_code == 200
    assert outside.post(address.replace("/7/", "/9/"), {}).status_code == 404
    assert outside.post("/api/agents/5/processors/ingestions/7/invoke", {}).status_code == 404


def test_the_token_opens_nothing_else(endpoint, pump):
    outside, _ = endpoint()

    assert outside.get(f"/api/agents/{pump.id}/channels").status_code == 404
    assert outside.get("/api/processors/subscriptions/7").status_code == 404


def test_addresses(endpoint):
    outside, address = endpoint(cidr_ranges=["10.0.0.0/8", "::1"])
    assert outside.post(address, {}).json()["code"] == "bad_address"

    outside, address = endpoint(cidr_ranges=["127.0.0.0/8"])
    assert outside.post(address, {}).status_code == 200


@pytest.mark.parametrize(
    ("address", "ranges", "verdict"),
    [
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("11.1.2.3", ["10.0.0.0/8"], False),
        ("::ffff:10.1.2.3", ["10.0.0.0/8"], True),
        ("fe80::1%eth0", ["fe80::/10"], True),
        ("2001:db8::1", ["10.0.0.0/8", "2001:db8::/32"], True),
        ("10.1.2.3", ["10.1.2.3"], True),
        ("10.1.2.3", [], True),
        (None, [], True),
        (None, ["0.0.0.0/0"], False),
        ("garbage", ["0.0.0.0/0"], False),
    ],
)
def test_what_lies_in_a_range(address, ranges, verdict):
    assert is_let_in(address, ranges) is verdict


def test_too_fast(endpoint, monkeypatch):
    outside, address = endpoint(throttle_limit=2)
    monkeypatch.setattr(actions.time, "time", lambda: 1_800_000_000.5)

    assert [outside.post(address, {}).status_code for _ in range(3)] == [200, 200, 429]
    monkeypatch.setattr(actions.time, "time", lambda: 1_800_000_001.5)
    assert outside.post(address, {}).status_code == 200


def test_signatures(endpoint):
    outside, address = endpoint(signing_key="hush", signing_key_hash_header="X-Signed")
    right = signature(b"hush", b'{"a": 1}').hexdigest()

    for header, status in [({}, 403), ({"x-signed": "00"}, 403), ({"x-signed": right}, 200)]:
        assert outside.post(address, {"a": 1}, **header).status_code == status
    assert outside.post(address, {"a": 2}, **{"x-signed": right}).status_code == 403
    assert Invocation.objects.count() == 1


@given(st.text(min_size=1, max_size=40), st.binary(max_size=200))
def test_hex_and_base64_with_and_without_the_name(key, body):
    digest = signature(key.encode(), body)

    for written in (digest.hexdigest(), digest.hexdigest().upper(), base64.b64encode(digest.digest()).decode()):
        assert is_signed(key, body, written)
        assert is_signed(key, body, f"sha256={written}")
        assert not is_signed(key, body + b"x", written)


@given(st.text(max_size=80))
def test_no_signature_breaks_it(text):
    assert not is_signed("hush", b"body", text)


def test_too_large(endpoint):
    outside, address = endpoint()

    assert outside.post(address, raw=b"x" * ingest.LARGEST).status_code == 200
    assert outside.post(address, raw=b"x" * (ingest.LARGEST + 1)).status_code == 413


def test_nothing_can_be_waited_for(endpoint):
    outside, address = endpoint()

    answer = outside.post(f"{address}?wait=true&json_response=true", {})

    assert answer.status_code == 503
    assert "wait" in answer.json()["message"]
    assert not Invocation.objects.exists()


def test_a_queue_is_not_endless(endpoint, monkeypatch):
    monkeypatch.setattr(actions, "MOST_WAITING", 2)
    outside, address = endpoint()

    assert [outside.post(address, {}).status_code for _ in range(3)] == [200, 200, 503]


def test_what_waited_too_long(endpoint):
    outside, address = endpoint()
    for _ in range(3):
        outside.post(address, {"a": 1})
    first, second, third = Invocation.objects.order_by("id")
    now = timezone.now()
    Invocation.objects.filter(pk=first.pk).update(created_at=now - timedelta(days=31), status="expired")
    Invocation.objects.filter(pk=second.pk).update(created_at=now - timedelta(hours=7))

    assert sweep_invocations() == 1

    assert list(Invocation.objects.order_by("id").values_list("pk", "status")) == [
        (second.pk, "expired"),
        (third.pk, "queued"),
    ]
    second.refresh_from_db()
    assert bytes(second.payload) == b""


def test_removing_the_endpoint_keeps_what_waits(endpoint, api, alice, pump):
    outside, address = endpoint()
    outside.post(address, {})

    assert api(alice).delete(address.removesuffix("/invoke")).status_code == 200

    assert Invocation.objects.get().endpoint is None
    assert outside.post(address, {}).status_code == 401
    assert not Token.objects.valid().filter(kind="processor").exists()
