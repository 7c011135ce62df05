"""Values of controls and stages of commands in words. Pure: the clock comes in, and carries the zone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doover_web.pages import words

from .commands import Stage
from .controls import Control

SHORT = 60
AT_ONCE_MS = 50  # what would round to 0.0 s
KINDS = {
    "sent": "wait",
    "working": "wait",
    "deferred": "wait",
    "timed_out": "warn",
    "done": "ok",
    "failed": "bad",
    "cancelled": "idle",
}


def compass_point(degrees: float) -> str:
    """`SW` for 220°: the nearest of the eight points of the compass."""
    points = (
        *(pgettext("compass", "N"), pgettext("compass", "NE"), pgettext("compass", "E"), pgettext("compass", "SE")),
        *(pgettext("compass", "S"), pgettext("compass", "SW"), pgettext("compass", "W"), pgettext("compass", "NW")),
    )
    return points[round(degrees / 45) % 8]


def figure(value: Any, decimals: int | None = None) -> str:
    """A number for people: grouped, a real minus, with the document's decimals."""
    if value is None:
        return "—"
    if decimals is None:
        text = f"{value:,}" if isinstance(value, int) else f"{round(value, 6):,}"
        text = text.removesuffix(".0")
    else:
        text = f"{value:,.{decimals}f}"
    return words.numerals(text.replace("-", "−"))


def value_words(control: Control, value: Any, now: datetime) -> str:
    """The value of a control as it is shown beside its label, without units."""
    if value is None or value == "":
        return "—"
    if control.kind == "switch":
        return _("On") if value else _("Off")
    if control.kind == "select":
        known = control.takes(str(value))
        return known.label if known else str(value)[:SHORT]
    if control.kind in ("slider", "number"):
        return _numbers(control, value)
    if control.kind in ("moment", "time", "button", "interaction"):
        return _time_words(control, value, now)
    text = str(value).split("\n", 1)[0]
    return text if len(text) <= SHORT else text[:SHORT] + "…"


def ends_of(control: Control, value: Any) -> tuple[float, float] | None:
    """The two ends of a slider's value; one number is the lower end (`ui-schema §5.2`). None when it is no number."""
    pair = value if isinstance(value, list) and len(value) == 2 else [value, control.high]
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in pair):
        return pair[0], pair[1]
    return None


def stage_words(stage: Stage, now: datetime) -> str:
    """The line of a command: where it stands, and what to expect."""
    match stage.phase:
        case "sent":
            return _("Sent, waiting for device")
        case "working" if stage.code == "acknowledged":
            return _("Device received it")
        case "working":
            return stage.text or _("Device is working on it")
        case "deferred":
            return _deferred(stage, now)
        case "timed_out":
            return _unanswered(stage)
        case "done" if (stage.waited or 0) < AT_ONCE_MS:
            return _("Done at once")
        case "done":
            return _("Done in %(time)s") % {"time": _span((stage.waited or 0) / 1000)}
        case "cancelled":
            return _("Cancelled by %(name)s") % {"name": stage.by} if stage.by else _("Cancelled")
    return stage.text or _("The device gave no reason")


def away_words(stage: Stage, now: datetime) -> str:
    """The line of a command to a device that is not there."""
    if stage.until is None:
        return _("Waits for the device")
    left = words.duration(stage.until / 1000 - now.timestamp())
    return _("Waits for the device. Expires in %(left)s") % {"left": left}


def _numbers(control: Control, value: Any) -> str:
    if control.is_dual and (ends := ends_of(control, value)):
        return f"{figure(ends[0], control.decimals)} – {figure(ends[1], control.decimals)}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return figure(value, control.decimals)
    return str(value)[:SHORT]


def _time_words(control: Control, value: Any, now: datetime) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)[:SHORT] if not isinstance(value, Mapping | list) else "—"
    if control.kind == "time":
        whole = int(value) % 86_400
        return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}" + (f":{whole % 60:02d}" if whole % 60 else "")
    moment = words.from_ms(value * 1000 if control.in_seconds else value, now.tzinfo)
    if moment is None:
        return str(value)[:SHORT]
    if control.kind == "moment" and not control.has_date:
        return f"{moment:%H:%M}"
    day = _("today") if moment.date() == now.date() else words.on_day(moment, now)
    return day if control.kind == "moment" and not control.has_time else f"{day} {moment:%H:%M}"


def _deferred(stage: Stage, now: datetime) -> str:
    at = words.from_ms(stage.until, now.tzinfo) if stage.until is not None else None
    if at is None:
        return _("Queued by the device")
    clock = f"{at:%H:%M}" if at.date() == now.date() else f"{words.on_day(at, now)} {at:%H:%M}"
    left = words.duration((at - now).total_seconds())
    return _("Queued until %(time)s, in %(left)s") % {"time": clock, "left": left}


def _unanswered(stage: Stage) -> str:
    waited = _("No answer in %(time)s") % {"time": words.duration((stage.waited or 0) / 1000)}
    return _("%(said)s. It has expired: the device will not do it") % {"said": waited} if stage.is_expired else waited


def _span(seconds: float) -> str:
    return words.numerals(f"{max(seconds, 0):.1f} s") if seconds < 10 else words.duration(seconds)
