"""The public keys of a build server's identity provider: given in the settings, or fetched with care."""

import ipaddress
import logging
import socket
from urllib.parse import urlsplit, urlunsplit

import httpx
import jwt
from django.core.cache import cache

from doover_web.common.wire import Busy

log = logging.getLogger(__name__)
REMEMBER = 600
# An unknown key id has the keys fetched anew, but not more often than this.
PAUSE = 60
LARGEST = 256 * 1024
TIMEOUT = 5.0


def key_of(issuer: dict, kid: str) -> jwt.PyJWK:
    """The key with this id. Raises jwt's errors, and Busy while the issuer cannot be reached."""
    document = issuer.get("keys") or _fetched(issuer, kid)
    return _pick(jwt.PyJWKSet.from_dict(document), kid)


def _pick(known: jwt.PyJWKSet, kid: str) -> jwt.PyJWK:
    for key in known.keys:
        if key.key_id == kid:
            return key
    raise jwt.InvalidKeyError("no such key")


def _fetched(issuer: dict, kid: str) -> dict:
    address = issuer["jwks_url"]
    document = cache.get(f"jwks:{address}")
    known = document is not None and any(key.get("kid") == kid for key in document["keys"])
    if known or not cache.add(f"jwks-pause:{address}", 1, PAUSE):
        if document is None:
            raise Busy("The provider's keys cannot be read right now; try again")
        return document
    try:
        document = fetch(address, private=bool(issuer.get("allow_private")))
    except (httpx.HTTPError, OSError, ValueError) as problem:
        log.warning("The keys of %s cannot be read: %s", issuer["issuer"], problem)
        raise Busy("The provider's keys cannot be read right now; try again") from problem
    cache.set(f"jwks:{address}", document, REMEMBER)
    return document


def fetch(address: str, *, private: bool = False) -> dict:
    """A key set from a public address over https; a private one only when the settings say so.

    The name is looked up once, and the connection goes to the address that was looked at.
    """
    parts = urlsplit(address)
    host, secure = parts.hostname or "", parts.scheme == "https"
    if not secure and not (private and parts.scheme == "http"):
        raise ValueError("a key set is fetched with https only")
    peer = _address_of(host, parts.port or (443 if secure else 80), private)
    netloc = f"[{peer}]" if ":" in peer else peer
    target = urlunsplit((parts.scheme, f"{netloc}:{parts.port}" if parts.port else netloc, parts.path, parts.query, ""))
    headers, extensions = {"Host": parts.netloc.rpartition("@")[2]}, {"sni_hostname": host}
    with (
        httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
        client.stream("GET", target, headers=headers, extensions=extensions) as response,
    ):
        if response.status_code != 200:
            raise ValueError(f"status {response.status_code}")
        return _document(response)


def _document(response: httpx.Response) -> dict:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST:
            raise ValueError("the key set is too large")
    document = httpx.Response(200, content=body).json()
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("this is no key set")
    return {"keys": [key for key in document["keys"] if isinstance(key, dict)]}


def _address_of(host: str, port: int, private: bool) -> str:
    """Where `host` is. Refuses a name any of whose addresses is not on the public internet."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private and not all(_is_public(one) for one in found):
        raise ValueError(f"{host} is not a public address")
    return found[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast
