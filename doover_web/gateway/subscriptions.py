"""One socket at one channel, and all of them together: what each may still be handed."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from doover_web.data.events import AggregateRecord, ChannelRef

from .frames import ALARM, DELETED, NOTED, PRESENCE, STATE, SYNC, TRY_AGAIN, Row, channel_sync, channel_sync_plain
from .order import Order
from .outbox import Key

MOST_HELD = 1024
# Beyond this many watchers a channel does not tell them about one another: the news would grow with their square.
MOST_PRESENCE = 64


class Listener(Protocol):
    """What the hub needs of a socket."""

    pages: bool
    check_at: float

    @property
    def session_id(self) -> int: ...

    @property
    def agent_id(self) -> int: ...

    def put(self, kind: int, key: Key | None, frame: str) -> None: ...

    def close(self, code: int, reason: str) -> None: ...

    async def check(self) -> None: ...


class Sees(NamedTuple):
    """What a watcher may see beyond the public: private channels, secrets in settings, alarms."""

    private: bool = False
    secrets: bool = False
    alarms: bool = False


class Subscription:
    """One socket at one channel. Until the state was read and sent, what comes is held back."""

    __slots__ = ("diff_only", "held", "key", "organisation_id", "revision", "sees", "socket")

    def __init__(self, socket: Listener, key: Key, organisation_id: str | None = None, diff_only: bool = False):
        self.socket = socket
        self.key = key
        self.organisation_id = organisation_id
        self.diff_only = diff_only
        self.revision = -1
        self.sees = Sees()
        self.held: list[Row] | None = []

    def give(self, row: Row, text: str, plain: str) -> None:
        """Hand on a row: `text` is its frame, `plain` the one without secrets."""
        if row.is_private and not self.sees.private:
            return
        if row.kind == STATE:
            if row.mark <= self.revision:
                return
            self.revision = row.mark
        elif (
            (row.kind in (DELETED, NOTED) and not self.socket.pages)
            or (row.kind in (ALARM, NOTED) and not self.sees.alarms)
            or (row.kind == PRESENCE and row.mark == self.socket.session_id)
        ):
            return
        self.socket.put(row.kind, self.key, text if self.sees.secrets else plain)

    def hold(self, row: Row) -> None:
        """Keep what comes before the state was read; a database that slow is no database."""
        if self.held is not None and len(self.held) < MOST_HELD:
            self.held.append(row)
        else:
            self.socket.close(TRY_AGAIN, "Not available right now; try again")

    def sync(self, state: AggregateRecord, frame: str, *, again: bool = False) -> None:
        """Send the state, unless the socket has a newer one already; `again` sends the same one once more."""
        if state.channel.is_private and not self.sees.private:
            return
        if state.revision > self.revision or (again and state.revision == self.revision):
            self.revision = state.revision
            self.socket.put(SYNC, self.key, frame)

    def release(self) -> None:
        held, self.held = self.held or [], None
        for row in held:
            self.give(row, *texts_of(row))


def texts_of(row: Row) -> tuple[str, str]:
    """The frame of a row, and the one for those who may not see secrets; mostly the same."""
    text = row.frame.decode()
    return text, text if row.plain is None else row.plain.decode()


class Watched:
    """A channel that sockets of this process watch."""

    __slots__ = ("order", "ref", "settling", "subscriptions")

    def __init__(self) -> None:
        self.ref: ChannelRef | None = None
        self.order = Order()
        self.subscriptions: dict[Listener, Subscription] = {}
        self.settling = False

    @property
    def wants_presence(self) -> bool:
        return len(self.subscriptions) <= MOST_PRESENCE

    def hand_out(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.kind == PRESENCE and not self.wants_presence:
                continue
            texts = texts_of(row)  # once for all sockets
            for subscription in self.subscriptions.values():
                if subscription.held is None:
                    subscription.give(row, *texts)
                else:
                    subscription.hold(row)

    def sync(self, state: AggregateRecord, *, again: bool) -> None:
        """Send the state to everyone who may see it and has been let in."""
        text = channel_sync(state)
        plain = channel_sync_plain(state) or text
        for subscription in self.subscriptions.values():
            if subscription.held is None:
                subscription.sync(state, text if subscription.sees.secrets else plain, again=again)
