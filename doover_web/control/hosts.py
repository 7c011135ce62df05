"""Hosts as people write them: names, and addresses of either kind. Pure."""

import ipaddress
import re

import idna

LONGEST = 200  # characters, as many as the wire has for one
# `_` is in no name of the internet's, but in those that containers and service records have.
LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
ZONE = re.compile(r"[A-Za-z0-9_.-]{1,32}")


def host_of(text: str) -> str | None:
    """The host that is meant, as it is looked up: an address of version 6 without its brackets, a name with other
    letters in the form of the domain name system. None for what can be none, as for one with a port."""
    if len(text) > LONGEST:
        return None
    if text.startswith("[") and text.endswith("]"):
        return _version_6(text[1:-1])
    if ":" in text:
        return _version_6(text)
    host = _in_ascii(text)
    return host if host and _is_name_or_version_4(host) else None


def at_port(host: str, port: int) -> str:
    """Host and port in one; a stored address may still have the brackets that another then adds."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def _version_6(text: str) -> str | None:
    try:
        zone = ipaddress.IPv6Address(text).scope_id
    except ValueError:
        return None
    return text if zone is None or ZONE.fullmatch(zone) else None


def _in_ascii(text: str) -> str:
    if text.isascii():
        return text
    try:
        host = idna.encode(text, uts46=True).decode()
    except UnicodeError:
        return ""
    return host if len(host) <= LONGEST else ""


def _is_name_or_version_4(host: str) -> bool:
    """What ends in a number is an address, and none of a name's."""
    labels = host.removesuffix(".").split(".")
    if not labels[-1].isdigit():
        return all(LABEL.fullmatch(one) for one in labels)
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
