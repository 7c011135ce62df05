"""A control and its command as they are drawn: the row on the page, the line below it, the entry in the tray. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from doover_web.pages import typed, words

from .commands import FOREVER, NOTHING, Command, Stage, Standing, recent, stage_of, standing_of, superseded
from .controls import Control
from .wording import KINDS, away_words, ends_of, figure, stage_words, value_words

MOST_IN_TRAY = 30
ICONS = {"ok": "circle-check", "bad": "circle-x", "warn": "clock-exclamation", "idle": "circle-minus"}
WIDE = 300  # of the drawing behind a slider


@dataclass(frozen=True, slots=True)
class Line:
    """Where a command stands: the meaning of its colour, words, and what may be done. Without an icon an arc turns."""

    id: int
    kind: str
    says: str
    icon: str = ""
    percent: float | None = None
    can_cancel: bool = False
    can_retry: bool = False
    can_dismiss: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a slider's track."""

    x: float
    width: float
    kind: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A control as its page shows it: `why_not` says why it cannot be used, `entry` what its inputs begin with."""

    control: Control
    value: str
    asked: str
    line: Line | None
    why_not: str
    entry: Mapping[str, str]
    limits: str
    drawn_ms: int = 0
    is_unknown: bool = False
    track: Sequence[Bar] = ()
    is_looked_at: bool = False  # by somebody who may not control: the page says so once

    @property
    def is_working(self) -> bool:
        return self.line is not None and self.line.can_cancel and self.line.kind == "wait"

    @property
    def is_failed(self) -> bool:
        return self.line is not None and self.line.kind == "bad"

    @property
    def is_usable(self) -> bool:
        return not self.why_not and not self.is_working

    @property
    def is_on(self) -> bool:
        """Whether a switch stands at on, as far as its page knows."""
        return self.entry.get("value") == "true"

    @property
    def template(self) -> str:
        """What draws the inputs."""
        kind = "button" if self.control.kind == "interaction" else self.control.kind
        return f"elements/inputs/{kind}.html"

    @property
    def pressed_at(self) -> datetime | None:
        """When a button was last pressed, as its value tells."""
        value = self.control.value
        pressed = self.control.kind == "button" and _is_number(value) and words.looks_like_ms(value)
        return words.from_ms(value) if pressed else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A command in the tray: of which control, from what to what, where it stands, who gave it and when."""

    line: Line
    label: str
    change: str
    who: str
    at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The controls of a device, by their places, and everybody's commands, for one viewer at one moment."""

    controls: Mapping[str, Control]
    commands: Sequence[Command]
    now: datetime
    may_control: bool
    is_archived: bool = False
    is_away: bool = False
    dismissed: Collection[int] = ()
    names: Mapping[int, str] | None = None

    @property
    def now_ms(self) -> float:
        return self.now.timestamp() * 1000

    def standing(self, control: Control) -> Standing:
        commands = [] if control.is_old else [one for one in self.commands if control.is_meant(one)]
        found = (control.app, control.name, control.value, commands, control.timing, self.now_ms, self.dismissed)
        return standing_of(*found)

    def row(self, place: str) -> Row | None:
        """The row of one control; None when the page has none there."""
        control = self.controls.get(place)
        return self.row_of(control) if control else None

    def row_of(self, control: Control) -> Row:
        standing = self.standing(control)
        shown = standing.asked if standing.is_asked else standing.value
        return Row(
            control=control,
            value=self._said(control, standing.value),
            asked=self._said(control, standing.asked) if standing.is_asked and control.shows_value else "",
            line=self._line(standing.command, standing.stage) if standing.command and standing.stage else None,
            why_not=self._why_not(control),
            is_looked_at=not self.may_control and not self.is_archived,
            entry=entry_of(control, shown, self.now),
            limits=limits_of(control),
            drawn_ms=int(self.now_ms),
            is_unknown=_is_unknown(control, shown),
            track=track_of(control, standing) if control.kind == "slider" else (),
        )

    @property
    def rows(self) -> list[Row]:
        return [self.row_of(control) for control in self.controls.values()]

    @property
    def tray(self) -> list[Entry]:
        """Everybody's commands of the last day, the newest first."""
        timings = {(one.app, one.name): one.timing for one in self.controls.values()}
        shown = recent(self.commands, timings, self.now_ms)[:MOST_IN_TRAY]
        again = superseded(shown)
        return [self._entry(one, self._stage_of(one), again) for one in shown]

    @property
    def next_ms(self) -> float | None:
        """The moment at which time alone changes something here; None when it does not."""
        moments = [self.standing(control).until for control in self.controls.values()]
        moments += [self._stage_of(one).until for one in self.commands]
        return min((one for one in moments if one is not None and one > self.now_ms), default=None)

    @property
    def open_count(self) -> int:
        return sum(one.line.kind == "wait" for one in self.tray)

    @property
    def failed_count(self) -> int:
        return sum(one.line.kind == "bad" for one in self.tray)

    def control_of(self, command: Command) -> Control | None:
        """The control that a command was given at."""
        found = [one for one in self.controls.values() if command.is_for(one.app, one.name)]
        meant = [one for one in found if one.is_meant(command)]
        return next(iter([*(one for one in meant if one.app == command.app), *meant, *found]), None)

    def _stage_of(self, command: Command) -> Stage:
        control = self.control_of(command)
        return stage_of(command, control.timing if control else FOREVER, self.now_ms)

    def _entry(self, command: Command, stage: Stage, again: Collection[int]) -> Entry:
        control = self.control_of(command)
        line = self._line(command, stage)
        if command.id in again or command.id in self.dismissed:
            line = Line(line.id, "idle", line.says, ICONS["idle"])
        return Entry(
            line=line,
            label=control.label if control else command.method[:80],
            change=self._change(control, command),
            who=(self.names or {}).get(command.author_id) or command.actor or _("Somebody else"),
            at=words.from_ms(command.sent_ms, self.now.tzinfo),
            reason=command.reason,
        )

    def _line(self, command: Command, stage: Stage) -> Line:
        kind, away = KINDS[stage.phase], self.is_away and stage.phase == "sent"
        may, attention = self.may_control and not self.is_archived, stage.wants_attention
        icon = "clock-pause" if away or stage.phase == "deferred" else ICONS.get(kind, "")
        return Line(
            id=command.id,
            kind=kind,
            says=away_words(stage, self.now) if away else stage_words(stage, self.now),
            icon=icon,
            percent=stage.percent,
            can_cancel=may and (stage.is_open or (stage.phase == "timed_out" and not stage.is_expired)),
            can_retry=may and attention and self.control_of(command) is not None,
            can_dismiss=attention,
        )

    def _change(self, control: Control | None, command: Command) -> str:
        if control is None or not control.shows_value:
            return ""
        if control.kind == "text":
            return _("changed")
        new = self._said(control, command.request)
        told = f"{self._said(control, command.old)} → {new}" if command.old is not NOTHING else new
        return f"{told} {control.units}".rstrip()

    def _said(self, control: Control, value: Any) -> str:
        return value_words(control, value, self.now)

    def _why_not(self, control: Control) -> str:
        if self.is_archived:
            return _("This device is archived")
        if not self.may_control:
            return _("You may look at this device, not control it")
        return _("Not available right now") if control.is_disabled else ""


def entry_of(control: Control, value: Any, now: datetime) -> dict[str, str]:
    """What the inputs of a control begin with, as HTML writes values."""
    match control.kind:
        case "switch":
            return {"value": "true" if value else "false"}
        case "slider" if control.is_dual:
            low, high = ends_of(control, value) or (control.low, control.high)
            return {**_field("low", low), **_field("high", high)}
        case "slider":
            value = value if _is_number(value) else control.low
            return _field("value", value)
        case "number":
            return _field("value", value)
        case "moment":
            return _moment(control, value, now)
        case "time" if _is_number(value):
            whole = int(value) % 86_400
            return {"value": f"{whole // 3600:02d}:{whole % 3600 // 60:02d}"}
        case "text" | "select":
            return {"value": value if isinstance(value, str) else "" if value is None else str(value)}
    return {}


def _field(name: str, value: Any) -> dict[str, str]:
    """A number in its field, in the writing of the page; and as HTML writes it, for the slider beside the field."""
    return {name: typed.in_field(_plain(value)), f"{name}_plain": _plain(value)}


def limits_of(control: Control) -> str:
    """What a control takes, in small words under its label."""
    low, high, units = control.low, control.high, control.units
    if low is not None and high is not None:
        return _("%(low)s to %(high)s") % {"low": figure(low), "high": figure(high)} + (f" {units}" if units else "")
    if low is not None:
        return _("%(low)s or more") % {"low": f"{figure(low)} {units}".rstrip()}
    return _("%(high)s or less") % {"high": f"{figure(high)} {units}".rstrip()} if high is not None else ""


def track_of(control: Control, standing: Standing) -> list[Bar]:
    """The drawing behind a slider: segments in their colours, what is set, and what is asked for and not yet there."""
    bars = [Bar(0, WIDE, "track")]
    if control.colours:
        share = WIDE / len(control.colours)
        bars = [Bar(round(at * share, 1), round(share, 1), "zone", one) for at, one in enumerate(control.colours)]
    low, high = _ends(control, standing.value)
    if not control.colours:
        bars.append(_bar(control, low, high, "done"))
    if standing.is_asked:
        to_low, to_high = _ends(control, standing.asked)
        if to_high > high:
            bars.append(_bar(control, max(high, to_low), to_high, "ask"))
        elif to_low < low or to_high < high:
            bars.append(_bar(control, to_low if to_low < low else to_high, low if to_low < low else high, "ask"))
    return [_mirrored(one) for one in bars] if control.is_inverted else bars


def _mirrored(bar: Bar) -> Bar:
    return Bar(round(WIDE - bar.x - bar.width, 1), bar.width, bar.kind, bar.colour)


def _bar(control: Control, low: float, high: float, kind: str) -> Bar:
    least, most = control.low or 0.0, control.high or 1.0

    def x(value: float) -> float:
        return round(WIDE * min(max((value - least) / (most - least), 0), 1), 1)

    return Bar(x(low), round(max(x(high) - x(low), 0), 1), kind)


def _ends(control: Control, value: Any) -> tuple[float, float]:
    least = control.low or 0.0
    if control.is_dual:
        return ends_of(control, value) or (least, least)
    return least, value if _is_number(value) else least


def _moment(control: Control, value: Any, now: datetime) -> dict[str, str]:
    at = words.from_ms(value * 1000 if control.in_seconds else value, now.tzinfo) if _is_number(value) else None
    return {"date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}"} if at else {"date": "", "time": ""}


def _is_unknown(control: Control, value: Any) -> bool:
    return control.kind == "select" and value is not None and control.takes(str(value)) is None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: Any) -> str:
    """A number as an input takes it."""
    if not _is_number(value):
        return ""
    return str(int(value)) if value == int(value) else repr(round(value, 10))
