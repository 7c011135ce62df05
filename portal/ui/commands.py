"""Commands in the messages of `ui_cmds` → where each stands (`ui-schema §11`). Pure: the clock comes in.

A command is one message. The device answers by changing it; that nobody answers, only the page can tell. The newest
command of a control is the one that its row shows.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from doover_web.common.presence import mapping, number
from doover_web.common.snowflake import ms_of

DAY_MS = 86_400_000
# How long the page shows what was asked for after the device said that it was done (`ui-schema §11.2`).
SETTLE_MS = 5_000
TICK_MS = 4_000
GONE_MS = 10_000
CANCELLED = "command cancelled", "command canceled"
LONGEST = 300
NOTHING: Any = object()  # null is a value, too


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait, in ms; None is for ever: the first answer, silence after it, the first answer to a retry."""

    first: float | None = None
    silence: float | None = None
    again: float | None = None


FOREVER = Timing()


@dataclass(frozen=True, slots=True)
class Command:
    """One command as its message stands; `app` is empty when it is for every application that knows `method`."""

    id: int
    app: str
    method: str
    request: Any
    old: Any
    author_id: int
    actor: str
    reason: str
    expires_ms: float | None
    retry_of: int | None
    code: str
    said: Any
    changed_ms: int
    element: str = ""  # the one control that it was given at, where several of an application have its name

    @property
    def sent_ms(self) -> int:
        return ms_of(self.id)

    def is_for(self, app: str, method: str) -> bool:
        return self.method == method and self.app in ("", app)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a command stands: `phase` is one of sent, working, deferred, timed_out, done, failed, cancelled; `until` is
    the moment (ms) at which time alone changes that; the other fields belong to the phase."""

    phase: str
    until: float | None = None
    text: str = ""
    code: str = ""
    percent: float | None = None
    by: str = ""
    waited: float | None = None
    is_expired: bool = False

    @property
    def is_open(self) -> bool:
        return self.phase in ("sent", "working", "deferred")

    @property
    def wants_attention(self) -> bool:
        """Whether somebody has to try again or to dismiss it."""
        return self.phase in ("failed", "timed_out")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a control shows: the value, what is asked for (NOTHING if not), the command of its line, and until when."""

    value: Any
    asked: Any = NOTHING
    command: Command | None = None
    stage: Stage | None = None
    until: float | None = None

    @property
    def is_blocked(self) -> bool:
        """Whether another command has to wait, or this one to be cancelled."""
        return self.stage is not None and self.stage.is_open

    @property
    def is_asked(self) -> bool:
        return self.asked is not NOTHING


def read_command(message_id: int, author_id: int, data: Any, changed_ms: int | None) -> Command | None:
    """The command in a message; None when it is none. Whatever the message holds, it never fails."""
    data = mapping(data)
    method = data.get("method")
    if data.get("type") != "rpc" or not isinstance(method, str) or "request" not in data:
        return None
    status = mapping(data.get("status"))
    code = status.get("code")
    return Command(
        id=message_id,
        app=_text(data.get("app_key")),
        method=method,
        request=data["request"],
        old=data.get("old_value", NOTHING),
        author_id=author_id,
        actor=_text(mapping(data.get("actor")).get("name")),
        reason=_text(data.get("reason")),
        expires_ms=number(data.get("expires_after")),
        retry_of=_id(data.get("retry_of")),
        code=code if isinstance(code, str) and code else "sent",
        said=status.get("message"),
        changed_ms=changed_ms if changed_ms is not None else ms_of(message_id),
        element=_text(data.get("element")),
    )


def stage_of(command: Command, timing: Timing, now: float) -> Stage:
    """Where a command stands. A late answer counts: what the message says comes first, the clock after it."""
    match command.code:
        case "success":
            return Stage("done", waited=command.changed_ms - command.sent_ms)
        case "error" if is_cancelled(command.said):
            return Stage("cancelled", by=_text(mapping(mapping(command.said).get("cancelled_by")).get("name")))
        case "error":
            about = mapping(command.said)
            text = about.get("message", about.get("text")) if about else command.said
            return Stage("failed", text=_text(text), code=_text(about.get("code")))
        case "sent":
            return _waiting(command, timing, now)
    return _working(command, timing, now)


def is_cancelled(said: Any) -> bool:
    """Whether the message of an error says that somebody withdrew the command."""
    about = mapping(said)
    if "cancelled_at" in about or "cancelled_by" in about:
        return True
    texts = (said, about.get("info"), about.get("text"))
    return any(isinstance(text, str) and text.strip().lower() in CANCELLED for text in texts)


def standing_of(
    app: str,
    method: str,
    value: Any,
    commands: Iterable[Command],
    timing: Timing,
    now: float,
    dismissed: Collection[int] = (),
) -> Standing:
    """What the control `method` of `app` shows, whose stored value is `value`: the newest command wins."""
    command = max((one for one in commands if one.is_for(app, method)), key=lambda one: one.id, default=None)
    if command is None:
        return Standing(value)
    stage = stage_of(command, timing, now)
    if stage.is_open:
        return Standing(value, command.request, command, stage, stage.until)
    if stage.phase == "done":
        return _settling(value, command, stage, now)
    if command.id in dismissed or (stage.phase == "cancelled" and now >= command.changed_ms + GONE_MS):
        return Standing(value)
    return Standing(value, NOTHING, command, stage, _fades(command, stage))


def recent(commands: Iterable[Command], timings: Mapping[tuple[str, str], Timing], now: float) -> list[Command]:
    """The commands of the last day, or of as long as their time-outs reach, the newest first (`ui-schema §11.3`)."""

    def reach(one: Command) -> float:
        timing = timing_for(one, timings)
        return max(DAY_MS, timing.first or 0, timing.silence or 0, timing.again or 0)

    return sorted((one for one in commands if now - one.sent_ms <= reach(one)), key=lambda one: -one.id)


def timing_for(command: Command, timings: Mapping[tuple[str, str], Timing]) -> Timing:
    """The time-outs of the element that a command was given at; those of none when it is not on the page."""
    named = (timing for (app, method), timing in timings.items() if command.is_for(app, method))
    return timings.get((command.app, command.method)) or next(named, None) or FOREVER


def superseded(commands: Iterable[Command]) -> set[int]:
    """The commands that were tried again."""
    return {one.retry_of for one in commands if one.retry_of is not None}


def _waiting(command: Command, timing: Timing, now: float) -> Stage:
    """No answer yet. A device drops what has expired without a word."""
    wait = timing.again if command.retry_of is not None and timing.again is not None else timing.first
    limits = [limit for limit in (wait, command.expires_ms) if limit is not None]
    if not limits:
        return Stage("sent")
    limit = min(limits)
    if now < command.sent_ms + limit:
        return Stage("sent", until=command.sent_ms + limit, waited=limit)
    expires = command.expires_ms
    is_expired = expires is not None and now >= command.sent_ms + expires
    until = command.sent_ms + expires if expires is not None and not is_expired else None
    return Stage("timed_out", until=until, waited=limit, is_expired=is_expired)


def _working(command: Command, timing: Timing, now: float) -> Stage:
    """The device took it, and says how far it is. Only the fields of the current code count: merging leaves others."""
    about, silence = mapping(command.said), timing.silence if timing.silence is not None else timing.first
    since: float = command.changed_ms
    if command.code == "deferred" and (at := number(about.get("until"))) is not None:
        if now < at:
            return Stage("deferred", until=at)
        since = max(since, at)
    if silence is not None and now >= since + silence:
        return Stage("timed_out", waited=silence)
    until = None if silence is None else since + silence
    if command.code == "acknowledged":
        return Stage("working", until, code="acknowledged")
    if command.code != "pending":
        return Stage("working", until, code=command.code)
    text = about.get("text") if about else command.said
    return Stage("working", until, _text(text), "pending", percent=_percent(about.get("percent")))


def _settling(value: Any, command: Command, stage: Stage, now: float) -> Standing:
    """Done: what was asked for is shown until the state agrees, or for five seconds."""
    tick, settle = command.changed_ms + TICK_MS, command.changed_ms + SETTLE_MS
    optimistic = value != command.request and now < settle
    shown = command.request if optimistic else value
    if now < tick:
        return Standing(shown, NOTHING, command, stage, tick)
    return Standing(shown, until=settle if optimistic else None)


def _fades(command: Command, stage: Stage) -> float | None:
    return command.changed_ms + GONE_MS if stage.phase == "cancelled" else stage.until


def _percent(value: Any) -> float | None:
    found = number(value)
    return None if found is None else min(max(found, 0), 100)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return "" if value is None or isinstance(value, Mapping | list) else str(value)[:LONGEST]
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"


def _id(value: Any) -> int | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else None
