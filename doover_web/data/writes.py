"""What can be asked of a channel: every change, from whichever door, as one of these records."""

from dataclasses import dataclass, field
from typing import Any

from .access import Reach
from .attached import NewFile
from .events import AggregateRecord, AggregateUpdated, Event, MessageCreated, MessageRecord


@dataclass(slots=True)
class Write:
    """A change of the channel `name` at the agent that `reach` reached. With `suppress_hooks` no processor reacts.

    `files` are hung on what it changes, in place of those with the same names; `drops_files` first takes off all that
    hang there, `drops_namesake` the one that bears the channel's name.
    """

    reach: Reach
    name: str
    suppress_hooks: bool = field(default=False, kw_only=True)
    files: tuple[NewFile, ...] = field(default=(), kw_only=True)
    drops_files: bool = field(default=False, kw_only=True)
    drops_namesake: bool = field(default=False, kw_only=True)

    creates_channel = False
    any_name = False
    needs_id = False  # of the server, for a message of this moment


@dataclass(slots=True)
class PostMessage(Write):
    """A new message; `message_id` is the client's own choice, `ts` its moment, `ttl` seconds to keep it. With `fields`
    (path, value) only these change in a message that has this id already; without, `data` takes its place."""

    data: Any
    message_id: int | None = None
    ts: int | None = None
    ttl: int | None = None
    fields: tuple[tuple[str, Any], ...] = ()

    creates_channel = True

    @property
    def needs_id(self) -> bool:  # type: ignore[override]
        return self.message_id is None and self.ts is None


@dataclass(slots=True)
class ChangeMessage(Write):
    """Merge `data` into a message, or put it in its place. With `if_revision` only one that still has this revision
    is changed, Conflict otherwise."""

    message_id: int
    data: Any
    replace: bool = False
    if_revision: int | None = None


@dataclass(slots=True)
class RemoveMessage(Write):
    message_id: int


@dataclass(slots=True)
class ChangeAggregate(Write):
    """Merge `data` into the state (or put it in its place); `replace` are dotted paths to overwrite wholesale,
    `log` keeps the patch as a message too, `log_whole` the state afterwards instead, dated `ts` (ms). With
    `if_revision` only a state that still has this revision is changed, Conflict otherwise."""

    data: Any
    replace_all: bool = False
    replace: tuple[str, ...] = ()
    log: bool = False
    if_revision: int | None = None
    log_whole: bool = False
    ts: int | None = None
    # What the first generation may do: names with prefixes, and packages as text.
    any_name: bool = False
    largest: int | None = None  # bytes of the state afterwards; None: the setting

    creates_channel = True

    @property
    def needs_id(self) -> bool:  # type: ignore[override]
        return self.log and self.ts is None


@dataclass(slots=True)
class OpenChannel(Write):
    """Make the channel if it is missing; `settings` are column values, `update` also changes a channel that exists."""

    settings: dict[str, Any] = field(default_factory=dict)
    update: bool = False
    any_name: bool = False

    creates_channel = True


@dataclass(slots=True)
class Applied:
    """What a write came to, and the news of it."""

    events: list[Event] = field(default_factory=list)
    message: MessageRecord | None = None
    aggregate: AggregateRecord | None = None
    channel_id: int | None = None

    @property
    def starts_hooks(self) -> bool:
        """Whether something was said on a channel that somebody runs for; edits and deletions are not heard."""
        heard = MessageCreated | AggregateUpdated
        return any(isinstance(one, heard) and one.channel.has_hooks for one in self.events[:1])

    @property
    def the_message(self) -> MessageRecord:
        """The message that a write of one left behind."""
        assert self.message is not None
        return self.message

    @property
    def the_aggregate(self) -> AggregateRecord:
        """The state that a change of one left behind."""
        assert self.aggregate is not None
        return self.aggregate


Outcome = Applied | Exception  # a Refused, or a fault of ours that only this write suffers from
