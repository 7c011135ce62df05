"""The span of time that the address of a chart asks for: a preset that follows the clock, or from–to."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doover_web.common.snowflake import MS_MAX, MS_MIN, now_ms
from doover_web.common.wire import BadRequest

HOUR = 3_600_000
RANGES = {
    "1h": (gettext_lazy("1 hour"), HOUR),
    "6h": (gettext_lazy("6 hours"), 6 * HOUR),
    "12h": (gettext_lazy("12 hours"), 12 * HOUR),
    "1d": (gettext_lazy("1 day"), 24 * HOUR),
    "7d": (gettext_lazy("7 days"), 7 * 24 * HOUR),
    "30d": (gettext_lazy("30 days"), 30 * 24 * HOUR),
    "1y": (gettext_lazy("1 year"), 365 * 24 * HOUR),
}
USUAL = "1d"


@dataclass(frozen=True, slots=True)
class Span:
    """[after, before) in ms. `key`: the preset, empty for a span that stands still; `problem`: why it is not the one
    that was asked for."""

    after: int
    before: int
    key: str = ""
    problem: str = ""

    @property
    def is_live(self) -> bool:
        return bool(self.key)


def read_span(asked, usual: str = USUAL) -> Span:
    """The span of an address; the usual one, with the problem, when its times are none or the wrong way round."""
    try:
        return _asked(asked, usual)
    except BadRequest as refusal:
        now = now_ms()
        return Span(now - RANGES[usual][1], now + 1, problem=refusal.message)


def preset_of(span: int | None) -> str:
    """The preset that is nearest to a width in ms."""
    return USUAL if span is None else min(RANGES, key=lambda key: abs(RANGES[key][1] - span))


def moment_of(text: str) -> int | None:
    """A moment written in the viewer's zone, or in ms since 1970; None for an empty text."""
    if not text:
        return None
    if text.isascii() and text.isdigit() and 9 <= len(text) <= 14:
        return int(text)
    try:
        moment = parse_datetime(text)
        if moment is not None and timezone.is_naive(moment):
            moment = timezone.make_aware(moment)
        if moment is not None:
            return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        pass
    raise BadRequest(_("A time looks like 2026-11-21T11:30"), code="bad_time")


def written(ms: int) -> str:
    """A moment as a form field has it, in the viewer's zone."""
    moment = datetime.fromtimestamp(ms / 1000, timezone.get_current_timezone())
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def _asked(asked, usual: str) -> Span:
    key = asked.get("range", "")
    if key not in RANGES:
        key = "" if asked.get("from") or asked.get("to") else usual
    now = now_ms()
    if key:
        return Span(now - RANGES[key][1], now + 1, key)
    before = min(moment_of(asked.get("to", "")) or now, MS_MAX)
    after = moment_of(asked.get("from", ""))
    after = before - RANGES[usual][1] if after is None else max(after, MS_MIN)
    if after >= before:
        raise BadRequest(_("From is later than To. Swap them"), code="bad_time")
    return Span(after, before)
