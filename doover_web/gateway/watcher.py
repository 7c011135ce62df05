"""What one socket watches: it enters channels, leaves them, and is checked now and then."""

import asyncio
import logging

from doover_web.common.wire import Refused, Unauthorized
from doover_web.identity.auth import Caller

from . import frames
from .credentials import Credential
from .frames import BAD_CREDENTIAL, TRY_AGAIN
from .hub import Hub
from .lines import Line
from .outbox import Key
from .sessions import Session
from .subscriptions import Subscription, Watched
from .threads import in_thread
from .watching import Sight, look, states_of, still_watchable

log = logging.getLogger(__name__)
CHECK_SECONDS = 45
MOST_SUBSCRIPTIONS = 5_000


class Watcher(Line):
    """A caller and its subscriptions.

    It asks one question about its rights at a time and acts upon the answer before the next: a check that began before
    a channel was entered does not end it, and no look from before a change outlives the check that the change brought.
    """

    __slots__ = ("_asking", "_caller", "_credential", "_session", "_subscriptions", "check_at", "hub", "pages")

    def __init__(self, send, hub: Hub, credential: Credential, caller: Caller):
        super().__init__(send)
        self.hub = hub
        self._credential = credential
        self._caller = caller
        self._asking = asyncio.Lock()
        self._session: Session | None = None
        self._subscriptions: dict[Key, Subscription] = {}
        self.pages = False
        self.check_at = 0.0

    @property
    def session_id(self) -> int:
        return self._session.id if self._session else 0

    @property
    def agent_id(self) -> int:
        return self._caller.agent_id

    async def _subscribe(self, key: Key, organisation_id: str | None, diff_only: bool) -> None:
        if key in self._subscriptions:
            try:
                sight = await self._look(key, organisation_id)
            except Refused:
                self._unsubscribe(key)
                raise
            self._subscriptions[key].sees = sight.sees
            self._show(key, sight)
            return
        if len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
            raise Refused(f"One socket watches {MOST_SUBSCRIPTIONS} channels at most")
        watched, subscription, sight = await self._enter(key, organisation_id, diff_only)
        self.hub.admit(watched, subscription, sight)
        self.hub.roll.watches(self.session_id, key)
        self._tell_others(watched, came=True)

    async def _enter(
        self, key: Key, organisation_id: str | None, diff_only: bool
    ) -> tuple[Watched, Subscription, Sight]:
        """Join first, then look: nothing falls in between. Refused leaves no trace."""
        subscription = self._subscriptions[key] = Subscription(self, key, organisation_id, diff_only)
        try:
            watched = await self.hub.join(subscription)
            return watched, subscription, await self._look(key, organisation_id)
        except BaseException:
            del self._subscriptions[key]
            self.hub.leave(subscription)
            raise

    async def _look(self, key: Key, organisation_id: str | None) -> Sight:
        async with self._asking:
            return await in_thread(look, self._caller, organisation_id, key, create=True)

    def _show(self, key: Key, sight: Sight) -> None:
        """Send the state to this socket alone."""
        frame = frames.channel_sync(sight.state)
        if subscription := self._subscriptions.get(key):
            subscription.sync(sight.state, frame, again=True)
        else:
            self.say(frame)

    def _unsubscribe(self, key: Key) -> None:
        if subscription := self._subscriptions.pop(key, None):
            self.hub.roll.leaves(self.session_id, key)
            watched = self.hub.watched.get(key)
            self._outbox.forget(key)
            self.hub.leave(subscription)
            if watched is not None:
                self._tell_others(watched, came=False)

    def _tell_others(self, watched: Watched, *, came: bool) -> None:
        if watched.ref is not None and watched.wants_presence:
            default = self._session is not None and self._session.default
            row = frames.presence(
                watched.ref, came=came, agent_id=self.agent_id, session_id=self.session_id, default=default
            )
            self.hub.pump.put([row])

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
                plain = None if subscription.sees.secrets else frames.channel_sync_plain(state)
                subscription.sync(state, plain or frames.channel_sync(state), again=True)

    async def check(self) -> None:
        """Look whether the credential and every subscription still hold (`data-api §15.3`)."""
        self.check_at = self._loop.time() + CHECK_SECONDS
        try:
            async with self._asking:
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
                subscription.sees = seen[key]
            elif subscription.held is None:
                self._unsubscribe(key)
                self.say(frames.refused(key, "you may no longer watch it"))

    @staticmethod
    def _listed(subscription: Subscription, *, kept: bool = False) -> dict:
        """A subscription as `Ready` lists it, or as it is kept for a resume."""
        agent_id, name = subscription.key
        more = {"organisation_id": subscription.organisation_id, "diff_only": subscription.diff_only}
        if kept:
            return {"agent_id": agent_id, "name": name, **more}
        return {"channel": {"agent_id": str(agent_id), "name": name}, **more}
