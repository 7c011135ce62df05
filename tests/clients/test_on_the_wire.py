"""What only a real connection shows: giants, long addresses, and clients that leave in the middle."""

import socket
from urllib.parse import urlsplit

import httpx
import pytest

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
LEVEL = "/api/agents/me/channels/level"


@pytest.fixture
def http(portal, cast):
    with httpx.Client(base_url=portal.url, headers={"authorization": f"Bearer {cast['token']}"}, timeout=30) as client:
        yield client


@pytest.fixture
def calm_log(portal):
    """After the test the web server's log tells of nothing that would frighten anybody."""
    log = portal.place.log("web")
    before = len(log.read_text())
    yield
    written = log.read_text()[before:]
    assert "Traceback" not in written, written
    assert "[error" not in written, written


def raw(portal, cast, head, body=b""):
    """An open connection on which this much of a request was sent."""
    address = urlsplit(portal.url)
    peer = socket.create_connection((address.hostname, address.port), timeout=20)
    lines = [head, f"Host: {address.netloc}", f"Authorization: Bearer {cast['token']}", "", ""]
    peer.sendall("\r\n".join(lines).encode() + body)
    return peer


def test_a_giant_is_turned_away(http, calm_log):
    for content in (b"x" * (11 * 1024 * 1024), (b"x" * 1024 * 1024 for _ in range(12))):
        try:
            answer = http.post(f"{LEVEL}/messages", content=content)
        except httpx.WriteError:  # the server hung up before it was all said; its answer may be lost with that
            continue
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert http.post(f"{LEVEL}/messages", json={"data": 1}).status_code == 200


def test_a_long_address(http, calm_log):
    http.post(f"{LEVEL}/messages", json={"data": {"long": 1}})

    names = "&".join(f"field_name=nothing{n:05}" for n in range(900))
    answer = http.get(f"{LEVEL}/messages?{names}&field_name=long")

    assert len(str(answer.request.url)) > 16 * 1024
    assert answer.json()[0]["data"] == {"long": 1}


@pytest.mark.parametrize("sent", [b"", b'{"data": "half of', b'{"data": "all of it"}'])
def test_a_client_that_leaves_in_the_middle(portal, cast, http, calm_log, sent):
    for address in (f"{LEVEL}/messages", f"{LEVEL}/messages?suppress_response=true"):
        raw(portal, cast, f"POST {address} HTTP/1.1\r\nContent-Length: 21", sent).close()
        raw(portal, cast, f"POST {address} HTTP/1.1\r\nOrigin: x\r\nContent-Length: 21", sent).close()

    assert http.post(f"{LEVEL}/messages", json={"data": "next"}).json()["data"] == "next"


@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01",
    ],
)
def test_what_is_no_http(portal, http, calm_log, request_):
    address = urlsplit(portal.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as peer:
        peer.sendall(request_)
        peer.shutdown(socket.SHUT_WR)
        peer.recv(100)

    assert http.get("/healthz").status_code == 200


def test_a_body_that_only_claims_its_length(portal, cast, calm_log):
    with raw(portal, cast, f"POST {LEVEL}/messages HTTP/1.1\r\nContent-Length: 5", b'{"data": 1}') as peer:
        assert peer.recv(4000).startswith(b"HTTP/1.1 400 ")
