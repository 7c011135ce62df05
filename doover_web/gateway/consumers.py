"""The socket of the gateway: it receives, asks and sends (`data-api §15`)."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from doover_web.common.wire import Refused, Unauthorized
from doover_web.data.access import parse_id
from doover_web.identity.auth import Caller, in_organisation

from . import frames, sessions
from .allowance import Allowance, TooFast
from .connection import Link, go_offline, keep_online
from .credentials import Credential, address_of, caller_of, credential_of, header_of, may_use_cookies
from .frames import BadFrame, Frame
from .hub import Hub, hub_here
from .lines import TRY_AGAIN, Line
from .outbox import Key
from .subscriptions import Subscription, Watched
from .threads import in_thread
from .watching import Sight, look, shout, states_of, still_watchable

log = logging.getLogger(__name__)
BAD_FRAME, BAD_CREDENTIAL, FORBIDDEN, NOT_IDENTIFIED, TOO_FAST = 4400, 4401, 4403, 4408, 4429
OVER = (1000, 1001)
PATHS = ("/gateway", "/ws")
IDENTIFY_SECONDS = 15
CHECK_SECONDS = 45
MOST_SUBSCRIPTIONS = 5_000
MOST_EARLY = 5_000


async def application(scope: dict, receive: Callable[[], Awaitable[dict]], send: Callable[[dict], Awaitable]) -> None:
    """The ASGI callable behind `/gateway` and `/ws`."""
    if scope["path"].rstrip("/") not in PATHS:
        await send({"type": "websocket.close", "code": FORBIDDEN})  # before the handshake: HTTP 403
        return
    socket = Socket(scope, receive, send, hub_here())
    scope["query_string"] = b""  # web servers write it to their logs, and it may hold a token
    await socket.run()


class Socket(Line):
    """One client, and what it watches."""

    __slots__ = (
        "_allowance", "_badge", "_caller", "_credential", "_deadline", "_early", "_is_ours", "_link", "_receive",
        "_session", "_subscriptions", "check_at", "hub", "pages",
    )  # fmt: skip

    def __init__(self, scope: dict, receive: Callable[[], Awaitable[dict]], send, hub: Hub):
        super().__init__(send)
        self._receive, self.hub = receive, hub
        self._credential: Credential | None = credential_of(scope)
        self._is_ours = may_use_cookies(scope)
        self._link: tuple[str, str] = (address_of(scope), header_of(scope, b"user-agent")[:255])
        self._caller: Caller | None = None
        self._session: sessions.Session | None = None
        self._subscriptions: dict[Key, Subscription] = {}
        self._early: list[Frame] = []
        self._badge: asyncio.Task | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._allowance = Allowance()
        self.pages = False
        self.check_at = 0.0

    @property
    def session_id(self) -> int:
        return self._session.id if self._session else 0

    @property
    def agent_id(self) -> int:
        return self._caller.agent_id if self._caller else 0

    async def run(self) -> None:
        """The whole life of the connection."""
        event = await self._receive()
        if event["type"] != "websocket.connect" or not await self._let_in():
            return
        self._greet()
        code = 1006
        try:
            code = await self._read()
        finally:
            await self._end(code)

    # --- opening ---

    async def _let_in(self) -> bool:
        """Accept a caller that is known; anybody else hears why not."""
        if self._credential is not None and self._credential.by_cookie and not self._is_ours:
            await self._send({"type": "websocket.close", "code": FORBIDDEN})  # refuses the handshake: HTTP 403
            return False
        refusal: tuple[int, str] | None = None
        try:
            if self._credential is None:
                raise Unauthorized("Send a bearer token, ?token= or a session cookie", code="no_credential")
            self._caller = await in_thread(caller_of, self._credential)
        except Unauthorized as problem:
            refusal = (BAD_CREDENTIAL, problem.message)
        except Exception as problem:
            log.warning("A socket could not be opened: %s", problem)
            refusal = (TRY_AGAIN, "Not available right now; try again")
        await self._send({"type": "websocket.accept"})
        if refusal:
            await self._send({"type": "websocket.close", "code": refusal[0], "reason": refusal[1]})
        return refusal is None

    def _greet(self) -> None:
        """Say hello; the client has to say who it is within a while."""
        self.say(frames.hello())
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(IDENTIFY_SECONDS, self.close, NOT_IDENTIFIED, "Identify first")

    async def _identify(self, d: dict) -> None:
        organisation_id = frames.organisation_of(d)
        try:
            in_organisation(self._caller, organisation_id)
        except Refused as refusal:
            self.close(FORBIDDEN, refusal.message)
            return
        session, token = sessions.new_session(self.agent_id)
        session.organisation_id = organisation_id
        session.default = d.get("default_connection") is True and self._caller.kind != "user"
        session.pages = d.get("pages") is True
        await self._begin(session, token, [])

    async def _resume(self, d: dict) -> None:
        """Take up a dropped session; otherwise cancel it and start over on this socket."""
        wanted = str(d.get("session_id")), str(d.get("session_token"))
        try:
            session = await in_thread(sessions.take_up, *wanted, self.agent_id)
        except Exception as problem:
            log.warning("Dropped sessions cannot be read right now: %s", problem)
            session = None
        if session is None:
            self.say(frames.session_cancelled())
            self._greet()
            return
        kept, session.subscriptions = session.subscriptions, []
        entered = []
        for subscription in kept:
            key = subscription["agent_id"], subscription["name"]
            try:
                entered.append(await self._enter(key, subscription["organisation_id"], subscription["diff_only"]))
            except Refused:
                continue  # no longer allowed: it is missing from Ready
        await self._begin(session, sessions.new_token(session), entered)

    async def _begin(self, session: sessions.Session, token: str, entered: list) -> None:
        self._session, self.pages = session, session.pages
        if self._deadline:
            self._deadline.cancel()
        self.check_at = self._loop.time() + CHECK_SECONDS * random.uniform(0.5, 1)  # noqa: S311 - spreads the load
        self.hub.sockets.add(self)
        self.say(frames.ready(session.id, token, [self._listed(subscription) for _, subscription, _ in entered]))
        for watched, subscription, sight in entered:
            self.hub.admit(watched, subscription, sight)
        if session.default:
            self._badge = self.hub.spawn(keep_online(self._uplink()))
        early, self._early = self._early, []
        for frame in early:
            await self._answer(frame)

    # --- frames from the client ---

    async def _read(self) -> int:
        """Answer frames until the socket is closed. Returns the close code."""
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return event.get("code") or 1005
            if self._closing is None:
                await self._take(event.get("text"))

    async def _take(self, text: str | None) -> None:
        try:
            self._allowance.spend()
            await self._answer(frames.read(text))
        except BadFrame as problem:
            self.close(BAD_FRAME, str(problem))
        except TooFast:
            self.close(TOO_FAST, "Too many frames")
        except Exception as problem:
            log.warning("A frame could not be answered: %s: %s", type(problem).__name__, problem)
            self.close(TRY_AGAIN, "Not available right now; try again")

    async def _answer(self, frame: Frame) -> None:
        match frame.op:
            case frames.HEARTBEAT:
                self.say(frames.heartbeat_ack())
            case frames.IDENTIFY | frames.RESUME if self._session:
                raise BadFrame("This socket is identified already")
            case frames.IDENTIFY:
                await self._identify(frame.d)
            case frames.RESUME:
                await self._resume(frame.d)
            case frames.SUBSCRIBE | frames.UNSUBSCRIBE | frames.SYNC_CHANNEL | frames.ONE_SHOT if not self._session:
                if len(self._early) >= MOST_EARLY:
                    raise TooFast
                self._early.append(frame)
            case frames.SUBSCRIBE | frames.UNSUBSCRIBE | frames.SYNC_CHANNEL | frames.ONE_SHOT:
                await self._on_channel(frame)

    async def _on_channel(self, frame: Frame) -> None:
        """A frame about a channel; a refusal is told and changes nothing else."""
        agent_id, name = frames.channel_of(frame.d)
        organisation_id = frames.organisation_of(frame.d) or self._session.organisation_id
        try:
            key = (self.agent_id if agent_id == "me" else parse_id(agent_id)), name
            match frame.op:
                case frames.SUBSCRIBE:
                    await self._subscribe(key, organisation_id, frame.d.get("diff_only") is True)
                case frames.UNSUBSCRIBE:
                    self._unsubscribe(key)
                case frames.SYNC_CHANNEL:
                    sight = await in_thread(look, self._caller, organisation_id, key, create=False)
                    self._show(key, sight)
                case frames.ONE_SHOT:
                    await in_thread(shout, self._caller, organisation_id, key, frame.d.get("data"))
        except Refused as refusal:
            self.say(frames.error(f"Channel {name} of agent {agent_id}: {refusal.message}"))

    # --- what it watches ---

    async def _subscribe(self, key: Key, organisation_id: str | None, diff_only: bool) -> None:
        if key in self._subscriptions:
            try:
                sight = await in_thread(look, self._caller, organisation_id, key, create=True)
            except Refused:
                self._unsubscribe(key)
                raise
            self._subscriptions[key].sees_private = sight.sees_private
            self._show(key, sight)
            return
        if len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
            raise Refused(f"One socket watches {MOST_SUBSCRIPTIONS} channels at most")
        watched, subscription, sight = await self._enter(key, organisation_id, diff_only)
        self.hub.admit(watched, subscription, sight)
        self._tell_others(watched, came=True)

    async def _enter(
        self, key: Key, organisation_id: str | None, diff_only: bool
    ) -> tuple[Watched, Subscription, Sight]:
        """Join first, then look: nothing falls in between. Refused leaves no trace."""
        subscription = self._subscriptions[key] = Subscription(self, key, organisation_id, diff_only)
        try:
            watched = await self.hub.join(subscription)
            return watched, subscription, await in_thread(look, self._caller, organisation_id, key, create=True)
        except BaseException:
            del self._subscriptions[key]
            self.hub.leave(subscription)
            raise

    def _show(self, key: Key, sight: Sight) -> None:
        """Send the state to this socket alone."""
        frame = frames.channel_sync(sight.state)
        if subscription := self._subscriptions.get(key):
            subscription.sync(sight.state, frame, again=True)
        else:
            self.say(frame)

    def _unsubscribe(self, key: Key) -> None:
        if subscription := self._subscriptions.pop(key, None):
            watched = self.hub.watched.get(key)
            self._outbox.forget(key)
            self.hub.leave(subscription)
            if watched is not None:
                self._tell_others(watched, came=False)

    def _tell_others(self, watched: Watched, *, came: bool) -> None:
        if watched.ref is not None and watched.wants_presence:
            who = {"agent_id": self.agent_id, "session_id": self.session_id, "default": self._session.default}
            self.hub.pump.put([frames.presence(watched.ref, came=came, **who)])

    async def _renew(self, keys: list[Key]) -> None:
        watched = [self.hub.watched[key] for key in keys if key in self._subscriptions and key in self.hub.watched]
        refs = [one.ref for one in watched if one.ref is not None]
        try:
            states = await in_thread(states_of, refs) if refs else []
        except Exception as problem:
            log.warning("The state of watched channels cannot be read right now: %s", problem)
            self.close(TRY_AGAIN, "Not available right now; try again")
            return
        for state in states:
            if subscription := self._subscriptions.get((state.channel.agent_id, state.channel.name)):
                subscription.sync(state, frames.channel_sync(state), again=True)

    # --- later ---

    async def check(self) -> None:
        """Look whether the credential and every subscription still hold (`data-api §15.3`)."""
        self.check_at = self._loop.time() + CHECK_SECONDS
        try:
            caller, seen = await in_thread(still_watchable, self._credential, list(self._subscriptions))
            if caller.agent_id != self.agent_id:
                raise Unauthorized("Somebody else is signed in now", code="signed_out")
        except Unauthorized as problem:
            self.say(frames.session_cancelled())
            self.close(BAD_CREDENTIAL, problem.message)
            return
        self._caller = caller
        for key, subscription in list(self._subscriptions.items()):
            if key in seen:
                subscription.sees_private = seen[key]
            elif subscription.held is None:
                self._unsubscribe(key)
                self.say(frames.error(f"Channel {key[1]} of agent {key[0]}: you may no longer watch it"))

    async def _end(self, code: int) -> None:
        """The connection is gone: leave every channel, and hold the session for a while unless it is over."""
        closed_by_us, self._closing = self._closing, self._closing or (code, "")
        self._outbox.clear()
        for task in (self._deadline, self._badge, self._writer):
            if task:
                task.cancel()
        self.hub.sockets.discard(self)
        listed = [self._listed(subscription, kept=True) for subscription in self._subscriptions.values()]
        for key in list(self._subscriptions):
            self._unsubscribe(key)
        if self._session is None:
            return
        if self._session.default:
            self.hub.spawn(go_offline(self._uplink()))
        if code not in OVER and (closed_by_us is None or closed_by_us[0] == TRY_AGAIN):
            self._session.subscriptions = listed
            try:
                await in_thread(sessions.keep, self._session)
            except Exception as problem:
                log.warning("A dropped session could not be kept: %s", problem)

    def _uplink(self) -> Link:
        return Link(self._caller, self.session_id, *self._link)

    @staticmethod
    def _listed(subscription: Subscription, *, kept: bool = False) -> dict:
        """A subscription as `Ready` lists it, or as it is kept for a resume."""
        agent_id, name = subscription.key
        more = {"organisation_id": subscription.organisation_id, "diff_only": subscription.diff_only}
        if kept:
            return {"agent_id": agent_id, "name": name, **more}
        return {"channel": {"agent_id": str(agent_id), "name": name}, **more}
