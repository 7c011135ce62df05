"""Requests to addresses that people typed in: private networks are refused at the moment of connecting, redirects are
not followed, and time and size are bounded as a whole."""

import base64
import functools
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

SECONDS = 15.0  # from the first look-up to the last byte
MOST_BYTES = 64 * 1024  # of an answer; what is longer is not read
LONGEST_URL = 2000
LAST_PORT = 65535
# Addresses that reach the private network by another name: embedded IPv4, NAT64, 6to4, Teredo.
DISGUISED = [ipaddress.ip_network(one) for one in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NoAnswer(Exception):
    """The request did not come to an answer; the text says why."""


class AddressRefused(NoAnswer):
    """The address is none that this server calls."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def check_url(url: Any) -> httpx.URL:
    """An http(s) address with a host. AddressRefused for anything else."""
    try:
        parsed = httpx.URL(url) if isinstance(url, str) and len(url) <= LONGEST_URL else None
        # The host is looked at too: httpx reads some names (a broken "xn--") only when asked for them.
        good = parsed is not None and parsed.scheme in ("http", "https") and parsed.host and parsed.netloc
    except (httpx.InvalidURL, ValueError):
        parsed, good = None, False
    if parsed is None or not good:
        raise AddressRefused("The address must begin with http:// or https:// and name a host")
    if parsed.port is not None and not 0 < parsed.port <= LAST_PORT:
        raise AddressRefused(f"A port is a number from 1 to {LAST_PORT}")
    return parsed


def is_never_called(url: str, allowed: Iterable[str] = ()) -> bool:
    """Whether the very words of an address name a private network, so that no look-up is needed to refuse it."""
    try:
        host = check_url(url).host
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except AddressRefused:
        return True
    except (OSError, UnicodeError):  # a name
        is_here = host.rstrip(".").lower().split(".")[-1] == "localhost"
        found = socket.getaddrinfo("127.0.0.1", None) if is_here else []
    guard = _Guarded([ipaddress.ip_network(one) for one in allowed], 0)
    return any(not guard.may_call(str(one[4][0])) for one in found)


def post(url: str, body: bytes, headers: Mapping[str, str], *, allowed: Iterable[str] = ()) -> Answer:
    """POST `body` to `url`. `allowed` are networks that may be called although they are private.

    Raises AddressRefused for a private address, NoAnswer when nobody answers in time.
    """
    target = check_url(url)
    sent = {"Host": target.netloc.decode(), "Content-Length": str(len(body)), "User-Agent": "doover_web", **headers}
    if target.userinfo:
        pair = f"{target.username}:{target.password}".encode()
        sent["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    networks = [ipaddress.ip_network(one) for one in allowed]
    backend = _Guarded(networks, time.monotonic() + SECONDS)
    address = httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path or b"/"
    )
    try:
        with (
            httpcore.ConnectionPool(network_backend=backend, ssl_context=_tls(), http2=False, retries=0) as pool,
            pool.stream("POST", address, headers=list(sent.items()), content=body) as response,
        ):
            read = _beginning(response)
            names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status, read, names)
    except (httpcore.TimeoutException, TimeoutError) as problem:
        raise NoAnswer(f"{target.host} did not answer in time") from problem
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as problem:
        raise NoAnswer(f"{target.host}: {problem or type(problem).__name__}") from problem


def _beginning(response: httpcore.Response) -> bytes:
    read = b""
    for chunk in response.iter_stream():
        read += chunk
        if len(read) >= MOST_BYTES:
            return read[:MOST_BYTES]
    return read


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class _Guarded(httpcore.NetworkBackend):
    """Looks a name up, refuses private addresses, and connects to the very address it looked at."""

    def __init__(self, allowed: list[Network], deadline: float):
        self._allowed, self._deadline = allowed, deadline

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        address = self._address_of(host, port)
        left = _left(self._deadline, 5.0)
        return _Bounded(httpcore.SyncBackend().connect_tcp(address, port, left, None, socket_options), self._deadline)

    def _address_of(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as problem:
            raise NoAnswer(f"There is no host {host}") from problem
        addresses = [str(one[4][0]) for one in found]
        for address in addresses:
            if not self.may_call(address):
                raise AddressRefused(f"{host} is an address of a private network, which this server does not call")
        return addresses[0]

    def may_call(self, address: str) -> bool:
        return is_public(address) or self._is_allowed(address)

    def _is_allowed(self, address: str) -> bool:
        number = ipaddress.ip_address(address.partition("%")[0])
        return any(number in network for network in self._allowed)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's; what only stands for a private one is not."""
    number = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(number, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(str(mapped))
    if number.version == 6 and any(number in network for network in DISGUISED):
        return False
    return number.is_global and not number.is_multicast and not number.is_reserved


def _left(deadline: float, most: float | None = None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left if most is None else min(left, most)


class _Bounded(httpcore.NetworkStream):
    """A connection that ends with the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float):
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None) -> "_Bounded":
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Bounded(stream, self._deadline)

    def get_extra_info(self, info: str):
        return self._stream.get_extra_info(info)
