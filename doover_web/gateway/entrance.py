"""The handshake: who may come in, and what anybody else is told."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from doover_web.common.wire import Unauthorized
from doover_web.identity import context
from doover_web.identity.auth import Caller

from .credentials import Credential, address_of, caller_of, credential_of, header_of, may_use_cookies
from .frames import BAD_CREDENTIAL, FORBIDDEN, TRY_AGAIN
from .threads import in_thread

log = logging.getLogger(__name__)
PATHS = ("/gateway", "/ws")


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who was let in: by what, who it is, and from where."""

    credential: Credential
    caller: Caller
    address: str
    user_agent: str


async def let_in(scope: dict, send: Callable[[dict], Awaitable]) -> Guest | None:
    """Accept a caller that is known; None when the socket is closed already."""
    credential = credential_of(scope)
    scope["query_string"] = b""  # web servers write it to their logs, and it may hold a token
    if scope["path"].rstrip("/") not in PATHS or (credential and credential.by_cookie and not may_use_cookies(scope)):
        await send({"type": "websocket.close", "code": FORBIDDEN})  # before the handshake: HTTP 403
        return None
    try:
        if credential is None:
            raise Unauthorized("Send a bearer token, ?token= or a session cookie", code="no_credential")
        caller = await in_thread(_caller_from, credential, address_of(scope), header_of(scope, b"user-agent"))
    except Unauthorized as refusal:
        await _refuse(send, BAD_CREDENTIAL, refusal.message)
        return None
    except Exception as problem:
        log.warning("A socket could not be opened: %s", problem)
        await _refuse(send, TRY_AGAIN, "Not available right now; try again")
        return None
    await send({"type": "websocket.accept"})
    return Guest(credential, caller, address_of(scope), header_of(scope, b"user-agent")[:255])


def _caller_from(credential: Credential, address: str, user_agent: str) -> Caller:
    """The caller, with where the use of the credential comes from."""
    before = context.origin.set(context.Origin(context.address_of(address, None), user_agent[:255]))
    try:
        return caller_of(credential)
    finally:
        context.origin.reset(before)


async def _refuse(send: Callable[[dict], Awaitable], code: int, reason: str) -> None:
    """Accept and close: a browser shows the code of a close, but not the status of a handshake."""
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code, "reason": reason})
