"""What a call from outside must show. Pure: values in, verdict out."""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network_of(text: str) -> Network:
    """`10.0.0.0/8`, or one address. Raises ValueError."""
    return ipaddress.ip_network(text.strip(), strict=False)


def is_let_in(address: str | None, ranges: Iterable[str]) -> bool:
    """Whether `address` lies in one of `ranges`; no ranges let everybody in, who then needs the token all the same."""
    networks = [network_of(one) for one in ranges]
    if not networks:
        return True
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in networks)


def is_signed(key: str, body: bytes, signature: str) -> bool:
    """Whether `signature` is the HMAC-SHA256 of `body` with `key`, in hex or base64, `sha256=` before it or not."""
    digest = hmac.new(key.encode(), body, hashlib.sha256).digest()
    given = signature.strip().removeprefix("sha256=").encode(errors="replace")
    in_hex = hmac.compare_digest(given.lower(), digest.hex().encode())
    in_base64 = hmac.compare_digest(given.rstrip(b"="), base64.b64encode(digest).rstrip(b"="))
    return in_hex or in_base64
