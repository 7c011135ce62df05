"""What a person enters at a control → the value that is sent (`ui-schema §5.2`). Pure; refusals say what fits."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from doover_web.common.presence import number
from doover_web.common.wire import BadRequest
from doover_web.pages import typed, words

from .controls import LONGEST, Control
from .wording import figure

MINUTE_MS = 60_000
DAY_MS = 86_400_000
COUNTED = 2**52
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")


def read_entry(control: Control, form: Mapping[str, str], now: float, zone: tzinfo) -> Any:
    """The value that a form asks for. BadRequest, with what fits, when the control does not take it."""
    match control.kind:
        case "switch":
            return _yes_or_no(form.get("value", ""))
        case "select":
            return _choice(control, form.get("value", ""))
        case "slider" if control.is_dual:
            return _span(control, form)
        case "slider" | "number":
            return _number(control, form.get("value", ""))
        case "text":
            return _text(control, form.get("value", ""))
        case "moment":
            return _moment(control, form, now, zone)
        case "time":
            return _time_of_day(form.get("value", ""))
    return int(now)  # a press


def check_again(control: Control, value: Any, now: float, zone: tzinfo) -> None:
    """BadRequest when the control does not take a value of before any more: its limits or choices may be others now."""
    match control.kind:
        case "switch" if not isinstance(value, bool):
            raise BadRequest(_("Choose on or off"), code="bad_value")
        case "slider" if control.is_dual:
            ends = value if isinstance(value, list) and len(value) == 2 else [None]
            low, high = [_check_number(control, one) for one in ends]
            if low > high:
                raise BadRequest(_("The lower value is above the upper one. Swap them"), code="bad_value")
        case "slider" | "number":
            _check_number(control, value)
        case "select":
            _choice(control, value)
        case "text":
            if not isinstance(value, str):
                raise BadRequest(_("%(control)s takes one line of text") % {"control": control.label}, code="bad_value")
            _text(control, value)
        case "moment":
            here, at = words.from_ms(now, zone) or datetime.now(zone), _number_of(control, value)
            _check_moment(control, int(at * 1000 if control.in_seconds else at), now, here)
        case "time" if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < DAY_MS // 1000:
            raise BadRequest(_("A time looks like 06:30"), code="bad_value")


def _number_of(control: Control, value: Any) -> float:
    found = number(value)
    if found is None:
        raise BadRequest(_("%(control)s takes a number") % {"control": control.label}, code="bad_value")
    return found


def _check_number(control: Control, value: Any) -> float:
    found = _number_of(control, value)
    _check_limits(control, found)
    return found if control.step is None else _on_step(control, found)


def _yes_or_no(entered: str) -> bool:
    if entered not in ("true", "false"):
        raise BadRequest(_("Choose on or off"), code="bad_value")
    return entered == "true"


def _choice(control: Control, entered: str) -> str:
    if control.takes(entered) is None:
        raise BadRequest(_("%(control)s has no such choice") % {"control": control.label}, code="bad_value")
    return entered


def _span(control: Control, form: Mapping[str, str]) -> list[float]:
    low, high = _number(control, form.get("low", "")), _number(control, form.get("high", ""))
    if low > high:
        raise BadRequest(_("The lower value is above the upper one. Swap them"), code="bad_value")
    return [low, high]


def _number(control: Control, entered: str) -> float:
    if typed.is_unclear(entered):
        raise BadRequest(typed.unclear_words(entered), code="bad_value")
    text = typed.plain(entered)
    if text is None:
        raise BadRequest(_("%(control)s takes a number") % {"control": control.label}, code="bad_value")
    value = float(text)
    if not math.isfinite(value) or abs(value) > 1e15:
        raise BadRequest(_("This number is too large"), code="bad_value")
    _check_limits(control, value)
    if control.step is not None:
        value = _on_step(control, value)
    return int(value) if value == int(value) and "." not in text.rstrip("0").rstrip(".") else value


def _check_limits(control: Control, value: float) -> None:
    low, high = control.low, control.high
    said = {"control": control.label, "low": figure(low), "high": figure(high), "units": control.units}
    if low is not None and high is not None and not low <= value <= high:
        raise _beyond(_("%(control)s takes %(low)s to %(high)s %(units)s") % said)
    if low is not None and value < low:
        raise _beyond(_("%(control)s takes %(low)s %(units)s or more") % said)
    if high is not None and value > high:
        raise _beyond(_("%(control)s takes %(high)s %(units)s or less") % said)


def _beyond(words: str) -> BadRequest:
    """The refusal; where there is no unit nothing is left in its place."""
    return BadRequest(" ".join(words.split()), code="bad_value")


def _on_step(control: Control, value: float) -> float:
    """The value free of rounding errors; the end of the scale is always allowed."""
    low, step = control.low or 0.0, control.step or 1.0
    if not abs(value - low) / step < COUNTED:
        return value  # the document's steps are finer than numbers
    steps = round((value - low) / step)
    if value != control.high and abs(low + steps * step - value) > step * 1e-3:
        raise BadRequest(_("Choose in steps of %(step)s") % {"step": figure(step)}, code="bad_value")
    return round(value, 10)


def _text(control: Control, entered: str) -> str:
    text = entered.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST:
        raise BadRequest(_("A text has %(most)s characters at most") % {"most": LONGEST}, code="bad_value")
    if "\x00" in text or ("\n" in text and not control.is_area):
        raise BadRequest(_("%(control)s takes one line of text") % {"control": control.label}, code="bad_value")
    return text


def _moment(control: Control, form: Mapping[str, str], now: float, zone: tzinfo) -> int:
    here = words.from_ms(now, zone) or datetime.now(zone)
    day = _date(form.get("date", "")) if control.has_date else here.date()
    clock = form.get("time", "")
    at = _clock(clock) if control.has_time else time()
    naive = datetime.combine(day, at)
    moment = naive.replace(tzinfo=zone)
    if datetime.fromtimestamp(moment.timestamp(), zone).replace(tzinfo=None) != naive:
        raise BadRequest(_("There is no such time on that day: the clocks are changed then"), code="bad_value")
    ms = int(moment.timestamp() * 1000)
    _check_moment(control, ms, now, here)
    return ms // 1000 if control.in_seconds else ms


def _check_moment(control: Control, ms: int, now: float, here: datetime) -> None:
    """Within what the control allows; a day is allowed when any of it is, a moment within the running minute."""
    slack = MINUTE_MS if control.has_time else DAY_MS
    earliest, latest = control.earliest_ms, control.latest_ms
    if earliest is not None and ms < now + earliest - slack:
        raise BadRequest(_("Choose a moment from %(moment)s on") % {"moment": _said(here, earliest)}, code="bad_value")
    if latest is not None and ms > now + latest + (MINUTE_MS if control.has_time else 0):
        raise BadRequest(_("Choose a moment up to %(moment)s") % {"moment": _said(here, latest)}, code="bad_value")


def _said(here: datetime, ms: float) -> str:
    if ms == 0:
        return _("now")
    try:
        return f"{words.on_day(here + timedelta(milliseconds=ms), here)} {here + timedelta(milliseconds=ms):%H:%M}"
    except OverflowError:
        return "—"


def _date(entered: str) -> date:
    try:
        return date.fromisoformat(entered)
    except ValueError as problem:
        raise BadRequest(_("A day looks like 2026-11-21"), code="bad_value") from problem


def _clock(entered: str) -> time:
    found = CLOCK.fullmatch(entered.strip())
    if found is None:
        raise BadRequest(_("A time looks like 06:30"), code="bad_value")
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)


def _time_of_day(entered: str) -> int:
    at = _clock(entered)
    return at.hour * 3600 + at.minute * 60 + at.second
