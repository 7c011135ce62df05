"""The socket of the gateway: it receives, asks and sends (`data-api §15`)."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from django.db import DatabaseError
from redis.exceptions import RedisError

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import Refused
from doover_web.data.access import parse_id
from doover_web.identity.auth import in_organisation

from . import frames, sessions
from .allowance import Allowance, TooFast
from .connection import Link
from .entrance import Guest, let_in
from .frames import BAD_FRAME, FORBIDDEN, NOT_IDENTIFIED, TOO_FAST, TRY_AGAIN, BadFrame, Frame
from .hub import Hub, hub_here
from .looks import look_of
from .pulse import Pulse, pulse_of
from .register import Presence
from .threads import in_thread
from .watcher import CHECK_SECONDS, Watcher
from .watching import look, shout

log = logging.getLogger(__name__)
Receive = Callable[[], Awaitable[dict]]
Send = Callable[[dict], Awaitable]
OVER = (1000, 1001)
RESTART = 1012
IDENTIFY_SECONDS = 15
MOST_EARLY = 5_000


async def application(scope: dict, receive: Receive, send: Send) -> None:
    """The ASGI callable behind `/gateway` and `/ws`."""
    await serve(scope, receive, send, hub_here())


async def serve(scope: dict, receive: Receive, send: Send, hub: Hub) -> None:
    """The whole life of a connection."""
    rechecks = hub.rechecks
    if (await receive())["type"] == "websocket.connect" and (guest := await let_in(scope, send)):
        await Socket(guest, receive, send, hub, pulse_of(scope), rechecks).run()


class Socket(Watcher):
    """One client: its session, and its frames."""

    __slots__ = ("_allowance", "_deadline", "_early", "_guest", "_link", "_pulse", "_receive", "_rechecks")

    def __init__(self, guest: Guest, receive: Receive, send: Send, hub: Hub, pulse: Pulse, rechecks: int):
        super().__init__(send, hub, guest.credential, guest.caller)
        self._guest, self._receive = guest, receive
        self._early: list[Frame] = []
        self._link: Link | None = None
        self._pulse = pulse
        self._rechecks = rechecks  # as many as the hub had heard of when the guest was let in
        self._deadline: asyncio.TimerHandle | None = None
        self._allowance = Allowance()

    async def run(self) -> None:
        """Answer until the socket is closed."""
        self._greet()
        code = 1006
        try:
            code = await self._read()
        finally:
            await self._end(code)

    # --- who it is ---

    def _greet(self) -> None:
        """Say hello; the client has to say who it is within a while."""
        self.say(frames.hello())
        self._stop_waiting()
        self._deadline = self._loop.call_later(IDENTIFY_SECONDS, self.close, NOT_IDENTIFIED, "Identify first")

    def _stop_waiting(self) -> None:
        if self._deadline:
            self._deadline.cancel()

    @property
    def _organisation_id(self) -> str | None:
        """What the client identified with; a frame may name another."""
        return self._session.organisation_id if self._session else None

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
        self._stop_waiting()
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
        self._stop_waiting()
        self._appear(session)
        self.check_at = self._loop.time() + CHECK_SECONDS * random.uniform(0.5, 1)  # noqa: S311 - spreads the load
        self.hub.sockets.add(self)
        self.say(frames.ready(session.id, token, [self._listed(subscription) for _, subscription, _ in entered]))
        for watched, subscription, sight in entered:
            self.hub.admit(watched, subscription, sight)
            self.hub.roll.watches(session.id, subscription.key)
        if self.hub.rechecks != self._rechecks:
            self.hub.recheck([self])  # the hub did not know of this socket then
        early, self._early = self._early, []
        for frame in early:
            await self._answer(frame)

    def _appear(self, session: sessions.Session) -> None:
        """From now on the session is among those that are connected; an agent's own link makes it online."""
        address, agent = self._guest.address[:64], self._guest.user_agent
        presence = Presence(self.agent_id, session.id, session.default, address, agent, now_ms())
        self.hub.roll.came(presence, self._pulse)
        if session.default:
            self._link = Link(self.agent_id, session.id, address, agent, self._pulse)
            self.hub.badges.opened(self._link)

    def _disappear(self, session: sessions.Session) -> None:
        self.hub.roll.left(session.id)
        self.hub.onlookers.left(session.id)
        if self._link:
            self.hub.badges.closed(self._link)

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
        except (DatabaseError, RedisError, OSError) as problem:  # a time-out is an OSError
            log.warning("A frame could not be answered: %s", str(problem) or type(problem).__name__)
            self.close(TRY_AGAIN, "Not available right now; try again")
        except Exception:
            log.exception("A frame could not be answered")
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
            case frames.SUBSCRIBE | frames.UNSUBSCRIBE | frames.SYNC_CHANNEL | frames.ONE_SHOT | frames.LOOK if (
                not self._session
            ):
                if len(self._early) >= MOST_EARLY:
                    raise TooFast
                self._early.append(frame)
            case frames.SUBSCRIBE | frames.UNSUBSCRIBE | frames.SYNC_CHANNEL | frames.ONE_SHOT:
                await self._on_channel(frame)
            case frames.LOOK if self.pages and self._caller.kind == "user":
                self.hub.onlookers.looks(self.session_id, self._caller, look_of(frame.d))

    async def _on_channel(self, frame: Frame) -> None:
        """A frame about a channel; a refusal is told and changes nothing else."""
        agent_id, name = frames.channel_of(frame.d)
        organisation_id = frames.organisation_of(frame.d) or self._organisation_id
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
            is_withheld = frame.op == frames.SUBSCRIBE and refusal.status in (403, 404)
            told = frames.refused if is_withheld else frames.failed
            self.say(told((agent_id, name), refusal.message))

    async def _end(self, code: int) -> None:
        """The connection is gone: leave every channel, and hold the session for a while unless it is over."""
        closed_by_us, self._closing = self._closing, self._closing or (code, "")
        self._outbox.clear()
        self._stop_waiting()
        if self._writer:
            self._writer.cancel()
        self.hub.sockets.discard(self)
        listed = [self._listed(subscription, kept=True) for subscription in self._subscriptions.values()]
        for key in list(self._subscriptions):
            self._unsubscribe(key)
        if self._session is None:
            return
        self._disappear(self._session)
        if code == RESTART:
            await self.hub.roll.write()  # there is no later
        if code not in OVER and (closed_by_us is None or closed_by_us[0] == TRY_AGAIN):
            self._session.subscriptions = listed
            try:
                await in_thread(sessions.keep, self._session)
            except Exception as problem:
                log.warning("A dropped session could not be kept: %s", problem)
