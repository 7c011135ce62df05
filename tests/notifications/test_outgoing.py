"""Addresses that people typed in: no private network is reached by any of its names."""

import socket
import time

import pytest

from doover_web.common import outgoing

LOCAL = ["127.0.0.0/8"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001:0:1::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
    ],
)
def test_not_the_internet(address):
    assert not outgoing.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_the_internet(address):
    assert outgoing.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://0:{port}/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_no_disguise_gets_through(receiver, url):
    with pytest.raises(outgoing.NoAnswer):
        outgoing.post(url.format(port=receiver.server.server_port), b"{}", {})
    assert receiver.got == []


def test_a_name_that_leads_to_a_private_address(receiver, monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **kw: real("127.0.0.1", *a, **kw))

    with pytest.raises(outgoing.AddressRefused, match="private"):
        outgoing.post(f"http://hooks.example.com:{receiver.server.server_port}/", b"{}", {})
    assert receiver.got == []


def test_it_connects_to_the_address_it_looked_at(receiver, monkeypatch):
    """A name server that answers otherwise the second time (rebinding) is not asked a second time."""
    asked, real = [], socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **kw: [asked.append(host), real(LOOP, *a, **kw)][1])

    url = f"http://hooks.example.com:{receiver.server.server_port}/x?y=1"
    assert outgoing.post(url, b"{}", {}, allowed=LOCAL).status == 200

    assert [name for name in asked if name == "hooks.example.com"] == ["hooks.example.com"]
    [got] = receiver.got
    assert (got.path, got.headers["Host"]) == ("/x?y=1", f"hooks.example.com:{receiver.server.server_port}")


LOOP = "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://x",
        "//x",
        "http://",
        "http:///x",
        "javascript:1",
        "http://xn--/",
        "http://[fe80::1%25é]/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        5,
        None,
    ],
)
def test_what_is_no_address(url):
    with pytest.raises(outgoing.AddressRefused):
        outgoing.check_url(url)
    with pytest.raises(outgoing.AddressRefused):
        outgoing.post(url, b"", {})


def test_a_redirect_is_not_followed(receiver):
    receiver.status, receiver.headers = 302, {"Location": f"{receiver.url}/secret"}

    assert outgoing.post(receiver.url, b"{}", {}, allowed=LOCAL).status == 302
    assert [got.path for got in receiver.got] == ["/"]


def test_user_and_password_travel_as_a_header(receiver):
    outgoing.post(receiver.url.replace("//", "//ann:s%40fe@"), b"{}", {}, allowed=LOCAL)

    assert receiver.got[0].headers["Authorization"] == "Basic YW5uOnNAZmU="
    assert "ann" not in receiver.got[0].headers["Host"]


def test_a_giant_answer_is_not_read(receiver):
    def giant(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            pass

    receiver.script = giant
    assert len(outgoing.post(receiver.url, b"{}", {}, allowed=LOCAL).body) == outgoing.MOST_BYTES


def test_one_who_drips_is_not_waited_for(receiver, monkeypatch):
    def drip(handler):
        try:
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
                handler.wfile.write(bytes([byte]))
                time.sleep(0.02)
        except OSError:
            pass

    monkeypatch.setattr(outgoing, "SECONDS", 0.3)
    receiver.script = drip
    began = time.monotonic()
    with pytest.raises(outgoing.NoAnswer, match="in time"):
        outgoing.post(receiver.url, b"{}", {}, allowed=LOCAL)
    assert time.monotonic() - began < 3


def test_nobody_there():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(outgoing.NoAnswer):
            outgoing.post(f"http://127.0.0.1:{taken.getsockname()[1]}/", b"{}", {}, allowed=LOCAL)


def test_one_who_speaks_nonsense(receiver):
    receiver.script = lambda handler: handler.wfile.write(b"\x00\x01nonsense\r\n\r\n")
    with pytest.raises(outgoing.NoAnswer):
        outgoing.post(receiver.url, b"{}", {}, allowed=LOCAL)
