"""From where the current request comes; what is done in its course is recorded with it."""

import ipaddress
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Origin:
    """`address` is the peer's, or what a trusted proxy says it is."""

    address: str | None = None
    user_agent: str = ""


def address_of(peer: str | None, forwarded: str | None) -> str | None:
    """Where a request comes from; behind a proxy, what the proxy added last to `X-Forwarded-For`."""
    said = forwarded if settings.BEHIND_PROXY and forwarded else peer
    address = (said or "").rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)
